"""The PBX's flags kept true on a PBX that loses, refuses or does not keep them."""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import cast

import pytest
from redis.asyncio import Redis

from ami_bridge.ami.database import LINES_AT_ONCE, Database
from ami_bridge.errors import ActionRefusedError
from ami_bridge.flags.keeper import Keeper
from ami_bridge.flags.wanted import wanted
from office.calendar import KST
from office.commands import AwaySpan, Wishes
from office.folder import load_office
from tests.faults.running import Running
from tests.replay.play import ROOT
from tests.support.fake_ami import FakeAmi

OFFICE = load_office(ROOT / "examples" / "pyeongchang")
FOREVER = 4_000_000_000


class WishRedis:
    """As much of Redis as the keeper uses."""

    def __init__(self) -> None:
        self.value: bytes | None = None
        self.down = False

    async def get(self, key: str) -> bytes | None:
        assert key == "flags:pbx1"
        if self.down:
            raise ConnectionError
        return self.value

    def wish(self, **away: AwaySpan) -> None:
        wishes = Wishes(away={exten.removeprefix("x"): (span,) for exten, span in away.items()})
        self.value = wishes.model_dump_json().encode()


class Keeping(Running):
    """A bridge in this process that keeps flags."""

    def __init__(self, fake: FakeAmi, state: Path) -> None:
        super().__init__(fake, state)
        self.fake = fake
        self.wishes = WishRedis()
        self.keeper = Keeper(self.bridge, OFFICE, cast("Redis", self.wishes))

    async def __aenter__(self) -> "Keeping":
        await super().__aenter__()
        self._tasks.append(asyncio.create_task(self.keeper.run()))
        return self

    def flags(self, family: str) -> dict[str, str]:
        return {k: v for k, v in self.fake.database.items() if k.startswith(family)}

    async def until_agreed(self) -> None:
        before = self.keeper.state.compared_at
        await self.until(lambda: self.keeper.state.compared_at > before)


@pytest.fixture
async def fake() -> AsyncIterator[FakeAmi]:
    async with FakeAmi() as fake:
        yield fake


@pytest.fixture
async def keeping(fake: FakeAmi, tmp_path: Path) -> AsyncIterator[Keeping]:
    async with Keeping(fake, tmp_path / "state") as keeping:
        yield keeping


async def test_after_a_login_the_pbx_knows_the_hours_and_only_what_differs_is_written(
    fake: FakeAmi, keeping: Keeping
) -> None:
    await keeping.until_agreed()
    now = keeping.bridge.board.house.moment(keeping.bridge.now())
    assert fake.database == wanted(OFFICE, None, now)
    assert keeping.keeper.state.written == len(fake.database) > LINES_AT_ONCE
    lost = next(iter(fake.database))
    del fake.database[lost]
    fake.cut()
    await keeping.until(
        lambda: keeping.keeper.state.written > len(fake.database) - 1 and lost in fake.database
    )
    await keeping.until_up(2)
    last = (await fake.until("Originate"))[-1]
    assert last["Variable"].split("=")[0] == f"DB({lost})"


async def test_the_days_are_those_of_the_offices_clock(fake: FakeAmi, tmp_path: Path) -> None:
    async with Keeping(fake, tmp_path / "state") as keeping:
        house = keeping.bridge.board.house
        keeping.bridge.board.house = replace(house, shift=10 * 86_400 * 1_000_000)
        await keeping.until_agreed()
        first = (datetime.now(KST) + timedelta(days=10)).strftime("%Y%m%d")
        assert min(keeping.flags("hours/-/")) == f"hours/-/{first}"


async def test_what_is_no_longer_wanted_goes_and_what_is_not_its_own_stays(
    fake: FakeAmi, keeping: Keeping
) -> None:
    fake.database |= {
        "hours/-/20200101": "closed",
        "duty/list": "1-2-9",
        "dnd/2201": "1",
        "memo/x.1": "2201^1",
    }
    await keeping.until_agreed()
    assert "hours/-/20200101" not in fake.database
    assert "duty/list" not in fake.database
    assert fake.database["dnd/2201"] == "1"
    assert fake.database["memo/x.1"] == "2201^1"


async def test_new_wishes_are_written_at_once(fake: FakeAmi, keeping: Keeping) -> None:
    fake.database["away/2203"] = "1-2-"
    keeping.wishes.wish()
    await keeping.until_agreed()
    assert keeping.flags("away/") == {}
    keeping.wishes.wish(x2201=AwaySpan(start=1, end=FOREVER, deputy="2202"))
    keeping.keeper.refresh()
    await keeping.until(lambda: keeping.flags("away/") == {"away/2201": f"1-{FOREVER}-2202"})


@pytest.mark.parametrize("how", ["missing", "down", "unreadable"])
async def test_while_the_wishes_are_not_known_absences_stay_as_they_are(
    fake: FakeAmi, tmp_path: Path, how: str
) -> None:
    fake.database["away/2201"] = f"1-{FOREVER}-2202"
    async with Keeping(fake, tmp_path / "state") as keeping:
        keeping.wishes.down = how == "down"
        keeping.wishes.value = b"{" if how == "unreadable" else None
        await keeping.until_agreed()
        assert keeping.flags("hours/")
        assert keeping.flags("away/") == {"away/2201": f"1-{FOREVER}-2202"}


async def test_a_pbx_that_does_not_keep_them_is_told_and_tried_again(
    fake: FakeAmi, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("ami_bridge.flags.keeper.RETRY_S", 0.05)
    fake.read_only = True
    async with Keeping(fake, tmp_path / "state") as keeping:
        await keeping.until(lambda: keeping.keeper.state.failures >= 2)
        assert not keeping.keeper.state.in_step
        fake.read_only = False
        await keeping.until_agreed()
        assert keeping.keeper.state.in_step


@pytest.mark.parametrize("action", ["Originate", "DBGetTree"])
async def test_a_pbx_that_permits_it_not_costs_nothing_else(
    fake: FakeAmi, tmp_path: Path, action: str
) -> None:
    fake.denied.add(action)
    async with Keeping(fake, tmp_path / "state") as keeping:
        await keeping.until(lambda: keeping.keeper.state.failures == 1)
        assert keeping.bridge.state == "up"
        assert not keeping.keeper.state.in_step
        fake.denied.clear()
        fake.cut()
        await keeping.until_agreed()


async def test_a_link_lost_while_writing_is_made_good_after_the_next_login(
    fake: FakeAmi, keeping: Keeping
) -> None:
    fake.mute.add("Originate")
    await fake.until("Originate")
    fake.cut()
    fake.mute.clear()
    await keeping.until_agreed()
    assert keeping.flags("hours/")


async def test_they_are_compared_again_when_the_hour_is_over(
    fake: FakeAmi, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("ami_bridge.flags.keeper.HOUR_S", 1e-9)
    monkeypatch.setattr("ami_bridge.flags.keeper.MARGIN_S", 0.05)
    async with Keeping(fake, tmp_path / "state") as keeping:
        await keeping.until_agreed()
        fake.database.clear()
        await keeping.until(lambda: bool(fake.database))


@pytest.mark.parametrize(
    "key", ["away/1)=x,DB(dnd/1", "away", "away/1\r\nAction: Logoff", "Away/1", "away/가"]
)
async def test_no_key_or_value_breaks_out_of_its_place(fake: FakeAmi, keeping: Keeping, key: str) -> None:
    await keeping.until_agreed()
    link = keeping.bridge.link
    assert link is not None
    database = Database(link.actions)
    sent = len(fake.sessions[0].actions)
    for write in (
        database.write({key: "1"}),
        database.write({"away/1": key + ","}),
        database.write({}, [key]),
    ):
        with pytest.raises(ActionRefusedError, match="break out"):
            await write
    assert len(fake.sessions[0].actions) == sent


async def test_a_sweep_reads_and_removes_memos(fake: FakeAmi, keeping: Keeping) -> None:
    fake.database |= {"memo/pbx-1.1": "2201^1", "memo/pbx-1.2": "2202^2"}
    await keeping.until_agreed()
    link = keeping.bridge.link
    assert link is not None
    database = Database(link.actions)
    assert await database.read("memo") == {"memo/pbx-1.1": "2201^1", "memo/pbx-1.2": "2202^2"}
    await database.write({}, ["memo/pbx-1.1"])
    assert await database.read("memo") == {"memo/pbx-1.2": "2202^2"}


async def test_while_the_link_is_down_it_waits_and_ends_when_told_to(keeping: Keeping, fake: FakeAmi) -> None:
    await keeping.until_agreed()
    keeping.pausing.clear()
    fake.cut()
    await keeping.until(lambda: keeping.bridge.link is None)
    assert keeping.keeper.state.in_step
    keeping._tasks[-1].cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await keeping._tasks[-1]
