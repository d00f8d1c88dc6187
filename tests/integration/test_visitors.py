"""Visitors' clocks on real databases: begun once, ended once, judged with and without a call (charter V2)."""

import uuid
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path

import pytest

from memo_service.aftercall.refused import AfterRefusedError
from memo_service.db.session import reading, writing
from memo_service.errors import ForbiddenError, NotFoundError
from memo_service.visitors.retire import forget_visitors
from memo_service.visitors.service import MOST, TooManyVisitorsError, Visitors
from memo_service.visitors.verdict import Ending
from office.calendar import KST
from tests.support.transfer_desk import TARGET, Passed, TransferDesk, in_talk, open_desk


@pytest.fixture
def desk(database: str, tmp_path: Path) -> Iterator[TransferDesk]:
    made = open_desk(database, tmp_path)
    yield made
    made.parts.engine.dispose()


def begun(desk: TransferDesk, call: str | None = None) -> str:
    clock_id = uuid.uuid4().hex
    desk.run(desk.visitors.begin(desk.actor(), clock_id, call))
    return clock_id


def ended(desk: TransferDesk, clock_id: str, ending: Ending = Ending.HELPED) -> bool:
    return desk.run(desk.visitors.end(desk.actor(), clock_id, ending))


def counted(desk: TransferDesk) -> list[tuple[str | None, str, str, int]]:
    return sorted(desk.visitors.clocks.counts(desk.clock().astimezone(KST).date()), key=str)


def v2(desk: TransferDesk, call: Passed) -> str | None:
    found = desk.parts.reader.verdicts(call.script.call_id).get("V2")
    return f"{found.result.value} {found.reason}" if found else None


def test_a_clock_survives_a_restart_and_stands_on_every_page(desk: TransferDesk) -> None:
    call = in_talk(desk)
    clock_id = begun(desk, call.script.call_id)
    desk.clock.forward(seconds=90)
    again = Visitors(desk.parts.engine, desk.parts.office.charter.visitor, desk.clock)
    (clock,) = again.running("kim_ms")
    assert (clock.id, clock.call_id) == (clock_id, call.script.call_id)
    assert desk.clock() - clock.began_at == timedelta(seconds=90)
    assert (clock.near_at - clock.began_at, clock.limit_at - clock.began_at) == (
        timedelta(minutes=2),
        timedelta(minutes=3),
    )
    assert again.running(TARGET) == ()


def test_the_same_press_twice_is_one_visitor_and_one_end(desk: TransferDesk) -> None:
    clock_id = begun(desk)
    desk.run(desk.visitors.begin(desk.actor(), clock_id, None))
    assert len(desk.visitors.clocks.running("kim_ms")) == 1
    assert ended(desk, clock_id)
    assert not ended(desk, clock_id, Ending.LEFT)
    assert counted(desk) == [("haengjeong", "V2", "kept", 1)]


def test_two_who_press_at_once_end_one_clock_and_leave_the_other(desk: TransferDesk) -> None:
    first, second = begun(desk), begun(desk)
    with ThreadPoolExecutor(4) as pool:
        pressed = pool.map(lambda _: desk.visitors.clocks.end(desk.actor(), first, Ending.HELPED), range(4))
        assert sorted(pressed) == [False, False, False, True]
    assert [clock.id for clock in desk.visitors.clocks.running("kim_ms")] == [second]


def test_a_colleague_neither_begins_nor_ends_it(desk: TransferDesk) -> None:
    clock_id = begun(desk)
    with pytest.raises(ForbiddenError):
        desk.run(desk.visitors.end(desk.actor(TARGET), clock_id, Ending.HELPED))
    with pytest.raises(ForbiddenError):
        desk.run(desk.visitors.begin(desk.actor(TARGET), clock_id, None))
    with pytest.raises(NotFoundError):
        desk.run(desk.visitors.end(desk.actor(), uuid.uuid4().hex, Ending.HELPED))


def test_a_desk_has_at_most_so_many_clocks(desk: TransferDesk) -> None:
    for _ in range(MOST):
        begun(desk)
    with pytest.raises(TooManyVisitorsError):
        begun(desk)


def test_the_verdict_stands_at_the_call_whichever_ends_first(desk: TransferDesk) -> None:
    call = in_talk(desk)
    helped = begun(desk, call.script.call_id)
    desk.clock.forward(seconds=100)
    ended(desk, helped)
    assert v2(desk, call) is None  # the call is up
    late = begun(desk, call.script.call_id)
    desk.tell(call.over(110_000).events)
    assert v2(desk, call) == "kept visitor_in_time"
    desk.clock.forward(seconds=180)
    ended(desk, late)
    assert v2(desk, call) == "broken visitor_late"
    assert counted(desk) == [("haengjeong", "V2", "broken", 1), ("haengjeong", "V2", "kept", 1)]
    assert desk.parts.ledger.recompute().differences == []
    desk.tell(call.events)
    assert v2(desk, call) == "broken visitor_late"


def test_a_call_that_he_does_not_have_on_the_line_is_not_the_reason(desk: TransferDesk) -> None:
    call = in_talk(desk)
    desk.run(desk.visitors.begin(desk.actor(TARGET), uuid.uuid4().hex, call.script.call_id))
    (clock,) = desk.visitors.clocks.running(TARGET)
    assert clock.call_id is None


def test_a_clock_that_nobody_ended_is_unknown(desk: TransferDesk) -> None:
    begun(desk)
    desk.clock.forward(minutes=59)
    assert desk.visitors.clocks.give_up_forgotten() == frozenset()
    assert counted(desk) == []
    desk.clock.forward(minutes=1)
    assert desk.visitors.clocks.give_up_forgotten() == {"kim_ms"}
    assert desk.visitors.clocks.running("kim_ms") == ()
    assert counted(desk) == [("haengjeong", "V2", "unknown", 1)]
    with writing(desk.parts.engine) as session:
        assert forget_visitors(session, desk.clock()) == 1


def test_the_caller_is_promised_to_be_called_back_at_the_time_he_was_told(desk: TransferDesk) -> None:
    call = in_talk(desk)
    clock_id = begun(desk, call.script.call_id)
    at = desk.clock() + timedelta(minutes=35)
    memo_id = desk.run(desk.visitors.promise(desk.actor(), clock_id, at))
    assert desk.run(desk.visitors.promise(desk.actor(), clock_id, at)) == memo_id
    with reading(desk.parts.engine) as session:
        (callback,) = desk.callbacks.opening.state_of(session, [memo_id]).values()
    assert (callback.asked_at, callback.owner) == (at, "kim_ms")
    assert desk.after.calls.promised("kim_ms", call.script.call_id) == at
    assert desk.after.calls.waiting("kim_ms", 5) == ((), 0)  # he still talks with him
    with pytest.raises(AfterRefusedError):
        desk.run(desk.visitors.promise(desk.actor(), clock_id, desk.clock()))
    with pytest.raises(NotFoundError):
        desk.run(desk.visitors.promise(desk.actor(), begun(desk), at))
