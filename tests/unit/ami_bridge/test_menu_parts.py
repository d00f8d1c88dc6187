"""Parts of the memo menu's driver, each on its own: replies, quoting, voices; and the recorder's sweep."""

import wave
from pathlib import Path
from typing import cast

import pytest
from redis.asyncio import Redis

from ami_bridge.agi.line import Reply, quoted
from ami_bridge.agi.voice import has_voice
from ami_bridge.ami.database import Database
from ami_bridge.loop import Bridge
from ami_bridge.stream.publisher import Publisher
from ami_bridge.stream.spool import Spool
from ami_bridge.sweep import MemoSweep
from office.events import decode
from tests.replay.play import Play
from tests.replay.wire import TRUNK, U1, at_us, hangup, newchannel, note


@pytest.mark.parametrize(
    ("result", "key", "failed"),
    [("0", "", False), ("", "", False), ("-1", "", True), ("53", "5", False), ("35", "#", False)],
)
def test_what_a_reply_says(result: str, key: str, failed: bool) -> None:
    reply = Reply(200, result)
    assert (reply.key, reply.failed) == (key, failed)


def test_an_argument_stands_as_one_whatever_it_holds() -> None:
    assert quoted('a "b" \\c') == '"a \\"b\\" \\\\c"'


# ---------------------------------------------------------------- voices


def recording(path: Path, *parts: tuple[float, int]) -> Path:
    """Seconds and level of each part, as a square wave."""
    frames = b""
    for seconds, level in parts:
        swing = level.to_bytes(2, "little", signed=True) + (-level).to_bytes(2, "little", signed=True)
        frames += swing * round(seconds * 4000)
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(8000)
        file.writeframes(frames)
    return path


@pytest.mark.parametrize(
    ("parts", "voice"),
    [
        ([], False),
        ([(4.0, 8)], False),
        ([(1.0, 8), (0.1, 9000), (1.0, 8)], False),
        ([(1.0, 8), (0.5, 300), (1.0, 8)], True),
        ([(0.5, 8), (0.1, 4000), (0.5, 8), (0.2, 4000)], True),
        ([(30.0, 2000)], True),
    ],
    ids=["nothing", "a quiet line", "a click", "a low voice", "two short words", "a long message"],
)
def test_a_voice_is_told_from_a_quiet_line(
    parts: list[tuple[float, int]], voice: bool, tmp_path: Path
) -> None:
    assert has_voice(recording(tmp_path / "x.wav", *parts)) is voice


def test_a_file_that_is_no_sound_has_no_voice(tmp_path: Path) -> None:
    assert not has_voice(tmp_path / "missing.wav")
    broken = tmp_path / "broken.wav"
    broken.write_bytes(b"RIFF")
    assert not has_voice(broken)


# ---------------------------------------------------------------- what the recorder left in the database

ENTRY = f"2201^haengjeong^none^{at_us(3) // 1000}^01000001234^x-recorder.wav"


class FakeDatabase:
    def __init__(self, **entries: str) -> None:
        self.entries = {f"memo/{uid}": value for uid, value in entries.items()}

    async def read(self, family: str) -> dict[str, str]:
        assert family == "memo"
        return dict(self.entries)

    async def write(self, put: dict[str, str], remove: list[str]) -> None:
        assert put == {}
        for key in remove:
            del self.entries[key]


class Swept:
    """A bridge with a switchboard that has seen `pieces`, and what a sweep of it publishes."""

    def __init__(self, folder: Path, *pieces: bytes) -> None:
        play = Play().bytes(*pieces)
        publisher = Publisher(cast("Redis", None), "pbx1", Spool(folder / "spool", 1 << 20))
        self.bridge = Bridge(play.board, publisher, folder, None)
        self.sweep = MemoSweep(self.bridge)

    async def over(self, database: FakeDatabase) -> list[str]:
        await self.sweep.sweep(cast("Database", database))
        return [decode(raw).kind for raw in self.bridge.publisher._queue]


def in_dialplan() -> list[bytes]:
    told = note(0.001, U1, "Call", Class="citizen", Exten="2201", Caller="01000001234", Withheld="no")
    return [newchannel(0, TRUNK, U1, exten="0333302201"), told]


RECORDER = note(3, U1, "Memo", Exten="2201", Closed="none", TakenBy="recorder")


async def test_a_memo_that_was_noted_is_only_cleared(tmp_path: Path) -> None:
    swept, database = Swept(tmp_path, *in_dialplan(), RECORDER, hangup(9, U1)), FakeDatabase(**{U1: ENTRY})
    assert await swept.over(database) == []
    assert database.entries == {}


async def test_who_still_speaks_is_left_alone(tmp_path: Path) -> None:
    swept, database = Swept(tmp_path, *in_dialplan(), RECORDER), FakeDatabase(**{U1: ENTRY})
    assert await swept.over(database) == []
    assert list(database.entries) == [f"memo/{U1}"]


async def test_a_memo_nobody_told_is_published_once_and_cleared_when_it_is_safe(tmp_path: Path) -> None:
    swept, database = Swept(tmp_path), FakeDatabase(**{U1: ENTRY})
    kinds = ["call_started", "memo_began", "memo_kept", "call_ended"]
    assert await swept.over(database) == kinds
    assert list(database.entries) == [f"memo/{U1}"]  # the events are on their way
    assert await swept.over(database) == kinds
    swept.bridge.publisher._queue.clear()  # now they are on the stream
    assert await swept.over(database) == []
    assert database.entries == {}


async def test_a_memo_of_a_call_whose_notes_were_lost_is_published(tmp_path: Path) -> None:
    swept, database = Swept(tmp_path, *in_dialplan(), hangup(9, U1)), FakeDatabase(**{U1: ENTRY})
    assert "memo_kept" in await swept.over(database)


async def test_an_entry_that_says_nothing_is_cleared(tmp_path: Path) -> None:
    swept, database = Swept(tmp_path), FakeDatabase(**{U1: "rubbish"})
    assert await swept.over(database) == []
    assert database.entries == {}
