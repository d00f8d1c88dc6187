"""A citizen passed on from the page, on a PBX that refuses, is silent, or agrees and does nothing."""

import asyncio
from collections.abc import AsyncIterator, Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from ami_bridge.commands.claims import Claims
from ami_bridge.commands.desk import Desk
from office.commands import PlaceCallback, TransferCall
from office.events import CommandTold
from tests.faults.running import Running
from tests.replay import wire
from tests.replay.wire import PHONE, TRUNK, U1, U2
from tests.support.fake_ami import FakeAmi, Listed


def transfer(
    name: str = "t1", *, call: str = U1, endpoint: str = "2201", exten: str = "2203", expires_s: float = 60
) -> TransferCall:
    expires_at = datetime.now(UTC) + timedelta(seconds=expires_s)
    return TransferCall(id=name, expires_at=expires_at, call_id=call, endpoint=endpoint, exten=exten)


class Passing(Running):
    """A bridge in this process with a desk for commands, and a citizen in talk with 2201."""

    def __init__(self, fake: FakeAmi, state: Path) -> None:
        super().__init__(fake, state)
        self.fake = fake
        self.desk = Desk(self.bridge, Claims(state / "attempts", datetime.now(UTC)), lambda: None)

    async def talk(self) -> None:
        """The citizen's call, as far as the talk; the PBX lists it if it is asked."""
        await self.until_up()
        self.fake.channels = [
            Listed(TRUNK, U1, U1, bridge=wire.BRIDGE),
            Listed(PHONE, U2, U1, bridge=wire.BRIDGE),
        ]
        self.fake.send(*wire.answered_call()[:10])
        await self.until_event("talk_started")

    async def take(self, command: TransferCall | PlaceCallback, *, age_s: float = 0) -> None:
        await self.desk.take(command, self.bridge.now() - round(age_s * 1_000_000))

    async def became(self, count: int = 1) -> list[tuple[str, str]]:
        events = await self.until_event("command_told", count)
        return [(event.state, event.reason) for event in events if isinstance(event, CommandTold)]

    @property
    def sent(self) -> list[dict[str, str]]:
        return [a for s in self.fake.sessions for a in s.actions if a["Action"] == "BlindTransfer"]


@pytest.fixture
async def fake() -> AsyncIterator[FakeAmi]:
    async with FakeAmi() as fake:
        yield fake


@pytest.fixture
async def passing(fake: FakeAmi, tmp_path: Path) -> AsyncIterator[Passing]:
    async with Passing(fake, tmp_path / "state") as passing:
        await passing.talk()
        yield passing
        await passing.desk.close()


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ami_bridge.commands.passing.STARTED_S", 0.1)


async def test_the_officers_channel_is_named_and_the_pbxs_own_event_is_the_acceptance(
    fake: FakeAmi, passing: Passing
) -> None:
    await passing.take(transfer())
    (action,) = await fake.until("BlindTransfer")
    assert (action["Channel"], action["Context"], action["Exten"]) == (PHONE, "transfer", "2203")
    assert passing.of("command_told") == []  # the answer alone means nothing
    fake.send(wire.blind(5, U2, PHONE, U1, "2203"))
    assert await passing.became() == [("accepted", "")]
    told = [e.kind for e in passing.events if e.kind in ("transfer_requested", "command_told")]
    assert told == ["transfer_requested", "command_told"]


async def test_an_event_that_comes_before_the_answer_counts(
    fake: FakeAmi, passing: Passing, impatient: None
) -> None:
    fake.mute.add("BlindTransfer")
    await passing.take(transfer())
    await fake.until("BlindTransfer")
    fake.send(wire.blind(5, U2, PHONE, U1, "2203"))
    assert await passing.became() == [("accepted", "")]


@pytest.mark.parametrize("mute", [(), ("BlindTransfer",)])
async def test_xfr_04_a_pbx_that_does_nothing_has_not_started_it(
    fake: FakeAmi, passing: Passing, impatient: None, mute: tuple[str, ...]
) -> None:
    fake.mute.update(mute)
    await passing.take(transfer())
    assert await passing.became() == [("refused", "not_started")]
    assert [call.id for call in passing.bridge.board.live] == [U1]
    assert passing.of("transfer_requested") == []


async def test_another_citizens_transfer_is_not_this_ones(
    fake: FakeAmi, passing: Passing, impatient: None
) -> None:
    await passing.take(transfer())
    fake.send(wire.blind(5, "pbx-1795578000.77", "PJSIP/2204-00000077", "pbx-1795578000.76", "2203"))
    assert await passing.became() == [("refused", "not_started")]


async def test_what_the_pbx_refuses_is_told(fake: FakeAmi, passing: Passing) -> None:
    fake.denied.add("BlindTransfer")
    await passing.take(transfer())
    assert await passing.became() == [("refused", "pbx_refused")]


@pytest.mark.parametrize(
    ("order", "reason"),
    [
        (lambda: transfer(call="pbx-1.1"), "call_gone"),
        (lambda: transfer(endpoint="2202"), "call_gone"),
        (lambda: transfer(endpoint="trunk"), "unknown_phone"),
        (lambda: transfer(exten="2999"), "unknown_phone"),
    ],
)
async def test_what_cannot_be_is_not_asked_of_the_pbx(
    passing: Passing, order: Callable[[], TransferCall], reason: str
) -> None:
    await passing.take(order())
    assert await passing.became() == [("refused", reason)]
    assert passing.sent == []


async def test_a_citizen_who_has_left_is_not_passed_on(fake: FakeAmi, passing: Passing) -> None:
    fake.send(wire.hangup_request(9, U1, TRUNK), wire.hangup(9.1, U2), wire.hangup(9.2, U1))
    await passing.until_event("call_ended")
    await passing.take(transfer())
    assert await passing.became() == [("refused", "call_gone")]
    assert passing.sent == []


async def test_an_expired_order_is_not_given(passing: Passing) -> None:
    await passing.take(transfer(expires_s=-0.001))
    assert await passing.became() == [("expired", "")]
    assert passing.sent == []


async def test_the_same_order_given_again_is_sent_and_told_once(fake: FakeAmi, passing: Passing) -> None:
    await passing.take(transfer())
    await passing.take(transfer())
    await fake.until("BlindTransfer")
    fake.send(wire.blind(5, U2, PHONE, U1, "2203"))
    await passing.became()
    await passing.take(transfer())
    await passing.take(transfer("t2"))  # he has passed him on already
    assert await passing.became(2) == [("accepted", ""), ("refused", "call_gone")]
    assert len(passing.sent) == 1


async def test_an_officer_who_presses_twice_passes_on_once(fake: FakeAmi, passing: Passing) -> None:
    await passing.take(transfer())
    await passing.take(transfer("t2", exten="2204"))
    assert await passing.became() == [("refused", "call_gone")]
    fake.send(wire.blind(5, U2, PHONE, U1, "2203"))
    assert await passing.became(2) == [("refused", "call_gone"), ("accepted", "")]
    assert [action["Exten"] for action in passing.sent] == ["2203"]


async def test_a_link_lost_before_the_answer_leaves_it_unknown(fake: FakeAmi, passing: Passing) -> None:
    fake.mute.add("BlindTransfer")
    await passing.take(transfer())
    await fake.until("BlindTransfer")
    fake.cut()
    assert await passing.became() == [("unknown", "")]
    await passing.until_up(2)
    assert len(passing.sent) == 1


async def test_a_link_lost_after_the_answer_leaves_it_unknown(
    fake: FakeAmi, passing: Passing, impatient: None
) -> None:
    passing.pausing.clear()
    await passing.take(transfer())
    await fake.until("BlindTransfer")
    fake.cut()
    assert await passing.became() == [("unknown", "")]
    passing.pausing.set()


async def test_without_a_link_it_is_refused_at_once(fake: FakeAmi, passing: Passing) -> None:
    passing.pausing.clear()
    fake.cut()
    await passing.until(lambda: passing.bridge.state == "link_lost")
    await passing.take(transfer())
    assert await passing.became() == [("refused", "link_lost")]
    passing.pausing.set()


async def test_a_transfer_that_waits_for_the_pbx_holds_up_no_other_command(
    fake: FakeAmi, passing: Passing
) -> None:
    fake.mute.add("BlindTransfer")
    await passing.take(transfer())
    await fake.until("BlindTransfer")
    callback = PlaceCallback(
        id="a1", expires_at=datetime.now(UTC) + timedelta(minutes=1), exten="2202", endpoint="2202",
        number="01000001234", show="0333302201", officer_ring_s=20, citizen_ring_s=30,
    )  # fmt: skip
    await passing.take(callback)
    (told,) = await passing.until_event("command_told")
    assert told.model_dump()["command"] == "a1"


async def test_a_stop_tells_that_it_is_unknown(fake: FakeAmi, passing: Passing) -> None:
    await passing.take(transfer())
    await fake.until("BlindTransfer")
    await passing.desk.close()
    assert await passing.became() == [("unknown", "")]


async def test_a_stop_before_there_was_a_link_tells_that_nothing_was_sent(
    fake: FakeAmi, tmp_path: Path
) -> None:
    fake.mute.add("Login")
    async with Passing(fake, tmp_path / "state") as passing:
        await passing.take(transfer())
        await fake.until("Login")
        await asyncio.sleep(0)
        await passing.desk.close()
        assert await passing.became() == [("refused", "bridge_stopped")]


async def test_a_pbx_without_our_dialplan_is_asked_for_nothing(passing: Passing) -> None:
    passing.bridge.ours = False
    passing.bridge.up.clear()
    await passing.take(transfer())
    assert await passing.became() == [("refused", "not_ours")]
    assert passing.sent == []
