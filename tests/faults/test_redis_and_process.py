"""The real process with a real Redis: killed, stopped, misconfigured; and Redis gone under it."""

import asyncio
import contextlib
import json
import os
import signal
import socket
import sys
import time
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from redis.asyncio import Redis

from office.events import CallEvent, decode
from stack.programs import installed
from tests.replay import wire
from tests.replay.play import ROOT
from tests.support.fake_ami import FakeAmi


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
                with contextlib.suppress(OSError, Exception):
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
                with contextlib.suppress(OSError, Exception):
                    found = await self.events()
                    if any(event.kind == kind for event in found):
                        return found
                await moment()


@pytest.fixture
async def redis(tmp_path: Path) -> AsyncIterator[Server]:
    server = Server(tmp_path)
    await server.start()
    yield server
    await server.client.aclose()
    if server.process.returncode is None:
        await server.kill()


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
        await asyncio.wait({ended}, timeout=10)
        if not ended.done():
            self.child.send_signal(signal.SIGABRT)  # shows where it hangs (PYTHONFAULTHANDLER)
        _, err = await ended
        return self.child.returncode or 0, err.decode()


def settings(fake_port: int, redis: str, state: Path, **more: str) -> dict[str, str]:
    return {
        "office": str(ROOT / "examples" / "pyeongchang"), "state": str(state), "ami_port": str(fake_port),
        "ami_secret": "secret", "redis_url": redis, "bridge_port": str(free_port()), **more,
    }  # fmt: skip


async def page(port: str, path: str) -> tuple[bytes, bytes]:
    reader, writer = await asyncio.open_connection("127.0.0.1", int(port))
    writer.write(f"GET {path} HTTP/1.1\r\nHost: x\r\n\r\n".encode())
    head, _, body = (await reader.read()).partition(b"\r\n\r\n")
    writer.close()
    return head, body


async def test_a_call_goes_from_the_wire_to_the_stream_and_a_stop_is_quick(
    redis: Server, tmp_path: Path
) -> None:
    async with FakeAmi() as fake:
        env = settings(fake.port, redis.url, tmp_path / "state")
        process = Process(**env)
        await process.start()
        await fake.until("CoreShowChannels")
        fake.send(*wire.live_call())
        found = await redis.until("call_ended")
        assert [event.kind for event in found][:4] == [
            "call_started",
            "dial_started",
            "phone_rang",
            "call_answered",
        ]
        state = json.loads(await redis.client.get("bridge:pbx1") or b"{}")
        assert state["state"] in ("up", "link_lost")
        assert 0 < await redis.client.ttl("bridge:pbx1") <= 6
        head, body = await page(env["bridge_port"], "/healthz")
        assert head.startswith(b"HTTP/1.0 200")
        assert json.loads(body)["state"] == "up"
        _, metrics = await page(env["bridge_port"], "/metrics")
        assert b"charterline_bridge_calls_total 1.0" in metrics
        assert b"charterline_bridge_link_up 1.0" in metrics
        assert (await page(env["bridge_port"], "/else"))[0].startswith(b"HTTP/1.0 404")
        begun = time.monotonic()
        code, log = await process.stop()
        assert (code, time.monotonic() - begun < 2) == (0, True)
        assert "01000001234" not in log
        assert all(json.loads(line)["text"] for line in log.splitlines())


async def test_while_redis_is_dead_events_wait_on_disk_and_come_in_order(
    redis: Server, tmp_path: Path
) -> None:
    async with FakeAmi() as fake:
        process = Process(**settings(fake.port, redis.url, tmp_path / "state"))
        await process.start()
        await fake.until("CoreShowChannels")
        call = wire.live_call()
        fake.send(*call[:4])
        await redis.until("phone_rang")
        await redis.kill()
        fake.send(*call[4:])
        spool = tmp_path / "state" / "bridge" / "spool"
        async with asyncio.timeout(10):
            while b"call_ended" not in b"".join(path.read_bytes() for path in spool.glob("*.seg")):
                await moment()
        # the process may die now: what is on disk is sent by the next one
        await process.stop(signal.SIGKILL)
        await redis.start()
        await process.start()
        found = [event for event in await redis.until("call_ended") if not event.kind.startswith("link")]
        assert [event.kind for event in found] == [
            "call_answered", "talk_started", "hangup_seen", "talk_ended", "call_ended",
        ]  # fmt: skip
        assert (await process.stop())[0] == 0
        assert list(spool.glob("*.seg")) == []


async def test_a_stop_while_redis_is_dead_keeps_everything_on_disk(redis: Server, tmp_path: Path) -> None:
    await redis.kill()
    async with FakeAmi() as fake:
        process = Process(**settings(fake.port, redis.url, tmp_path / "state"))
        await process.start()
        await fake.until("CoreShowChannels")
        fake.send(
            *wire.live_call(), wire.event("Newchannel", 0, Channel="Local/x;1", Uniqueid="l", Linkedid="k")
        )
        begun = time.monotonic()
        code, log = await process.stop()
        assert (code, time.monotonic() - begun < 2) == (0, True), log


async def test_a_replay_is_called_a_replay(redis: Server, tmp_path: Path) -> None:
    async with FakeAmi() as fake:
        env = settings(fake.port, redis.url, tmp_path / "state", replay="true")
        process = Process(**env)
        await process.start()
        await fake.until("Ping")
        async with asyncio.timeout(5):
            while json.loads((await page(env["bridge_port"], "/healthz"))[1])["state"] != "replay":
                await moment()
        code, log = await process.stop()
        assert code == 0, log


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"ami_port": ""}, "CHARTERLINE_AMI_PORT"),
        ({"redis_url": "http://x"}, "CHARTERLINE_REDIS_URL is no Redis address"),
        ({"office": "nowhere"}, "charter.toml:1: this file is missing"),
        ({"state": "/proc/nowhere"}, "CHARTERLINE_STATE cannot be written"),
    ],
)
async def test_wrong_settings_end_with_code_2_and_one_clear_line(
    change: dict[str, str], said: str, tmp_path: Path
) -> None:
    process = Process(**settings(1, "redis://127.0.0.1:1/0", tmp_path) | change)
    await process.start()
    _, err = await asyncio.wait_for(process.child.communicate(), 20)
    assert process.child.returncode == 2
    assert said in err.decode()
    assert "Traceback" not in err.decode()


async def test_a_taken_port_is_said_plainly(tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = str(taken.getsockname()[1])
        process = Process(**settings(1, "redis://127.0.0.1:1/0", tmp_path) | {"bridge_port": port})
        await process.start()
        _, err = await asyncio.wait_for(process.child.communicate(), 20)
    assert process.child.returncode == 2
    assert f"CHARTERLINE_BRIDGE_PORT {port} cannot be listened on" in err.decode()
