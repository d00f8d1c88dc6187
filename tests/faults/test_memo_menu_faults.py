"""What may go wrong around the memo menu: strangers on its port, a PBX that falls silent, Redis, our own end.

Whatever it is, the session ends without MEMO_DONE, so the dialplan goes on to its recorder, and the server
serves the next citizen.
"""

import asyncio
import socket
from pathlib import Path

import pytest

from ami_bridge.agi import line, server
from office.calendar import Calendar, CalendarFile, Close, Hours
from office.folder import Office
from tests.support.fake_agi import FakeAgi, request
from tests.support.menu_server import OFFICE, Menus
from tests.support.processes import Process, settings

AT_ONCE_S = 2.0


async def told(port: int, *pieces: bytes, end: bool = False) -> bytes:
    """Send, and read until the server closes."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    for piece in pieces:
        writer.write(piece)
    if end:
        writer.write_eof()
    try:
        return await asyncio.wait_for(reader.read(), AT_ONCE_S)
    except ConnectionError:
        return b""
    finally:
        writer.close()


async def serves_the_next(menus: Menus) -> bool:
    citizen = await FakeAgi().call(menus.port, menus.arguments(session="9"))
    return citizen.variables == {"MEMO_DONE": "1"}


@pytest.mark.parametrize(
    "pieces",
    [
        (),
        (b"\n",),
        (b"GET / HTTP/1.1\r\nHost: x\r\n\r\n",),
        (b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" * 50 + b"\n\n",),
        (b"agi_network: yes\n\n",),
        (b"agi_x: " + b"y" * 100_000,),
        (b"agi_x: y\n" * 1_000,),
        (b"agi_uniqueid\n\n",),
        (b"\xff\xfe\xfd\n\n",),
    ],
    ids=[
        "nothing",
        "an empty line",
        "http",
        "tls",
        "no id",
        "a long line",
        "many lines",
        "no value",
        "bytes",
    ],
)
async def test_who_is_no_pbx_harms_nothing(tmp_path: Path, pieces: tuple[bytes, ...]) -> None:
    async with Menus(tmp_path) as menus:
        assert await told(menus.port, *pieces, end=True) == b""
        assert (menus.server.counts.refused, menus.server.counts.begun) == (1, 0)
        assert await serves_the_next(menus)


async def test_who_connects_and_says_nothing_is_not_waited_for(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(line, "HEADERS_S", 0.05)
    async with Menus(tmp_path) as menus:
        assert await told(menus.port, b"agi_network: yes\n") == b""
        assert menus.server.counts.refused == 1


@pytest.mark.parametrize("base", ["/etc/passwd", "relative", "../x", ""])
async def test_a_request_names_no_file_but_in_the_spool(tmp_path: Path, base: str) -> None:
    async with Menus(tmp_path) as menus:
        arguments = list(menus.arguments())
        arguments[6] = base
        assert await told(menus.port, request(arguments)) == b""
        assert menus.server.counts.refused == 1


async def test_a_pbx_that_falls_silent_is_given_up(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(line, "SLACK_S", 0.05)
    monkeypatch.setattr("ami_bridge.agi.acts.PROMPT_S", 0.05)
    async with Menus(tmp_path) as menus:
        sent = await told(menus.port, request(menus.arguments()))
        assert sent.startswith(b"STREAM FILE")
        assert (menus.server.counts.failed, menus.server.live) == (1, 0)


@pytest.mark.parametrize(
    "reply", ["510 Invalid or unknown command", "rubbish", "x" * 10_000, "520-Invalid\n520 End"]
)
async def test_a_reply_that_makes_no_sense_ends_the_session(tmp_path: Path, reply: str) -> None:
    def answer(command: str) -> str | None:
        return reply if command.startswith("RECORD") else None

    async with Menus(tmp_path) as menus:
        citizen = await FakeAgi(answer=answer).call(menus.port, menus.arguments())
        assert citizen.variables == {}
        assert menus.server.counts.failed == 1
        assert await serves_the_next(menus)


async def test_a_pbx_that_dies_in_the_menu(tmp_path: Path) -> None:
    """Its end closes the connection in the middle of a command."""
    async with Menus(tmp_path) as menus:
        assert (await told(menus.port, request(menus.arguments()), end=True)).startswith(b"STREAM FILE")
        assert menus.server.counts.failed == 1
        assert await serves_the_next(menus)


async def test_our_end_ends_every_session_at_once(tmp_path: Path) -> None:
    async with Menus(tmp_path) as menus:
        reader, writer = await asyncio.open_connection("127.0.0.1", menus.port)
        writer.write(request(menus.arguments()))
        assert (await reader.readline()).startswith(b"STREAM FILE")
        async with asyncio.timeout(AT_ONCE_S):
            await menus.server.close()
            assert b"MEMO_DONE" not in await reader.read()
        writer.close()
        with pytest.raises(ConnectionError):
            await asyncio.open_connection("127.0.0.1", menus.port)


async def test_one_citizen_too_many_is_left_to_the_recorder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(server, "MAX_SESSIONS", 1)
    async with Menus(tmp_path) as menus:
        reader, writer = await asyncio.open_connection("127.0.0.1", menus.port)
        writer.write(request(menus.arguments()))
        assert (await reader.readline()).startswith(b"STREAM FILE")
        assert await told(menus.port, request(menus.arguments(session="2"))) == b""
        assert menus.server.counts.refused == 1
        writer.close()


class DeadRedis:
    """Answers never, or with an error."""

    def __init__(self, error: Exception | None) -> None:
        self._error = error

    async def hget(self, name: str, key: str) -> bytes | None:
        if self._error is not None:
            raise self._error
        await asyncio.Event().wait()
        return None


@pytest.mark.parametrize("error", [None, ConnectionError("gone"), TimeoutError()])
async def test_nobody_waits_for_redis(tmp_path: Path, error: Exception | None) -> None:
    async with Menus(tmp_path, redis=DeadRedis(error)) as menus:
        async with asyncio.timeout(AT_ONCE_S):
            citizen = await FakeAgi().call(menus.port, menus.arguments())
    assert citizen.variables == {"MEMO_DONE": "1"}
    assert "menu/memo-again.a" not in citizen.heard


async def test_a_calendar_without_working_time_is_left_to_the_recorder(tmp_path: Path) -> None:
    never = Calendar([CalendarFile(hours=(Hours(weekdays=(), hours=()),), close=(Close.model_validate(
        {"date": "2026-11-25", "name": "x"}),))])  # fmt: skip
    office = Office(OFFICE.charter, OFFICE.directory, never)
    async with Menus(tmp_path, office=office) as menus:
        citizen = await FakeAgi().call(menus.port, menus.arguments())
        assert (citizen.commands, menus.server.counts.failed) == ([], 1)


async def test_a_fault_of_our_own_costs_one_session_and_quotes_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def broken(*_: object) -> None:
        raise ValueError("01098765432")

    async with Menus(tmp_path) as menus:
        with monkeypatch.context() as patch:
            patch.setattr("ami_bridge.agi.driver.advance", broken)
            await FakeAgi().call(menus.port, menus.arguments())
        assert menus.server.counts.failed == 1
        (record,) = caplog.records
        assert "ValueError at test_memo_menu_faults.py" in record.__dict__["reason"]
        assert "01098765432" not in str(record.__dict__)
        assert await serves_the_next(menus)


async def test_a_port_that_is_taken_is_told_by_its_setting(tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = str(taken.getsockname()[1])
        named = settings(1, "redis://127.0.0.1:1/0", tmp_path, agi_port=port)
        bridge = Process(**named)
        await bridge.start()
        code, err = await bridge.ended()
    assert code != 0
    assert f"CHARTERLINE_AGI_PORT {port} cannot be listened on" in err
