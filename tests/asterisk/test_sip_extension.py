"""The memo menu as an extension of somebody else's Asterisk: what citizens leave arrives at memo_service."""

import asyncio
import contextlib
import itertools
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass
from typing import Any

import httpx
import pytest
import pytest_asyncio

from rehearsal.demo import OFFICE, Hall
from rehearsal.elsewhere import EXTENSION, PBX, Elsewhere, elsewhere
from rehearsal.phone import CallEndedError
from rehearsal.phone.audio import RINGBACK, Heard, Tone, heard, load_prompt
from rehearsal.scenarios.desks import take_desk
from rehearsal.scenarios.extension import EXTENSIONS, RINGING
from rehearsal.scenarios.leaving import KEPT, OPEN, PROMISED, answers_key, hears, leaves_word, speaks
from rehearsal.scenarios.ledger import Ledger
from rehearsal.scenarios.memo_truth import faults, menu_files
from rehearsal.scenarios.stage import Seen, Stage
from rehearsal.scenarios.waiting import arrives
from stack.settings import TREE, Part, StackSettings
from stack.stack import Stack

pytestmark = [pytest.mark.pbx, pytest.mark.asyncio(loop_scope="module")]
PARTS = frozenset({Part.REDIS, Part.MEMO})
# officers without a phone at the other PBX: their calls are forwarded at once
DESKS = itertools.cycle(("3047", "3048", "3049", "3050", "3051", "3052", "3038", "3036", "3037", "3039"))
BEEP_HZ = 1000


@dataclass(slots=True)
class Office:
    """The office with the other PBX, and its ledger."""

    there: Elsewhere
    ledger: Ledger

    @property
    def stage(self) -> Stage:
        return self.there.stage

    def citizen(self, **how: Any) -> Seen:
        return self.stage.citizen(next(DESKS), silent=True, **how)

    async def right(self, seen: Seen) -> list[Heard]:
        """The memo is as the phone saw it; returns what the citizen heard."""
        assert seen.left is not None
        memo = await self.ledger.memo(seen.left.number, self.stage.officer(seen.desk))
        sounds = sounds_of(self.stage, seen, [*menu_files(seen, seen.left, memo.told)])
        assert faults(seen, seen.left, sounds, memo.told, memo.wav) == []
        return sounds


def sounds_of(stage: Stage, seen: Seen, files: list[str]) -> list[Heard]:
    known = {name: load_prompt(stage.prompts / f"{name}.wav") for name in files}
    return heard(seen.call, {**known, "beep": Tone(BEEP_HZ), "ringback": RINGBACK})


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def office(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Office]:
    state = tmp_path_factory.mktemp("extension") / "state"
    settings = StackSettings(office=OFFICE, state=state, parts=PARTS, demo=True)
    async with Stack(settings) as stack, elsewhere(stack, phones=(RINGING,)) as there:
        ledger = Ledger(stack.url, next(iter(there.stage.office.directory.officers)))
        yield Office(there, ledger)
        await ledger.close()


async def told(office: Office, seen: Seen) -> Mapping[str, Any]:
    """The call as the ledger tells it, once it has ended."""
    await office.ledger.verdicts(seen)
    async with httpx.AsyncClient(base_url=office.there.stack.url, trust_env=False) as http:
        await take_desk(http, office.stage.officer(seen.desk))
        calls = (await http.get("/api/calls", params={"caller": seen.caller})).json()["calls"]
        told: Mapping[str, Any] = (await http.get(f"/api/calls/{calls[0]['call_id']}")).json()
        return told


@pytest.mark.parametrize("scenario", EXTENSIONS)
async def test_the_ledger_equals_the_truth(office: Office, scenario: str) -> None:
    seen = await EXTENSIONS[scenario](office.there)
    outcome = await Hall(office.stage, office.ledger).outcome(scenario, seen)
    assert outcome.ok, outcome.line()


async def test_a_number_and_a_time_left_by_key(office: Office) -> None:
    seen = office.citizen()
    assert seen.left is not None
    await answers_key(office.stage, seen.call, OPEN, "1")
    await speaks(office.stage, seen)
    await answers_key(office.stage, seen.call, KEPT, "1")
    await answers_key(office.stage, seen.call, "menu/memo-number-keep", "2")
    await answers_key(office.stage, seen.call, "menu/memo-number-ask", "0335551234#")
    await answers_key(office.stage, seen.call, "menu/memo-number-confirm.a", "1")
    await hears(office.stage, seen.call, "menu/memo-when.b")
    await seen.call.send_digits("2")
    seen.left.number, seen.left.asked = "0335551234", True
    await seen.call.ended(60)
    await office.right(seen)


async def test_hanging_up_while_speaking_keeps_what_was_said(office: Office) -> None:
    seen = office.citizen()
    await answers_key(office.stage, seen.call, OPEN, "1")
    await speaks(office.stage, seen)
    await seen.call.hang_up()
    await office.right(seen)


async def test_a_withheld_number_is_not_kept(office: Office) -> None:
    seen = office.citizen(private=True)
    await answers_key(office.stage, seen.call, OPEN, "1")
    await speaks(office.stage, seen)
    await hears(office.stage, seen.call, "menu/memo-kept-nonumber")
    await seen.call.hang_up()
    await office.ledger.verdicts(seen)
    assert not await office.ledger.holds(seen.caller)


async def test_redis_away_for_the_whole_call(office: Office) -> None:
    seen = office.citizen()
    await office.there.stack.kill(Part.REDIS)
    try:
        await leaves_word(office.stage, seen)
    finally:
        await office.there.stack.start_part(Part.REDIS)
    await office.right(seen)


async def test_the_extension_killed_in_a_call_tells_its_end_when_it_is_back(office: Office) -> None:
    seen = office.citizen()
    await answers_key(office.stage, seen.call, OPEN, "1")
    await speaks(office.stage, seen)
    await office.there.kill()
    await office.there.start()
    with contextlib.suppress(CallEndedError):
        await seen.call.hang_up()
    call = await told(office, seen)
    assert call["complete"] is False
    memo = await office.ledger.memo(seen.caller, office.stage.officer(seen.desk))
    assert (memo.told["call_id"], memo.told["incomplete"]) == (call["call_id"], True)
    # what he said is on disk, and joins the memo once nobody writes to the file any more
    left = list((office.there.stack.state / "asterisk" / "spool" / "memo").glob(f"{call['call_id']}-1-1.wav"))
    assert left


async def test_the_pbx_finds_the_extension_reachable(office: Office) -> None:
    """It asks by OPTIONS every two seconds."""

    async def look() -> bool:
        conf = office.there.folder / "asterisk.conf"
        console = await asyncio.create_subprocess_exec(
            str(TREE / "bin" / "asterisk"), "-C", str(conf), "-rx", "pjsip show contacts",
            stdout=asyncio.subprocess.PIPE,
        )  # fmt: skip
        said = (await console.communicate())[0].decode()
        return any(EXTENSION in line and "Avail" in line for line in said.splitlines())

    assert await arrives("an answer to OPTIONS", look, 30)
    assert office.there.pid(PBX)


async def test_a_law_is_spoken_where_the_pbx_speaks_nothing_else(office: Office) -> None:
    await office.there.kill()  # one extension works in a state folder
    async with elsewhere(office.there.stack, codecs="alaw") as there:
        seen = there.stage.citizen(next(DESKS), silent=True)
        await speaks(there.stage, seen)
        await hears(there.stage, seen.call, PROMISED)
        await seen.call.hang_up()
        assert {OPEN, KEPT} <= {
            sound.name for sound in await Office(there, office.ledger).right(seen) if sound.whole
        }
