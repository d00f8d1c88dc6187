"""Reads callbacks for pages and the JSON API: the queue, one callback, a citizen's open ones.

Owns who may see which callbacks, and that a number is masked.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Engine, and_, func, or_, select
from sqlalchemy.orm import Session

from memo_service.access.actor import Actor
from memo_service.callbacks.book import STEP_WORDS, due_of
from memo_service.callbacks.judging import CallbackJudge
from memo_service.callbacks.life import State
from memo_service.callbacks.models import AttemptRow, CallbackMemo, CallbackRow, StepRow
from memo_service.callbacks.queue_rows import QueueRow, RowMaker, Urgency, grouped, remind_from
from memo_service.db.session import reading
from memo_service.errors import NotFoundError
from memo_service.ledger.parties import Parties
from memo_service.ledger.verdicts import Verdict
from memo_service.protect import Keyring
from office import working_time
from office.folder import Office

_LONGEST = 500

__all__ = ["AttemptLine", "CallbackDetail", "Queue", "QueueFilter", "QueueRow", "StepLine", "Urgency"]


@dataclass(frozen=True, slots=True)
class QueueFilter:
    """What a queue shows; what is left out narrows nothing."""

    officer: str | None = None
    """Held by him."""
    team: tuple[str, ...] = ()
    """Held by one of these officers."""
    department: str | None = None
    states: tuple[str, ...] = ()
    """Any of `State` and `Urgency`."""
    party: str | None = None
    asked: bool | None = None
    due_before: datetime | None = None
    closed: bool = False
    """Closed ones instead of open ones."""
    ids: tuple[str, ...] | None = None
    """Only these."""


@dataclass(frozen=True, slots=True)
class StepLine:
    """A line of history. `kind` has its words in `labels.STEPS`."""

    at: datetime
    kind: str
    actor: str | None
    detail: dict[str, Any]
    words: str = ""
    """What the officer wrote."""


@dataclass(frozen=True, slots=True)
class AttemptLine:
    """One attempt to call."""

    id: str
    no: int
    by: str
    claimed_at: datetime
    state: str
    step: str
    outcome: str | None
    dialled_at: datetime | None
    answered_at: datetime | None
    ended_at: datetime | None
    talk_ms: int
    call_id: str


@dataclass(frozen=True, slots=True)
class CallbackDetail:
    """One callback with everything behind it."""

    row: QueueRow
    steps: Sequence[StepLine]
    attempts: Sequence[AttemptLine]
    why: Sequence[working_time.Step]
    """The way from receipt to `due_at`; empty for an asked time."""
    verdict: Verdict | None
    """T7 as it stands; None while the promise can still be kept."""


class Queue:
    """Read side of callbacks."""

    def __init__(
        self, engine: Engine, office: Office, parties: Parties, judge: CallbackJudge, keyring: Keyring
    ) -> None:
        self._engine = engine
        self._keyring = keyring
        self._office = office
        self._rules = office.charter.callback
        self._parties = parties
        self._judge = judge

    def rows(
        self,
        wanted: QueueFilter,
        actor: Actor | None,
        now: datetime,
        *,
        offset: int = 0,
        limit: int = _LONGEST,
    ) -> list[QueueRow]:
        """Oldest due first; of closed ones the last closed first. Without an actor, every department's."""
        order = CallbackRow.closed_at.desc() if wanted.closed else CallbackRow.turn_at
        query = select(CallbackRow).where(*self._where(wanted, actor, now)).order_by(order, CallbackRow.id)
        with reading(self._engine) as session:
            return self._made(session, session.scalars(query.offset(offset).limit(limit)).all(), now)

    def count(self, wanted: QueueFilter, actor: Actor | None, now: datetime) -> int:
        """How many there are of what `rows` shows."""
        query = select(func.count(CallbackRow.id)).where(*self._where(wanted, actor, now))
        with reading(self._engine) as session:
            return session.execute(query).scalar_one()

    def one(self, callback_id: str, actor: Actor | None, now: datetime) -> CallbackDetail:
        """One callback; raises NotFoundError, also for what is not this actor's to see."""
        query = select(CallbackRow).where(CallbackRow.id == callback_id, *_visible(actor))
        with reading(self._engine) as session:
            row = session.scalars(query).first()
            if row is None:
                raise NotFoundError
            return CallbackDetail(
                row=self._made(session, [row], now)[0],
                steps=_steps(session, row.id, self._keyring),
                attempts=_attempts(session, row.id),
                why=self._why(row),
                verdict=self._judge.of(session, row),
            )

    def open_for(self, party: str, now: datetime) -> list[QueueRow]:
        """A citizen's open callbacks, for whoever answers him now (CBK-04)."""
        return self.rows(QueueFilter(party=party), None, now)

    def _where(self, wanted: QueueFilter, actor: Actor | None, now: datetime) -> list[ColumnElement[bool]]:
        closed = CallbackRow.closed_at.is_not(None)
        found = [*_visible(actor), closed if wanted.closed else CallbackRow.closed_at.is_(None)]
        if wanted.officer is not None:
            found.append(CallbackRow.owner == wanted.officer)
        if wanted.team:
            found.append(CallbackRow.owner.in_(wanted.team))
        if wanted.department is not None:
            found.append(CallbackRow.department == wanted.department)
        if wanted.party is not None:
            found.append(
                or_(CallbackRow.party_id == wanted.party, CallbackRow.caller_party_id == wanted.party)
            )
        if wanted.asked is not None:
            found.append(CallbackRow.asked_at.is_not(None) == wanted.asked)
        if wanted.ids is not None:
            found.append(CallbackRow.id.in_(wanted.ids))
        if wanted.due_before is not None:
            found.append(CallbackRow.turn_at < wanted.due_before)
        if wanted.states:
            found.append(or_(*(self._in_state(state, now) for state in wanted.states)))
        return found

    def _in_state(self, state: str, now: datetime) -> ColumnElement[bool]:
        """As `queue_rows.urgency`, in SQL."""
        waiting = CallbackRow.state == State.WAITING.value
        opened = or_(CallbackRow.opens_at.is_(None), CallbackRow.opens_at <= now)
        soon = CallbackRow.turn_at <= now + remind_from(self._rules)
        in_time = and_(waiting, CallbackRow.latest_at >= now)
        first_asked = and_(
            CallbackRow.asked_at.is_not(None), CallbackRow.tries == 0, CallbackRow.turn_from.is_(None)
        )
        by_urgency: dict[str, ColumnElement[bool]] = {
            Urgency.OVERDUE: and_(waiting, CallbackRow.latest_at < now),
            Urgency.DEFERRED: and_(in_time, ~opened),
            Urgency.DUE_SOON: and_(in_time, opened, soon),
            Urgency.ASKED: and_(in_time, opened, ~soon, first_asked),
            Urgency.NONE: and_(in_time, opened, ~soon, ~first_asked),
        }
        return by_urgency.get(state, CallbackRow.state == state)

    def _made(self, session: Session, rows: Sequence[CallbackRow], now: datetime) -> list[QueueRow]:
        ids = [row.id for row in rows]
        numbers = self._parties.numbers(session, {row.party_id for row in rows})
        attempts = grouped(
            session.scalars(
                select(AttemptRow).where(AttemptRow.callback_id.in_(ids)).order_by(AttemptRow.no)
            ).all()
        )
        memos: dict[str, list[str]] = {}
        for link in session.scalars(select(CallbackMemo).where(CallbackMemo.callback_id.in_(ids))):
            memos.setdefault(link.callback_id, []).append(link.memo_id)
        maker = RowMaker(self._office.calendar, self._rules, now)
        return [
            maker.row(row, memos.get(row.id, ()), attempts.get(row.id, ()), numbers.get(row.party_id))
            for row in rows
        ]

    def _why(self, row: CallbackRow) -> Sequence[working_time.Step]:
        due = due_of(row)
        if due.asked_at is not None:
            return ()
        return working_time.explain(
            self._office.calendar, due.received_at, self._rules.within, due.department
        )


def _visible(actor: Actor | None) -> list[ColumnElement[bool]]:
    """What an actor may see: what is held by him, his department's, and what is nobody's."""
    if actor is None or actor.sees_all:
        return []
    mine = or_(CallbackRow.department.is_(None), CallbackRow.department == actor.department)
    return [or_(CallbackRow.owner == actor.officer, mine)]


def _steps(session: Session, callback_id: str, keyring: Keyring) -> list[StepLine]:
    query = select(StepRow).where(StepRow.callback_id == callback_id).order_by(StepRow.at, StepRow.seq)
    return [
        StepLine(step.at, step.kind, step.actor, step.detail, _words(step, keyring))
        for step in session.scalars(query)
    ]


def _words(step: StepRow, keyring: Keyring) -> str:
    return keyring.decrypt(step.words, STEP_WORDS, step.callback_id) if step.words else ""


def _attempts(session: Session, callback_id: str) -> list[AttemptLine]:
    query = select(AttemptRow).where(AttemptRow.callback_id == callback_id).order_by(AttemptRow.no)
    return [
        AttemptLine(
            id=attempt.id,
            no=attempt.no,
            by=attempt.claimed_by,
            claimed_at=attempt.claimed_at,
            state=attempt.state,
            step=attempt.step,
            outcome=attempt.outcome,
            dialled_at=attempt.dialled_at,
            answered_at=attempt.answered_at,
            ended_at=attempt.ended_at,
            talk_ms=attempt.talk_ms,
            call_id=attempt.call_id,
        )
        for attempt in session.scalars(query)
    ]
