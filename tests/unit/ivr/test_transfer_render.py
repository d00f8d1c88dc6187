"""What an office's charter makes of transfers: where they land, what is heard meanwhile, who may pass on."""

import re
from pathlib import Path

import numpy as np
import pytest

from ivr.asterisk.render import render
from ivr.asterisk.site import Ports, Program, Secrets, Site
from ivr.prompts import sound
from ivr.prompts.lines import Line, Ringback, Said, lay, lines
from ivr.prompts.wanted import every_prompt
from office.charter import Ring, Transfer
from office.folder import Office, load_office

ROOT = Path(__file__).parents[3]
PROMPTS = "/state/prompts/"


@pytest.fixture(scope="module")
def office() -> Office:
    return load_office(ROOT / "examples" / "pyeongchang")


def rendered(office: Office, **transfer: bool | int) -> dict[str, str]:
    phones = {e: f"secret-{e}" for e in office.directory.desk_by_endpoint}
    site = Site(Path("/state"), Ports.from_base(18000), Program("/m", "/d"), Secrets("ami", "trunk", phones))
    return render(wishing(office, **transfer), site)


def wishing(office: Office, **transfer: bool | int) -> Office:
    charter = office.charter.model_copy(update={"transfer": Transfer.model_validate(transfer)})
    return Office(charter, office.directory, office.calendar)


def context(text: str, name: str) -> str:
    return text.split(f"\n[{name}]\n")[1].split("\n[", maxsplit=1)[0]


def test_a_transfer_lands_at_an_extension_of_the_office_and_nowhere_else(office: Office) -> None:
    block = context(rendered(office)["extensions.conf"], "transfer")
    landings = re.findall(r"^exten => ([^,]+),1,", block, re.MULTILINE)
    assert landings == [*office.directory.desks, "*70", "i"]
    assert "include" not in block


def test_every_phone_and_the_trunk_pass_on_into_that_context(office: Office) -> None:
    pjsip = rendered(office)["pjsip.conf"]
    assert pjsip.count("type = endpoint\n") == len(office.directory.desk_by_endpoint) + 1
    assert pjsip.count("set_var = TRANSFER_CONTEXT=transfer\n") == pjsip.count("type = endpoint\n")


def test_the_journal_tells_of_transfers_and_parking(office: Office) -> None:
    kept = rendered(office)["cel.conf"].split("events = ")[1].split("\n")[0].split(",")
    assert {"BLINDTRANSFER", "ATTENDEDTRANSFER", "PICKUP", "PARK_START", "PARK_END"} <= set(kept)


def test_the_codes_sound_without_any_installed_sounds(office: Office) -> None:
    sounds = re.findall(r"^\w+sound = (.*)$", rendered(office)["features.conf"], re.MULTILINE)
    assert len(sounds) == 5
    ours = {prompt.name for prompt in every_prompt(office)} | {"office/beep"}
    assert {sound.removeprefix(PROMPTS) for sound in sounds} <= ours


def test_only_the_officers_side_has_the_codes(office: Office) -> None:
    """`t` is for who was called, `T` for who called: a citizen is never given one."""
    text = rendered(office)["extensions.conf"]
    for name in ("outbound", "callback-talk"):
        (options,) = re.findall(r"(?:Dial|Bridge)\(.*,([a-zA-Z]+)\)$", context(text, name), re.MULTILINE)
        assert "T" in options
        assert "t" not in options
    for name in ("words", "passed", "missed", "internal", "consult"):
        given = re.findall(r"(?:Dial|Bridge)\([^\n]*,([a-zA-Z]+)[^\n]*\)$", context(text, name), re.MULTILINE)
        assert given
        assert not [options for options in given if "T" in options]


def test_without_the_codes_nobody_has_them(office: Office) -> None:
    files = rendered(office, feature_codes=False)
    assert "#1" not in files["features.conf"]
    assert "*2" not in files["features.conf"]
    dials = re.findall(
        r"(?:Dial|Bridge)\([^\n]*,([a-zA-Z]+)(?:\([^\n]*)?\)$", files["extensions.conf"], re.MULTILINE
    )
    assert not [options for options in dials if set(options) & set("tT")]


def test_the_charters_seconds_are_the_dialplans(office: Office) -> None:
    text = rendered(office, ring_s=33, back_ring_s=44)["extensions.conf"]
    (first, second) = re.findall(
        r"Dial\(\$\{PHONES\},(33|44),", context(text, "passed") + context(text, "missed")
    )
    assert (first, second) == ("33", "44")
    assert "atxfernoanswertimeout = 38" in rendered(office, ring_s=33)["features.conf"]


@pytest.mark.parametrize(("notice", "first"), [(True, "passed/2201"), (False, "passed/limit")])
def test_each_extension_has_a_line_of_its_own_files(office: Office, notice: bool, first: str) -> None:
    music = rendered(office, notice=notice)["musiconhold.conf"]
    block = context(music, "passed-2201")
    assert re.findall(r"^entry = (.*)$", block, re.MULTILINE) == [PROMPTS + first, f"{PROMPTS}passed/late"]
    made = {line.name for line in lines(wishing(office, notice=notice))}
    assert {first, "passed/late", "ringback/ringback"} <= made


def test_the_notice_names_the_duty_and_the_direct_number_and_nobody(office: Office) -> None:
    texts = {prompt.name: prompt.text for prompt in every_prompt(office)}
    assert texts["transfer/2211/notice"] == (
        "여권 담당자에게 연결합니다. 끊어지면 공삼삼에 삼삼공에 이이일일번으로 전화해 주십시오."
    )
    names = [officer.name for officer in office.directory.officers.values()]
    assert not [name for name in names for text in texts.values() if text and name in text]


@pytest.mark.parametrize("said_s", [2.3, 7.0])
def test_the_line_of_a_transfer_ends_at_the_limit_or_with_its_words(said_s: float) -> None:
    line = Line("x", (Said("notice"), Ringback(5.0, to=True)))
    laid = lay(line, Ring(), lambda _: sound.tone(said_s, 700))
    assert len(laid) / sound.RATE == pytest.approx(max(said_s, 5.0))


def test_on_hold_no_silence_is_longer_than_a_second_and_a_half(office: Office) -> None:
    hold = next(line for line in lines(office) if line.name == "hold/hold")
    laid = lay(hold, Ring(), lambda _: sound.tone(1.0, 700))
    assert len(laid) / sound.RATE >= 60
    loud = np.flatnonzero(np.abs(np.tile(laid, 2)) > 0.01)
    assert int(np.diff(loud).max()) / sound.RATE < 1.5


@pytest.mark.parametrize("name", ["words", "passed-words"])
def test_a_citizen_who_could_not_be_joined_with_who_answered_goes_on(office: Office, name: str) -> None:
    """Whatever Bridge() says but SUCCESS: the way of absence, and who answered is let go (charter T8)."""
    text = context(rendered(office, greeting=True)["extensions.conf"], name)
    joined, gone = text.split(",Bridge(")[1].split("SoftHangup(${DIALEDPEERNAME})\n")
    assert re.search(r'"\$\{BRIDGERESULT\}" (!= "SUCCESS"\]\?gone|= "SUCCESS"\]\?over)\)', joined)
    assert gone.startswith(" same => n,Set(WHY=officer_gone)\n same => n,Goto(")
