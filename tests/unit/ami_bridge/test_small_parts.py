"""Timers, checkpoint, pauses, logs, numbers in notes: the small parts, each on its own."""

import asyncio
import json
import logging
from pathlib import Path
from typing import cast

import pytest
from redis.asyncio import Redis

from ami_bridge.ami.connection import Pauses
from ami_bridge.ami.feed import Feed
from ami_bridge.call.effects import StartTimer, event_id
from ami_bridge.call.facts import Fact, Hung, TimerFired
from ami_bridge.call.notes import micros, number
from ami_bridge.call.state import Call, Channel, Role
from ami_bridge.call.switchboard import Switchboard
from ami_bridge.checkpoint import Checkpoint, Marks, load, save
from ami_bridge.journal.reader import Position
from ami_bridge.logs import JsonFormatter
from ami_bridge.loop import Bridge
from ami_bridge.stream.publisher import Publisher
from ami_bridge.stream.spool import Spool
from ami_bridge.timers import Timers
from tests.replay.play import example_house
from tests.replay.wire import TRUNK, U1, hangup, newchannel


async def test_a_timer_fires_as_a_fact_on_the_pbxs_clock() -> None:
    fired: list[TimerFired] = []
    done = asyncio.Event()

    def take(fact: TimerFired) -> None:
        fired.append(fact)
        done.set()

    timers = Timers(lambda: 1_000_000, take)
    timers.start(StartTimer("u1", "ring_limit", 1_010_000))
    timers.start(StartTimer("u1", "ring_limit", 9_999_999_999))  # the first one stands
    timers.start(StartTimer("u2", "ring_limit", 1_005_000))
    timers.stop("u2")
    await asyncio.wait_for(done.wait(), 2)
    assert fired == [TimerFired(1_010_000, "u1", name="ring_limit")]
    assert len(timers) == 0


async def test_timers_of_the_past_fire_only_when_the_present_is_reached() -> None:
    fired: asyncio.Queue[TimerFired] = asyncio.Queue()
    timers = Timers(lambda: 1_000_000, fired.put_nowait)
    timers.hold()
    timers.start(StartTimer("over", "ring_limit", 1))
    timers.start(StartTimer("rings", "ring_limit", 2))
    timers.start(StartTimer("rings", "ring_limit", 5))
    await asyncio.sleep(0)
    timers.stop("over")
    assert (fired.empty(), len(timers)) == (True, 0)
    timers.release()
    assert await asyncio.wait_for(fired.get(), 2) == TimerFired(2, "rings", name="ring_limit")
    assert fired.empty()


async def test_stopped_timers_leave_nothing() -> None:
    timers = Timers(lambda: 0, lambda _: None)
    for n in range(100):
        timers.start(StartTimer(f"u{n}", "announce", 10**12))
    timers.stop("u1")
    assert len(timers) == 99
    timers.stop_all()
    assert len(timers) == 0


def test_a_checkpoint_comes_back_as_it_was(tmp_path: Path) -> None:
    path = tmp_path / "checkpoint.json"
    assert load(path) == Checkpoint()
    kept = Checkpoint(Position(7, 400), 1_795_578_000_000_001, {"pbx-1.1": 5})
    save(path, kept)
    assert load(path) == kept
    assert [file.name for file in tmp_path.iterdir()] == ["checkpoint.json"]


@pytest.mark.parametrize(
    "text", ["", "{", "[]", '{"position": 1}', '{"position": {}, "open": {}, "alive_at": 0}']
)
def test_a_checkpoint_that_cannot_be_read_means_read_all_again(text: str, tmp_path: Path) -> None:
    path = tmp_path / "checkpoint.json"
    path.write_text(text)
    assert load(path) == Checkpoint()


def call(uid: str) -> Call:
    return Call(uid, example_house(), {uid: Channel(uid, "PJSIP/trunk-1", Role.OWN)}, 0)


def test_the_mark_stays_before_the_oldest_open_call_with_a_look_to_spare() -> None:
    marks = Marks(Position(1, 0))
    at = [marks.look(Position(1, n * 100), []) for n in range(1, 5)]
    assert [p.offset for p in at] == [0, 0, 0, 100]
    old, new = call("u1"), call("u2")
    assert marks.look(Position(1, 500), [old]).offset == 200
    assert marks.look(Position(1, 600), [old, new]).offset == 200
    assert marks.look(Position(1, 700), [old, new]).offset == 200
    assert marks.look(Position(1, 800), [new]).offset == 300
    # after a rotation offsets begin anew; the order of looks counts, not the number
    assert marks.look(Position(2, 5), [new]) == Position(1, 300)
    assert marks.look(Position(2, 9), []) == Position(1, 700)


def test_pauses_grow_to_a_minute_and_begin_again_after_a_good_link() -> None:
    pauses = Pauses()
    assert [pauses.after_failure() for _ in range(8)] == [1, 2, 4, 8, 16, 32, 60, 60]
    pauses.reset()
    assert pauses.after_failure() == 1


@pytest.mark.parametrize(
    ("text", "us"),
    [
        ("1795578812.616647", 1795578812616647),
        ("1795578812.5", 1795578812500000),
        ("1795578812", 1795578812000000),
        ("", 0),
        ("never", 0),
        ("12.3456789", 12345678),
    ],
)
def test_timestamps_are_exact(text: str, us: int) -> None:
    assert micros(text) == us


@pytest.mark.parametrize(
    ("text", "value"), [("017", 17), ("-5", -5), (" 9 ", 9), ("", 0), ("1.5", 0), ("x", 0)]
)
def test_numbers_in_notes(text: str, value: int) -> None:
    assert number(text) == value


def test_event_ids_are_readable() -> None:
    assert event_id("pbx1", "p-1.2", "call_ended") == "pbx1/p-1.2/call_ended"
    assert event_id("pbx1", "p-1.2", "talk_started", "b") == "pbx1/p-1.2/talk_started/b"


def test_a_log_line_is_constant_text_with_fields() -> None:
    record = logging.makeLogRecord(
        {"msg": "the link is lost", "levelname": "ERROR", "name": "x", "reason": "closed"}
    )
    line = json.loads(JsonFormatter().format(record))
    assert (line["text"], line["reason"], line["level"]) == ("the link is lost", "closed", "error")


def test_a_consumer_that_fails_loses_one_message_and_not_the_stream() -> None:
    """panoramisk closes the link when a callback raises."""
    taken: list[Fact] = []
    faults: list[Exception] = []

    def take(fact: Fact) -> None:
        if not faults:
            raise ValueError("01000001234")
        taken.append(fact)

    feed = Feed(take, now=lambda: 1, on_fault=faults.append)
    feed.feed(newchannel(0, TRUNK, U1) + hangup(1, U1))
    assert [type(error) for error in faults] == [ValueError]
    assert [type(fact) for fact in taken] == [Hung]


def test_a_fault_is_logged_by_its_place_and_never_by_what_it_quotes(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    spool = Spool(tmp_path / "spool", 1000)
    publisher = Publisher(cast("Redis", None), "pbx1", spool)
    bridge = Bridge(Switchboard(example_house()), publisher, tmp_path, None)
    with pytest.raises(ValueError, match="010") as raised:
        int("01000001234 is no number")
    bridge.on_fault(raised.value)
    assert bridge.faults == 1
    line = JsonFormatter().format(caplog.records[0])
    assert "ValueError at test_small_parts.py" in line
    assert "01000001234" not in line
