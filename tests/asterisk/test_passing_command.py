"""A citizen passed on from the officer's page, on a real Asterisk with real phones (charter T5)."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import pytest
import pytest_asyncio
from redis.asyncio import Redis

from office.commands import TransferCall, commands_stream
from office.events import CallEvent, CallStarted, CommandTold, TalkStarted, decode, stream_of
from office.folder import load_office
from rehearsal.demo import line_of
from rehearsal.phone import answers, rejects
from rehearsal.phone.audio import hears_tone
from rehearsal.scenarios.stage import Seen, Stage
from stack.settings import Part, StackSettings
from stack.stack import Stack
from tests.asterisk.transfers import OFFICE

pytestmark = [pytest.mark.pbx, pytest.mark.asyncio(loop_scope="module")]
PARTS = frozenset({Part.REDIS, Part.ASTERISK, Part.BRIDGE})
WITHIN_S = 30
NOON = datetime.fromisoformat("2026-11-25T13:30:00+09:00")
"""A working day, whenever the test runs: at night no phone rings."""


@dataclass(slots=True)
class Line:
    """A PBX with a bridge, and the two streams between it and nobody."""

    stack: Stack
    stage: Stage
    redis: Redis
    shift: timedelta

    @property
    def name(self) -> str:
        return self.stack.office.charter.office.id

    async def events(self) -> list[CallEvent]:
        entries: Any = await self.redis.xrange(stream_of(self.name))
        return [decode(fields[b"e"]) for _, fields in entries]

    async def talking(self, extension: str) -> tuple[Seen, str]:
        """A citizen in talk with the officer of `extension`; the call's id."""
        await self.stage.phone(extension, answers(0.3))
        seen = self.stage.citizen(extension)
        async with asyncio.timeout(WITHIN_S):
            while True:
                told = await self.events()
                calls = [e.call_id for e in told if isinstance(e, CallStarted) and e.caller == seen.caller]
                if any(isinstance(e, TalkStarted) and e.call_id in calls for e in told):
                    return seen, calls[0]
                await asyncio.sleep(0.02)

    async def pass_on(self, name: str, call: str, endpoint: str, exten: str) -> tuple[str, str]:
        """Give the command; what became of it."""
        expires_at = datetime.now(NOON.tzinfo) + self.shift + timedelta(seconds=20)
        command = TransferCall(id=name, expires_at=expires_at, call_id=call, endpoint=endpoint, exten=exten)
        await self.redis.xadd(commands_stream(self.name), {"c": command.model_dump_json()})
        async with asyncio.timeout(WITHIN_S):
            while True:
                for event in await self.events():
                    if isinstance(event, CommandTold) and event.command == name:
                        return event.state, event.reason
                await asyncio.sleep(0.02)

    async def transfers(self, call: str, kind: str, least: int = 1) -> list[dict[str, Any]]:
        """The events of this kind of one call, once there are as many."""
        async with asyncio.timeout(WITHIN_S):
            while True:
                found = [e.model_dump() for e in await self.events() if e.call_id == call and e.kind == kind]
                if len(found) >= least:
                    return found
                await asyncio.sleep(0.02)

    async def hears(self, seen: Seen, extension: str) -> None:
        """Wait until the citizen hears this officer's phone."""
        tone = self.stage.phones[extension].tone_hz or 0
        await seen.call.until(lambda: hears_tone(seen.call, tone), WITHIN_S)


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def line(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Line]:
    state = tmp_path_factory.mktemp("pbx") / "state"
    shift_s = round((NOON - datetime.now(NOON.tzinfo)).total_seconds())
    settings = StackSettings(office=OFFICE, state=state, parts=PARTS, clock_shift_s=shift_s)
    async with (
        Stack(settings) as stack,
        Stage(load_office(OFFICE), line_of(stack), stack.state / "prompts") as stage,
    ):
        redis = Redis.from_url(stack.redis_url)
        yield Line(stack, stage, redis, timedelta(seconds=shift_s))
        await redis.aclose()


async def test_the_citizen_is_moved_to_the_new_officer_and_told_as_one_transfer(line: Line) -> None:
    await line.stage.phone("5002", answers(0.5))
    seen, call = await line.talking("5001")
    assert await line.pass_on("t1", call, "5001", "5002") == ("accepted", "")
    await line.hears(seen, "5002")
    (ended,) = await line.transfers(call, "transfer_ended")
    assert (ended["result"], len(await line.transfers(call, "transfer_requested"))) == ("connected", 1)
    # once more by the first officer: he is out of the call
    assert await line.pass_on("t2", call, "5001", "5002") == ("refused", "call_gone")
    await seen.call.hang_up()


async def test_who_is_brought_back_may_be_passed_on_again(line: Line) -> None:
    await line.stage.phone("5005", rejects(486))
    await line.stage.phone("5007", answers(0.3))
    seen, call = await line.talking("5006")
    assert await line.pass_on("t3", call, "5006", "5005") == ("accepted", "")
    (ended,) = await line.transfers(call, "transfer_ended")
    assert (ended["result"], ended["why"]) == ("failed", "busy")
    # what he heard last may still be the first talk
    await line.transfers(call, "talk_started", 2)
    await line.hears(seen, "5006")
    assert await line.pass_on("t4", call, "5006", "5007") == ("accepted", "")
    await line.hears(seen, "5007")
    assert [e["hop"] for e in await line.transfers(call, "transfer_requested")] == [1, 2]
    await seen.call.hang_up()


async def test_nobody_is_moved_to_where_nobody_is(line: Line) -> None:
    seen, call = await line.talking("5008")
    assert await line.pass_on("t5", call, "5008", "9999") == ("refused", "unknown_phone")
    assert await line.pass_on("t6", call, "5009", "5002") == ("refused", "call_gone")
    assert await line.pass_on("t7", "nobody.1", "5008", "5002") == ("refused", "call_gone")
    await line.hears(seen, "5008")
    await seen.call.hang_up()
