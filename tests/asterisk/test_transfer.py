"""Passing a citizen on, each way, and answered (charter T5). By the dialplan alone: no bridge runs here."""

import asyncio
import itertools
from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from rehearsal.phone import (
    Instant,
    TransferKey,
    answers,
    rings_on,
)
from rehearsal.phone.audio import RINGBACK, heard, load_prompt
from rehearsal.phone.rtp import SILENCE
from tests.asterisk.pbx import Pbx, until
from tests.asterisk.transfers import (
    goodbye,
    hears,
    no_long_silence,
    order,
    press,
    side_by_side,
    talking,
    told,
    transfer_pbx,
    until_talk,
)

pytestmark = [pytest.mark.pbx, pytest.mark.asyncio(loop_scope="module")]
_LIMIT_S = 5.0


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def pbx(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Pbx]:
    async with transfer_pbx(tmp_path_factory.mktemp("pbx") / "state") as running:
        yield running


async def test_the_citizen_hears_one_line_and_the_new_phone_shows_his_number(pbx: Pbx) -> None:
    await pbx.stage.phone("5002", answers(7.5))
    seen, key = await talking(pbx, "5001")
    await key.blind("5002")
    new = await pbx.stage.took("5002")
    await hears(pbx, seen, "5002")
    ordered, rang, joined = key.call.record.transfer_ordered, new.record.ringing, new.record.answered
    assert ordered
    assert rang
    assert joined
    await goodbye(pbx, seen)
    assert new.remote.user == seen.caller
    assert rang.since(ordered) < 1.5
    assert told(pbx.of(seen)) == [("Transfer", "5002", ""), ("Dial", "5002", "transfer")]
    assert [n["Kind"] for n in pbx.of(seen)].count("Answered") == 1
    files = {"notice": "transfer/5002/notice", "late": "office/transfer-late"}
    words = {key: load_prompt(pbx.stage.prompts / f"{file}.wav") for key, file in files.items()}
    sounds = [h for h in heard(seen.call, words, since=ordered) if h.start_s > -0.2]
    notice = next(h for h in sounds if h.name == "notice")
    late = next(h for h in sounds if h.name == "late")
    assert notice.from_s == 0.0
    # a busy machine may stutter over its last word
    assert notice.to_s > len(words["notice"]) / 8000 - 0.5
    assert notice.start_s < 1.0
    assert abs(late.start_s - notice.start_s - _LIMIT_S) < 0.3
    no_long_silence(seen.call, ordered, joined.since(ordered))


async def test_picked_up_by_a_colleague_and_passed_to_the_same_phone_the_line_begins_anew(pbx: Pbx) -> None:
    await pbx.stage.phone("5035", rings_on())
    colleague = await pbx.stage.phone("5036", rings_on())
    seen, key = await talking(pbx, "5034")
    await key.blind("5035")
    first = await pbx.stage.took("5035")
    assert first.record.invite
    await asyncio.sleep(2.0)  # into the notice
    picked = colleague.call("*8")
    await hears(pbx, seen, "5036")
    await until_talk(pbx, picked, pbx.stage.carrier)
    await TransferKey(colleague, picked).blind("5035")
    ordered = picked.record.transfer_ordered
    assert ordered
    await pbx.stage.took("5035", 1)
    notice = load_prompt(pbx.stage.prompts / "transfer" / "5035" / "notice.wav")
    whole_s = len(notice) / 8000
    await until(lambda: Instant.now().since(ordered) > whole_s + 1.0)
    await goodbye(pbx, seen)
    again = [h for h in heard(seen.call, {"notice": notice}, since=ordered) if h.start_s > -0.2]
    assert any(h.name == "notice" and h.whole and h.start_s < 1.0 for h in again)
    twice = [("Transfer", "5035", ""), ("Dial", "5035", "transfer")] * 2
    assert told(pbx.of(seen)) == twice


async def test_three_times_each_by_who_has_him(pbx: Pbx) -> None:
    for extension in ("5026", "5027", "5028"):
        await pbx.stage.phone(extension, answers(0.5))
    seen, key = await talking(pbx, "5025")
    for extension in ("5026", "5027", "5028"):
        await key.blind(extension)
        await hears(pbx, seen, extension)
        call = pbx.stage.taken[extension][-1]
        assert call.remote.user == seen.caller
        key = TransferKey(pbx.stage.phones[extension], call)
    await goodbye(pbx, seen)
    hops = [n["Hop"] for n in pbx.of(seen) if n["Kind"] == "Dial"]
    assert hops == ["0", "1", "2", "3"]


async def test_attended_and_released_while_it_rings(pbx: Pbx) -> None:
    async def attended() -> None:
        phone = await pbx.stage.phone("5008", answers(1.0))
        seen, key = await talking(pbx, "5007")
        consult = await key.consult("5008")
        await until_talk(pbx, consult, phone)
        held = Instant.now()
        await key.pass_on()
        await hears(pbx, seen, "5008")
        no_long_silence(seen.call, held, Instant.now().since(held))
        await goodbye(pbx, seen)

    async def blonde() -> None:
        await pbx.stage.phone("5011", answers(3.0))
        seen, key = await talking(pbx, "5010")
        consult = await key.consult("5011")
        await consult.ringing()
        await key.pass_on()
        await hears(pbx, seen, "5011")
        seen.call.play(itertools.repeat(SILENCE))
        new, quiet_from = await pbx.stage.took("5011"), Instant.now()
        await asyncio.sleep(4.0)  # longer than the ringback's period of 3 s
        tones = [h for h in heard(new, {"ringback": RINGBACK}, since=quiet_from) if h.start_s > 0.2]
        assert [h for h in tones if h.name == "ringback"] == []
        await goodbye(pbx, seen)
        assert [n["Kind"] for n in pbx.of(seen)].count("End") == 1

    await side_by_side(attended(), blonde())


async def test_by_the_codes_of_the_phone(pbx: Pbx) -> None:
    async def blind() -> None:
        await pbx.stage.phone("5017", answers(1.0))
        seen, key = await talking(pbx, "5016")
        asked = Instant.now()
        await press(pbx, key.call, "#1", "5017")
        await hears(pbx, seen, "5017")
        no_long_silence(seen.call, asked, Instant.now().since(asked))
        await goodbye(pbx, seen)
        assert told(pbx.of(seen)) == [("Transfer", "5017", ""), ("Dial", "5017", "transfer")]
        assert pbx.stage.taken["5017"][0].remote.user == seen.caller

    async def attended() -> None:
        phone = await pbx.stage.phone("5019", answers(1.0))
        seen, key = await talking(pbx, "5018")
        asked = Instant.now()
        await press(pbx, key.call, "*2", "5019")
        await until_talk(pbx, key.call, phone)
        await key.call.hang_up()
        await hears(pbx, seen, "5019")
        no_long_silence(seen.call, asked, Instant.now().since(asked))
        await goodbye(pbx, seen)
        (passed,) = [n for n in pbx.notes(Kind="Transfer", Exten="5019") if not n["Refused"]]
        assert passed["By"].startswith("PJSIP/5018-")
        assert passed["channel"].startswith("Local/5019@transfer-")

    await side_by_side(blind(), attended())


async def test_by_the_managers_order(pbx: Pbx) -> None:
    await pbx.stage.phone("5021", answers(0.5))
    seen, _ = await talking(pbx, "5020", private=True)
    answer = await order(pbx, seen, "5021")
    assert answer["Response"] == "Success"
    await hears(pbx, seen, "5021")
    shown = pbx.stage.taken["5021"][0].remote.user
    assert shown not in (seen.caller, "5020", "s")  # withheld stays withheld
    await goodbye(pbx, seen)
    assert told(pbx.of(seen)) == [("Transfer", "5021", ""), ("Dial", "5021", "transfer")]


async def test_the_officer_is_gone_at_once_after_the_order(pbx: Pbx) -> None:
    """XFR-03: his leg ends 0.3 s after the REFER; the citizen is passed on all the same."""
    await pbx.stage.phone("5022", answers(2.0))
    seen, key = await talking(pbx, "5029")
    await key.blind("5022", bye_after_s=0.3)
    await hears(pbx, seen, "5022")
    await goodbye(pbx, seen)
    assert (await pbx.told(seen, Kind="End"))["Source"].startswith("PJSIP/trunk-")


async def test_a_citizens_keys_pass_nobody_on(pbx: Pbx) -> None:
    seen, key = await talking(pbx, "5038")
    await seen.call.send_digits("#1")
    await key.call.until(lambda: key.call.record.digits_received == "#1", 20)
    await hears(pbx, seen, "5038")
    await goodbye(pbx, seen)


async def test_a_colleague_is_passed_on_too(pbx: Pbx) -> None:
    caller = await pbx.stage.phone("5048", answers(0.3))
    officer = await pbx.stage.phone("5049", answers(0.3))
    other = await pbx.stage.phone("5057", answers(1.0))
    call = caller.call("5049")
    mine = await pbx.stage.took("5049")
    await until_talk(pbx, mine, caller)
    await TransferKey(officer, mine).blind("5057")
    await until_talk(pbx, call, other)
    assert (await pbx.stage.took("5057")).remote.user == "5048"
    await call.hang_up()
