"""Transfers on our own dialplan, recorded from a real Asterisk 22 with real phones: told four ways alike.

`tests/asterisk/transfer_traces.py` records them. They are played as the one stream that they were: what a
recording has not yet heard of its call stands at the beginning of the next.
"""

from collections.abc import Callable, Iterable
from functools import cache
from pathlib import Path

import pytest

from ami_bridge.call.state import House
from office.events import CallEvent, CallStarted
from office.folder import load_office
from tests.replay.play import DATA, Play

RECORDED = DATA.parent / "transfers"
NAMES = sorted(path.name.removesuffix(".ami") for path in RECORDED.glob("*.ami"))
LIVE, AFTERWARDS, BOTH, TWICE = "ami", "journal", "both", "journal twice"
PROMISE = ("transfer_requested", "transfer_limit_passed", "transfer_answered", "transfer_ended")


def house() -> House:
    return House.of("pbx1", load_office(DATA.parent / "transfer-office"))


def in_time() -> Iterable[Path]:
    def began(path: Path) -> bytes:
        return path.read_bytes().partition(b"Timestamp: ")[2][:17]

    return sorted(RECORDED.glob("*.ami"), key=began)


def by_ami(play: Play) -> None:
    for path in in_time():
        play.bytes(path.read_bytes())


def by_journal(play: Play) -> None:
    for path in in_time():
        play.journal(path.with_suffix(".csv"))


WAYS: dict[str, tuple[Callable[[Play], None], ...]] = {
    LIVE: (by_ami,),
    AFTERWARDS: (by_journal,),
    BOTH: (by_ami, by_journal),
    TWICE: (by_journal, by_journal),
}


@cache
def told(way: str) -> dict[str, CallEvent]:
    """{id: event} as a consumer that drops known ids keeps them."""
    play = Play(house())
    for tell in WAYS[way]:
        tell(play)
    kept: dict[str, CallEvent] = {}
    for event in play.events:
        kept.setdefault(event.id, event)
    return kept


EXPECTED = {
    # by, to: way, hop, answered, result, why or refusal
    ("5001", "5002"): ("blind", 1, True, "connected", None),
    ("5006", "5005"): ("blind", 1, False, "failed", "busy"),
    ("5007", "5008"): ("attended", 1, True, "connected", None),
    ("5010", "5011"): ("attended", 1, True, "connected", None),
    ("5012", "5015"): ("attended", 1, False, "failed", "no_answer"),
    ("5016", "5017"): ("blind", 1, True, "connected", None),
    ("5018", "5019"): ("attended", 1, True, "connected", None),
    ("5020", "5021"): ("blind", 1, True, "connected", None),
    ("5025", "5026"): ("blind", 1, True, "connected", None),
    ("5026", "5027"): ("blind", 2, True, "connected", None),
    ("5027", "5028"): ("blind", 3, True, "connected", None),
    ("5029", "5029"): ("blind", 1, False, "refused", "self"),
}


def judged(way: str) -> dict[tuple[str, str], tuple[str, int, bool, str, str | None]]:
    found = {}
    events = [event.model_dump() for event in told(way).values()]
    answered = {event["transfer"] for event in events if event["kind"] == "transfer_answered"}
    ends = {event["transfer"]: event for event in events if event["kind"] == "transfer_ended"}
    for event in events:
        if event["kind"] == "transfer_requested":
            end = ends[event["transfer"]]
            why = end["why"] or end["refusal"]
            found[event["by"]["endpoint"], event["exten"]] = (
                event["way"], event["hop"], event["transfer"] in answered, end["result"], why,
            )  # fmt: skip
    return found


@pytest.mark.parametrize("way", WAYS)
def test_each_transfer_is_told_as_it_was(way: str) -> None:
    assert judged(way) == EXPECTED


@pytest.mark.parametrize("way", [AFTERWARDS, BOTH, TWICE])
def test_live_feed_and_journal_tell_the_same(way: str) -> None:
    """But rings: the journal knows the first one alone, and that from the dialplan."""
    seen = {i: e for i, e in told(LIVE).items() if e.kind != "phone_rang"}
    read = {i: e for i, e in told(way).items() if e.kind != "phone_rang"}
    assert seen.keys() == read.keys()
    for key, event in read.items():
        left_out = {"source", "at", "space"}  # the journal does not know at which space he was parked
        assert event.model_dump(exclude=left_out) == seen[key].model_dump(exclude=left_out), key
        assert abs((event.at - seen[key].at).total_seconds()) < 0.2, key


@pytest.mark.parametrize("way", WAYS)
def test_the_citizen_has_one_call_over_all_of_it_and_ends_it_himself(way: str) -> None:
    events = told(way).values()
    citizens = [e for e in events if isinstance(e, CallStarted) and e.call_class == "citizen"]
    assert len(citizens) == len(NAMES)
    ends = {e.call_id: e.model_dump() for e in events if e.kind == "call_ended"}
    assert {ends[call.call_id]["ended_by"] for call in citizens} == {"citizen"}
    assert all(ends[call.call_id]["complete"] for call in citizens)
    passed = {e.call_id for e in events if e.kind in PROMISE}
    parked = {e.call_id for e in events if e.kind == "call_parked"}
    assert passed | parked == {call.call_id for call in citizens}
    assert not passed & parked
    # no officer's phone that went down by a transfer hung up first (charter T8, XFR-03)
    assert {e.model_dump()["side"] for e in events if e.kind == "hangup_seen"} == {"citizen"}


@pytest.mark.parametrize("way", WAYS)
def test_a_consultation_that_passed_the_citizen_on_is_no_call_of_its_own(way: str) -> None:
    events = list(told(way).values())
    consults = {e.call_id for e in events if isinstance(e, CallStarted) and e.call_class == "internal"}
    assert len(consults) == 3
    notes = [e.model_dump()["note"] for e in events if e.kind == "call_ended" and e.call_id in consults]
    assert all(note.startswith("merged:") for note in notes)


@pytest.mark.parametrize("way", WAYS)
def test_a_parked_citizen_waits_and_talks_on(way: str) -> None:
    """XFR-06: `*70`, then fetched by a colleague with `*71`, or back with who parked him."""
    events = list(told(way).values())
    parked = {e.call_id: e.model_dump()["by"]["endpoint"] for e in events if e.kind == "call_parked"}
    assert sorted(parked.values()) == ["5030", "5032"]
    left = {parked[e.call_id]: e.model_dump() for e in events if e.kind == "call_unparked"}
    assert (left["5030"]["how"], left["5030"]["phone"]["endpoint"]) == ("fetched", "5031")
    assert left["5032"]["how"] == "came_back"
    talks = [
        (parked[e.call_id], e.model_dump())
        for e in events
        if e.kind == "talk_started" and e.call_id in parked
    ]
    with_whom = [(by, talk["phone"]["endpoint"]) for by, talk in talks]
    assert with_whom == [("5030", "5030"), ("5030", "5031"), ("5032", "5032"), ("5032", "5032")]


@pytest.mark.parametrize("way", WAYS)
def test_the_citizens_number_is_in_no_event_of_a_transfer(way: str) -> None:
    assert not [e.id for e in told(way).values() if e.kind in PROMISE and "0100000" in e.model_dump_json()]


@pytest.mark.parametrize("cut", range(20, 100, 20))
def test_a_link_lost_in_the_middle_changes_nothing_once_the_journal_was_read(cut: int) -> None:
    """Live until `cut` hundredths of the stream; then the journal from its beginning."""
    play = Play(house())
    stream = b"".join(path.read_bytes() for path in in_time())
    play.bytes(stream[: len(stream) * cut // 100])
    by_journal(play)
    kept = {event.id for event in play.events if event.kind != "phone_rang"}
    assert kept == {event.id for event in told(LIVE).values() if event.kind != "phone_rang"}
    assert play.board.live == []
