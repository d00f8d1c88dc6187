"""The memo menu on a real Asterisk with real phones: what the citizen does, and the events that tell it."""

import asyncio
import itertools
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any

import pytest
import pytest_asyncio
from redis.asyncio import Redis

from ami_bridge.agi.voice import has_voice
from office.events import CallEvent, CallStarted, MemoKept, decode, stream_of
from office.folder import load_office
from rehearsal.demo import OFFICE, line_of
from rehearsal.scenarios.leaving import KEPT, OPEN, answers_key, hears, leaves_word, speaks
from rehearsal.scenarios.stage import Seen, Stage
from rehearsal.scenarios.waiting import arrives
from stack.settings import Part, StackSettings
from stack.stack import Stack
from tests.asterisk.pbx import Pbx

pytestmark = [pytest.mark.pbx, pytest.mark.asyncio(loop_scope="module")]
PARTS = frozenset({Part.REDIS, Part.ASTERISK, Part.BRIDGE})
# officers without a phone: their calls come to the menu at once
DESKS = iter(("3047", "3048", "3049", "3050", "3051", "3052", "3038", "3036", "3037", "3035", "3039"))
DONE = "menu/memo-done-asked.a"


@dataclass(slots=True)
class Menu:
    """A PBX, its phones and its bridge, and the events that come of them."""

    pbx: Pbx
    redis: Redis

    @property
    def stage(self) -> Stage:
        return self.pbx.stage

    def citizen(self, *, private: bool = False) -> Seen:
        return self.stage.citizen(next(DESKS), silent=True, private=private)

    async def events(self, seen: Seen) -> list[CallEvent]:
        """The events of one citizen's call so far, each once."""
        entries: Any = await self.redis.xrange(stream_of(self.pbx.stack.office.charter.office.id))
        told = [decode(fields[b"e"]) for _, fields in entries]
        mine = {e.call_id for e in told if isinstance(e, CallStarted) and e.exten == seen.desk}
        return list({e.id: e for e in told if e.call_id in mine}.values())

    async def ended(self, seen: Seen) -> list[CallEvent]:
        """The same, once the call has ended."""

        async def look() -> list[CallEvent] | None:
            found = await self.events(seen)
            return found if any(e.kind == "call_ended" for e in found) else None

        return await arrives("the end of the call", look, 30)


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def menu(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Menu]:
    state = tmp_path_factory.mktemp("menu") / "state"
    async with (
        Stack(StackSettings(office=OFFICE, state=state, parts=PARTS)) as stack,
        Stage(load_office(OFFICE), line_of(stack), stack.state / "prompts") as stage,
    ):
        redis = Redis.from_url(stack.redis_url)
        yield Menu(Pbx(stack, stage), redis)
        await redis.aclose()


def memo(events: list[CallEvent]) -> list[str]:
    return [e.kind for e in events if e.kind.startswith("memo") or e.kind == "call_ended"]


def kept(events: list[CallEvent]) -> dict[str, str]:
    return {e.name: e.value for e in events if isinstance(e, MemoKept)}


def one(events: list[CallEvent], kind: str) -> dict[str, Any]:
    (found,) = [e for e in events if e.kind == kind]
    return found.model_dump()


async def test_he_speaks_hears_that_it_was_kept_and_hangs_up(menu: Menu) -> None:
    seen = menu.citizen()
    await leaves_word(menu.stage, seen)
    events = await menu.ended(seen)
    assert memo(events) == ["memo_began", "memo_kept", "memo_kept", "memo_kept", "memo_ended", "call_ended"]
    began, ended, left = one(events, "memo_began"), one(events, "memo_ended"), kept(events)
    assert (began["exten"], began["taken_by"], began["closed"]) == (seen.desk, "menu", None)
    assert (ended["ending"], ended["promised_at"] is not None) == ("hung_up", True)
    assert left["silent"] == "no"
    assert 1.0 < float(left["seconds"]) < 4.0
    assert has_voice(menu.pbx.memos / left["recording"])


async def test_the_menu_speaks_soon_and_without_gaps_between_its_pieces(menu: Menu) -> None:
    seen = menu.citizen()
    await answers_key(menu.stage, seen.call, OPEN, "1")
    await speaks(menu.stage, seen)
    await answers_key(menu.stage, seen.call, KEPT, "1")
    await answers_key(menu.stage, seen.call, "menu/memo-number-keep", "2")
    await answers_key(menu.stage, seen.call, "menu/memo-number-ask", "0335")
    await asyncio.sleep(4)  # he looks at a slip of paper (DTM-01 c)
    await seen.call.send_digits("551234#")
    await answers_key(menu.stage, seen.call, "menu/memo-number-confirm.a", "1")
    await hears(menu.stage, seen.call, "menu/memo-when.b")
    await seen.call.send_digits("3")
    await hears(menu.stage, seen.call, DONE)
    await seen.call.ended(30)
    events = await menu.ended(seen)
    left = kept(events)
    assert (left["number_keyed"], left["number"]) == ("0335551234", "0335551234")
    assert left["asked_at"].endswith("10:00:00+09:00")
    assert one(events, "memo_ended")["ending"] == "goodbye"
    answered = seen.call.record.answered
    assert answered is not None
    packets = list(seen.call.media.received)
    assert packets[0].at.since(answered) < 1.0
    # the goodbye is made of several files: to the ear they are one sentence
    last = [arrival.packet.timestamp for arrival in packets[-200:]]
    assert max(b - a for a, b in itertools.pairwise(last)) < 0.1 * 8000


async def test_he_hangs_up_while_he_speaks(menu: Menu) -> None:
    seen = menu.citizen()
    await answers_key(menu.stage, seen.call, OPEN, "1")
    await speaks(menu.stage, seen)
    await seen.call.hang_up()
    events = await menu.ended(seen)
    ended, left = one(events, "memo_ended"), kept(events)
    assert (ended["ending"], ended["promised_at"]) == ("hung_up", None)
    assert has_voice(menu.pbx.memos / left["recording"])


async def test_he_hangs_up_at_once(menu: Menu) -> None:
    seen = menu.citizen()
    await hears(menu.stage, seen.call, OPEN)
    await seen.call.hang_up()
    events = await menu.ended(seen)
    assert memo(events) == ["memo_began", "memo_ended", "call_ended"]
    assert one(events, "call_ended")["ended_by"] == "citizen"


async def test_he_says_nothing_and_the_file_is_gone(menu: Menu) -> None:
    seen = menu.citizen()
    await answers_key(menu.stage, seen.call, OPEN, "1")
    await hears(menu.stage, seen.call, "menu/memo-empty")
    await seen.call.hang_up()
    events = await menu.ended(seen)
    assert kept(events) == {}
    assert list(menu.pbx.memos.glob(f"{events[0].call_id}*")) == []


async def test_a_withheld_number_is_asked_for_and_nothing_is_promised(menu: Menu) -> None:
    seen = menu.citizen(private=True)
    await answers_key(menu.stage, seen.call, "menu/memo-nonumber", "1")
    await speaks(menu.stage, seen)
    await hears(menu.stage, seen.call, "menu/memo-kept-nonumber")
    await seen.call.hang_up()
    events = await menu.ended(seen)
    assert one(events, "memo_ended")["promised_at"] is None
    assert seen.caller not in "".join(e.model_dump_json() for e in events)


async def test_who_wants_a_person_and_reaches_none_goes_on_in_the_menu(menu: Menu) -> None:
    """The operator has no phone either."""
    seen = menu.citizen()
    await answers_key(menu.stage, seen.call, OPEN, "1")
    await speaks(menu.stage, seen)
    await answers_key(menu.stage, seen.call, KEPT, "0")

    async def left_the_menu() -> bool:
        return any(e.kind == "memo_ended" for e in await menu.events(seen))

    await arrives("the end of the first menu", left_the_menu)
    await hears(menu.stage, seen.call, "menu/person-none")
    await seen.call.hang_up()
    events = await menu.ended(seen)
    endings = [e.model_dump()["ending"] for e in events if e.kind == "memo_ended"]
    assert endings == ["person", "hung_up"]
    assert len([e for e in events if e.kind == "memo_kept"]) == 3


async def recorded_without_us(menu: Menu, seen: Seen) -> None:
    """The dialplan's own recorder takes the message."""
    await answers_key(menu.stage, seen.call, "menu/memo-open-closed", "1")
    await speaks(menu.stage, seen)
    await seen.call.hang_up()


async def has_been_recorded(menu: Menu, seen: Seen) -> None:
    """Events as they come when the bridge is back, and the database is cleared."""
    events = await menu.ended(seen)
    began = [e.model_dump()["taken_by"] for e in events if e.kind == "memo_began"]
    assert began == ["menu", "recorder"]
    assert one(events, "memo_ended")["ending"] == "recorder"
    assert has_voice(menu.pbx.memos / kept(events)["recording"])

    async def cleared() -> bool:
        return not await menu.pbx.get("memo", events[0].call_id)

    await arrives("a cleared database", cleared, 50)


@pytest.mark.parametrize("end", ["kill", "stop_part"])
async def test_the_bridge_ends_in_the_menu_and_the_recorder_goes_on(menu: Menu, end: str) -> None:
    seen = menu.citizen()
    await hears(menu.stage, seen.call, OPEN)
    await getattr(menu.pbx.stack, end)(Part.BRIDGE)
    await recorded_without_us(menu, seen)
    await menu.pbx.stack.start_part(Part.BRIDGE)
    await has_been_recorded(menu, seen)


async def test_the_bridge_is_killed_while_he_speaks_and_his_words_are_kept(menu: Menu) -> None:
    """Nobody is left to note the take; its name tells the call, and so its memo."""
    seen = menu.citizen()
    await answers_key(menu.stage, seen.call, OPEN, "1")
    await speaks(menu.stage, seen)
    await menu.pbx.stack.kill(Part.BRIDGE)
    await seen.call.hang_up()
    await menu.pbx.stack.start_part(Part.BRIDGE)
    events = await menu.ended(seen)
    assert memo(events) == ["memo_began", "call_ended"]
    assert has_voice(menu.pbx.memos / f"{events[0].call_id}-1-1.wav")


async def test_the_bridge_is_away_and_the_memo_comes_when_it_is_back(menu: Menu) -> None:
    await menu.pbx.stack.kill(Part.BRIDGE)
    seen = menu.citizen()
    await recorded_without_us(menu, seen)
    await menu.pbx.stack.start_part(Part.BRIDGE)
    await has_been_recorded(menu, seen)
