"""A million open callbacks on SQLite: how fast they go in, the next due are found, and a timer fires."""

import asyncio
import tempfile
import time
import uuid
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import insert, select, update

from memo_service.callbacks.clockwork import DUE_IDS, Clockwork
from memo_service.callbacks.models import CallbackRow
from memo_service.callbacks.scheduler import Scheduler
from memo_service.db.session import reading, writing
from office.working_time import add
from rehearsal.bench.figures import spread
from rehearsal.bench.service_parts import ServiceParts, service_parts

_CHUNK = 2_000
_LOOKS = 500
_TIMERS = 300
_TIMERS_OVER_S = 6.0


async def callbacks(*, rows: int = 1_000_000) -> dict[str, object]:
    """Rows a second in, milliseconds to the next hundred due, milliseconds a timer is late."""
    with (
        tempfile.TemporaryDirectory(prefix="charterline-bench-") as folder,
        service_parts(Path(folder)) as parts,
    ):
        began = time.perf_counter()
        _fill(parts, rows)
        filled = time.perf_counter() - began
        return {
            "open_callbacks": rows,
            "inserted_per_s": round(rows / filled),
            "next_100_due_ms": spread(_looks(parts), 3),
            "next_deadline_ms": spread(_next_deadlines(parts.context.callbacks.clockwork), 3),
            "timer_late_ms": spread(await _timers(parts), 2),
        }


def _fill(parts: ServiceParts, rows: int) -> None:
    engine = parts.engine
    made = _rows(parts, rows)
    for _ in range(0, rows, _CHUNK):
        chunk = [row for row, _ in zip(made, range(_CHUNK), strict=False)]
        with writing(engine) as session:
            session.execute(insert(CallbackRow), chunk)


def _rows(parts: ServiceParts, rows: int) -> Iterator[dict[str, Any]]:
    """Callbacks received one after the other through a working year, each with its own deadline."""
    officers = list(parts.context.office.directory.officers.values())
    calendar = parts.context.office.calendar
    # far ahead, so that no timer of these fires while the bench looks
    first = datetime.now(UTC).replace(microsecond=0) + timedelta(days=30)
    for number in range(rows):
        received = first + timedelta(seconds=number * 5)
        officer = officers[number % len(officers)]
        due = add(calendar, received, 60, officer.department)
        yield {
            "id": uuid.uuid4().hex,
            "memo_id": uuid.uuid4().hex,
            "party_id": uuid.uuid4().hex,
            "officer": officer.id,
            "department": officer.department,
            "owner": officer.id,
            "received_at": received,
            "asked_open": False,
            "due_at": due,
            "due_until": due,
            "calendar_version": calendar.version,
            "state": "waiting",
            "tries": 0,
            "turn_at": due,
            "latest_at": due,
            "stage": 0,
            "next_wake_at": due - timedelta(minutes=15),
        }


def _looks(parts: ServiceParts) -> list[float]:
    """Milliseconds to read the hundred that are due next, at moments spread over all of them."""
    engine = parts.engine
    with reading(engine) as session:
        wakes = session.scalars(select(CallbackRow.next_wake_at).order_by(CallbackRow.next_wake_at)).all()
    taken: list[float] = []
    for look in range(_LOOKS):
        upto = wakes[100 + look * (len(wakes) - 100) // _LOOKS]
        if upto is None:
            continue
        began = time.perf_counter()
        with reading(engine) as session:
            found = session.scalars(DUE_IDS, {"now": upto}).all()
        taken.append(1000 * (time.perf_counter() - began))
        if len(found) != 100:
            raise RuntimeError(f"{len(found)} callbacks were due where 100 should be")
    return taken


def _next_deadlines(clockwork: Clockwork) -> list[float]:
    taken = []
    for _ in range(_LOOKS):
        began = time.perf_counter()
        clockwork.next_at()
        taken.append(1000 * (time.perf_counter() - began))
    return taken


async def _timers(parts: ServiceParts) -> list[float]:
    """Milliseconds from the moment a callback was to be woken to the commit of what was done then."""
    engine, feature = parts.engine, parts.context.callbacks
    with reading(engine) as session:
        ids = list(session.scalars(select(CallbackRow.id).order_by(CallbackRow.next_wake_at).limit(_TIMERS)))
    first = datetime.now(UTC) + timedelta(seconds=3)
    wanted = {i: first + timedelta(seconds=_TIMERS_OVER_S * n / _TIMERS) for n, i in enumerate(ids)}
    with writing(engine) as session:
        for callback_id, at in wanted.items():
            session.execute(update(CallbackRow).where(CallbackRow.id == callback_id).values(next_wake_at=at))
    done: dict[str, datetime] = {}
    all_done = asyncio.Event()
    loop = asyncio.get_running_loop()

    def heard(changed: frozenset[str]) -> None:
        now = datetime.now(UTC)
        for callback_id in changed & wanted.keys():
            done.setdefault(callback_id, now)
        if len(done) == _TIMERS:
            loop.call_soon_threadsafe(all_done.set)

    feature.changed.listen(heard)
    scheduler = Scheduler(feature.clockwork, lambda: datetime.now(UTC))
    running = asyncio.create_task(scheduler.run())
    try:
        async with asyncio.timeout(_TIMERS_OVER_S + 30):
            await all_done.wait()
    finally:
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)
        await loop.shutdown_default_executor()  # its thread may still be at the database
    return [1000 * (done[i] - at).total_seconds() for i, at in wanted.items()]
