"""Keeps the clocks of visitors: begun by a key, ended by another, alike on every page of the officer (V2).

Owns that a clock begins once and ends once, whoever presses when, and that its verdict changes with it. An
officer sees and ends his own clocks alone.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy import Engine, func, select
from sqlalchemy.orm import Session

from memo_service.access.actor import Actor
from memo_service.db.session import reading, writing
from memo_service.errors import ForbiddenError, NotFoundError
from memo_service.ledger.service import keep_verdict
from memo_service.ledger.verdicts import Verdict
from memo_service.visitors.models import VisitorRow
from memo_service.visitors.verdict import Ending, Waited, judge_v2, worst
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
            session.add(
                VisitorRow(
                    id=clock_id,
                    officer=actor.officer,
                    department=actor.department,
                    call_id=call_id,
                    began_at=self._now(),
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
            judged = [judge_v2(_waited(row)) for row in session.scalars(query)]
        return [(v.department, v.promise, v.result.value, 1) for v in judged if v]

    def judge_again(self, session: Session, call_ids: Iterable[str]) -> dict[str, dict[str, Verdict]]:
        """V2 of each call for which a visitor waited, from what is stored (`ledger.follower.Judge`)."""
        return {call_id: {"V2": verdict} for call_id, verdict in _of_calls(session, call_ids).items()}

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


def keep(session: Session, call_ids: Iterable[str]) -> None:
    """Store V2 beside the verdicts of these calls; before a call's end there is no place for it yet."""
    for call_id, verdict in _of_calls(session, call_ids).items():
        keep_verdict(session, call_id, verdict)


def _of_calls(session: Session, call_ids: Iterable[str]) -> dict[str, Verdict]:
    query = select(VisitorRow).where(VisitorRow.call_id.in_(list(call_ids)))
    by_call: dict[str, list[VisitorRow]] = {}
    for row in session.scalars(query.order_by(VisitorRow.began_at, VisitorRow.id)):
        by_call.setdefault(row.call_id or "", []).append(row)
    judged = {call_id: _worst_of(rows) for call_id, rows in by_call.items()}
    return {call_id: verdict for call_id, verdict in judged.items() if verdict}


def _worst_of(rows: Sequence[VisitorRow]) -> Verdict | None:
    return worst([verdict for row in rows if (verdict := judge_v2(_waited(row)))])


def _waited(row: VisitorRow) -> Waited:
    return Waited(
        officer=row.officer,
        department=row.department,
        began_at=row.began_at,
        limit_s=row.limit_s,
        ended_at=row.ended_at,
        ending=Ending(row.ending) if row.ending else None,
    )
