"""The timer of callbacks as a task: on time, woken by what comes in, unmoved by a stepping clock (TIM-01)."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from memo_service.callbacks import scheduler as timer
from memo_service.callbacks.scheduler import Scheduler
from memo_service.db.session import writing
from tests.support.callback_desk import CallbackDesk, kst, open_callbacks


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[CallbackDesk]:
    opened = open_callbacks(f"sqlite:///{tmp_path / 'callbacks.sqlite3'}", tmp_path)
    yield opened
    opened.engine.dispose()


Until = Callable[[Callable[[], bool]], Awaitable[None]]


@asynccontextmanager
async def running(desk: CallbackDesk, now: Callable[[], datetime]) -> AsyncIterator[Until]:
    """The task, rung by changes as the service rings it; what it gives waits until something holds."""
    scheduler, changed = Scheduler(desk.feature.clockwork, now), asyncio.Event()
    loop = asyncio.get_running_loop()

    def ring() -> None:
        scheduler.ring()
        changed.set()

    def heard(_: frozenset[str]) -> None:
        loop.call_soon_threadsafe(ring)

    async def until(holds: Callable[[], bool]) -> None:
        async with asyncio.timeout(30):
            while True:
                changed.clear()
                if await asyncio.to_thread(holds):
                    return
                await changed.wait()

    desk.feature.changed.listen(heard)
    task = asyncio.create_task(scheduler.run())
    try:
        yield until
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        await loop.shutdown_default_executor()


def wake_at(desk: CallbackDesk, callback: str, at: datetime) -> None:
    """Have it woken at a moment of the machine's own clock."""
    with writing(desk.engine) as session:
        row = desk.feature.clockwork.book.lock(session, [callback])[0]
        row.next_wake_at = at
        desk.feature.clockwork.book.touch(session, row)


def reminded(desk: CallbackDesk, callback: str) -> bool:
    return len(desk.kinds(callback)) > 1


async def test_a_nearer_deadline_that_comes_in_is_not_slept_over(desk: CallbackDesk) -> None:
    far, near = desk.open(), desk.open(number="01035796841")
    for callback in (far, near):
        wake_at(desk, callback, datetime.now(UTC) + timedelta(hours=1))
    async with running(desk, lambda: datetime.now(UTC)) as until:
        due = datetime.now(UTC) + timedelta(milliseconds=300)
        await asyncio.to_thread(wake_at, desk, near, due)
        await until(lambda: reminded(desk, near))
    done = desk.detail(near).steps[-1].at
    assert done >= due
    assert not reminded(desk, far)


async def test_many_are_woken_in_order_and_each_once(desk: CallbackDesk) -> None:
    callbacks = [desk.open(number=f"0102468{n:04d}") for n in range(40)]
    start = datetime.now(UTC) + timedelta(milliseconds=500)
    for n, callback in enumerate(callbacks):
        wake_at(desk, callback, start + timedelta(milliseconds=25 * n))
    async with running(desk, lambda: datetime.now(UTC)) as until:
        await until(lambda: all(reminded(desk, callback) for callback in callbacks))
    assert {len(desk.kinds(callback)) for callback in callbacks} == {2}
    woken = [desk.detail(callback).steps[-1].at for callback in callbacks]
    assert woken == sorted(woken)


@pytest.mark.parametrize("step", [timedelta(seconds=-30), timedelta(hours=1)])
async def test_a_clock_that_steps_fires_what_is_due_then_and_nothing_twice(
    desk: CallbackDesk, step: timedelta, monkeypatch: pytest.MonkeyPatch
) -> None:
    """TIM-01: two callbacks due in 10 and 70 minutes."""
    monkeypatch.setattr(timer, "_LOOK_AGAIN_S", 0.05)
    desk.clock.at = kst("2026-11-25 10:55")
    soon = desk.open(at=kst("2026-11-25 10:05"))
    later = desk.open(at=kst("2026-11-25 13:05"), number="01035796841")
    async with running(desk, desk.clock) as until:
        await until(lambda: reminded(desk, soon))  # the reminder of 10:50 has passed already
        desk.clock.at += step
        if step > timedelta():
            await until(lambda: "to_deputy" in desk.kinds(soon))
        desk.clock.at = kst("2026-11-25 11:05")
        await until(lambda: "to_deputy" in desk.kinds(soon))
    assert desk.kinds(soon).count("to_deputy") == 1
    assert desk.kinds(later) == ["received"]


async def test_the_calendar_is_counted_anew_at_the_start(desk: CallbackDesk) -> None:
    moved, stays = desk.open(), desk.open(number="01035796841")
    due = desk.row(moved).due_at
    with writing(desk.engine) as session:
        for row in desk.feature.clockwork.book.lock(session, [moved, stays]):
            row.calendar_version = "~" if row.id == moved else ""  # after and before any other
            if row.id == moved:
                row.due_at = row.turn_at = due + timedelta(days=1)
    async with running(desk, desk.clock) as until:
        await until(lambda: desk.row(moved).due_at == due)
    assert desk.kinds(moved) == ["received", "recomputed"]
    assert desk.kinds(stays) == ["received"]
    assert desk.row(stays).calendar_version == desk.office.calendar.version
