"""The replay of recorded AMI traffic: what is read, how it is moved in time, at which pace it is sent."""

import asyncio
import gzip
import itertools
import re
import time
from pathlib import Path

import pytest

from rehearsal.capture import CaptureError, Move, read_capture
from rehearsal.replay import ReplayServer
from rehearsal.schedule import Schedule

_CAPTURE = """\
# Asterisk 22, made up
Response: Success
Message: Authentication accepted

Event: FullyBooted
Privilege: system,all

### >>> sent by bridge
Action: Ping
ActionID: 1

Event: CoreShowChannel
Privilege: call,all
ActionID: 1
Uniqueid: office-1795578817.9

Event: VarSet
Privilege: dialplan,all
Timestamp: 1795578817.982765
Uniqueid: office-1795578817.148

Event: Newchannel
Privilege: call,all
Timestamp: 1795578817.982765
Channel: PJSIP/trunk-00000067
Uniqueid: office-1795578817.148
Linkedid: office-1795578817.148

Event: UserEvent
Privilege: user,all
Timestamp: 1795578818.982770
UserEvent: Charterline
Kind: End
At: 1795578818982
FirstRing: 01795578818001
Source: PJSIP/trunk-00000067
BridgeUniqueid: 0a1b2c3d-1111-2222-3333-444455556666
Uniqueid: office-1795578817.148

"""
_KNOCK = "right"
_UNTIMED = re.sub(r"Timestamp: .*\n", "", _CAPTURE)


def _file(folder: Path, text: str, name: str = "ami.txt") -> Path:
    path = folder / name
    data = text.encode()
    path.write_bytes(gzip.compress(data) if name.endswith(".gz") else data)
    return path


def test_only_the_events_a_bridge_gets_are_read(tmp_path: Path) -> None:
    capture = read_capture(_file(tmp_path, _CAPTURE))
    assert [event.splitlines()[0] for event in capture.events] == [b"Event: Newchannel", b"Event: UserEvent"]
    assert capture.calls == 1
    assert capture.length_s == pytest.approx(1.000005)
    assert capture.sequences == 149


@pytest.mark.parametrize("text", [_CAPTURE.replace("\n", "\r\n"), _CAPTURE])
def test_line_ends_and_gzip_make_no_difference(tmp_path: Path, text: str) -> None:
    plain = read_capture(_file(tmp_path, _CAPTURE))
    packed = read_capture(_file(tmp_path, text, "ami.txt.gz"))
    assert packed.events == plain.events
    assert all(event.endswith(b"\r\n\r\n") for event in packed.events)


def test_a_move_shifts_times_and_makes_ids_its_own(tmp_path: Path) -> None:
    capture = read_capture(_file(tmp_path, _CAPTURE))
    moved = Move(shift_us=10_500_000, number=2, sequences=149).apply(capture.events[1], 0).decode()
    assert "Timestamp: 1795578829.482770\r\n" in moved
    assert "At: 1795578829482\r\n" in moved
    assert "FirstRing: 01795578828501\r\n" in moved
    assert "Source: PJSIP/trunk-00020067\r\n" in moved
    assert "BridgeUniqueid: 0a1d2c3d-1111-2222-3333-444455556666\r\n" in moved
    assert "Uniqueid: office-1795578827.446\r\n" in moved


def test_what_rang_for_nobody_is_not_moved() -> None:
    event = b"Event: UserEvent\r\nTimestamp: 1795578817.982765\r\nFirstRing: 0\r\nRingMs: 0\r\n\r\n"
    moved = Move(shift_us=1_000_000, number=1, sequences=1).apply(event, 0)
    assert moved == event.replace(b"1795578817.982765", b"1795578818.982765")


def test_an_untimed_event_is_stamped(tmp_path: Path) -> None:
    capture = read_capture(_file(tmp_path, _UNTIMED))
    assert not capture.timed
    moved = Move(shift_us=0, number=0, sequences=1).apply(capture.events[0], 1_795_000_000_000_001)
    assert b"Event: Newchannel\r\nTimestamp: 1795000000.000001\r\n" in moved


def test_copies_of_a_timed_capture_overlap_at_their_own_pace(tmp_path: Path) -> None:
    capture = read_capture(_file(tmp_path, _CAPTURE))
    plan = Schedule([capture], rate=4, fast=False, loops=3)
    due = [(round(at, 2), copy.number) for at, copy, _ in plan]
    assert due == [(0.0, 0), (0.25, 1), (0.5, 2), (1.0, 0), (1.25, 1), (1.5, 2)]


def test_an_untimed_capture_is_spread_evenly(tmp_path: Path) -> None:
    capture = read_capture(_file(tmp_path, _UNTIMED))
    plan = itertools.islice(Schedule([capture], rate=2, fast=False, loops=None), 5)
    assert [at for at, _, _ in plan] == [0.0, 0.25, 0.5, 0.75, 1.0]


def test_what_cannot_be_played_is_refused(tmp_path: Path) -> None:
    with pytest.raises(CaptureError, match="give a rate"):
        ReplayServer([_file(tmp_path, _UNTIMED)])
    with pytest.raises(CaptureError, match="No such file"):
        ReplayServer([tmp_path / "nowhere.txt"])
    with pytest.raises(CaptureError, match="no AMI events"):
        ReplayServer([_file(tmp_path, "hello\n")])
    with pytest.raises(CaptureError, match="broken"):
        ReplayServer([_broken(tmp_path)])


def _broken(folder: Path) -> Path:
    path = folder / "broken.txt.gz"
    path.write_bytes(b"no gzip at all")
    return path


class _Client:
    """An AMI client that reads message by message."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.reader, self.writer = reader, writer

    async def ask(self, *lines: str) -> None:
        self.writer.write("".join(f"{line}\r\n" for line in (*lines, "")).encode())
        await self.writer.drain()

    async def message(self) -> str:
        async with asyncio.timeout(10):
            return (await self.reader.readuntil(b"\r\n\r\n")).decode()


async def _client(port: int, password: str = _KNOCK) -> _Client:
    client = _Client(*await asyncio.open_connection("127.0.0.1", port))
    assert (await client.reader.readline()).startswith(b"Asterisk Call Manager")
    await client.ask("Action: Login", "Username: bridge", f"Secret: {password}", "ActionID: 1")
    return client


async def test_a_client_gets_lists_and_then_the_calls_of_now(tmp_path: Path) -> None:
    began = time.time()
    async with ReplayServer([_file(tmp_path, _CAPTURE)]) as server:
        client = await _client(server.port)
        assert "Response: Success\r\nActionID: 1\r\n" in await client.message()
        assert "Event: FullyBooted" in await client.message()
        await client.ask("Action: CoreShowChannels", "ActionID: 2")
        assert "EventList: start" in await client.message()
        assert "Event: CoreShowChannelsComplete\r\nActionID: 2\r\n" in await client.message()
        await client.ask("Action: Originate", "ActionID: 3")
        assert "Response: Error\r\nActionID: 3" in await client.message()
        stamps = [float(_header(await client.message(), "Timestamp")) for _ in range(2)]
        await server.finished()
        client.writer.close()
    assert stamps[1] - stamps[0] == pytest.approx(1.000005, abs=2e-6)
    assert began < stamps[0] < time.time()
    assert server.events == 2


async def test_a_wrong_secret_is_refused(tmp_path: Path) -> None:
    async with ReplayServer([_file(tmp_path, _CAPTURE)], secret=_KNOCK) as server:
        client = await _client(server.port, "wrong")
        assert "Authentication failed" in await client.message()
        assert await client.reader.read() == b""
        client.writer.close()


async def test_as_fast_as_possible_and_as_recorded(tmp_path: Path) -> None:
    file = _file(tmp_path, _CAPTURE)
    async with ReplayServer([file], fast=True, loops=400, rewrite=False) as server:
        client = await _client(server.port)
        messages = [await client.message() for _ in range(2 + 2 * 400)]
        client.writer.close()
    assert "".join(messages[2:]).encode() == b"".join(read_capture(file).events) * 400


def _header(message: str, name: str) -> str:
    return next(line.partition(": ")[2] for line in message.splitlines() if line.startswith(name + ": "))
