"""Every recorded trace of a real Asterisk gives the events that were judged right by hand."""

import gzip

import pytest

from office.events import CallAnswered, CallEnded, CallStarted, HangupSeen, PhoneStopped
from tests.replay.golden import CAPTURES, OWN, expected, played
from tests.replay.play import DATA, Play, foreign_house, trace


@pytest.mark.parametrize("name", [*CAPTURES, *(f"rehearsal/{name}" for name in OWN)])
def test_a_trace_gives_the_events_that_were_judged_right(name: str) -> None:
    assert played(name) == expected(name)


@pytest.mark.parametrize("name", [name for name in CAPTURES if name != "resync_midcall"])
def test_every_call_of_a_trace_ends_once(name: str) -> None:
    play = Play(foreign_house()).bytes(trace(name))
    started = [event.call_id for event in play.of("call_started")]
    assert sorted(started) == sorted(event.call_id for event in play.of("call_ended"))
    assert play.board.live == []


@pytest.mark.parametrize("name", CAPTURES)
def test_a_trace_played_twice_tells_nothing_new(name: str) -> None:
    play = Play(foreign_house()).bytes(trace(name))
    first = len(play.events)
    play.bytes(trace(name))
    assert len(play.events) == first


def test_the_load_capture_is_a_thousand_whole_calls_and_more() -> None:
    play = Play(foreign_house()).bytes(gzip.decompress((DATA / "load-ami.txt.gz").read_bytes()))
    started = [event for event in play.events if isinstance(event, CallStarted)]
    ended = {event.call_id: event for event in play.events if isinstance(event, CallEnded)}
    answered = {event.call_id for event in play.events if isinstance(event, CallAnswered)}
    assert len(started) == 2000
    assert {event.call_class for event in started} == {"citizen"}
    assert {event.call_id for event in started} == ended.keys()
    assert all(event.complete for event in ended.values())
    # 1,789 bridges were made in the capture; who was not bridged gave up or was not answered
    assert len(answered) == 1789
    assert len(play.of("talk_started")) == len(play.of("talk_ended")) == 1789
    stopped = {event.call_id for event in play.events if isinstance(event, PhoneStopped)}
    assert answered.isdisjoint(stopped)
    assert len(answered | stopped) == 2000
    assert len(play.board) <= 1000


def test_local_channels_alone_are_no_call() -> None:
    play = Play(foreign_house()).bytes(gzip.decompress((DATA / "ami-20k.txt.gz").read_bytes()))
    assert play.events == []
    assert len(play.board) == 0
    assert play.feed.counts.messages == 120_000


@pytest.mark.parametrize(
    ("name", "side"), [("caller_hangs_up_first", "citizen"), ("officer_hangs_up_first", "officer")]
)
def test_who_hung_up_first_is_who_sent_bye(name: str, side: str) -> None:
    play = Play(foreign_house()).bytes(trace(name))
    seen, ended = play.one("hangup_seen"), play.one("call_ended")
    assert isinstance(seen, HangupSeen)
    assert isinstance(ended, CallEnded)
    assert (seen.side, ended.ended_by) == (side, side)
