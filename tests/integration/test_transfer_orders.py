"""Orders on real databases: what stands against one, and that each is kept, told and sent once at most."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path

import pytest

from memo_service.absences.rules import Kind
from memo_service.absences.rules import Wanted as AbsenceWanted
from memo_service.transfers.refused import TransferRefusedError
from memo_service.transfers.service import WORD_WITHIN, Wanted
from office import events as ev
from tests.support.feed import DESK
from tests.support.transfer_desk import (
    GIST,
    LEADER,
    OFFICER,
    TARGET,
    THIRD,
    TO,
    Passed,
    TransferDesk,
    in_talk,
    open_desk,
    told_desks,
    view,
)


@pytest.fixture
def desk(database: str, tmp_path: Path) -> Iterator[TransferDesk]:
    made = open_desk(database, tmp_path)
    yield made
    made.parts.engine.dispose()


def refusal(desk: TransferDesk, call: Passed, exten: str, *, confirmed: bool = False) -> TransferRefusedError:
    with pytest.raises(TransferRefusedError) as caught:
        desk.order(call.script, exten, confirmed=confirmed)
    return caught.value


def put_away(desk: TransferDesk, officer: str) -> None:
    now = desk.clock()
    wanted = AbsenceWanted(
        officer, Kind.SICK_LEAVE, now - timedelta(hours=1), now + timedelta(hours=4), OFFICER
    )
    desk.absences.set(desk.actor(officer), wanted)


def test_an_order_is_kept_told_and_sent_in_this_order(desk: TransferDesk) -> None:
    call = in_talk(desk)
    order = desk.order(call.script, gist=GIST)
    (command,) = desk.redis.commands
    assert (command.id, command.call_id, command.endpoint, command.exten) == (
        order, call.script.call_id, "2202", "2203",
    )  # fmt: skip
    assert command.expires_at > desk.clock()
    assert f'"officers":["{OFFICER}","{TARGET}"]' in desk.redis.seen_before[0]
    (row,) = desk.rows()
    assert row.gist is not None
    assert GIST.encode() not in row.gist
    (coming,) = view(desk, TARGET).incoming
    assert (coming.gist, coming.sender.officer, coming.opened, coming.warning) == (GIST, OFFICER, False, "")
    assert coming.direct_number == "033-330-2203"
    assert view(desk).outgoing[0].shown


@pytest.mark.parametrize(("exten", "code"), [("2202", "self"), ("9999", "unknown"), ("", "unknown")])
def test_what_is_never_a_target(desk: TransferDesk, exten: str, code: str) -> None:
    assert refusal(desk, in_talk(desk), exten).code == code
    assert desk.rows() == []
    assert desk.redis.commands == []


def test_who_is_not_in_the_call_transfers_nothing(desk: TransferDesk) -> None:
    call = in_talk(desk)
    with pytest.raises(TransferRefusedError) as caught:
        desk.order(call.script, "2201", officer=TARGET)
    assert caught.value.code == "not_in_call"


def test_a_busy_colleague_and_a_closed_office_are_refused(desk: TransferDesk) -> None:
    call = in_talk(desk)
    other = Passed(desk.clock() - timedelta(seconds=8))
    other.script.events = [
        e.model_copy(update={"phone": TO}) if hasattr(e, "phone") else e for e in other.script.events
    ]
    desk.tell(other.events)
    assert refusal(desk, call, "2203").code == "busy"
    desk.clock.to("23:00")
    assert refusal(desk, call, "2201").code == "closed"


def test_the_absent_offer_their_deputy(desk: TransferDesk) -> None:
    call = in_talk(desk)
    put_away(desk, THIRD)
    found = refusal(desk, call, "2201")
    assert found.code == "absent"
    assert found.deputy is not None
    assert found.deputy.officer == OFFICER
    (target,) = [t for t in desk.feature.targets(desk.actor(), "2201").targets if t.exten == "2201"]
    assert (target.state, target.reason, target.may) == ("away", "", False)
    own = desk.feature.targets(desk.actor(TARGET), "민방위").targets[0]
    assert (own.exten, own.state_label) == ("2201", "부재")


def test_who_did_not_take_him_is_a_loop_and_who_had_him_is_asked_about(desk: TransferDesk) -> None:
    call = in_talk(desk)
    known = len(call.events)
    call.passed(8_000).released(8_001).rings(8_005).ended(9_000, "failed", why=ev.Outcome.BUSY)
    call.rings(9_100, "d", DESK, "back").has_him(10_000, "d", DESK)
    desk.clock.forward(seconds=5)
    desk.tell(call.events[known:])
    assert refusal(desk, call, "2203").code == "loop"
    marked = {
        t.exten: (t.offered, t.may)
        for t in desk.feature.targets(desk.actor(), "", call.script.call_id).targets
    }
    assert marked["2203"] == ("not_taken", False)
    assert marked["2201"][0] == "no"
    assert view(desk).outgoing[0].why == "통화 중: 되돌아옴"
    assert desk.order(call.script, "2201")


def test_offered_before_and_the_third_hop_ask_first(desk: TransferDesk) -> None:
    call = in_talk(desk)
    known = len(call.events)
    call.connected(1_000, at_ms=8_000)
    call.passed(12_000, "t2", by=TO, to="2201", hop=2).released(12_001, "c", TO).taken(
        13_000, "t2", "d", LEADER
    )
    call.has_him(13_000, "d", LEADER).ended(13_001, "connected", "t2")
    desk.clock.forward(seconds=10)
    desk.tell(call.events[known:])
    with pytest.raises(TransferRefusedError) as caught:
        desk.order(call.script, "2203", officer=THIRD)
    assert (caught.value.code, caught.value.confirm) == ("offered", True)
    with pytest.raises(TransferRefusedError) as caught:
        desk.order(call.script, "2204", officer=THIRD)
    assert (caught.value.code, caught.value.confirm) == ("hops", True)
    desk.order(call.script, "2203", officer=THIRD, confirmed=True)
    assert desk.rows()[-1].hop == 3
    assert "전화 돌림" in view(desk, TARGET).incoming[0].warning


def test_a_second_press_sends_nothing(desk: TransferDesk) -> None:
    call = in_talk(desk)
    desk.order(call.script)
    assert refusal(desk, call, "2201").code == "under_way"
    assert len(desk.redis.commands) == 1


def test_two_presses_at_once_send_one_order(desk: TransferDesk) -> None:
    call, me = in_talk(desk), desk.actor()

    def press(exten: str) -> str:
        try:
            desk.feature.orders.place(me, Wanted(call.script.call_id, exten))
        except TransferRefusedError as refused:
            return refused.code
        return "placed"

    with ThreadPoolExecutor(2) as both:
        assert sorted(both.map(press, ("2201", "2203"))) == ["placed", "under_way"]


def test_a_refused_order_says_why_and_can_be_given_again(desk: TransferDesk) -> None:
    call = in_talk(desk)
    order = desk.order(call.script)
    desk.command(order, "refused", "not_started")
    assert told_desks(desk.hub)[-1] == [OFFICER]
    made = view(desk).outgoing[0]
    assert (made.state, made.why) == ("refused", "교환기가 받고도 돌리지 않았습니다. 통화는 그대로입니다.")
    assert view(desk, TARGET).incoming == ()
    desk.order(call.script)
    assert len(desk.redis.commands) == 2


def test_a_redis_that_is_away_is_told_at_once(desk: TransferDesk) -> None:
    call = in_talk(desk)
    desk.redis.away = True
    assert refusal(desk, call, "2203").code == "unsent"
    assert view(desk).outgoing[0].state == "unsent"
    desk.redis.away = False
    desk.order(call.script)
    assert len(desk.redis.commands) == 1


def test_a_link_that_breaks_while_it_is_sent_leaves_it_unknown(desk: TransferDesk) -> None:
    call = in_talk(desk)
    desk.redis.breaks = True
    desk.order(call.script)
    assert view(desk).outgoing[0].state == "unknown"
    assert refusal(desk, call, "2203").code == "under_way"


def test_killed_between_order_and_command_it_is_never_sent_and_becomes_unknown(
    desk: TransferDesk, database: str, tmp_path: Path
) -> None:
    call = in_talk(desk)
    desk.feature.orders.place(desk.actor(), Wanted(call.script.call_id, "2203", GIST))
    again = open_desk(database, tmp_path, desk.clock)
    again.tell(call.events)
    assert again.redis.commands == []
    assert view(again).outgoing[0].state == "ordered"
    desk.clock.forward(seconds=WORD_WITHIN.total_seconds() + 0.001)
    assert view(again).outgoing[0].state == "unknown"
    again.order(call.script)
    assert len(again.redis.commands) == 1
    again.parts.engine.dispose()
