"""Callbacks on SQLite and on PostgreSQL: cases CBK-01 to CBK-06 of the field, one by one."""

import shutil
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy.exc import IntegrityError

from memo_service.absences.rules import Absence, Kind
from memo_service.callbacks.life import State
from memo_service.callbacks.models import AttemptRow
from memo_service.callbacks.outcomes import CloseOutcome
from memo_service.callbacks.queue import QueueFilter
from memo_service.callbacks.refused import CallbackRefusedError
from memo_service.db.session import writing
from memo_service.errors import ForbiddenError
from office.commands import PlaceCallback, decode
from tests.support.callback_desk import (
    DEPUTY,
    EXAMPLE,
    LEADER,
    NUMBER,
    OFFICER,
    OTHER,
    Attempt,
    CallbackDesk,
    kst,
    memo_call,
    open_callbacks,
    reader,
)
from tests.support.feed import Script, answered


@pytest.fixture
def desk(database: str, tmp_path: Path) -> Iterator[CallbackDesk]:
    opened = open_callbacks(database, tmp_path)
    yield opened
    opened.engine.dispose()


def refusal(desk: CallbackDesk, callback: str, officer: str = OFFICER, *, confirmed: bool = False) -> str:
    with pytest.raises(CallbackRefusedError) as caught:
        desk.call(callback, officer, confirmed=confirmed)
    return caught.value.code


def t7(desk: CallbackDesk, call: Script) -> tuple[str, str, str | None]:
    verdict = reader(desk).verdicts(call.call_id)["T7"]
    return verdict.result.value, verdict.reason, verdict.officer


def test_from_a_memo_to_a_reply_in_time(desk: CallbackDesk) -> None:
    call = memo_call(kst("2026-11-25 10:04"))
    callback = desk.open(call=call)
    assert desk.row(callback).due_at == kst("2026-11-25 11:05")
    desk.clock.to("10:30")
    attempt = desk.call(callback)
    desk.take()
    desk.command(attempt, "accepted")
    told = Attempt(attempt, desk.clock()).talked(95)
    for event in told.events:
        desk.ledger.record([event])
    row = desk.row(callback)
    assert (row.state, row.tries, row.next_wake_at) == ("reached", 1, None)
    assert [(a.state, a.outcome, a.talk_ms) for a in desk.attempts(callback)] == [("done", "reached", 95_000)]
    assert t7(desk, call) == ("kept", "reached_in_time", OFFICER)
    desk.feature.acts.close(desk.actor(), callback, CloseOutcome.ANSWERED)
    assert desk.kinds(callback) == ["received", "claimed", "attempt", "closed"]
    assert desk.outbox() == []
    assert desk.ledger.recompute().differences == []


def test_one_claim_and_who_lost_is_told_who_won(desk: CallbackDesk) -> None:
    callback = desk.open()
    desk.call(callback, OFFICER)
    with pytest.raises(CallbackRefusedError) as caught:
        desk.call(callback, DEPUTY, confirmed=True)
    assert (caught.value.code, caught.value.who) == ("taken", "김민수 주무관")
    assert caught.value.text == "김민수 주무관님이 먼저 맡았습니다."
    assert len(desk.attempts(callback)) == 1


def test_the_database_itself_holds_one_open_attempt(desk: CallbackDesk) -> None:
    callback = desk.open()
    desk.call(callback)
    second = AttemptRow(
        id="second", callback_id=callback, no=2, claimed_by=DEPUTY, claimed_at=desk.clock(), state="open",
        step="claimed", talk_ms=0, marked=False, call_id="cb-second-1",
    )  # fmt: skip
    with pytest.raises(IntegrityError), writing(desk.engine) as session:
        session.add(second)


def test_a_command_holds_what_the_bridge_needs_and_is_sealed(desk: CallbackDesk) -> None:
    callback = desk.open()
    attempt = desk.call(callback, DEPUTY)
    box = desk.outbox()[0]
    assert NUMBER.encode() not in box.sealed
    letter = desk.feature.outbox.take(desk.clock(), reachable=True)
    assert letter is not None
    assert NUMBER not in repr(letter)
    assert desk.feature.outbox.take(desk.clock(), reachable=True) is None
    command = decode(letter.text)
    assert isinstance(command, PlaceCallback)
    assert command.id == attempt
    assert (command.exten, command.endpoint, command.number) == ("2203", "2203", NUMBER)
    assert command.show == "0333302201"
    assert command.expires_at == desk.clock() + timedelta(seconds=10)


def test_no_word_of_an_attempt_makes_it_unknown_and_no_second_call(desk: CallbackDesk) -> None:
    call = memo_call(kst("2026-11-25 10:04"))
    callback = desk.open(call=call)
    attempt = desk.call(callback)
    assert desk.feature.outbox.take(desk.clock(), reachable=True) is not None  # and the process dies here
    desk.clock.forward(seconds=19)
    assert desk.run_due() == 0
    desk.clock.forward(seconds=2)
    desk.run_due()
    assert desk.row(callback).state == State.UNKNOWN
    assert refusal(desk, callback) == "confirm_unknown"
    assert t7(desk, call)[:2] == ("unknown", "attempt_unknown")
    second = desk.call(callback, confirmed=True)
    assert second != attempt
    # the journal tells late what became of the first: the second goes on
    desk.tell(*Attempt(attempt, desk.clock()).failed("busy").events)
    assert desk.row(callback).state == State.CALLING
    assert [a.outcome for a in desk.attempts(callback)] == ["busy", None]
    assert t7(desk, call)[:2] == ("kept", "called_in_time")


def test_unknown_by_the_bridge_is_cleared_by_the_journal(desk: CallbackDesk) -> None:
    callback = desk.open()
    attempt = desk.call(callback)
    desk.command(attempt, "unknown")
    assert desk.row(callback).state == State.UNKNOWN
    desk.tell(*Attempt(attempt, desk.clock()).talked(60).events)
    assert (desk.row(callback).state, desk.row(callback).tries) == ("reached", 1)


@pytest.mark.parametrize("state", ["refused", "expired"])
def test_a_command_never_begun_leaves_the_turn_as_it_was(desk: CallbackDesk, state: str) -> None:
    callback = desk.open()
    before = desk.row(callback)
    attempt = desk.call(callback)
    desk.command(attempt, state, "phone busy")
    row = desk.row(callback)
    assert (row.state, row.tries, row.turn_at) == ("waiting", 0, before.turn_at)
    assert desk.attempts(callback)[0].outcome == state
    desk.call(callback)


def test_what_expired_unsent_is_never_sent(desk: CallbackDesk) -> None:
    callback = desk.open()
    desk.call(callback)
    assert desk.feature.outbox.take(desk.clock(), reachable=False) is None
    desk.clock.forward(seconds=11)
    assert desk.feature.outbox.take(desk.clock(), reachable=True) is None
    assert desk.outbox() == []
    assert desk.attempts(callback)[0].outcome == "expired"
    assert desk.row(callback).state == State.WAITING


def test_tries_are_spaced_counted_and_end_in_sight(desk: CallbackDesk) -> None:
    callback = desk.open()
    for no, outcome in enumerate(("busy", "no_answer", "declined"), 1):
        attempt = desk.call(callback)
        desk.tell(*Attempt(attempt, desk.clock()).failed(outcome).events)
        row = desk.row(callback)
        assert row.tries == no
        if no < 3:
            assert row.state == State.WAITING
            assert refusal(desk, callback) == "too_soon"
            desk.clock.forward(minutes=31)
    row = desk.row(callback)
    assert (row.state, row.closed_at, row.next_wake_at) == ("not_reached", None, None)
    assert refusal(desk, callback) == "reopen_first"
    desk.feature.acts.reopen(desk.actor(), callback)
    assert (desk.row(callback).state, desk.row(callback).tries) == ("waiting", 0)


def test_a_call_too_soon_can_be_confirmed(desk: CallbackDesk) -> None:
    callback = desk.open()
    attempt = desk.call(callback)
    desk.tell(*Attempt(attempt, desk.clock()).failed("busy").events)
    assert refusal(desk, callback) == "too_soon"
    desk.call(callback, confirmed=True)


def test_a_short_talk_waits_for_the_officer(desk: CallbackDesk) -> None:
    """CBK-05: a mailbox answers after 25 s, the officer hangs up after 4 s."""
    callback = desk.open()
    attempt = desk.call(callback)
    told = Attempt(attempt, desk.clock()).talked(4)
    desk.tell(*told.events)
    assert desk.row(callback).state == State.UNCONFIRMED
    assert refusal(desk, callback, confirmed=True) == "mark_first"
    desk.feature.acts.mark(desk.actor(), callback, "mailbox")
    row = desk.row(callback)
    assert (row.state, row.tries) == ("waiting", 1)
    desk.tell(*told.events)  # told again
    assert desk.attempts(callback)[0].outcome == "mailbox"
    assert desk.row(callback).state == State.WAITING


def test_the_officer_confirms_a_short_talk(desk: CallbackDesk) -> None:
    callback = desk.open()
    attempt = desk.call(callback)
    desk.tell(*Attempt(attempt, desk.clock()).talked(4).events)
    desk.feature.acts.mark(desk.actor(), callback, "reached")
    assert desk.row(callback).state == State.REACHED


def test_an_officer_who_is_busy_costs_no_try(desk: CallbackDesk) -> None:
    """CBK-06 b."""
    callback = desk.open()
    attempt = desk.call(callback)
    desk.command(attempt, "accepted")
    desk.tell(*Attempt(attempt, desk.clock()).officer_failed("busy").events)
    row = desk.row(callback)
    assert (row.state, row.tries) == ("waiting", 0)
    line = desk.detail(callback).steps[-1]
    assert (line.kind, line.detail["outcome"], line.detail["why"]) == ("attempt", "officer_failed", "busy")
    desk.call(callback)


def test_a_busy_citizen_is_counted_once(desk: CallbackDesk) -> None:
    """CBK-06 c, told live and again by the journal."""
    callback = desk.open()
    attempt = desk.call(callback)
    told = Attempt(attempt, desk.clock()).failed("busy")
    for event in (*told.events, *told.events):
        desk.ledger.record([event])
    desk.command(attempt, "accepted")
    assert desk.row(callback).tries == 1
    assert desk.kinds(callback) == ["received", "claimed", "attempt"]


def test_an_officer_who_hangs_up_before_the_citizen_is_called(desk: CallbackDesk) -> None:
    callback = desk.open()
    attempt = desk.call(callback)
    desk.tell(*Attempt(attempt, desk.clock()).step("officer_answered", 2).end(2.1).events)
    assert (desk.row(callback).state, desk.row(callback).tries) == ("waiting", 0)
    assert desk.attempts(callback)[0].outcome == "officer_gone"


def test_a_pbx_that_dies_leaves_the_attempt_unknown(desk: CallbackDesk) -> None:
    callback = desk.open()
    attempt = desk.call(callback)
    desk.tell(*Attempt(attempt, desk.clock()).answered().end(20, complete=False).events)
    assert desk.row(callback).state == State.UNKNOWN


def test_citizen_calls_again_and_gets_through(desk: CallbackDesk) -> None:
    """CBK-04: missed 10:05, rings again 10:20 by another spelling of his number, talks 3 min."""
    call = memo_call(kst("2026-11-25 10:04"))
    callback = desk.open(call=call)
    again = answered(2000, talk_ms=180_000, script=Script(kst("2026-11-25 10:20")), caller="+821024685739")
    desk.clock.to("10:24")
    desk.ledger.record(again.events)
    row = desk.row(callback)
    assert (row.state, row.outcome) == ("closed", "reached_us")
    line = desk.detail(callback).steps[-1]
    assert (line.kind, line.detail["exten"]) == ("closed", "2202")
    assert t7(desk, call) == ("kept", "citizen_called", OFFICER)
    desk.feature.acts.reopen(desk.actor(), callback)
    desk.ledger.record(again.events)  # told again: the officer's word stands
    assert desk.row(callback).state == State.WAITING


def test_citizen_calls_again_and_leaves_in_the_greeting(desk: CallbackDesk) -> None:
    callback = desk.open()
    due = desk.row(callback).due_at
    again = answered(2000, talk_ms=4000, script=Script(kst("2026-11-25 10:20")))
    desk.ledger.record(again.events)
    assert (desk.row(callback).state, desk.row(callback).due_at) == ("waiting", due)


def test_citizen_reaches_another_department(desk: CallbackDesk) -> None:
    callback = desk.open(officer="nam_gy", department="jinbu")
    desk.ledger.record(answered(2000, talk_ms=60_000, script=Script(kst("2026-11-25 10:20"))).events)
    assert desk.row(callback).state == State.WAITING
    assert desk.kinds(callback) == ["received", "citizen_called"]


def test_no_call_while_the_citizen_is_on_the_line(desk: CallbackDesk) -> None:
    callback = desk.open()
    on_line = Script(kst("2026-11-25 10:06")).arrive().dial().ring(50, "b").answer(2000, "b")
    desk.clock.to("10:06")
    desk.ledger.record(on_line.events)
    assert refusal(desk, callback) == "on_the_line"
    desk.ledger.record(on_line.end(9000).events)
    desk.call(callback)


def test_a_claim_is_taken_back_when_he_calls_in_that_second(desk: CallbackDesk) -> None:
    callback = desk.open()
    desk.call(callback)
    desk.clock.forward(seconds=1)
    desk.ledger.record(Script(desk.clock()).arrive().dial().events)
    assert desk.outbox() == []
    assert desk.row(callback).state == State.WAITING
    assert desk.attempts(callback)[0].outcome == "released"


def test_a_second_memo_is_merged_and_the_earliest_due_stays(desk: CallbackDesk) -> None:
    first = desk.open(memo_id="one")
    due = desk.row(first).due_at
    desk.clock.to("10:30")
    assert desk.open(memo_id="two") == first
    assert desk.open(memo_id="two") == first
    assert desk.row(first).due_at == due
    assert set(desk.detail(first).row.memo_ids) == {"one", "two"}
    assert desk.kinds(first) == ["received", "merged"]
    assert desk.open(memo_id="three", officer=DEPUTY) != first
    assert desk.open(memo_id="four", number=OTHER) != first


def test_a_second_memo_that_is_due_sooner_is_kept_to(desk: CallbackDesk) -> None:
    first = desk.open(memo_id="one", asked_at=kst("2026-11-26 15:00"))
    desk.clock.to("10:30")
    assert desk.open(memo_id="two") == first
    assert desk.row(first).due_at == kst("2026-11-25 11:30")


def test_a_memo_told_again_brings_its_callback_up_to_date(desk: CallbackDesk) -> None:
    callback = desk.open(memo_id="one")
    asked = kst("2026-11-25 16:00")
    assert desk.open(memo_id="one", at=kst("2026-11-25 10:05"), asked_at=asked) == callback
    assert desk.row(callback).due_at == asked
    with writing(desk.engine) as session:
        desk.feature.opening.withdraw(session, "one", desk.clock())
    assert (desk.row(callback).state, desk.row(callback).outcome) == ("closed", "not_wanted")
    desk.open(memo_id="one", at=kst("2026-11-25 10:05"))
    assert (desk.row(callback).state, desk.row(callback).due_at) == ("waiting", kst("2026-11-25 11:05"))


def test_what_may_not_be_called_says_so(desk: CallbackDesk) -> None:
    abroad = desk.open(number="+12025550100")
    assert refusal(desk, abroad) == "international"
    with pytest.raises(ForbiddenError):
        desk.feature.acts.approve(desk.actor(OFFICER), abroad)
    desk.feature.acts.approve(desk.actor(LEADER), abroad)
    desk.call(abroad)
    assert refusal(desk, desk.open(number="112")) == "no_number"
    assert refusal(desk, desk.open(number="2204")) == "no_number"
    with pytest.raises(ForbiddenError):
        desk.call(desk.open(number=OTHER), "nam_gy")


def test_no_call_outside_hours_but_at_a_time_he_asked_for(desk: CallbackDesk) -> None:
    plain = desk.open()
    evening = desk.open(number=OTHER, asked_at=kst("2026-11-25 20:00"))
    desk.clock.to("19:55")
    with pytest.raises(CallbackRefusedError) as caught:
        desk.call(plain)
    assert caught.value.text == "근무시간이 아닙니다. 11.26. 09:00부터 걸 수 있습니다."
    desk.call(evening)


def test_a_holiday_decreed_late_moves_what_is_due_then(
    database: str, desk: CallbackDesk, tmp_path: Path
) -> None:
    """CBK-03 c, for the hour and for an asked time; an evening he asked for stays."""
    desk.clock.to("2026-10-08 17:40")
    plain = desk.open(memo_id="plain")
    asked = desk.open(memo_id="asked", number=OTHER, asked_at=kst("2026-10-12 10:00"))
    evening = desk.open(memo_id="evening", number="01077778888", asked_at=kst("2026-10-12 20:00"))
    assert desk.row(plain).due_at == kst("2026-10-12 09:40")
    folder = tmp_path / "office"
    copy_office(folder, '[[close]]\ndate = 2026-10-12\nname = "임시공휴일"\nsource = "관보"\n')
    later = open_callbacks(database, tmp_path, folder)
    later.clock.to("2026-10-08 17:45")
    later.feature.clockwork.recompute(later.clock())
    assert later.row(plain).due_at == kst("2026-10-13 09:40")
    assert later.row(plain).next_wake_at == kst("2026-10-13 09:25")
    assert later.row(asked).due_at == kst("2026-10-13 10:00")
    assert later.row(evening).due_at == kst("2026-10-12 20:00")
    assert later.feature.clockwork.recompute(later.clock()) == 0
    line = later.detail(asked).steps[-1]
    assert (line.kind, line.detail["why"]) == ("recomputed", "임시공휴일")
    later.engine.dispose()


def copy_office(folder: Path, text_of_calendar: str) -> None:
    shutil.copytree(EXAMPLE, folder)
    (folder / "calendar.d" / "90-late.toml").write_text(text_of_calendar, encoding="utf-8")


def test_duty_moves_to_deputy_then_leader_and_history_says_so(desk: CallbackDesk) -> None:
    call = memo_call(kst("2026-11-25 10:04"))
    callback = desk.open(call=call)
    for minute in range(61):
        desk.clock.at = kst("2026-11-25 10:05") + timedelta(minutes=minute)
        desk.run_due()
    assert desk.kinds(callback) == ["received", "remind", "remind", "to_deputy"]
    assert desk.row(callback).owner == DEPUTY
    assert t7(desk, call) == ("broken", "not_called", OFFICER)
    desk.clock.to("11:20")
    desk.run_due()
    assert desk.row(callback).owner == LEADER
    assert desk.row(callback).next_wake_at is None
    attempt = desk.call(callback, LEADER)
    desk.tell(*Attempt(attempt, desk.clock()).talked(60).events)
    assert t7(desk, call) == ("broken", "called_late", OFFICER)


def test_after_a_standstill_one_step_at_a_time(desk: CallbackDesk) -> None:
    callbacks = [desk.open(number=f"0102468{n:04d}") for n in range(150)]
    desk.clock.to("16:00")
    desk.run_due()
    assert {tuple(desk.kinds(callback)) for callback in callbacks} == {("received", "to_deputy")}
    assert desk.feature.clockwork.next_at() == kst("2026-11-25 16:15")
    assert all(len(desk.attempts(callback)) == 0 for callback in callbacks)


def test_a_reply_in_the_time_the_citizen_asked_for(desk: CallbackDesk) -> None:
    call = memo_call(kst("2026-11-25 10:04"))
    callback = desk.open(call=call, asked_at=kst("2026-11-25 15:00"))
    desk.clock.to("11:00")
    early = desk.call(callback)
    desk.tell(*Attempt(early, desk.clock()).failed("no_answer").events)
    assert "T7" not in reader(desk).verdicts(call.call_id)  # too early, and not reached
    desk.clock.to("15:05")
    attempt = desk.call(callback)
    desk.tell(*Attempt(attempt, desk.clock()).failed("no_answer").events)
    assert t7(desk, call)[:2] == ("kept", "called_in_time")


def test_assigning_noting_and_putting_off(desk: CallbackDesk) -> None:
    callback = desk.open()
    acts = desk.feature.acts
    assert acts.assign(desk.actor(), [callback], DEPUTY) == 1
    assert acts.assign(desk.actor(), [callback], DEPUTY) == 0
    acts.note(desk.actor(), callback, "오전에 민원실 방문")
    acts.defer(desk.actor(), callback, kst("2026-11-25 10:40"), "회의")
    row = desk.detail(callback).row
    assert (row.owner, row.urgency, row.due_at) == (DEPUTY, "deferred", kst("2026-11-25 11:05"))
    assert refusal(desk, callback) == "too_soon"
    for until, code in (("2026-11-25 11:30", "beyond_due"), ("2026-11-25 10:00", "in_the_past")):
        with pytest.raises(CallbackRefusedError) as caught:
            acts.defer(desk.actor(), callback, kst(until), "")
        assert caught.value.code == code
    assert desk.kinds(callback) == ["received", "assigned", "note", "deferred"]


def test_a_reached_citizen_who_wants_another_call_is_called_then(desk: CallbackDesk) -> None:
    callback = desk.open()
    attempt = desk.call(callback)
    desk.tell(*Attempt(attempt, desk.clock()).talked(60).events)
    desk.feature.acts.defer(desk.actor(), callback, kst("2026-11-26 14:00"), "내일 다시")
    row = desk.detail(callback).row
    assert (row.state, row.turn_at, row.due_at) == (
        "waiting",
        kst("2026-11-26 14:00"),
        kst("2026-11-25 11:05"),
    )


def test_the_queue_is_oldest_due_first_and_narrowed(desk: CallbackDesk) -> None:
    late = desk.open(number="01020000001")
    desk.clock.to("10:50")
    soon = desk.open(number="01020000002", asked_at=kst("2026-11-25 11:10"))
    plain = desk.open(number="01020000003", officer=DEPUTY)
    asked = desk.open(number="01020000004", asked_at=kst("2026-11-25 16:00"))
    desk.open(number="01020000005", officer="nam_gy", department="jinbu")
    desk.clock.to("11:06")
    queue, now, actor = desk.feature.queue, desk.clock(), desk.actor()
    rows = queue.rows(QueueFilter(), actor, now)
    assert [row.id for row in rows] == [late, soon, plain, asked]
    assert [row.urgency.value for row in rows] == ["overdue", "due_soon", "none", "asked"]
    assert rows[0].number == "010-****-0001"
    assert (rows[0].left_s, rows[2].left_s, rows[3].left_s) == (-60, 44 * 60, 294 * 60)
    for row in rows:
        narrowed = queue.rows(QueueFilter(states=(row.urgency.value,)), actor, now)
        assert [found.id for found in narrowed] == [row.id]
    assert [row.id for row in queue.rows(QueueFilter(officer=DEPUTY), actor, now)] == [plain]
    assert queue.count(QueueFilter(), None, now) == 5


def test_the_countdown_stands_at_lunch_and_at_night(desk: CallbackDesk) -> None:
    callback = desk.open(at=kst("2026-11-25 11:30"))
    desk.clock.to("12:10")
    row = desk.detail(callback).row
    assert (row.paused, row.left_s, row.next_open) == (True, 1800, kst("2026-11-25 13:00"))
    desk.clock.to("13:10")
    row = desk.detail(callback).row
    assert (row.paused, row.left_s, row.runs_until) == (False, 1200, kst("2026-11-25 18:00"))


def test_an_absent_officer_hands_over_from_the_start(desk: CallbackDesk) -> None:
    day = kst("2026-11-25 09:00"), kst("2026-11-25 18:00")
    desk.away.absences.append(
        Absence("a1", OFFICER, Kind.ANNUAL_LEAVE, *day, DEPUTY, kst("2026-11-24 09:00"))
    )
    call = memo_call(kst("2026-11-25 10:04"))
    callback = desk.open(call=call)
    assert (desk.row(callback).officer, desk.row(callback).owner) == (OFFICER, DEPUTY)
    desk.clock.to("11:06")
    desk.run_due()
    assert t7(desk, call) == ("broken", "not_called", DEPUTY)
