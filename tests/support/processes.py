"""Redis and the bridge as processes of their own, to be killed."""

import asyncio
import contextlib
import os
import signal
import socket
import sys
from pathlib import Path
from typing import Any

from redis.asyncio import Redis
from redis.exceptions import RedisError

from office.events import CallEvent, decode
from stack.programs import installed
from tests.replay.play import ROOT


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


class Process:
    """`python -m ami_bridge` as a child."""

    def __init__(self, **environment: str) -> None:
        kept = {key: value for key, value in os.environ.items() if not key.startswith("CHARTERLINE_")}
        named = {f"CHARTERLINE_{key.upper()}": value for key, value in environment.items()}
        self._env = {**kept, **named, "PYTHONFAULTHANDLER": "1"}

    async def start(self) -> None:
        self.child = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "ami_bridge", cwd=ROOT, env=self._env, stderr=asyncio.subprocess.PIPE
        )

    async def stop(self, sign: signal.Signals = signal.SIGTERM) -> tuple[int, str]:
        ended = asyncio.create_task(self.child.communicate())
        with contextlib.suppress(ProcessLookupError):
            self.child.send_signal(sign)
        await asyncio.wait({ended}, timeout=60)
        if not ended.done():
            self.child.send_signal(signal.SIGABRT)  # shows where it hangs (PYTHONFAULTHANDLER)
        _, err = await ended
        return self.child.returncode or 0, err.decode()


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
