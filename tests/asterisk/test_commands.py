"""Commands on a real Asterisk with real phones: one call each at most, and every end told once."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Any

import pytest
import pytest_asyncio
from redis.asyncio import Redis

from ami_bridge.flags.wanted import wanted
from office.commands import AwaySpan, PlaceCallback, RefreshFlags, Wishes, commands_stream, flags_key
from office.events import CallbackTold, CallEnded, CallEvent, CommandTold, decode, stream_of
from office.folder import load_office
from rehearsal.demo import OFFICE, line_of
from rehearsal.phone import Answering, answers, rejects, rings_on
from rehearsal.scenarios.stage import Stage
from stack.settings import Part, StackSettings
from stack.stack import Stack
from tests.asterisk.pbx import Pbx, until

pytestmark = [pytest.mark.pbx, pytest.mark.asyncio(loop_scope="module")]
PARTS = frozenset({Part.REDIS, Part.ASTERISK, Part.BRIDGE})
CITIZENS = count(1)


@dataclass(slots=True)
class Line:
    """A PBX with a bridge, and the two streams between it and nobody."""

    pbx: Pbx
    redis: Redis
    numbers: dict[str, str] = field(default_factory=dict)

    @property
    def name(self) -> str:
        return self.pbx.stack.office.charter.office.id

    async def place(self, attempt: str, exten: str, *, endpoint: str = "") -> None:
        """Give the command; each attempt has a citizen of its own."""
        number = self.numbers.setdefault(attempt, f"0101111{next(CITIZENS):04}")
        command = PlaceCallback(
            id=attempt, expires_at=datetime.now(UTC) + timedelta(seconds=60), exten=exten,
            endpoint=endpoint or exten, number=number, show=self.pbx.stage.public("3000"),
            officer_ring_s=5, citizen_ring_s=10,
        )  # fmt: skip
        await self.redis.xadd(commands_stream(self.name), {"c": command.model_dump_json()})

    async def events(self) -> list[CallEvent]:
        entries: Any = await self.redis.xrange(stream_of(self.name))
        return [decode(fields[b"e"]) for _, fields in entries]

    async def steps(self, attempt: str, last: str) -> list[tuple[str, str]]:
        """(step, outcome) of an attempt, doubles left out, once `last` is among its steps."""
        async with asyncio.timeout(30):
            while True:
                told = {e.id: e for e in await self.events() if isinstance(e, CallbackTold)}
                mine = [event for event in told.values() if event.attempt == attempt]
                if any(event.step == last for event in mine):
                    return [(event.step.value, event.outcome or "") for event in mine]
                await asyncio.sleep(0.05)

    async def became(self, command: str) -> tuple[str, str]:
        async with asyncio.timeout(20):
            while True:
                for event in await self.events():
                    if isinstance(event, CommandTold) and event.command == command:
                        return event.state, event.reason
                await asyncio.sleep(0.05)

    async def end(self, call_id: str) -> str | None:
        """Why the call was not seen to its end, once it is over."""
        async with asyncio.timeout(30):
            while True:
                for event in await self.events():
                    if isinstance(event, CallEnded) and event.call_id == call_id:
                        return event.note
                await asyncio.sleep(0.05)

    async def known(self, family: str, key: str) -> None:
        """Wait until the PBX has this key."""
        async with asyncio.timeout(10):
            while True:
                if await self.pbx.get(family, key):
                    return
                await asyncio.sleep(0.05)

    def rung(self, who: str) -> int:
        """How often a phone of the office, or a citizen's, was rung."""
        return len(self.pbx.stage.taken.get(who, []))


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def line(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Line]:
    settings = StackSettings(office=OFFICE, state=tmp_path_factory.mktemp("pbx") / "state", parts=PARTS)
    async with (
        Stack(settings) as stack,
        Stage(load_office(OFFICE), line_of(stack), stack.state / "prompts") as stage,
    ):
        redis = Redis.from_url(stack.redis_url)
        yield Line(Pbx(stack, stage), redis)
        await redis.aclose()


async def test_the_officer_is_rung_and_then_the_citizen(line: Line) -> None:
    stage = line.pbx.stage
    await stage.phone("3001", answers(0.3))
    await line.place("whole", "3001")
    assert await line.became("whole") == ("accepted", "")
    await line.steps("whole", "citizen_answered")
    officer, citizen = stage.taken["3001"][0], stage.taken[line.numbers["whole"]][0]
    await officer.hang_up()
    await citizen.ended()
    assert await line.steps("whole", "ended") == [
        ("officer_answered", ""), ("citizen_dialled", ""), ("citizen_answered", ""), ("ended", ""),
    ]  # fmt: skip


async def test_cbk_06_an_officer_who_talks_is_not_rung_again(line: Line) -> None:
    stage = line.pbx.stage
    await stage.phone("3002", answers(0.2))
    await line.place("first", "3002")
    await line.steps("first", "citizen_answered")
    await line.place("second", "3002")
    assert await line.steps("second", "officer_failed") == [("officer_failed", "busy")]
    await stage.taken["3002"][0].hang_up()
    await line.steps("first", "ended")
    assert (line.rung("3002"), line.rung(line.numbers["second"])) == (1, 0)


@pytest.mark.parametrize(
    ("exten", "answering", "outcome"),
    [("3003", rings_on(), "no_answer"), ("3004", rejects(486, 0.2), "busy"), ("3005", None, "unregistered")],
)
async def test_an_officer_who_cannot_be_reached_is_told_once_and_no_citizen_is_called(
    line: Line, exten: str, answering: Answering | None, outcome: str
) -> None:
    if answering is not None:
        await line.pbx.stage.phone(exten, answering)
    await line.place(f"to-{exten}", exten)
    assert await line.steps(f"to-{exten}", "officer_failed") == [("officer_failed", outcome)]
    assert await line.became(f"to-{exten}") == ("accepted", "")
    assert line.rung(line.numbers[f"to-{exten}"]) == 0


async def test_a_bridge_killed_while_it_rings_calls_nobody_twice_and_the_end_is_told(line: Line) -> None:
    stage, stack = line.pbx.stage, line.pbx.stack
    await stage.phone("3006", answers(1.5))
    await line.place("killed", "3006")
    await until(lambda: line.rung("3006"))
    await stack.kill(Part.BRIDGE)
    await stack.start_part(Part.BRIDGE)
    await line.place("killed", "3006")  # as a Redis would offer it that lost its last second
    await line.steps("killed", "citizen_answered")
    await stage.taken["3006"][0].hang_up()
    await line.steps("killed", "ended")
    await line.place("behind", "3006", endpoint="nobody")
    assert await line.became("behind") == ("refused", "unknown_phone")
    assert (line.rung("3006"), line.rung(line.numbers["killed"])) == (1, 1)


async def test_the_pbx_knows_what_the_office_wants_it_to_know(line: Line) -> None:
    start = int(datetime.now(UTC).timestamp())
    wishes = Wishes(away={"3001": (AwaySpan(start=start, end=start + 3600, deputy="3002"),)})
    await line.redis.set(flags_key(line.name), wishes.model_dump_json())
    await line.redis.xadd(commands_stream(line.name), {"c": RefreshFlags(id="wishes").model_dump_json()})
    assert await line.became("wishes") == ("accepted", "")
    await line.known("away", "3001")
    for key, value in wanted(load_office(OFFICE), wishes, datetime.now(UTC)).items():
        if key.endswith("01") or not key.startswith("hours/"):  # one day a month: the console is slow
            family, _, rest = key.partition("/")
            assert await line.pbx.get(family, rest) == value


async def test_a_pbx_killed_while_it_rings_ends_the_attempt_and_it_is_not_made_again(line: Line) -> None:
    stack = line.pbx.stack
    await line.pbx.stage.phone("3007", rings_on())
    await line.place("cut", "3007")
    await until(lambda: line.rung("3007"))
    await stack.kill(Part.ASTERISK)
    await stack.start_part(Part.ASTERISK)
    # the PBX tells its age in whole seconds, so a restart this quick need not show as one
    assert await line.end("cb-cut-1") in ("pbx_restart", "end_unseen")
    await line.place("after", "3007", endpoint="nobody")
    assert await line.became("after") == ("refused", "unknown_phone")
    assert (line.rung("3007"), line.rung(line.numbers["cut"])) == (1, 0)


async def test_tim_03_what_was_given_before_the_pbx_restarted_is_dropped_and_told(line: Line) -> None:
    stack = line.pbx.stack
    await stack.stop_part(Part.BRIDGE)
    await line.place("before", "3001")
    rung = line.rung("3001")
    await stack.stop_part(Part.ASTERISK)
    await asyncio.sleep(1.1)  # the PBX tells its age in whole seconds
    await stack.start_part(Part.ASTERISK)
    await stack.start_part(Part.BRIDGE)
    assert await line.became("before") == ("refused", "pbx_restarted")
    assert line.rung("3001") == rung
