"""What is done when time passes: reminders, deputy, leader, attempts nobody heard of again (charter T7).

Owns that each due thing is done once, by one process, and a step at a time after a standstill. It never
places a call: people do.
"""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import CompoundSelect, Engine, bindparam, func, select, union_all
from sqlalchemy.orm import Session

from memo_service.callbacks.book import Book, due_of
from memo_service.callbacks.follower import CallbackFollower
from memo_service.callbacks.models import AttemptRow, CallbackRow
from memo_service.callbacks.standin import StandIns
from memo_service.callbacks.turn import Wake, moved, promise
from memo_service.db.base import Moment
from memo_service.db.session import reading, writing
from office.calendar import KST

_AT_ONCE = 100
_BATCH = 500
_NOW = bindparam("now", type_=Moment)
DUE_IDS = (
    select(CallbackRow.id)
    .where(CallbackRow.next_wake_at <= _NOW)
    .order_by(CallbackRow.next_wake_at)
    .limit(_AT_ONCE)
    .with_for_update(skip_locked=True)
)
"""The hundred due first, each for the one process that gets it first."""
_SILENT = (
    select(AttemptRow.id, AttemptRow.callback_id)
    .where(AttemptRow.give_up_at <= _NOW)
    .order_by(AttemptRow.give_up_at)
    .limit(_AT_ONCE)
)
"""Attempts without a word for too long, with their callbacks."""
_EARLIEST = (
    select(func.min(CallbackRow.next_wake_at)).where(CallbackRow.next_wake_at.is_not(None)),
    select(func.min(AttemptRow.give_up_at)).where(AttemptRow.give_up_at.is_not(None)),
)
_QUIET = frozenset({Wake.AGAIN, Wake.REMIND, Wake.DUE})


class Clockwork:
    """The due work of one office."""

    def __init__(self, engine: Engine, book: Book, follower: CallbackFollower, stand_ins: StandIns) -> None:
        self._engine = engine
        self.book = book
        self._follower = follower
        self._stand_ins = stand_ins

    def next_at(self) -> datetime | None:
        """When the next thing is due; read from two partial indexes."""
        with reading(self._engine) as session:
            found = [session.execute(earliest).scalar_one() for earliest in _EARLIEST]
        return min((at for at in found if at is not None), default=None)

    def run_due(self, now: datetime) -> int:
        """Do what is due, at most a hundred things; returns how many were done."""
        with writing(self._engine) as session:
            ids = session.scalars(DUE_IDS, {"now": now}).all()
            for row in sorted(self.book.lock(session, ids), key=_wakes_at) if ids else ():
                self._wake(session, row, now)
        return len(ids) + self._give_up(now)

    def recompute(self, now: datetime) -> int:
        """Recount open callbacks whose calendar has changed (CBK-03); returns how many were looked at."""
        version, seen = self.book.office.calendar.version, 0
        while outdated := self._outdated(version):  # looked for without holding writers back
            with writing(self._engine) as session:
                for row in self.book.lock(session, outdated):
                    if row.calendar_version != version and row.closed_at is None:
                        self._recount(session, row, now)
            seen += len(outdated)
        return seen

    def _outdated(self, version: str) -> Sequence[str]:
        with reading(self._engine) as session:
            return session.scalars(_counted_otherwise(version)).all()

    def _wake(self, session: Session, row: CallbackRow, now: datetime) -> None:
        """Do the wake that is due. Of several missed reminders the last one alone is told."""
        wakes = self.book.turn(row).wakes
        stage = row.stage
        while stage + 1 < len(wakes) and wakes[stage][1] in _QUIET and wakes[stage + 1][0] <= now:
            stage += 1
        row.stage = stage + 1
        if stage < len(wakes):
            self._do(session, row, wakes[stage][1], now)
        self.book.plan(row, now)

    def _do(self, session: Session, row: CallbackRow, wake: Wake, now: datetime) -> None:
        detail = {"due_at": row.turn_at.isoformat(), "owner": row.owner}
        if wake in _QUIET:
            self.book.step(session, row, now, wake.value, None, detail)
            return
        holder = row.owner or row.officer
        to_leader = wake is Wake.TO_LEADER
        target = None
        if holder is not None:
            target = (
                self._stand_ins.leader(holder) if to_leader else self._stand_ins.deputy(session, holder, now)
            )
        if target is None:
            kind = "no_leader" if to_leader else "no_deputy"
            self.book.step(session, row, now, kind, None, detail)
        else:
            self.book.move(session, row, now, wake.value, target)

    def _give_up(self, now: datetime) -> int:
        """Attempts of which no word came in time: nobody knows, and nobody calls again unasked (CBK-01)."""
        with reading(self._engine) as session:
            found = session.execute(_SILENT, {"now": now}).all()
        for attempt_id, callback_id in found:
            with writing(self._engine) as session:
                row = self.book.lock(session, [callback_id])[0]
                attempt = session.get_one(AttemptRow, attempt_id)
                if attempt.give_up_at is not None and attempt.give_up_at <= now:
                    self._follower.give_up(session, attempt, row, now)
        return len(found)

    def _recount(self, session: Session, row: CallbackRow, now: datetime) -> None:
        calendar, rules = self.book.office.calendar, self.book.rules
        before = (row.due_at, row.turn_at)
        if row.asked_at is not None and row.asked_open and row.tries == 0:
            row.asked_at = moved(calendar, row.asked_at, row.department)
        if row.tries == 0:
            row.due_at, row.due_until = promise(calendar, rules, due_of(row))
        row.calendar_version = calendar.version
        stage = row.stage
        self.book.begin_turn(row)
        if (row.due_at, row.turn_at) == before:
            row.stage = stage
            return
        self.book.plan(row, now)
        self.book.step(session, row, now, "recomputed", None, self._why(row, before[1]))

    def _why(self, row: CallbackRow, before: datetime) -> dict[str, str]:
        calendar = self.book.office.calendar
        day = before.astimezone(KST).date()
        why = "" if calendar.spans(day, row.department) else calendar.why_closed(day, row.department)
        return {"before": before.isoformat(), "due_at": row.turn_at.isoformat(), "why": why}


def _wakes_at(row: CallbackRow) -> tuple[datetime | None, str]:
    return row.next_wake_at, row.id


def _counted_otherwise(version: str) -> CompoundSelect[str]:
    """Open callbacks counted by another calendar: two ranges of one index, for there may be a million."""
    ids = select(CallbackRow.id).where(CallbackRow.closed_at.is_(None))
    counted = CallbackRow.calendar_version
    return union_all(ids.where(counted < version), ids.where(counted > version)).limit(_BATCH)
