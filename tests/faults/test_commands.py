"""Commands on a PBX that answers late, wrongly or not at all: never two calls for an attempt (CBK-01)."""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from ami_bridge.commands.claims import Claims
from ami_bridge.commands.desk import Desk
from ami_bridge.errors import ActionRefusedError
from office.commands import PlaceCallback, RefreshFlags
from office.events import CallbackTold, CommandTold, Outcome
from tests.faults.running import Running
from tests.replay import wire
from tests.support.fake_ami import FakeAmi, lines

UID = "cb-a1-1"


def place(attempt: str = "a1", *, expires_s: float = 60, endpoint: str = "2201") -> PlaceCallback:
    return PlaceCallback(
        id=attempt, expires_at=datetime.now(UTC) + timedelta(seconds=expires_s), exten="2201",
        endpoint=endpoint, number="01000001234", show="0333302201", officer_ring_s=20, citizen_ring_s=30,
    )  # fmt: skip


class Placing(Running):
    """A bridge in this process with a desk for commands."""

    def __init__(self, fake: FakeAmi, state: Path) -> None:
        super().__init__(fake, state)
        self.fake = fake
        self.refreshed = 0
        self.claims = Claims(state / "attempts", datetime.now(UTC))
        self.desk = Desk(self.bridge, self.claims, self._refresh)

    def _refresh(self) -> None:
        self.refreshed += 1

    async def take(self, command: PlaceCallback | RefreshFlags, *, age_s: float = 0) -> None:
        await self.desk.take(command, self.bridge.now() - round(age_s * 1_000_000))

    @property
    def originates(self) -> list[dict[str, str]]:
        return [a for session in self.fake.sessions for a in session.actions if a["Action"] == "Originate"]

    async def became(self, count: int = 1) -> list[tuple[str, str]]:
        events = await self.until_event("command_told", count)
        return [(event.state, event.reason) for event in events if isinstance(event, CommandTold)]

    async def outcomes(self) -> list[tuple[str, Outcome | None]]:
        events = await self.until_event("callback_told")
        return [(event.attempt, event.outcome) for event in events if isinstance(event, CallbackTold)]


@pytest.fixture
async def fake() -> AsyncIterator[FakeAmi]:
    async with FakeAmi() as fake:
        yield fake


@pytest.fixture
async def placing(fake: FakeAmi, tmp_path: Path) -> AsyncIterator[Placing]:
    async with Placing(fake, tmp_path / "state") as placing:
        yield placing


async def test_an_attempt_is_one_originate_and_is_told_without_waiting_for_its_end(
    fake: FakeAmi, placing: Placing
) -> None:
    await placing.take(place())
    assert await placing.became() == [("accepted", "")]
    (sent,) = placing.originates
    assert (sent["Channel"], sent["ChannelId"], sent["Async"]) == ("PJSIP/2201", UID, "true")
    assert sent["Variable"].split("\n")[1] == "CB_NUMBER=01000001234"
    assert placing.desk.became == {"accepted": 1}


async def test_the_same_attempt_given_again_sends_and_tells_nothing(placing: Placing) -> None:
    await placing.take(place())
    await placing.take(place())
    await placing.take(place("a2"))
    assert await placing.became(2) == [("accepted", ""), ("accepted", "")]
    assert [sent["ActionID"] for sent in placing.originates] == ["cb-a1", "cb-a2"]


async def test_an_expired_attempt_is_not_begun(placing: Placing) -> None:
    await placing.take(place(expires_s=-0.001))
    assert await placing.became() == [("expired", "")]
    assert placing.originates == []


async def test_expiry_is_by_the_offices_clock(placing: Placing) -> None:
    placing.bridge.board.house = replace(placing.bridge.board.house, shift=3600 * 1_000_000)
    placing.desk = Desk(placing.bridge, placing.claims, placing._refresh)
    await placing.take(place("machine", expires_s=1800))
    await placing.take(place("office", expires_s=3630))
    events = await placing.until_event("command_told", 2)
    assert {e.command: e.state for e in events if isinstance(e, CommandTold)} == {
        "machine": "expired", "office": "accepted",
    }  # fmt: skip
    assert all(timedelta(minutes=59) < e.at - datetime.now(UTC) < timedelta(minutes=61) for e in events)


async def test_without_a_link_it_is_refused_at_once_and_not_kept_for_later(
    fake: FakeAmi, placing: Placing
) -> None:
    await placing.until_up()
    placing.pausing.clear()
    fake.cut()
    await placing.until(lambda: placing.bridge.state == "link_lost")
    await placing.take(place())
    assert await placing.became() == [("refused", "link_lost")]
    placing.pausing.set()
    await placing.until_up(2)
    await placing.take(place("a2"))
    assert [sent["ActionID"] for sent in placing.originates] == ["cb-a2"]


async def test_a_bridge_that_starts_waits_for_its_link_before_it_refuses(
    fake: FakeAmi, placing: Placing
) -> None:
    fake.login_delay_s = 0.2
    await placing.take(place())
    assert await placing.became() == [("accepted", "")]


async def test_a_pbx_that_is_away_from_the_start_is_waited_for_once(
    fake: FakeAmi, placing: Placing, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("ami_bridge.commands.desk.FIRST_LINK_S", 0.05)
    fake.refuse_login = True
    await placing.take(place())
    monkeypatch.setattr("ami_bridge.commands.desk.FIRST_LINK_S", 60)
    await placing.take(place("a2"))
    assert await placing.became(2) == [("refused", "link_lost")] * 2


async def test_cbk_01_a_link_lost_before_the_answer_is_unknown_and_nothing_is_sent_again(
    fake: FakeAmi, placing: Placing
) -> None:
    await placing.until_up()
    fake.mute.add("Originate")
    taking = asyncio.create_task(placing.take(place()))
    await fake.until("Originate")
    fake.cut()
    await taking
    assert await placing.became() == [("unknown", "")]
    await placing.until_up(2)
    await fake.until("CoreShowChannels", 2)
    assert len(placing.originates) == 1


async def test_cbk_01_no_answer_in_time_is_unknown_too(
    fake: FakeAmi, placing: Placing, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("ami_bridge.commands.desk.ANSWER_S", 0.05)
    fake.mute.add("Originate")
    await placing.take(place())
    assert await placing.became() == [("unknown", "")]


async def test_what_the_pbx_refuses_is_told_as_refused(fake: FakeAmi, placing: Placing) -> None:
    fake.denied.add("Originate")
    await placing.take(place())
    assert await placing.became() == [("refused", "pbx_refused")]


@pytest.mark.parametrize("state", ["INUSE", "RINGING", "RINGINUSE", "BUSY", "ONHOLD"])
async def test_cbk_06_an_officer_on_the_phone_is_not_rung(
    fake: FakeAmi, placing: Placing, state: str
) -> None:
    fake.phones["2201"] = state
    await placing.take(place())
    assert await placing.outcomes() == [("a1", Outcome.BUSY)]
    assert await placing.became() == [("accepted", "")]
    await placing.until_event("call_ended")
    told = [event.kind for event in placing.events]
    assert told == ["command_told", "call_started", "callback_told", "call_ended"]
    assert placing.originates == []


async def test_cbk_06_his_second_phone_counts_as_well(fake: FakeAmi, placing: Placing) -> None:
    house = placing.bridge.board.house
    both = house.desks["2201"].model_copy(update={"endpoints": ("2201", "2201b")})
    placing.bridge.board.house = replace(house, desks={**house.desks, "2201": both})
    placing.desk = Desk(placing.bridge, placing.claims, placing._refresh)
    fake.phones["2201b"] = "INUSE"
    await placing.take(place())
    assert await placing.outcomes() == [("a1", Outcome.BUSY)]


@pytest.mark.parametrize("state", ["NOT_INUSE", "UNKNOWN", "UNAVAILABLE", "INVALID"])
async def test_a_phone_that_is_not_in_use_is_left_to_originate(
    fake: FakeAmi, placing: Placing, state: str
) -> None:
    fake.phones["2201"] = state
    await placing.take(place())
    assert len(placing.originates) == 1


async def test_a_pbx_that_does_not_tell_phone_states_is_asked_to_call_all_the_same(
    fake: FakeAmi, placing: Placing
) -> None:
    fake.denied.add("Getvar")
    await placing.take(place())
    assert await placing.became() == [("accepted", "")]


async def test_a_silent_pbx_is_not_asked_to_call(
    fake: FakeAmi, placing: Placing, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("ami_bridge.ami.phones._TIMEOUT_S", 0.05)
    fake.mute.add("Getvar")
    await placing.take(place())
    assert await placing.became() == [("refused", "pbx_silent")]
    assert placing.originates == []


async def test_a_link_lost_while_the_phone_is_asked_about_is_a_refusal(
    fake: FakeAmi, placing: Placing
) -> None:
    fake.mute.add("Getvar")
    taking = asyncio.create_task(placing.take(place()))
    await fake.until("Getvar")
    fake.cut()
    await taking
    assert await placing.became() == [("refused", "link_lost")]
    assert placing.originates == []


async def test_a_phone_that_is_not_the_offices_is_never_dialled(placing: Placing) -> None:
    await placing.take(place(endpoint="trunk"))
    assert await placing.became() == [("refused", "unknown_phone")]
    assert placing.originates == []


async def test_tim_03_what_was_given_before_the_pbx_started_is_dropped_and_reported(
    fake: FakeAmi, placing: Placing
) -> None:
    fake.uptime_s = 5
    await placing.take(place(), age_s=10)
    await placing.take(place("a2"), age_s=1)
    assert await placing.became(2) == [("refused", "pbx_restarted"), ("accepted", "")]
    assert [sent["ActionID"] for sent in placing.originates] == ["cb-a2"]


async def test_a_pbx_without_our_dialplan_is_not_asked_to_call(fake: FakeAmi, tmp_path: Path) -> None:
    async with Placing(fake, tmp_path / "state") as placing:
        placing.bridge.ours = False
        await placing.until_up()
        await placing.take(place())
        assert await placing.became() == [("refused", "not_ours")]
        assert placing.originates == []


async def test_without_room_on_disk_nobody_is_called(placing: Placing, tmp_path: Path) -> None:
    claims = Claims(tmp_path / "gone" / "attempts", datetime.now(UTC))
    placing.desk = Desk(placing.bridge, claims, placing._refresh)
    await placing.take(place())
    assert await placing.became() == [("refused", "not_noted")]
    assert placing.originates == []


@pytest.mark.parametrize(
    ("held", "became"),
    [
        ("Login", ("refused", "bridge_stopped")),
        ("Getvar", ("refused", "bridge_stopped")),
        ("Originate", ("unknown", "")),
    ],
)
async def test_a_stop_tells_how_far_it_came(
    fake: FakeAmi, placing: Placing, held: str, became: tuple[str, str]
) -> None:
    fake.mute.add(held)
    taking = asyncio.create_task(placing.take(place()))
    await fake.until(held)
    taking.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await taking
    assert await placing.became() == [became]


async def test_new_wishes_are_handed_on(placing: Placing) -> None:
    await placing.take(RefreshFlags(id="f1"))
    assert placing.refreshed == 1
    assert await placing.became() == [("accepted", "")]


def failure(reason: int = 0) -> bytes:
    return lines(Event="OriginateResponse", ActionID="cb-a1", Response="Failure", Reason=str(reason))


async def test_an_originate_that_failed_without_any_channel_is_told(fake: FakeAmi, placing: Placing) -> None:
    await placing.take(place())
    fake.send(failure())
    assert await placing.outcomes() == [("a1", Outcome.UNREGISTERED)]
    await placing.until_event("call_ended")
    assert {event.call_id for event in placing.events if event.call_id} == {UID}


async def test_a_failure_of_a_double_says_nothing_of_the_call_that_is_alive(
    fake: FakeAmi, placing: Placing
) -> None:
    await placing.until_up()
    fake.send(
        wire.newchannel(0, "PJSIP/2201-1", UID),
        wire.ringing(0.1, UID),
        failure(),
        wire.hangup(1, UID, cause=17),
    )
    assert await placing.outcomes() == [("a1", Outcome.BUSY)]
    await placing.until_event("call_ended")
    assert len(placing.of("callback_told")) == 1


async def test_a_failure_is_held_against_channels_that_wait_to_be_told_as_well(
    fake: FakeAmi, placing: Placing
) -> None:
    await placing.until_up()
    placing.bridge._held = []  # as while two looks at the PBX are compared
    fake.send(wire.newchannel(0, "PJSIP/2201-1", UID), wire.ringing(0.1, UID), failure())
    await placing.until(lambda: len(placing.bridge._held or ()) == 2)
    await placing.bridge._drain()
    fake.send(wire.hangup(1, UID, cause=17))
    assert await placing.outcomes() == [("a1", Outcome.BUSY)]


async def test_a_failure_whose_channel_told_it_is_told_once(fake: FakeAmi, placing: Placing) -> None:
    await placing.until_up()
    fake.send(
        wire.newchannel(0, "PJSIP/2201-1", UID),
        wire.ringing(0.1, UID),
        wire.hangup(1, UID, cause=19),
        failure(3),
        lines(Event="OriginateResponse", ActionID="cb-a9", Response="Failure", Reason="0"),
    )
    await placing.until_event("callback_told", 2)
    assert await placing.outcomes() == [("a1", Outcome.NO_ANSWER), ("a9", Outcome.UNREGISTERED)]


async def test_the_success_of_an_originate_tells_nothing_by_itself(fake: FakeAmi, placing: Placing) -> None:
    await placing.until_up()
    fake.send(
        lines(Event="OriginateResponse", ActionID="cb-a1", Response="Success", Reason="4"),
        lines(Event="OriginateResponse", ActionID="cb-a9", Response="Failure", Reason="0"),
    )
    assert await placing.outcomes() == [("a9", Outcome.UNREGISTERED)]


async def test_ami_07_a_header_given_several_times_breaks_out_of_no_line(
    fake: FakeAmi, placing: Placing
) -> None:
    await placing.until_up()
    link = placing.bridge.link
    assert link is not None
    for evil in ("x=1\r\nAction: Logoff", "x=" + "1" * 1000):
        with pytest.raises(ActionRefusedError):
            await link.actions.send("Originate", {"Variable": ("a=1", evil)})
    assert placing.originates == []
