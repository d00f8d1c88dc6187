"""The PBX's journal tells the same calls as the live feed: recorded together, from one real Asterisk 22."""

import gzip
from datetime import datetime
from pathlib import Path

import pytest

from office.events import CallEvent
from tests.replay.golden import OWN
from tests.replay.play import DATA, Play, rehearsal_house, trace


def live(name: str) -> Play:
    return Play(rehearsal_house()).bytes(trace(f"rehearsal/{name}"))


def journal_file(name: str, folder: Path) -> Path:
    path = folder / "calls.csv"
    path.write_bytes(gzip.decompress((DATA / "rehearsal" / f"{name}.journal.csv.gz").read_bytes()))
    return path


def from_journal(name: str, folder: Path) -> Play:
    return Play(rehearsal_house()).journal(journal_file(name, folder))


def but_rings(events: list[CallEvent]) -> dict[str, CallEvent]:
    return {event.id: event for event in events if event.kind not in ("phone_rang", "ring_limit_passed")}


@pytest.mark.parametrize("name", OWN)
def test_one_fact_has_one_id_whoever_saw_it(name: str, tmp_path: Path) -> None:
    seen, read = but_rings(live(name).events), but_rings(from_journal(name, tmp_path).events)
    assert seen.keys() == read.keys()
    for key, event in read.items():
        assert event.source == "journal"
        left_out = {"source", "at"}
        assert event.model_dump(exclude=left_out) == seen[key].model_dump(exclude=left_out), key
        # the journal knows a hang-up by the channel's end, and the menu has a last word after it
        apart = 0.2 if event.kind == "hangup_seen" else 0.005
        assert abs((event.at - seen[key].at).total_seconds()) < apart


@pytest.mark.parametrize("name", OWN)
def test_the_first_ring_is_told_by_the_dialplan_where_only_the_journal_was_there(
    name: str, tmp_path: Path
) -> None:
    play = live(name)
    citizens = {e.call_id for e in play.of("call_started") if e.model_dump()["call_class"] == "citizen"}
    measured: dict[str, datetime] = {}
    for rang in play.of("phone_rang"):  # in memos at closed desks none
        if rang.call_id in citizens:
            measured[rang.call_id] = min(rang.at, measured.get(rang.call_id, rang.at))
    inferred = {e.call_id: e for e in from_journal(name, tmp_path).of("phone_rang")}
    assert inferred.keys() == measured.keys()
    for call_id, event in inferred.items():
        assert event.model_dump()["inferred"]
        assert abs((event.at - measured[call_id]).total_seconds()) < 0.05


@pytest.mark.parametrize("name", OWN)
def test_the_journal_read_over_a_live_call_tells_nothing_new(name: str, tmp_path: Path) -> None:
    """After a short loss of the link the journal is read from an older place, over calls that are known."""
    play = live(name)
    known = {event.id for event in play.events}
    play.journal(journal_file(name, tmp_path))
    assert {event.id for event in play.events} == known


@pytest.mark.parametrize("name", OWN)
def test_half_live_half_journal_is_the_whole_call(name: str, tmp_path: Path) -> None:
    """The link is lost in the middle; afterwards the journal tells the whole from its beginning."""
    data = trace(f"rehearsal/{name}")
    play = Play(rehearsal_house()).bytes(data[: len(data) // 2])
    play.journal(journal_file(name, tmp_path))
    assert but_rings(live(name).events).keys() == but_rings(play.events).keys()
    assert play.board.live == []
    # measured where measured, inferred only where nothing was
    rings = [e for e in play.events if e.kind == "phone_rang"]
    assert len({e.id for e in rings}) == len(rings)
