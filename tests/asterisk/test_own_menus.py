"""The office's own menus, the survey and the help bell on a real Asterisk; live and by the journal."""

import asyncio
import csv
from collections.abc import AsyncIterator, Callable
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

import pytest
import pytest_asyncio
from redis.asyncio import Redis

from ami_bridge.call.state import House
from ami_bridge.journal.parse import fact_of
from memo_service.ledger.verdicts import judge
from office.commands import lookup_field, surveyed_key
from office.events import CallEvent, CallStarted, MenuEnded, decode, stream_of
from office.folder import load_office
from office.phone_codes import SURVEY
from rehearsal.demo import OFFICE, line_of
from rehearsal.phone import CallEndedError, OutgoingCall, answers, rings_on
from rehearsal.scenarios.calls import talk, until_over
from rehearsal.scenarios.leaving import answers_key, hears
from rehearsal.scenarios.menus import MENUS, TOP, caller, operator, said
from rehearsal.scenarios.stage import Seen, Stage
from rehearsal.scenarios.waiting import arrives
from stack.settings import Part, StackSettings
from stack.stack import Stack
from tests.asterisk.pbx import Pbx
from tests.replay.play import Play

pytestmark = [pytest.mark.pbx, pytest.mark.asyncio(loop_scope="module")]
PARTS = frozenset({Part.REDIS, Part.ASTERISK, Part.BRIDGE})
PEOPLE = load_office(OFFICE)


@dataclass(slots=True)
class Menus:
    """A PBX, its phones and its bridge, and the events that come of them."""

    pbx: Pbx
    redis: Redis

    @property
    def stage(self) -> Stage:
        return self.pbx.stage

    async def events(self, mine: Callable[[CallStarted], bool]) -> list[CallEvent]:
        """The events of the calls whose start is `mine`, once one has ended, as the live feed told them."""

        async def look() -> list[CallEvent] | None:
            found = _of(await self._told(), mine)
            return found if any(event.kind == "call_ended" for event in found) else None

        return await arrives("the end of the call", look, 40)

    async def _told(self) -> list[CallEvent]:
        entries: Any = await self.redis.xrange(stream_of(self.pbx.stack.office.charter.office.id))
        return [decode(fields[b"e"]) for _, fields in entries]

    def from_journal(self, mine: Callable[[CallStarted], bool]) -> list[CallEvent]:
        """The same, from the PBX's journal alone."""
        play = Play(House.of(self.pbx.stack.office.charter.office.id, PEOPLE))
        journal = self.pbx.stack.state / "asterisk" / "journal" / "calls.csv"
        for row in csv.reader(journal.read_text(encoding="utf-8").splitlines()):
            if (fact := fact_of(row)) is not None:
                play.fact(fact)
        return _of(play.events, mine)

    async def same_from_the_journal(self, mine: Callable[[CallStarted], bool]) -> list[CallEvent]:
        """The live events, after they were found alike in the journal: menus, bells and verdicts."""
        live = await self.events(mine)

        async def look() -> bool:
            return any(event.kind == "call_ended" for event in self.from_journal(mine))

        await arrives("the call in the journal", look, 40)
        journal = self.from_journal(mine)
        assert _menus(journal) == _menus(live)
        assert _verdicts(journal) == _verdicts(live)
        return live


def _of(told: list[CallEvent], mine: Callable[[CallStarted], bool]) -> list[CallEvent]:
    calls = {event.call_id for event in told if isinstance(event, CallStarted) and mine(event)}
    return list({event.id: event for event in told if event.call_id in calls}.values())


def _menus(events: list[CallEvent]) -> list[dict[str, Any]]:
    own = [event for event in events if event.kind.startswith(("menu_", "bell_"))]
    return [
        event.model_dump(exclude={"source"}) for event in sorted(own, key=lambda event: (event.at, event.id))
    ]


def _verdicts(events: list[CallEvent]) -> dict[str, tuple[str, str]]:
    verdicts = judge(events, PEOPLE.charter, PEOPLE.calendar)
    return {promise: (verdict.result.value, verdict.reason) for promise, verdict in verdicts.items()}


def by(seen: Seen) -> Callable[[CallStarted], bool]:
    return lambda start: start.caller == seen.caller


def ended(events: list[CallEvent]) -> MenuEnded:
    (found,) = [event for event in events if isinstance(event, MenuEnded)]
    return found


def kept(events: list[CallEvent]) -> dict[str, str]:
    return {event.name: event.value for event in events if event.kind == "menu_kept"}


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def menus(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Menus]:
    state = tmp_path_factory.mktemp("menus") / "state"
    async with (
        Stack(StackSettings(office=OFFICE, state=state, parts=PARTS)) as stack,
        Stage(PEOPLE, line_of(stack), stack.state / "prompts") as stage,
    ):
        redis = Redis.from_url(stack.redis_url)
        yield Menus(Pbx(stack, stage), redis)
        await redis.aclose()


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def played(menus: Menus) -> dict[str, Seen]:
    """The scenarios of the rehearsal, side by side."""
    seen = await asyncio.gather(*(scenario(menus.stage) for scenario in MENUS.values()))
    return dict(zip(MENUS, seen, strict=True))


@pytest.mark.parametrize("name", ["menu-by-duty", "menu-barge-in", "menu-three-wrong-keys"])
async def test_each_way_through_the_menu_reaches_somebody(
    menus: Menus, played: dict[str, Seen], name: str
) -> None:
    seen = played[name]
    assert [check for check, held in seen.checks.items() if not held] == []
    events = await menus.same_from_the_journal(by(seen))
    assert ended(events).target == ("" if name == "menu-three-wrong-keys" else seen.officers[0].called)
    assert _verdicts(events)["T1"] == ("kept", "on_time")


async def test_the_survey_keeps_key_and_words_and_who_went_first_is_not_judged(
    menus: Menus, played: dict[str, Seen]
) -> None:
    seen = played["survey"]
    assert [check for check, held in seen.checks.items() if not held] == []
    events = await menus.same_from_the_journal(by(seen))
    answers_ = kept(events)
    assert answers_["score"] == "3"
    assert (menus.pbx.stack.state / "asterisk" / "spool" / "menu" / answers_["remark"]).stat().st_size > 8000
    assert _verdicts(events)["T8"] == ("not_applicable", "survey")


@pytest.mark.usefixtures("played")  # the officer's phone is there
async def test_who_was_asked_this_month_is_thanked_and_not_asked_again(menus: Menus) -> None:
    stage = menus.stage
    seen = stage.citizen("3152", silent=True)
    key = menus.pbx.stack.site.lookup_key
    await menus.redis.hset(
        surveyed_key(menus.pbx.stack.office.charter.office.id), lookup_field(key, seen.caller), "1"
    )
    await talk(stage, seen, "3152")
    with suppress(CallEndedError):
        await stage.taken["3152"][-1].send_digits(SURVEY)
    await hears(stage, seen.call, "menus/survey/thanks")
    await until_over(seen.call)
    assert said(stage, seen, "menus/survey/offer") == []
    assert kept(await menus.same_from_the_journal(by(seen))) == {}


@pytest.mark.usefixtures("played")
async def test_a_citizen_cannot_hand_himself_over(menus: Menus) -> None:
    stage = menus.stage
    seen = stage.citizen("3152")
    await talk(stage, seen, "3152")
    await seen.call.send_digits(SURVEY)
    await talk(stage, seen, "3152")
    await seen.call.hang_up()
    assert not [e for e in await menus.events(by(seen)) if e.kind.startswith("menu")]


async def test_who_hangs_up_in_the_menu_ends_it_and_nobody_is_rung(menus: Menus) -> None:
    before = await operator(menus.stage)
    seen = caller(menus.stage)
    await hears(menus.stage, seen.call, TOP)
    await seen.call.hang_up()
    events = await menus.same_from_the_journal(by(seen))
    assert (ended(events).ending, ended(events).node) == ("hung_up", "top")
    assert len(menus.stage.taken.get("3000a", [])) == before


async def test_the_list_leads_by_department_to_the_duty_and_back(menus: Menus) -> None:
    stage = menus.stage
    if "3150" not in stage.phones:
        await stage.phone("3150", answers(1.0))
    before = len(stage.taken.get("3150", []))
    seen = caller(stage)
    await answers_key(stage, seen.call, TOP, "3")
    await answers_key(stage, seen.call, "menus/main/who", "2")
    await answers_key(stage, seen.call, "menus/main/who-pass", "#")
    await seen.call.until(lambda: not stage.cue("menus/main/who-pass").sounds(seen.call), 30)
    await answers_key(stage, seen.call, "menus/main/who", "1")
    await answers_key(stage, seen.call, "menus/main/who-calls", "1")
    await stage.took("3150", before)
    await talk(stage, seen, "3150")
    await seen.call.hang_up()
    assert ended(await menus.same_from_the_journal(by(seen))).target == "3150"


async def test_a_fax_tone_in_the_menu_goes_to_the_fax(menus: Menus) -> None:
    stage = menus.stage
    await stage.phone("3090", answers(0.5))
    seen = stage.citizen("3000", dialled=stage.public("3900"), silent=True)
    await hears(stage, seen.call, TOP)
    await seen.call.speak(1100, 3.0)  # CNG: 1100 Hz, half a second or more (T.30)
    await stage.took("3090")
    await seen.call.hang_up()
    await menus.events(by(seen))


async def test_a_bridge_that_dies_in_the_menu_costs_nothing_but_the_menu(menus: Menus) -> None:
    stage = menus.stage
    before = await operator(stage)
    seen = caller(stage)
    await hears(stage, seen.call, TOP)
    await menus.pbx.stack.kill("bridge")
    await stage.took("3000a", before)
    await talk(stage, seen, "3000a")
    await seen.call.hang_up()
    await menus.pbx.stack.start_part("bridge")
    events = await menus.events(by(seen))
    assert [event.kind for event in events if event.kind.startswith("menu_")] == ["menu_began"]
    assert _verdicts(events)["T1"][0] == "kept"


async def _pressed(stage: Stage) -> OutgoingCall:
    """A visitor presses the button at the door."""
    if "3091" not in stage.phones:
        await stage.phone("3091", rings_on())
    return stage.phones["3091"].call("1")


async def test_the_bell_calls_one_after_the_other_until_somebody_presses_1(menus: Menus) -> None:
    stage = menus.stage
    await stage.phone("3153", answers(0.5))
    await stage.phone("3154", answers(0.5))
    bell = await _pressed(stage)
    await hears(stage, bell, "office/bell-visitor")
    first = await stage.took("3153")
    await hears(stage, first, "bell/3091")
    await until_over(first)  # he listens and presses nothing: nobody is on his way
    second = await stage.took("3154")
    with suppress(CallEndedError):  # his line is let go while the key is still down
        await answers_key(stage, second, "bell/3091", "1")
    await hears(stage, bell, "office/bell-coming")
    await until_over(bell)

    def at_the_door(start: CallStarted) -> bool:
        return start.exten == "3091"

    events = await menus.same_from_the_journal(at_the_door)
    steps = [(e.step, e.phone.officer if e.phone else None) for e in events if e.kind == "bell_told"]
    assert steps == [("pressed", None), ("taken", "bell_second")]
    assert second.record.answered is not None


async def test_asterisk_complains_of_nothing(menus: Menus) -> None:
    assert menus.pbx.complaints() == []
