"""Many at one callback: threads, processes, SQLite, PostgreSQL. One wins, and each thing is done once."""

from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from pathlib import Path

import pytest
from sqlalchemy import event as sql_event

from memo_service.callbacks.queue import QueueFilter
from memo_service.callbacks.refused import CallbackRefusedError
from tests.support.callback_desk import (
    DEPUTY,
    LEADER,
    OFFICER,
    Attempt,
    CallbackDesk,
    open_callbacks,
    press_all,
    work_all,
)
from tests.support.nursery import CONTEXT


@pytest.fixture
def desk(database: str, tmp_path: Path) -> Iterator[CallbackDesk]:
    opened = open_callbacks(database, tmp_path)
    yield opened
    opened.engine.dispose()


def fill(desk: CallbackDesk, many: int) -> list[str]:
    return [desk.open(number=f"0102{n:07d}") for n in range(many)]


def test_of_ten_threads_one_wins_and_nine_are_told_who(desk: CallbackDesk) -> None:
    callback = desk.open()
    officers = [OFFICER, DEPUTY, LEADER, "choi_jh"] * 3

    def press(officer: str) -> str:
        try:
            return f"won {desk.call(callback, officer)}"
        except CallbackRefusedError as error:
            return f"{error.code} by {error.who}"

    with ThreadPoolExecutor(10) as many:
        answers = list(many.map(press, officers[:10]))
    winner = desk.actor(desk.attempts(callback)[0].claimed_by)
    assert answers.count(f"taken by {winner.spoken}") == 9
    assert len(desk.attempts(callback)) == 1
    assert len(desk.outbox()) == 1


def test_two_processes_win_each_claim_once(desk: CallbackDesk, database: str, tmp_path: Path) -> None:
    callbacks = fill(desk, 40)
    with ProcessPoolExecutor(2, mp_context=CONTEXT) as both:
        parts = [both.submit(press_all, database, str(tmp_path), callbacks, who) for who in (OFFICER, DEPUTY)]
        won = [part.result() for part in parts]
    assert sorted(won[0] + won[1]) == sorted(callbacks)
    assert [len(desk.attempts(callback)) for callback in callbacks] == [1] * 40


def test_two_processes_do_each_due_thing_once(desk: CallbackDesk, database: str, tmp_path: Path) -> None:
    callbacks = fill(desk, 250)
    with ProcessPoolExecutor(2, mp_context=CONTEXT) as both:
        parts = [both.submit(work_all, database, str(tmp_path), "11:06") for _ in range(2)]
        done = sum(part.result() for part in parts)
    assert {tuple(desk.kinds(callback)) for callback in callbacks} == {("received", "to_deputy")}
    assert done == 250


def test_threads_take_each_command_once(desk: CallbackDesk) -> None:
    attempts = [desk.call(callback) for callback in fill(desk, 30)]

    def take(_: int) -> str | None:
        letter = desk.feature.outbox.take(desk.clock(), reachable=True)
        return letter.attempt if letter else None

    with ThreadPoolExecutor(8) as many:
        taken = [attempt for attempt in many.map(take, range(90)) if attempt]
    assert sorted(taken) == sorted(attempts)


def test_events_and_acts_at_once_leave_one_truth(desk: CallbackDesk) -> None:
    """What the PBX tells, and officers who press at the same moment."""
    callbacks = fill(desk, 12)
    told = [Attempt(desk.call(callback), desk.clock()).talked(60) for callback in callbacks]

    def tell(n: int) -> None:
        for event in told[n].events:
            desk.ledger.record([event])

    def press(n: int) -> str:
        with pytest.raises(CallbackRefusedError) as caught:
            desk.call(callbacks[n], DEPUTY, confirmed=True)
        return caught.value.code

    with ThreadPoolExecutor(6) as many:
        jobs = [(many.submit(tell, n), many.submit(press, n)) for n in range(12)]
        for telling, pressing in jobs:
            telling.result()
            assert pressing.result() in ("taken", "reopen_first")
    assert [(desk.row(c).state, desk.row(c).tries, len(desk.attempts(c))) for c in callbacks] == [
        ("reached", 1, 1)
    ] * 12


def test_a_queue_of_many_rows_asks_no_more_often_than_one_of_few(desk: CallbackDesk) -> None:
    asked: list[str] = []
    sql_event.listen(desk.engine, "before_cursor_execute", lambda *told: asked.append(told[2]))
    counts = []
    for _ in range(2):
        fill_more(desk, 10)
        asked.clear()
        desk.feature.queue.rows(QueueFilter(), desk.actor(), desk.clock())
        counts.append(len(asked))
    assert counts[0] == counts[1]


def fill_more(desk: CallbackDesk, many: int) -> None:
    known = desk.feature.queue.count(QueueFilter(), None, desk.clock())
    for n in range(known, known + many):
        desk.open(number=f"0103{n:07d}")
