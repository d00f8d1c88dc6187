"""Transfers that are not even tried, and parking. No bridge runs here."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime

import pytest
import pytest_asyncio

from rehearsal.phone import (
    CallState,
    Instant,
    TransferKey,
    answers,
    rejects,
)
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


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def pbx(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Pbx]:
    async with transfer_pbx(tmp_path_factory.mktemp("pbx") / "state") as running:
        yield running


async def test_to_himself_or_to_a_closed_department_he_is_back_at_once(pbx: Pbx) -> None:
    for day in (datetime.now(UTC).strftime("%Y%m%d"), *later_days()):
        await pbx.put("hours/shut", day, "closed")

    async def refused(by: str, to: str, why: str) -> None:
        seen, key = await talking(pbx, by)
        await key.blind(to)
        await pbx.stage.took(by, 1)
        await hears(pbx, seen, by)
        await goodbye(pbx, seen)
        assert told(pbx.of(seen)) == [("Transfer", to, why), ("Dial", by, "back")]

    await side_by_side(refused("5069", "5069", "self"), refused("5071", "5070", "closed"))


def later_days() -> list[str]:
    """Tomorrow too: in Korea it may be that already."""
    return [datetime.fromtimestamp(datetime.now(UTC).timestamp() + 86_400, UTC).strftime("%Y%m%d")]


async def test_who_rang_and_did_not_take_him_is_not_rung_again(pbx: Pbx) -> None:
    await pbx.stage.phone("5073", rejects(486))
    seen, key = await talking(pbx, "5072")
    await key.blind("5073")
    back = await pbx.stage.took("5072", 1)
    await until_talk(pbx, back, pbx.stage.carrier)
    await TransferKey(pbx.stage.phones["5072"], back).blind("5073")
    await pbx.stage.took("5072", 2)
    await hears(pbx, seen, "5072")
    await goodbye(pbx, seen)
    assert told(pbx.of(seen))[-2:] == [("Transfer", "5073", "loop"), ("Dial", "5072", "back")]
    assert len(pbx.stage.taken["5073"]) == 1


async def test_nobody_gets_him_a_third_time(pbx: Pbx) -> None:
    one, other = await pbx.stage.phone("5074", answers(0.3)), await pbx.stage.phone("5075", answers(0.3))
    seen, key = await talking(pbx, "5074", phone=one)
    way = ((other, other, 0), (one, one, 1), (other, other, 1), (one, other, 2))
    for to, holder, nth in way:
        await key.blind(to.user)
        call = await pbx.stage.took(holder.user, nth)
        await hears(pbx, seen, holder.user)
        await until_talk(pbx, call, pbx.stage.carrier)
        key = TransferKey(holder, call)
    await goodbye(pbx, seen)
    assert told(pbx.of(seen))[-2:] == [("Transfer", "5074", "loop"), ("Dial", "5075", "back")]


async def test_a_number_that_is_not_the_offices_leaves_the_citizen_where_he_is(pbx: Pbx) -> None:
    seen, key = await talking(pbx, "5039")
    for number in ("5999", "01012345678", "h", "s"):
        await key.blind(number)
        assert key.call.record.transfer_told[-1][1] == 404
    assert key.call.state is CallState.UP
    await hears(pbx, seen, "5039")
    # AMI checks nothing, and still he is back with a person
    assert (await order(pbx, seen, "5999"))["Response"] == "Success"
    await pbx.stage.took("5039", 1)
    await hears(pbx, seen, "5039")
    await goodbye(pbx, seen)
    assert told(pbx.of(seen)) == [
        ("Transfer", "5999", ""), ("Absent", "5999", "unreachable"), ("Dial", "5039", "back"),
    ]  # fmt: skip


async def test_parked_and_fetched_by_a_colleague_who_passes_him_on(pbx: Pbx) -> None:
    colleague = await pbx.stage.phone("5058", answers(0.3))
    await pbx.stage.phone("5059", answers(0.3))
    seen, key = await talking(pbx, "5030")
    parked = Instant.now()
    await key.blind("*70")
    await until(lambda: pbx.rows("PARK_START"))
    nobody = colleague.call("*702")
    says = pbx.stage.cue("office/park-empty")
    await nobody.until(lambda: says.sounds(nobody), 20)
    await nobody.hang_up()
    fetched = colleague.call("*71")
    await hears(pbx, seen, "5058")
    no_long_silence(seen.call, parked, Instant.now().since(parked))
    await until_talk(pbx, fetched, pbx.stage.carrier)
    await press(pbx, fetched, "#1", "5059")
    await hears(pbx, seen, "5059")
    await goodbye(pbx, seen)
    assert told(pbx.of(seen)) == [("Transfer", "5059", ""), ("Dial", "5059", "transfer")]


async def test_where_no_space_is_free_he_is_back_with_who_parked_him(pbx: Pbx) -> None:
    conf = pbx.stack.state / "asterisk" / "etc" / "res_parking.conf"
    text = conf.read_text(encoding="utf-8")
    conf.write_text(text.replace("parkpos = 701-799", "parkpos = 701-701"), encoding="utf-8")
    await pbx.console("module reload res_parking.so")
    first, parks = await talking(pbx, "5031")
    begun = len(pbx.rows("PARK_START"))
    await parks.blind("*70")
    await until(lambda: len(pbx.rows("PARK_START")) > begun)
    seen, key = await talking(pbx, "5032")
    ordered = Instant.now()
    await key.blind("*70")
    await pbx.stage.took("5032", 1)
    await hears(pbx, seen, "5032")
    no_long_silence(seen.call, ordered, Instant.now().since(ordered))
    assert first.call.state is CallState.UP
    for citizen in (seen, first):
        await goodbye(pbx, citizen)
    conf.write_text(text, encoding="utf-8")
    await pbx.console("module reload res_parking.so")
    dialled = [(note["Exten"], note["Role"]) for note in pbx.of(seen) if note["Kind"] == "Dial"]
    assert dialled == [("5032", "desk"), ("5032", "back")]


async def test_parked_and_not_fetched_he_is_back_then_at_the_memo(pbx: Pbx) -> None:
    await pbx.console("dialplan set global PARK_S 2")
    seen, key = await talking(pbx, "5076")
    await key.blind("*70")
    back = await pbx.stage.took("5076", 1)
    await hears(pbx, seen, "5076")
    await until_talk(pbx, back, pbx.stage.carrier)
    await pbx.stage.phones["5076"].registration.unregister()
    await TransferKey(pbx.stage.phones["5076"], back).blind("*70")
    assert (await pbx.told(seen, Kind="Memo"))["Exten"] == "5076"
    await goodbye(pbx, seen)
    assert [(n["Kind"], n["Exten"]) for n in pbx.of(seen) if n["Kind"] in ("Dial", "Absent")] == [
        ("Dial", "5076"), ("Dial", "5076"), ("Absent", "5076"),
    ]  # fmt: skip
