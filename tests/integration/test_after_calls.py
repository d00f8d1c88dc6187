"""Calls that officers finish, on real databases: they wait, oldest first, until he says what came of them."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from memo_service.aftercall.refused import AfterRefusedError
from memo_service.aftercall.retire import forget_after_calls
from memo_service.aftercall.service import NO_MATTER, AfterCalls, Finish
from memo_service.db.session import reading, writing
from memo_service.errors import ForbiddenError
from memo_service.talk.service import Typed
from office import events as ev
from tests.support.feed import DESK
from tests.support.transfer_desk import TARGET, Passed, TransferDesk, in_talk, open_desk, said


@pytest.fixture
def desk(database: str, tmp_path: Path) -> Iterator[TransferDesk]:
    made = open_desk(database, tmp_path)
    yield made
    made.parts.engine.dispose()


def waiting(desk: TransferDesk, officer: str = "kim_ms") -> list[str]:
    return [one.call_id for one in desk.after.calls.waiting(officer, 10)[0]]


def over(desk: TransferDesk, minutes_ago: float = 5, **arrive: object) -> str:
    """A call that is over; its id."""
    call = Passed(desk.clock() - timedelta(minutes=minutes_ago), **arrive)
    desk.tell(call.released(9_900).over(10_000).events)
    return call.script.call_id


def finish(desk: TransferDesk, call_id: str, how: Finish, **more: object) -> str | None:
    asked_at = more.get("asked_at")
    at = asked_at if asked_at is None else desk.clock() + timedelta(minutes=float(str(asked_at)))
    return desk.run(desk.after.finish(desk.actor(), call_id, how, at))


def test_calls_wait_oldest_first_over_restarts_and_replays(desk: TransferDesk) -> None:
    call = in_talk(desk)
    assert waiting(desk) == []
    newer, older = over(desk, 3), over(desk, 9)
    desk.tell(call.released(8_500).over(8_600).events)
    assert waiting(desk) == [older, newer, call.script.call_id]
    desk.tell(call.events)
    assert len(waiting(desk)) == 3
    again = AfterCalls(
        desk.parts.engine,
        desk.after.calls._parties,
        desk.feature.talks,
        desk.memos.taking,
        desk.clock,
        lambda *_: True,
    )
    assert [one.call_id for one in again.waiting("kim_ms", 2)[0]] == [older, newer]
    assert again.waiting("kim_ms", 2)[1] == 3
    assert waiting(desk, TARGET) == []
    assert "event: waiting" in said(desk.hub)


def test_who_was_only_rung_or_called_by_a_colleague_has_nothing_to_finish(desk: TransferDesk) -> None:
    missed = Passed(desk.clock() - timedelta(minutes=5))
    desk.tell([*missed.until(1_000), *missed.over(5_000).events[-2:]])
    over(desk, call_class=ev.CallClass.INTERNAL)
    assert waiting(desk) == []


def test_done_is_done_once_and_can_be_taken_back(desk: TransferDesk) -> None:
    call_id = over(desk)
    assert finish(desk, call_id, Finish.DONE) is None
    assert waiting(desk) == []
    finish(desk, call_id, Finish.OPEN)
    assert waiting(desk) == [call_id]
    with pytest.raises(ForbiddenError):
        desk.run(desk.after.finish(desk.actor(TARGET), call_id, Finish.DONE))


def test_what_needs_more_goes_on_waiting_and_says_so(desk: TransferDesk) -> None:
    call_id = over(desk)
    finish(desk, call_id, Finish.FOLLOW)
    (one,) = desk.after.calls.waiting("kim_ms", 5)[0]
    assert (one.call_id, one.follow) == (call_id, True)


def test_a_memo_holds_what_he_wrote_down(desk: TransferDesk) -> None:
    call_id = over(desk)
    desk.feature.talks.put(desk.actor(), call_id, Typed(0, "고지서 다시 보내기", "3월분"))
    memo_id = finish(desk, call_id, Finish.MEMO)
    assert memo_id is not None
    assert finish(desk, call_id, Finish.MEMO) == memo_id
    found = desk.memos.reader.memo(memo_id)
    assert found is not None
    assert found.texts["matter"] == "고지서 다시 보내기\n3월분"
    assert (found.row.officer, found.row.taken_by, found.row.reply_wanted) == ("kim_ms", "kim_ms", False)
    assert found.number is not None
    assert found.number.reveal() == "01024685739"
    assert found.callback is None
    assert waiting(desk) == []


@pytest.mark.parametrize("minutes", [None, 90])
def test_a_callback_is_opened_by_the_callbacks_own_service(desk: TransferDesk, minutes: int | None) -> None:
    call_id = over(desk)
    memo_id = finish(desk, call_id, Finish.CALLBACK, asked_at=minutes)
    found = desk.memos.reader.memo(memo_id or "")
    assert found is not None
    assert found.texts["matter"] == NO_MATTER
    assert found.callback is not None
    assert found.callback.owner == "kim_ms"
    due = desk.clock() + timedelta(minutes=60 if minutes is None else minutes)
    assert found.callback.due_at == due
    assert waiting(desk) == []


def test_a_callback_to_a_withheld_number_or_into_the_past_is_refused_and_the_call_waits(
    desk: TransferDesk,
) -> None:
    withheld = over(desk, 3, caller="01099998888", withheld=True)
    with pytest.raises(AfterRefusedError) as caught:
        finish(desk, withheld, Finish.CALLBACK)
    assert caught.value.code == "no_number"
    call_id = over(desk, 2)
    with pytest.raises(AfterRefusedError) as caught:
        finish(desk, call_id, Finish.CALLBACK, asked_at=-1)
    assert caught.value.code == "asked_at"
    assert waiting(desk) == [withheld, call_id]
    assert finish(desk, withheld, Finish.MEMO) is not None


def test_who_passed_the_citizen_on_finishes_at_once_and_again_if_he_comes_back(desk: TransferDesk) -> None:
    call = Passed(desk.clock() - timedelta(seconds=20)).passed(10_000).released(10_001).bye(10_010)
    desk.tell(call.rings(10_020).events)
    call_id = call.script.call_id
    assert waiting(desk) == [call_id]
    finish(desk, call_id, Finish.DONE)
    desk.clock.forward(seconds=60)
    call.script.dial(40_000, "2202", "back", 2).ring(40_001, "d").answer(41_000, "d")
    call.script.add(ev.TalkStarted, 41_001, "b9", leg=f"{call_id}d", phone=DESK)
    desk.tell(call.events)
    assert waiting(desk) == []
    call.script.add(ev.TalkEnded, 70_000, "b9", leg=f"{call_id}d", phone=DESK)
    desk.tell(call.bye(70_001, "d").over(70_010).events)
    assert waiting(desk) == [call_id]
    (one,) = desk.after.calls.waiting("kim_ms", 5)[0]
    assert one.talk_ms == (10_001 - 3_000) + (70_000 - 41_001)


def test_rows_go_at_the_term_of_statistics(desk: TransferDesk) -> None:
    over(desk)
    with writing(desk.parts.engine) as session:
        assert forget_after_calls(session, desk.clock()) == 1
    with reading(desk.parts.engine):
        assert waiting(desk) == []
