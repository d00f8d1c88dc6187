"""Opening hours as the dialplan reads them from AstDB: closed rings no phone, and says why in the note."""

from collections.abc import AsyncIterator
from datetime import datetime, timedelta

import pytest
import pytest_asyncio

from office.calendar import KST
from rehearsal.phone import answers
from rehearsal.scenarios.stage import Seen
from tests.asterisk.pbx import Pbx, pbx_alone

pytestmark = [pytest.mark.pbx, pytest.mark.asyncio(loop_scope="module")]
DAY = datetime(2026, 11, 25, second=20, tzinfo=KST)


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def pbx(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Pbx]:
    async with pbx_alone(tmp_path_factory.mktemp("pbx") / "state") as running:
        for endpoint in ("4030", "4031", "4090"):
            await running.stage.phone(endpoint, answers(0.3))
        for day, spans in (
            ("20261125", "0900-1200&1300-1800"),
            ("20261126", "closed"),
            ("20261127", "0000-2400"),
        ):
            await running.put("hours/shut", day, f'"{spans}"')
        await running.put("hours/watch", "20261126", "closed")
        yield running
        assert running.complaints() == []


async def rung(pbx: Pbx, seen: Seen) -> None:
    """The phone answers and both hang up; returns when the line is free again."""
    await seen.call.answered()
    await seen.call.hang_up()
    await pbx.stage.taken[seen.desk][-1].ended()
    await pbx.told(seen, Kind="End")


@pytest.mark.parametrize(
    ("after", "why", "closed"),
    [
        (timedelta(hours=8, minutes=59), "closed", "night"),
        (timedelta(hours=12), "lunch", "lunch"),
        (timedelta(hours=12, minutes=59), "lunch", "lunch"),
        (timedelta(hours=18), "closed", "night"),
        (timedelta(hours=23, minutes=59), "closed", "night"),
        (timedelta(days=1, hours=11), "closed", "day_off"),
    ],
)
async def test_closed_rings_no_phone(pbx: Pbx, after: timedelta, why: str, closed: str) -> None:
    await pbx.set_clock(DAY + after)
    before = len(pbx.stage.taken.get("4030", []))
    seen = pbx.stage.citizen("4030")
    memo = await pbx.told(seen, Kind="Memo", TakenBy="recorder")
    await seen.call.hang_up()
    assert (memo["Exten"], memo["Closed"]) == ("4030", closed)
    assert pbx.absences(seen) == [("4030", why)]
    assert len(pbx.stage.taken.get("4030", [])) == before


@pytest.mark.parametrize(
    "after",
    [
        timedelta(hours=9),
        timedelta(hours=11, minutes=59),
        timedelta(hours=13),
        timedelta(days=2),
        timedelta(days=2, hours=23, minutes=59),
        timedelta(days=3, hours=3),  # a day that is not told
    ],
)
async def test_open_rings(pbx: Pbx, after: timedelta) -> None:
    await pbx.set_clock(DAY + after)
    seen = pbx.stage.citizen("4030")
    await rung(pbx, seen)
    assert pbx.absences(seen) == []


@pytest.mark.parametrize("extension", ["4090", "4031"])
async def test_a_fax_and_an_observed_department_ring_at_any_hour(pbx: Pbx, extension: str) -> None:
    await pbx.set_clock(DAY + timedelta(days=1, hours=3))
    seen = pbx.stage.citizen(extension)
    await rung(pbx, seen)
    assert pbx.absences(seen) == []
