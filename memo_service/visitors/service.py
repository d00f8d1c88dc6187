"""Keeps the clocks of visitors: begun by a key, ended by another, alike on every page of the officer (V2).

Owns that a clock begins once and ends once, whoever presses when, and that its verdict changes with it. An
officer sees and ends his own clocks alone.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy import Engine, func, select
from sqlalchemy.orm import Session

from memo_service.access.actor import Actor
from memo_service.db.session import reading, writing
from memo_service.errors import ForbiddenError, NotFoundError
from memo_service.ledger.store import lock_calls
from memo_service.visitors.judging import judged, keep
from memo_service.visitors.models import VisitorRow
from memo_service.visitors.verdict import Ending
from office.calendar import KST
from office.charter import Visitor

MOST = 9
TOO_MANY = "기다리시는 분이 이미 {most}명입니다. 도와드린 분부터 눌러 주세요."
NOT_YOURS = "다른 자리의 시계입니다."


class TooManyVisitorsError(Exception):
    """So many clocks run at this desk already; the text says what to do."""


@dataclass(frozen=True, slots=True)
class Clock:
    """A clock that runs."""

    id: str
    call_id: str | None
    began_at: datetime
    near_at: datetime
    limit_at: datetime


class Visitors:
    """The clocks of one office."""

    def __init__(self, engine: Engine, rules: Visitor, now: Callable[[], datetime]) -> None:
        self._engine = engine
        self.rules = rules
        self._now = now

    def running(self, officer: str) -> tuple[Clock, ...]:
        """His clocks that run, the longest first."""
        with reading(self._engine) as session:
            query = select(VisitorRow).where(VisitorRow.officer == officer, VisitorRow.ended_at.is_(None))
            rows = session.scalars(query.order_by(VisitorRow.began_at, VisitorRow.id)).all()
        return tuple(self._clock(row) for row in rows)

    def begin(self, actor: Actor, clock_id: str, call_id: str | None) -> None:
        """A visitor waits from now on; the same clock again changes nothing.

        Raises ForbiddenError (another desk's), TooManyVisitorsError.
        """
        with writing(self._engine) as session:
            if (row := session.get(VisitorRow, clock_id)) is not None:
                self._own(actor, row)
                return
            running = select(func.count()).where(
                VisitorRow.officer == actor.officer, VisitorRow.ended_at.is_(None)
            )
            if session.execute(running).scalar_one() >= MOST:
                raise TooManyVisitorsError(TOO_MANY.format(most=MOST))
            self._add(session, clock_id, actor, call_id, self._now())

    def began_at_phone(
        self, session: Session, clock_id: str, actor: Actor, call_id: str, at: datetime
    ) -> None:
        """A code keyed within a call began a clock, in the caller's transaction; told twice it is one."""
        if session.get(VisitorRow, clock_id) is not None:
            return
        self._add(session, clock_id, actor, call_id, at)

    def _add(self, session: Session, clock_id: str, actor: Actor, call_id: str | None, at: datetime) -> None:
        session.add(
            VisitorRow(
                id=clock_id,
                officer=actor.officer,
                department=actor.department,
                call_id=call_id,
                began_at=at,
                limit_s=self.rules.limit_s,
            )
        )

    def end(self, actor: Actor, clock_id: str, ending: Ending) -> bool:
        """End this one clock; False if it had ended already, and then nothing changes.

        Raises NotFoundError, ForbiddenError (another desk's).
        """
        with writing(self._engine) as session:
            row = session.get(VisitorRow, clock_id, with_for_update=True)
            if row is None:
                raise NotFoundError
            self._own(actor, row)
            return self._ended(session, row, ending)

    def give_up_forgotten(self) -> frozenset[str]:
        """End the clocks that nobody ended in time; returns the officers concerned."""
        before = self._now() - timedelta(minutes=self.rules.forget_minutes)
        with writing(self._engine) as session:
            query = select(VisitorRow).where(VisitorRow.ended_at.is_(None), VisitorRow.began_at <= before)
            rows = session.scalars(query.order_by(VisitorRow.id).with_for_update()).all()
            return frozenset(row.officer for row in rows if self._ended(session, row, Ending.FORGOTTEN))

    def counts(self, day: date) -> list[tuple[str | None, str, str, int]]:
        """(department, promise, result, clocks) of a day in Korea, also of those without a call."""
        since = datetime.combine(day, datetime.min.time(), KST)
        query = select(VisitorRow).where(
            VisitorRow.began_at >= since, VisitorRow.began_at < since + timedelta(days=1)
        )
        with reading(self._engine) as session:
            found = [judged(row) for row in session.scalars(query)]
        return [(v.department, v.promise, v.result.value, 1) for v in found if v]

    @staticmethod
    def _own(actor: Actor, row: VisitorRow) -> None:
        if row.officer != actor.officer:
            raise ForbiddenError(NOT_YOURS)

    def _ended(self, session: Session, row: VisitorRow, ending: Ending) -> bool:
        if row.ended_at is not None:
            return False
        row.ended_at, row.ending = self._now(), ending.value
        session.flush()
        if row.call_id:
            lock_calls(session, [row.call_id])  # the call may end at this moment, and then one of us keeps it
            keep(session, [row.call_id])
        return True

    def _clock(self, row: VisitorRow) -> Clock:
        return Clock(
            id=row.id,
            call_id=row.call_id,
            began_at=row.began_at,
            near_at=row.began_at + timedelta(seconds=self.rules.near_s),
            limit_at=row.began_at + timedelta(seconds=row.limit_s),
        )
