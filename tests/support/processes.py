"""Redis and the bridge as processes of their own, to be killed."""

import asyncio
import contextlib
import os
import signal
import socket
import tempfile
from pathlib import Path
from typing import Any

from redis.asyncio import Redis
from redis.exceptions import RedisError

from ami_bridge.__main__ import main
from office.events import CallEvent, decode
from stack.programs import installed
from tests.replay.play import ROOT
from tests.support.nursery import Nursling


def free_port() -> int:
    with socket.socket() as sock:
        sock.bind(("127.0.0.1", 0))
        port: int = sock.getsockname()[1]
        return port


async def moment() -> None:
    """Between two looks at another process."""
    await asyncio.sleep(0.02)


class Server:
    """A Redis server of our own, with its data in memory only."""

    def __init__(self, folder: Path) -> None:
        self.port = free_port()
        self._folder = folder
        self.url = f"redis://127.0.0.1:{self.port}/0"
        self.client = Redis.from_url(self.url)

    async def start(self) -> None:
        self.process = await asyncio.create_subprocess_exec(
            installed("redis-server"), "--port", str(self.port), "--bind", "127.0.0.1", "--save", "",
            "--dir", str(self._folder), stdout=asyncio.subprocess.DEVNULL,
        )  # fmt: skip
        async with asyncio.timeout(10):
            while True:
                with contextlib.suppress(OSError, RedisError):
                    if await self.client.ping():
                        return
                await moment()

    async def kill(self) -> None:
        self.process.kill()
        await self.process.wait()

    async def events(self) -> list[CallEvent]:
        entries: Any = await self.client.xrange("calls:pbx1")
        return [decode(fields[b"e"]) for _, fields in entries]

    async def until(self, kind: str, within_s: float = 10.0) -> list[CallEvent]:
        async with asyncio.timeout(within_s):
            while True:
                with contextlib.suppress(OSError, RedisError):
                    found = await self.events()
                    if any(event.kind == kind for event in found):
                        return found
                await moment()


async def ended(child: Nursling, within_s: float = 60) -> tuple[int, str]:
    """Its exit code and what it wrote to stderr, once it has ended."""
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(within_s):
            while child.returncode is None:
                await moment()
    return child.end(0)


class Process:
    """A bridge as a process of its own."""

    def __init__(self, **environment: str) -> None:
        kept = {key: value for key, value in os.environ.items() if not key.startswith("CHARTERLINE_")}
        named = {f"CHARTERLINE_{key.upper()}": value for key, value in environment.items()}
        self._env = {**kept, **named}

    async def start(self) -> None:
        descriptor, told = tempfile.mkstemp(prefix="bridge-", suffix=".txt")
        os.close(descriptor)
        self._told = Path(told)
        self.child = Nursling(main, self._env, self._told)

    async def ended(self) -> tuple[int, str]:
        """Its exit code and what it wrote to stderr, once it has ended."""
        end = await ended(self.child)
        self._told.unlink()
        return end

    async def stop(self, sign: signal.Signals = signal.SIGTERM) -> tuple[int, str]:
        self.child.send_signal(sign)
        return await self.ended()


def settings(fake_port: int, redis: str, state: Path, **more: str) -> dict[str, str]:
    return {
        "office": str(ROOT / "examples" / "pyeongchang"), "state": str(state), "ami_port": str(fake_port),
        "ami_secret": "secret", "redis_url": redis, "bridge_port": str(free_port()),
        "agi_port": str(free_port()), **more,
    }  # fmt: skip


async def page(port: str, path: str) -> tuple[bytes, bytes]:
    reader, writer = await asyncio.open_connection("127.0.0.1", int(port))
    writer.write(f"GET {path} HTTP/1.1\r\nHost: x\r\n\r\n".encode())
    head, _, body = (await reader.read()).partition(b"\r\n\r\n")
    writer.close()
    return head, body
