"""The real process with a real Redis: killed, stopped, misconfigured; and Redis gone under it."""

import asyncio
import json
import signal
import socket
import time
from pathlib import Path

import pytest

from tests.replay import wire
from tests.support.fake_ami import FakeAmi
from tests.support.processes import Process, Server, moment, page, settings


async def in_order(port: str, within_s: float = 10.0) -> bytes:
    """The answer's head once the bridge says its link is up: calls may come before all lists have."""
    async with asyncio.timeout(within_s):
        while True:
            head, body = await page(port, "/healthz")
            if json.loads(body)["state"] == "up":
                return head
            await moment()


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
        assert (await in_order(env["bridge_port"])).startswith(b"HTTP/1.0 200")
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
    code, err = await process.ended()
    assert code == 2
    assert said in err
    assert "Traceback" not in err


async def test_a_taken_port_is_said_plainly(tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = str(taken.getsockname()[1])
        process = Process(**settings(1, "redis://127.0.0.1:1/0", tmp_path) | {"bridge_port": port})
        await process.start()
        code, err = await process.ended()
    assert code == 2
    assert f"CHARTERLINE_BRIDGE_PORT {port} cannot be listened on" in err
