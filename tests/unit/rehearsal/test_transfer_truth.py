"""T5 by the phones alone: what a transfer is worth, and what the citizen must and must not have heard."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import cast

import pytest

from rehearsal.phone import Call, CallRecord, IncomingCall, Instant
from rehearsal.phone.audio import Heard
from rehearsal.phone.instants import NS_PER_S
from rehearsal.phone.media import Arrival
from rehearsal.phone.record import SipEvent
from rehearsal.phone.rtp import FRAME_S, FRAME_SAMPLES, Packet, endless_tone
from rehearsal.scenarios.transfer_truth import Passed, differences, faults, t5


def at(seconds: float) -> Instant:
    return Instant(round(seconds * NS_PER_S), round(seconds * NS_PER_S))


@dataclass
class Media:
    received: list[object] = field(default_factory=list)


@dataclass
class Line:
    """A call as far as the truth looks at it."""

    record: CallRecord
    called: str = "3102"
    media: Media = field(default_factory=Media)


def line(ended: float | None = None, **marks: float) -> Line:
    """A call with messages at these seconds: INVITE, 180 (`r180`), 200 (`r200`) …"""
    record = CallRecord(ended=at(ended) if ended is not None else None)
    for what, seconds in marks.items():
        record.events.append(SipEvent(at(seconds), False, what.removeprefix("r"), "INVITE"))
    return Line(record)


def passed(target: Line, ordered: float = 10.0, way: str = "blind") -> Passed:
    return Passed(way=way, ordered=at(ordered), legs=(), target=cast(IncomingCall, target))


IN_TIME = passed(line(INVITE=10.1, r180=10.2, r200=12.0))
LATE = passed(line(INVITE=10.1, r180=10.2, r200=20.6))
BUSY = passed(line(ended=10.2, INVITE=10.1))
RANG_OUT = passed(line(ended=24.0, INVITE=10.1, r180=10.2))


@pytest.mark.parametrize(
    ("transfers", "left", "verdict"),
    [
        ([], None, "not_applicable"),
        ([IN_TIME], at(40), "kept"),
        ([LATE], at(40), "broken"),
        ([BUSY], at(40), "broken"),
        ([RANG_OUT], at(40), "broken"),
        ([passed(line(ended=15.0, INVITE=10.1, r180=10.2))], at(14.9), "not_applicable"),
        ([passed(line(ended=21.0, INVITE=10.1, r180=10.2))], at(20.9), "broken"),
        ([IN_TIME, LATE], at(40), "broken"),
        ([IN_TIME, passed(line(ended=15.0, INVITE=10.1, r180=10.2))], at(14.9), "kept"),
    ],
    ids=[
        "none", "in time", "late", "busy", "rang out", "he gave up in time", "he gave up late",
        "one of two is late", "kept, then he gave up",
    ],
)  # fmt: skip
def test_what_a_call_with_transfers_is_worth(
    transfers: list[Passed], left: Instant | None, verdict: str
) -> None:
    assert t5(transfers, left) == verdict


def heard(name: str, start_s: float, end_s: float, from_s: float = 0.0) -> Heard:
    return Heard(name, start_s, end_s, from_s)


def found(one: Passed, *sounds: Heard) -> list[str]:
    citizen = line(ended=60.0, INVITE=0.0)
    return list(faults(cast(Call, citizen), [one], sounds))


NOTICE = heard("notice 3102", 10.2, 17.0)
OFFICER = heard("officer 3102", 20.7, 30.0)


def test_a_transfer_as_it_should_be_heard() -> None:
    quick = passed(line(INVITE=10.1, r180=10.2, r200=11.0))
    assert found(quick, heard("notice 3102", 10.2, 11.0), heard("officer 3102", 11.1, 30.0)) == []
    slow = passed(line(INVITE=10.1, r180=10.2, r200=22.0))
    late = heard("transfer-late", 20.1, 22.0)
    assert found(slow, NOTICE, late, heard("officer 3102", 22.1, 30.0)) == []


def test_a_notice_at_once_is_placed_by_its_timestamps_which_lie_a_little_before_the_order() -> None:
    slow = passed(line(INVITE=10.1, r180=10.2, r200=22.0))
    rest = heard("transfer-late", 20.1, 22.0), heard("officer 3102", 22.1, 30.0)
    assert found(slow, heard("notice 3102", 9.991, 17.0), *rest) == []  # as met: 7 ms after it to 9 ms before
    assert len(found(slow, heard("notice 3102", 9.8, 17.0), *rest)) == 1  # that of another transfer


def test_words_that_did_not_come_or_came_without_cause() -> None:
    slow = passed(line(INVITE=10.1, r180=10.2, r200=22.0))
    officer = heard("officer 3102", 22.1, 30.0)
    missing = found(slow, officer)
    assert any("not told at once where he goes" in fault for fault in missing)
    assert any("not told at the limit" in fault for fault in missing)
    early = found(IN_TIME, NOTICE, heard("transfer-late", 11.0, 12.0), heard("officer 3102", 12.1, 30.0))
    assert early == ["transfer 1: told of a delay after 1.0 s"]


def test_words_like_those_of_another_prompt_are_not_taken_for_it() -> None:
    like = heard("transfer-late", 11.0, 12.0, from_s=2.4)
    assert found(IN_TIME, NOTICE, like, heard("officer 3102", 12.1, 30.0)) == []


def test_a_notice_cut_short_may_be_that_of_another_colleague_who_is_told_alike() -> None:
    slow = passed(line(INVITE=10.1, r180=10.2, r200=13.0))
    officer = heard("officer 3102", 13.1, 30.0)
    alike = Heard("notice 3103", 10.1, 12.9, whole=False, or_else=("notice 3102",))
    assert found(slow, alike, officer) == []
    assert len(found(slow, Heard("notice 3103", 10.1, 12.9, whole=False), officer)) == 1


def audio(from_s: float, to_s: float, hz: int | None) -> Iterator[Arrival]:
    """Packets of a tone, or of silence."""
    tone = endless_tone(hz)
    for number in range(round(from_s / FRAME_S), round(to_s / FRAME_S)):
        packet = Packet(0, number & 0xFFFF, number * FRAME_SAMPLES, 1, next(tone))
        yield Arrival(at(number * FRAME_S), packet, hz is not None)


@pytest.mark.parametrize(
    ("pause_s", "sounds", "silent"),
    [
        (1.9, (), True),
        (1.2, (), False),
        (1.9, (heard("ringback", 11.0, 12.0),), False),
        (2.9, (heard("ringback", 11.0, 12.0),), True),
    ],
    ids=["too long", "short", "between two bells", "the bell stopped"],
)
def test_silence_on_the_way(pause_s: float, sounds: tuple[Heard, ...], silent: bool) -> None:
    citizen = line(ended=60.0, INVITE=0.0)
    spoken = [*audio(9.0, 12.0, 700), *audio(12.0, 12.0 + pause_s, None), *audio(12.0 + pause_s, 20.0, 700)]
    citizen.media.received.extend(spoken)
    back = heard("officer 3102", 16.0, 20.0)
    one = passed(line(INVITE=10.1, r180=10.2, r200=11.0))
    said = list(faults(cast(Call, citizen), [one], [*sounds, back]))
    assert ["silence" in fault for fault in said] == ([True] if silent else [])


def told(**fields: object) -> dict[str, object]:
    return {"way": "blind", "hop": 1, "answered_ms": 2010} | fields


def test_what_the_ledger_tells_is_held_against_the_phones() -> None:
    assert list(differences([IN_TIME], [told()])) == []
    assert list(differences([BUSY], [told(answered_ms=None)])) == []
    assert list(differences([IN_TIME], [])) == ["the ledger tells 0 transfers, there were 1"]
    assert len(list(differences([IN_TIME], [told(answered_ms=2900)]))) == 1
    assert len(list(differences([IN_TIME], [told(answered_ms=None)]))) == 1
    assert len(list(differences([BUSY], [told()]))) == 1
    assert len(list(differences([IN_TIME], [told(way="attended", hop=2)]))) == 2
