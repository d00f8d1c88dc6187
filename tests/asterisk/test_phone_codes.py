"""An officer's codes within a call, on a PBX that stands alone: noted, and heard by nobody but him."""

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from office.phone_codes import DIALLED, IN_CALL, DeskWish, PhoneAct
from rehearsal.phone import Call, Instant, answers, rings_on
from rehearsal.phone.audio import heard, hears_tone, load_prompt
from tests.asterisk.pbx import Pbx, until
from tests.asterisk.transfers import goodbye, hears, talking, transfer_pbx, until_talk

pytestmark = [pytest.mark.pbx, pytest.mark.asyncio(loop_scope="module")]


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def pbx(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Pbx]:
    async with transfer_pbx(tmp_path_factory.mktemp("pbx") / "state") as running:
        yield running


def acts(pbx: Pbx, phone: str) -> list[str]:
    """What the journal noted of this phone's codes."""
    return [n["Act"] for n in pbx.notes(Kind="Act") if n["channel"].startswith(f"PJSIP/{phone}-")]


async def in_talk(pbx: Pbx, call: Call) -> None:
    """Until the officer hears the citizen (again)."""
    await call.until(lambda: hears_tone(call, pbx.stage.carrier.tone_hz or 0), 40)


async def keys(pbx: Pbx, call: Call, code: str, told: str = "office/phone-saved") -> None:
    """The officer keys a code, hears what he is told, and is back in the talk."""
    cue = pbx.stage.cue(told)
    await call.send_digits(code)
    await call.until(lambda: cue.sounds(call), 40)
    await in_talk(pbx, call)


async def test_each_code_is_noted_and_told_to_the_officer_alone(pbx: Pbx) -> None:
    seen, key = await talking(pbx, "5001")
    began = Instant.now()
    for act in PhoneAct:
        await keys(pbx, key.call, IN_CALL[act])
    await hears(pbx, seen, "5001")
    await goodbye(pbx, seen)
    assert acts(pbx, "5001") == [act.value for act in PhoneAct]
    saved = load_prompt(pbx.stage.prompts / "office" / "phone-saved.wav")
    assert [h for h in heard(key.call, {"saved": saved}, since=began) if h.name == "saved"]
    assert not [h for h in heard(seen.call, {"saved": saved}, since=began) if h.name == "saved"]
    assert seen.call.record.digits_received == ""


async def test_the_citizens_own_keys_are_no_codes(pbx: Pbx) -> None:
    seen, key = await talking(pbx, "5002")
    await seen.call.send_digits("*3*4")
    await until(lambda: key.call.record.digits_received == "*3*4")
    await goodbye(pbx, seen)
    assert acts(pbx, "5002") == []
    assert [n for n in pbx.notes(Kind="Act") if n["uid"] == pbx.of(seen)[0]["uid"]] == []


async def test_without_the_bridge_the_gist_and_the_menu_say_that_they_are_away(pbx: Pbx) -> None:
    seen, key = await talking(pbx, "5003")
    await keys(pbx, key.call, IN_CALL[DeskWish.GIST], "office/phone-down")
    await goodbye(pbx, seen)
    phone = await pbx.stage.phone("5004", rings_on())
    call = phone.call(DIALLED[DeskWish.MEMOS])
    down = pbx.stage.cue("office/phone-down")
    await call.until(lambda: down.sounds(call), 40)
    await call.ended(40)


async def test_among_colleagues_there_is_nobody_to_read_back_to(pbx: Pbx) -> None:
    phone = await pbx.stage.phone("5005", rings_on())
    await pbx.stage.phone("5006", answers(0.3))
    call = phone.call("5006")
    await until_talk(pbx, call, pbx.stage.phones["5006"])
    none = pbx.stage.cue("office/phone-no-citizen")
    await call.send_digits(IN_CALL[PhoneAct.READ_BACK])
    await call.until(lambda: none.sounds(call), 40)
    await until_talk(pbx, call, pbx.stage.phones["5006"])
    await call.hang_up()
    assert acts(pbx, "5005") == []
