"""Commands through the real process and a real Redis: killed at each step, forgotten by Redis, unreadable."""

import asyncio
import contextlib
import json
import signal
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from ami_bridge.commands.source import GROUP, Source
from office.commands import Command, PlaceCallback, commands_stream
from office.events import CommandTold
from tests.faults.test_commands import place
from tests.support.fake_ami import FakeAmi
from tests.support.processes import Process, Server, moment, page, settings

STREAM = commands_stream("pbx1")


class Office:
    """A bridge process with its PBX and its Redis."""

    def __init__(self, fake: FakeAmi, redis: Server, state: Path) -> None:
        self.fake = fake
        self.redis = redis
        journal = state.parent / "calls.csv"
        self.settings = settings(fake.port, redis.url, state, journal=str(journal))
        self.process = Process(**self.settings)

    async def give(self, command: PlaceCallback) -> bytes:
        entry: Any = await self.redis.client.xadd(STREAM, {"c": command.model_dump_json()})
        return bytes(entry)

    async def restart(self) -> None:
        """Die at once, and come up again in step."""
        await self.process.stop(signal.SIGKILL)
        self.fake.mute.clear()
        await self.start()

    async def start(self) -> None:
        known = len(self.fake.sessions)
        await self.process.start()
        await self.fake.until_sessions(known + 1)

    async def start_with_flags(self) -> None:
        """Start, and let the flags be written and compared again: what is sent next is a command's."""
        await self.start()
        await self.fake.until("DBGetTree", 4)

    async def until_asked(self, about: str) -> None:
        """Until the PBX got an action that names `about`."""
        async with asyncio.timeout(10):
            while not any(about.encode() in session.raw for session in self.fake.sessions):
                await moment()

    @property
    def originates(self) -> list[str]:
        return [
            action["ActionID"]
            for session in self.fake.sessions
            for action in session.actions
            if action["Action"] == "Originate" and action["ActionID"].startswith("cb-")
        ]

    async def told(self) -> dict[str, str]:
        events = await self.redis.events()
        return {event.command: event.state for event in events if isinstance(event, CommandTold)}

    async def until_told(self, attempt: str) -> str:
        async with asyncio.timeout(10):
            while True:
                with contextlib.suppress(OSError):
                    if state := (await self.told()).get(attempt):
                        return state
                await moment()

    async def settle(self) -> None:
        """Until a later command is through: everything before it has had its chance."""
        await self.give(place("last"))
        assert await self.until_told("last") == "accepted"


@pytest.fixture
async def fake() -> AsyncIterator[FakeAmi]:
    async with FakeAmi() as fake:
        yield fake


@pytest.fixture
async def office(fake: FakeAmi, redis: Server, tmp_path: Path) -> AsyncIterator[Office]:
    office = Office(fake, redis, tmp_path / "state")
    yield office
    if office.process.child.returncode is None:
        await office.process.stop()


async def test_it_is_acknowledged_and_deleted_before_anything_is_sent(office: Office) -> None:
    office.fake.mute.add("Getvar")  # the first word to the PBX about it
    await office.start()
    await office.give(place())
    await office.fake.until("Getvar")
    assert await office.redis.client.xlen(STREAM) == 0
    assert (await office.redis.client.xpending(STREAM, GROUP))["pending"] == 0
    assert office.originates == []


@pytest.mark.parametrize(
    ("held", "about", "sent"),
    [("Getvar", "DEVICE_STATE", []), ("Originate", "cb-a1", ["cb-a1"])],
    ids=["before-the-write", "after-the-write"],
)
async def test_killed_beside_the_write_it_is_never_sent_again(
    office: Office, held: str, about: str, sent: list[str]
) -> None:
    await office.start_with_flags()
    office.fake.mute.add(held)
    await office.give(place())
    await office.until_asked(about)
    await office.restart()
    await office.settle()
    assert office.originates == [*sent, "cb-last"]
    assert "a1" not in await office.told()


async def test_health_tells_of_commands_and_flags(office: Office) -> None:
    await office.start_with_flags()
    await office.give(place())
    await office.until_told("a1")
    port = office.settings["bridge_port"]
    flags = json.loads((await page(port, "/healthz"))[1])["flags"]
    assert (flags["in_step"], flags["keys"], flags["written"]) == (True, *[len(office.fake.database)] * 2)
    assert abs(datetime.now(UTC) - datetime.fromisoformat(flags["compared_at"])) < timedelta(minutes=1)
    metrics = (await page(port, "/metrics"))[1].decode()
    assert 'charterline_bridge_commands_total{state="accepted"} 1.0' in metrics
    assert "charterline_bridge_flags_in_step 1.0" in metrics
    assert f"charterline_bridge_flags_written_total {float(flags['written'])}" in metrics


async def test_killed_after_it_was_told_it_is_not_sent_again(office: Office) -> None:
    await office.start()
    await office.give(place())
    assert await office.until_told("a1") == "accepted"
    await office.restart()
    await office.settle()
    assert office.originates == ["cb-a1", "cb-last"]


async def test_read_and_not_acknowledged_it_is_carried_out_by_the_next_run(office: Office) -> None:
    client = office.redis.client
    await office.give(place())
    await office.give(place("late", expires_s=-1))
    await client.xgroup_create(STREAM, GROUP, id="0")
    assert await client.xreadgroup(GROUP, GROUP, {STREAM: ">"})  # as a run that died right then
    await office.start()
    await office.settle()
    assert office.originates == ["cb-a1", "cb-last"]
    assert await office.told() == {"a1": "accepted", "late": "expired", "last": "accepted"}


async def test_acknowledged_and_not_begun_it_is_never_begun(office: Office) -> None:
    client = office.redis.client
    entry = await office.give(place())
    await client.xgroup_create(STREAM, GROUP, id="0")
    await client.xreadgroup(GROUP, GROUP, {STREAM: ">"})
    await client.xack(STREAM, GROUP, entry)
    await office.start()
    await office.settle()
    assert office.originates == ["cb-last"]


async def test_two_bridges_by_mistake_share_the_commands_and_none_is_taken_twice(redis: Server) -> None:
    given = [f"a{n}" for n in range(50)]
    for attempt in given:
        await redis.client.xadd(STREAM, {"c": place(attempt).model_dump_json()})
    await redis.client.xgroup_create(STREAM, GROUP, id="0")
    await redis.client.xreadgroup(GROUP, GROUP, {STREAM: ">"})  # both will find all of them as their own
    taken: list[str] = []

    async def take(command: Command, given_at: int) -> None:
        taken.append(command.id)

    reading = [asyncio.create_task(Source(redis.client, "pbx1", take).run()) for _ in range(2)]
    async with asyncio.timeout(10):
        while len(taken) < len(given) or await redis.client.xlen(STREAM):
            await moment()
    for task in reading:
        task.cancel()
    await asyncio.gather(*reading, return_exceptions=True)
    assert sorted(taken) == sorted(given)


@pytest.mark.parametrize("after_ms", [0, 1, 2, 4, 8])
async def test_killed_at_any_moment_there_is_one_call_at_most(office: Office, after_ms: int) -> None:
    await office.start_with_flags()
    await office.give(place())
    await asyncio.sleep(after_ms / 1000)
    await office.restart()
    await office.settle()
    assert office.originates in (["cb-a1", "cb-last"], ["cb-last"])


async def test_tim_04_a_redis_that_comes_back_with_old_contents_calls_nobody_twice(office: Office) -> None:
    command = place()
    await office.start()
    await office.give(command)
    assert await office.until_told("a1") == "accepted"
    await office.process.stop(signal.SIGKILL)
    await office.redis.client.flushall()
    await office.give(command)  # as it stood before its last second
    await office.start()
    await office.settle()
    assert office.originates == ["cb-a1", "cb-last"]
    assert "a1" not in await office.told()


async def test_tim_04_a_redis_that_goes_away_or_forgets_the_group_is_joined_again(office: Office) -> None:
    await office.start()
    await office.give(place())
    assert await office.until_told("a1") == "accepted"
    await office.redis.client.xgroup_destroy(STREAM, GROUP)
    await office.give(place("a2"))
    assert await office.until_told("a2") == "accepted"
    await office.redis.kill()
    await office.redis.start()
    await office.give(place("a3"))
    assert await office.until_told("a3") == "accepted"
    assert office.originates == ["cb-a1", "cb-a2", "cb-a3"]


async def test_a_pbx_that_is_not_ours_is_never_written_to(
    fake: FakeAmi, redis: Server, tmp_path: Path
) -> None:
    fake.database["hours/-/20200101"] = "another's"
    process = Process(
        **settings(fake.port, redis.url, tmp_path / "state")
    )  # no journal: a PBX that was there
    await process.start()
    office = Office(fake, redis, tmp_path / "state")
    await office.give(place())
    assert await office.until_told("a1") == "refused"
    await process.stop()
    # how far it got in looking before it was stopped is its own; it never did more than look
    asked = {name for session in fake.sessions for name in session.names}
    assert asked <= {"Login", "Ping", "CoreShowChannels"}
    assert fake.database == {"hours/-/20200101": "another's"}


async def test_what_cannot_be_read_is_left_out_and_its_number_stays_out_of_the_log(office: Office) -> None:
    await office.start()
    await office.redis.client.xadd(STREAM, {"c": b'{"v":2,"kind":"place_callback","number":"01000001234"}'})
    await office.redis.client.xadd(STREAM, {"other": b"01000001234"})
    await office.give(place())
    assert await office.until_told("a1") == "accepted"
    assert await office.redis.client.xlen(STREAM) == 0
    code, log = await office.process.stop()
    assert code == 0
    assert log.count("a command could not be read") == 2
    assert "01000001234" not in log
