"""Words that may not be heard yet, and words that change while all runs, on a PBX without our services."""

import shutil
from collections.abc import AsyncIterator

import numpy as np
import pytest
import pytest_asyncio

from ivr.prompts import sound
from rehearsal.phone import answers
from rehearsal.phone.audio import hears_tone, load_prompt
from rehearsal.phone.likeness import likeness
from rehearsal.phone.timeline import timeline
from rehearsal.scenarios.calls import talk
from tests.asterisk.pbx import OFFICE, Note, Pbx, pbx_alone

pytestmark = [pytest.mark.pbx, pytest.mark.asyncio(loop_scope="module")]


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def pbx(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Pbx]:
    """An office that has approved nothing."""
    folder = tmp_path_factory.mktemp("pbx")
    office = folder / "office"
    shutil.copytree(OFFICE, office)
    charter = office / "charter.toml"
    text = charter.read_text(encoding="utf-8")
    charter.write_text(text.replace('synthetic = "always"', 'synthetic = "approved"'), encoding="utf-8")
    async with pbx_alone(folder / "state", office) as running:
        yield running
        assert running.complaints() == []


def words(notes: list[Note]) -> list[tuple[str, str, str]]:
    return [(n["Prompt"], n["State"], n.get("Status", "")) for n in notes if n["Kind"] == "Prompt"]


async def test_without_an_approved_greeting_the_two_are_connected_at_once(pbx: Pbx) -> None:
    await pbx.stage.phone("4001", answers(1.0))
    seen = pbx.stage.citizen("4001")
    await talk(pbx.stage, seen, "4001")
    await seen.call.hang_up()
    told = await pbx.told(seen, Kind="Prompt", State="ended")
    assert (told["Prompt"], told["Status"], told["LengthMs"]) == ("greeting", "FAILED", "0")
    began = await pbx.told(seen, Kind="Answered")
    assert int(told["At"]) - int(began["At"]) < 500


async def test_a_citizen_leaves_word_though_no_prompt_may_be_heard(pbx: Pbx) -> None:
    """The recorder takes him: the tone is no voice, and he is not left in silence."""
    seen = pbx.stage.citizen("4060", silent=True)
    await seen.call.until(lambda: hears_tone(seen.call, 1000), 40)
    await seen.call.speak(1500, 2.0)
    await seen.call.hang_up()
    end = await pbx.told(seen, Kind="MemoEnd")
    assert end["Ending"] == "recorder"
    assert [note["TakenBy"] for note in pbx.of(seen) if note["Kind"] == "Memo"] == ["recorder"]
    assert words(pbx.of(seen)) == []


async def test_what_is_put_in_place_while_all_runs_is_heard_at_the_next_call(pbx: Pbx) -> None:
    # as long as a greeting and like no tone: an officer's phone sounds one
    noise = np.random.default_rng(1).normal(0, 0.1, 2 * sound.RATE)
    greeting = pbx.stage.prompts / "desk/4002/greeting.wav"
    sound.write_wav(greeting, noise.astype(np.float32))
    await pbx.stage.phone("4002", answers(1.0))
    seen = pbx.stage.citizen("4002")
    await talk(pbx.stage, seen, "4002")
    await seen.call.hang_up()
    told = await pbx.told(seen, Kind="Prompt", State="ended")
    assert (told["Status"], told["LengthMs"]) == ("SUCCESS", "2000")
    line = timeline(seen.call.media.received)
    assert line is not None
    assert likeness(line.samples, load_prompt(greeting)) > 0.9
