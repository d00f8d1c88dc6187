"""What officers do with callbacks: call, assign, put off, note, mark, close, reopen (charter T7).

Owns who may do what, and that each act and its line of history are one transaction. Opening is the memos'
(`callbacks.opening`), reading `callbacks.queue`'s.
"""

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import Literal

from sqlalchemy import Engine, select
from sqlalchemy.orm import Session

from memo_service.access.actor import Actor
from memo_service.callbacks import refused
from memo_service.callbacks.attempt import Reached
from memo_service.callbacks.book import Book
from memo_service.callbacks.claim import Claims, Placed
from memo_service.callbacks.life import Event, State
from memo_service.callbacks.models import AttemptRow, CallbackRow
from memo_service.callbacks.outcomes import CloseOutcome
from memo_service.callbacks.refused import CallbackRefusedError
from memo_service.db.session import writing
from memo_service.errors import ForbiddenError, NotFoundError
from office.calendar import KST
from office.directory import OfficeRole

Mark = Literal["reached", "mailbox", "not_reached"]
_MAY_APPROVE = frozenset({OfficeRole.LEADER, OfficeRole.CHARTER_MANAGER, OfficeRole.ADMINISTRATOR})


class Callbacks:
    """The acts of one office. Each raises NotFoundError, ForbiddenError or CallbackRefusedError."""

    def __init__(self, engine: Engine, book: Book, claims: Claims, now: Callable[[], datetime]) -> None:
        self._engine = engine
        self._book = book
        self._claims = claims
        self._now = now

    def call(self, actor: Actor, callback_id: str, *, confirmed: bool = False) -> Placed:
        """Claim it and have the officer's phone rung, then the citizen's. One claim at a time (CBK-01).

        `confirmed`: he was told what stands against it (an unknown attempt, a call just made) and goes on.
        """
        with self._held(actor, callback_id) as (session, row):
            return self._claims.place(session, row, actor, self._now(), confirmed=confirmed)

    def assign(self, actor: Actor, callback_ids: Iterable[str], officer: str | None) -> int:
        """Give callbacks to an officer, or back to the department; returns how many moved."""
        directory = self._book.office.directory
        if officer is not None and officer not in directory.officers:
            raise CallbackRefusedError("no_officer", refused.NO_OFFICER)
        moved = 0
        with writing(self._engine) as session:
            for row in self._rows(session, actor, callback_ids):
                if row.closed_at is None and row.owner != officer:
                    self._book.move(session, row, self._now(), "assigned", officer, actor.officer)
                    moved += 1
        return moved

    def note(self, actor: Actor, callback_id: str, text: str) -> None:
        """Add a line in the officer's words."""
        with self._held(actor, callback_id) as (session, row):
            self._book.said(session, row, self._now(), "note", actor.officer, text)

    def defer(self, actor: Actor, callback_id: str, until: datetime, reason: str) -> None:
        """No call before `until`. The promise stays: the first call cannot be put off beyond it."""
        now = self._now()
        with self._held(actor, callback_id) as (session, row):
            if until <= now:
                raise CallbackRefusedError("in_the_past", refused.IN_THE_PAST)
            first = row.tries == 0 and row.turn_from is None
            if first and until > row.latest_at:
                due_at = f"{row.due_at.astimezone(KST):%m.%d. %H:%M}"
                raise CallbackRefusedError("beyond_due", refused.BEYOND_DUE.format(due_at=due_at))
            self._book.happen(session, row, Event.DEFERRED, now)
            row.turn_from = None if first else now
            row.deferred_to = until
            self._book.begin_turn(row)
            self._book.plan(row, now)
            detail = {"until": until.isoformat()}
            self._book.said(session, row, now, "deferred", actor.officer, reason, detail)

    def mark(self, actor: Actor, callback_id: str, result: Mark) -> None:
        """The officer says what the last call came to (CBK-05)."""
        with self._held(actor, callback_id) as (session, row):
            event = Event.MARKED_REACHED if result == "reached" else Event.MARKED_NOT_REACHED
            if self._book.happen(session, row, event, self._now()):
                last = self._last_attempt(session, row.id)
                last.outcome, last.state, last.marked = Reached(result).value, "done", True
                self._book.step(session, row, self._now(), "marked", actor.officer, {"result": result})

    def close(self, actor: Actor, callback_id: str, outcome: CloseOutcome, text: str = "") -> None:
        """Done, with what came of it."""
        with self._held(actor, callback_id) as (session, row):
            self._book.happen(session, row, Event.CLOSED, self._now())
            row.outcome = outcome.value
            detail = {"outcome": outcome.value}
            self._book.said(session, row, self._now(), "closed", actor.officer, text, detail)

    def reopen(self, actor: Actor, callback_id: str, reason: str = "") -> None:
        """Open again, with tries anew; what was stays in the history."""
        with self._held(actor, callback_id) as (session, row):
            self._book.happen(session, row, Event.REOPENED, self._now())
            self._book.said(session, row, self._now(), "reopened", actor.officer, reason)

    def approve(self, actor: Actor, callback_id: str) -> None:
        """A leader allows an international number to be called (CID-02)."""
        with self._held(actor, callback_id) as (session, row):
            if actor.role not in _MAY_APPROVE:
                raise ForbiddenError(refused.NOT_LEADER)
            row.approved_by = actor.officer
            self._book.step(session, row, self._now(), "approved", actor.officer)

    @contextmanager
    def _held(self, actor: Actor, callback_id: str) -> Iterator[tuple[Session, CallbackRow]]:
        with writing(self._engine) as session:
            yield session, self._rows(session, actor, [callback_id])[0]

    def _rows(self, session: Session, actor: Actor, ids: Iterable[str]) -> list[CallbackRow]:
        wanted = set(ids)
        rows = self._book.lock(session, wanted)
        if len(rows) != len(wanted):
            raise NotFoundError
        for row in rows:
            if row.owner != actor.officer and not actor.works_for(row.department):
                raise ForbiddenError(refused.NOT_YOURS)
        return rows

    @staticmethod
    def _last_attempt(session: Session, callback_id: str) -> AttemptRow:
        query = select(AttemptRow).where(AttemptRow.callback_id == callback_id).order_by(AttemptRow.no.desc())
        return session.scalars(query.limit(1)).one()


__all__ = ["Callbacks", "CloseOutcome", "Mark", "State"]
