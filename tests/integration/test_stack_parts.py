"""A stack's telephony half on real programs: Redis and Asterisk, without bridge and memo_service."""

import asyncio
import os
import signal
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path

import pytest

from stack.errors import StackError
from stack.ports import HOST
from stack.probes import AmiAccount, ami_booted, ami_greets, redis_answers, require_ami
from stack.settings import Part, StackSettings
from stack.stack import Stack
from stack.state import is_alive

pytestmark = pytest.mark.pbx
_PARTS = frozenset({Part.REDIS, Part.ASTERISK})


def _stack(state: Path, told: Callable[[str], None] = lambda _: None, *more: Part) -> Stack:
    return Stack(StackSettings(state=state, parts=_PARTS | set(more)), told)


def _account(stack: Stack) -> AmiAccount:
    ami = stack.secrets["ami"]
    return AmiAccount(HOST, stack.ports.ami.number, ami["user"], ami["secret"])


async def test_two_stacks_run_side_by_side(tmp_path: Path) -> None:
    async with _stack(tmp_path / "a") as a:
        async with _stack(tmp_path / "b") as b:
            assert a.ports.base != b.ports.base
            assert await ami_booted(_account(a))
            assert await ami_booted(_account(b))
            assert _account(a).secret != _account(b).secret
            pids = [b.pid(part) for part in _PARTS]
        assert not any(is_alive(pid or 0) for pid in pids)
        assert await ami_booted(_account(a))
        assert await redis_answers(HOST, a.ports.redis.number, a.site.redis_password)


async def test_a_wrong_secret_is_told_with_the_remedy(tmp_path: Path) -> None:
    async with _stack(tmp_path) as stack:
        account = _account(stack)
        wrong = AmiAccount(account.host, account.port, account.user, "wrong")
        with pytest.raises(StackError, match=r"refused the user 'bridge': wrong secret(.|\n)*manager.conf"):
            await require_ami(wrong)
        silent = AmiAccount(HOST, stack.ports.carrier.number, "bridge", "x")
        with pytest.raises(StackError, match="cannot be reached"):
            await require_ami(silent)


async def test_redis_needs_its_password(tmp_path: Path) -> None:
    async with _stack(tmp_path) as stack:
        assert not await redis_answers(HOST, stack.ports.redis.number, "wrong")
        assert (tmp_path / "redis" / "redis.conf").stat().st_mode & 0o077 == 0


async def test_redis_keeps_its_data_and_asterisk_its_place(tmp_path: Path) -> None:
    async with _stack(tmp_path) as stack:
        await _redis(stack, "SET kept 1")
        await stack.kill(Part.REDIS)
        assert stack.pid(Part.REDIS) is None
        await stack.start_part(Part.REDIS)
        assert await _redis(stack, "GET kept") == b"$1\r\n"
        await stack.stop_part(Part.ASTERISK)
        assert not await ami_greets(HOST, stack.ports.ami.number)
        await stack.start_part(Part.ASTERISK)
        assert await ami_booted(_account(stack))


async def test_asterisk_comes_back_by_itself(tmp_path: Path) -> None:
    told: asyncio.Queue[str] = asyncio.Queue()
    async with _stack(tmp_path, told.put_nowait) as stack:
        os.kill(stack.pid(Part.ASTERISK) or 0, signal.SIGKILL)
        await _said(told.get, "asterisk is back")
        assert await ami_booted(_account(stack))


async def test_citizens_call_and_officers_answer(tmp_path: Path) -> None:
    async with _stack(tmp_path, lambda _: None, Part.LIFE) as stack:
        notes = [note async for note in _notes(_account(stack), until=b"Kind: End")]
    assert any(b"Class: citizen" in note and b"Caller: 0100000" in note for note in notes)
    assert (tmp_path / "log" / "life.log").read_text() == "life: 30 of 30 phones are played\n"


async def _notes(account: AmiAccount, until: bytes) -> AsyncIterator[bytes]:
    """The dialplan's notes as AMI tells them, up to the one that holds `until`; fails after 60 s."""
    reader, writer = await asyncio.open_connection(account.host, account.port)
    writer.write(f"Action: Login\r\nUsername: {account.user}\r\nSecret: {account.secret}\r\n\r\n".encode())
    async with asyncio.timeout(60):
        message = b""
        while until not in message:
            message = await reader.readuntil(b"\r\n\r\n")
            if b"UserEvent: Charterline" in message:
                yield message
    writer.close()
    await writer.wait_closed()


async def _redis(stack: Stack, command: str) -> bytes:
    """The first line of the answer to an inline command."""
    reader, writer = await asyncio.open_connection(HOST, stack.ports.redis.number)
    writer.write(f"AUTH {stack.site.redis_password}\r\n{command}\r\n".encode())
    await reader.readline()
    answer = await reader.readline()
    writer.close()
    await writer.wait_closed()
    return answer


async def _said(next_text: Callable[[], Awaitable[str]], wanted: str) -> None:
    async with asyncio.timeout(20):
        while await next_text() != wanted:
            pass
