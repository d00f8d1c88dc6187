"""Whose call it is: officer and caller by what a PBX may tell in an INVITE."""

from pathlib import Path

import pytest

from ivr.phone.message import Parsed, parse
from ivr.phone.whose import caller, wanted
from office.events import Outcome
from office.folder import load_office
from office.phone_number import NumberKind

OFFICE = load_office(Path(__file__).parents[3] / "examples" / "pyeongchang")
DIRECTORY = OFFICE.directory
ONE, OTHER = list(DIRECTORY.desks)[:2]
PUBLIC = f"{DIRECTORY.trunk.area}{DIRECTORY.trunk.exchange}{ONE}"


def invite(*lines: str, uri: str = "sip:8800@127.0.0.1", sender: str = "<sip:01012345678@pbx>") -> Parsed:
    head = [
        f"INVITE {uri} SIP/2.0", "Via: SIP/2.0/UDP x;branch=z9hG4bK1", f"From: {sender};tag=a",
        f"To: <{uri}>", "Call-ID: c", "CSeq: 1 INVITE", *lines, "", "",
    ]  # fmt: skip
    return parse("\r\n".join(head).encode())


def found(*lines: str, uri: str = "sip:8800@127.0.0.1") -> tuple[str, str | None, Outcome | None]:
    whom = wanted(invite(*lines, uri=uri), DIRECTORY, {"8800": OTHER})
    return whom.exten, whom.desk.officer if whom.desk else None, whom.why


def officer(exten: str) -> str | None:
    return DIRECTORY.desks[exten].officer


@pytest.mark.parametrize(
    ("reason", "why"),
    [
        ("no-answer", Outcome.NO_ANSWER),
        ("user-busy", Outcome.BUSY),
        ("do-not-disturb", Outcome.DO_NOT_DISTURB),
        ("unconditional", Outcome.FORWARDED),
        ('"time-of-day"', Outcome.CLOSED),
        ("nobody-knows", None),
    ],
)
def test_diversion_tells_officer_and_reason(reason: str, why: Outcome | None) -> None:
    line = f"Diversion: <sip:{ONE}@pbx>;reason={reason};privacy=off"
    assert found(line) == (ONE, officer(ONE), why)


def test_the_first_diversion_counts_and_the_newest_stands_on_top() -> None:
    both = (f"Diversion: <sip:{OTHER}@pbx>;reason=user-busy", f"Diversion: <sip:{ONE}@pbx>;reason=no-answer")
    assert found(*both) == (ONE, officer(ONE), Outcome.NO_ANSWER)
    in_one = ", ".join(line.removeprefix("Diversion: ") for line in both)
    assert found(f"Diversion: {in_one}") == (ONE, officer(ONE), Outcome.NO_ANSWER)


def test_a_diverting_number_that_is_nobodys_is_passed_over() -> None:
    lines = (f"Diversion: <sip:{ONE}@pbx>;reason=no-answer", "Diversion: <sip:7777@pbx>;reason=deflection")
    assert found(*lines) == (ONE, officer(ONE), Outcome.NO_ANSWER)


@pytest.mark.parametrize("number", [PUBLIC, f"+82{PUBLIC[1:]}", f"82{PUBLIC[1:]}"])
def test_a_public_number_is_its_extension(number: str) -> None:
    assert found(f"Diversion: <sip:{number}@pbx>;reason=no-answer")[0] == ONE
    assert found(f"Diversion: <tel:{number}>;reason=no-answer")[0] == ONE


def test_history_info_is_read_by_index() -> None:
    history = (
        f"History-Info: <sip:8800@pbx;cause=408>;index=1.1, <sip:{ONE}@pbx?Reason=SIP%3Bcause%3D486>;index=1"
    )
    assert found(history) == (ONE, officer(ONE), Outcome.BUSY)
    assert found(f"History-Info: <sip:{ONE}@pbx>;index=1,<sip:8800@pbx>;cause=408;index=1.1")[2] is (
        Outcome.NO_ANSWER
    )


def test_without_a_diversion_the_called_number_counts() -> None:
    assert found() == (OTHER, officer(OTHER), None)
    assert found(uri=f"sip:{ONE};phone-context=x@127.0.0.1:5070;ob") == (ONE, officer(ONE), None)


def test_nobody_in_the_directory_is_kept_as_the_pbx_tells_it() -> None:
    whom = wanted(invite(uri="sip:9999@x"), DIRECTORY, {})
    assert (whom.exten, whom.desk) == ("9999", None)


@pytest.mark.parametrize(
    ("lines", "sender"),
    [
        ((), "<sip:01012345678@pbx>"),
        ((), '"0100000: x" <sip:+821012345678@pbx;user=phone>'),
        (("P-Asserted-Identity: <tel:+821012345678>",), "<sip:trunk@pbx>"),
        (('Remote-Party-ID: "x" <sip:01012345678@pbx>;privacy=off',), "<sip:trunk@pbx>"),
    ],
)
def test_the_caller_is_who_the_pbx_vouches_for(lines: tuple[str, ...], sender: str) -> None:
    assert caller(invite(*lines, sender=sender), DIRECTORY).reveal() == "01012345678"


@pytest.mark.parametrize(
    ("lines", "sender"),
    [
        (("Privacy: id", "P-Asserted-Identity: <sip:01012345678@pbx>"), "<sip:anonymous@anonymous.invalid>"),
        (("Privacy: user;id",), "<sip:01012345678@pbx>"),
        (("Remote-Party-ID: <sip:01012345678@pbx>;privacy=full",), "<sip:01012345678@pbx>"),
        ((), "<sip:anonymous@pbx>"),
        ((), '"01012345678" <sip:x@anonymous.invalid>'),
    ],
)
def test_withheld_is_decided_by_presentation(lines: tuple[str, ...], sender: str) -> None:
    who = caller(invite(*lines, sender=sender), DIRECTORY)
    assert (who.kind, who.reveal()) == (NumberKind.WITHHELD, "")


def test_a_colleague_is_an_extension() -> None:
    assert caller(invite(sender=f"<sip:{ONE}@pbx>"), DIRECTORY).kind is NumberKind.EXTENSION
