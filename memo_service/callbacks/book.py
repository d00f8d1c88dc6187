"""Changes callbacks within a transaction: the state by the table, the turn by the calendar, the history.

Owns that the three change together and that the history only grows. Who may ask for a change is not decided
here.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import String, bindparam, select
from sqlalchemy.orm import Session

from memo_service.callbacks.changed import Changed
from memo_service.callbacks.life import Event, Life, Refusal, State, advance
from memo_service.callbacks.models import CallbackRow, StepRow
from memo_service.callbacks.refused import refused
from memo_service.callbacks.turn import Due, Turn, next_wake, turn
from memo_service.db.session import insert_rows
from memo_service.protect import Keyring
from office.folder import Office

STEP_WORDS = "callback_steps.words"
"""The column that words are bound to, beside their callback."""


class Book:
    """The callbacks of one office, for those who hold a session that may write."""

    def __init__(self, office: Office, changed: Changed, keyring: Keyring) -> None:
        self.office = office
        self.rules = office.charter.callback
        self._changed = changed
        self._keyring = keyring

    def lock(self, session: Session, ids: Iterable[str]) -> list[CallbackRow]:
        """These callbacks, held until the commit; in one order everywhere, so no two wait in a circle."""
        wanted = sorted(set(ids))
        return list(session.scalars(_LOCKED, {"ids": wanted}))

    def happen(self, session: Session, row: CallbackRow, event: Event, at: datetime) -> bool:
        """Let `event` happen; False if it changes nothing. Raises CallbackRefusedError."""
        life = Life(State(row.state), row.tries, self.rules.tries)
        after = advance(life, event)
        if isinstance(after, Refusal):
            raise refused(after)
        if after == life:
            return False
        row.state, row.tries = after.state.value, after.tries
        if after.state is State.CLOSED:
            row.closed_at = at
        elif event in _NEW_TURN and after.awaits_call:
            row.turn_from, row.deferred_to = at, None
            row.closed_at = row.outcome = None
            self.begin_turn(row)
        self.plan(row, at)
        self._changed.note(session, row.id)
        return True

    def begin_turn(self, row: CallbackRow) -> Turn:
        """Count the turn anew from what the row says."""
        made = self.turn(row)
        row.opens_at, row.turn_at, row.latest_at, row.stage = made.opens_at, made.due_at, made.latest_at, 0
        return made

    def turn(self, row: CallbackRow) -> Turn:
        """The row's turn by the calendar in force."""
        return turn(self.office.calendar, self.rules, due_of(row))

    def plan(self, row: CallbackRow, now: datetime, turn_now: Turn | None = None) -> None:
        """Set when the scheduler looks at it next: only while a call is due. `turn_now`: if just counted."""
        row.next_wake_at = None
        if row.state in _WOKEN:
            calendar = self.office.calendar
            row.next_wake_at = next_wake(turn_now or self.turn(row), row.stage, now, calendar, row.department)

    def move(
        self,
        session: Session,
        row: CallbackRow,
        at: datetime,
        kind: str,
        to: str | None,
        by: str | None = None,
    ) -> None:
        """Give it to another owner, who is credited from `at` on."""
        self.step(
            session, row, at, kind, by, {"from": row.owner, "to": to, "due_at": row.turn_at.isoformat()}
        )
        row.owner = to

    def step(
        self,
        session: Session,
        row: CallbackRow,
        at: datetime,
        kind: str,
        actor: str | None = None,
        detail: dict[str, Any] | None = None,
        ref: str | None = None,
    ) -> bool:
        """Add a line to the history; False if the fact `ref` is in it already."""
        if ref is not None and self.told(session, row.id, ref):
            return False
        session.add(StepRow(callback_id=row.id, at=at, kind=kind, actor=actor, detail=detail or {}, ref=ref))
        self._changed.note(session, row.id)
        return True

    def received(self, session: Session, rows: Sequence[CallbackRow]) -> None:
        """The first line of each history. Nobody can have kept or broken a reply that no call asked for."""
        insert_rows(session, [_received(row) for row in rows])
        for row in rows:
            self._changed.note(session, row.id, ears_only=row.call_id is None)

    def said(
        self,
        session: Session,
        row: CallbackRow,
        at: datetime,
        kind: str,
        actor: str,
        words: str,
        detail: dict[str, Any] | None = None,
    ) -> None:
        """Add a line with an officer's own words, which are kept sealed."""
        sealed = self._keyring.encrypt(words, STEP_WORDS, row.id) if words else None
        line = StepRow(callback_id=row.id, at=at, kind=kind, actor=actor, detail=detail or {}, words=sealed)
        session.add(line)
        self._changed.note(session, row.id)

    def touch(self, session: Session, row: CallbackRow) -> None:
        """Something of it changed that others show: how far an attempt is."""
        self._changed.note(session, row.id)

    @staticmethod
    def told(session: Session, callback_id: str, ref: str) -> bool:
        """Whether the fact `ref` is in the history."""
        return session.execute(_TOLD, {"callback_id": callback_id, "ref": ref}).first() is not None


_LOCKED = (
    select(CallbackRow)
    .where(CallbackRow.id.in_(bindparam("ids", type_=String, expanding=True)))
    .order_by(CallbackRow.id)
    .with_for_update()
    .execution_options(populate_existing=True)
)
_NEW_TURN = frozenset({Event.FAILED, Event.MARKED_NOT_REACHED, Event.REOPENED})
_WOKEN = frozenset({State.WAITING, State.UNCONFIRMED, State.UNKNOWN})
_TOLD = select(StepRow.seq).where(
    StepRow.callback_id == bindparam("callback_id"), StepRow.ref == bindparam("ref")
)


def _received(row: CallbackRow) -> StepRow:
    detail = {"due_at": row.due_at.isoformat(), "owner": row.owner, "officer": row.officer}
    return StepRow(
        callback_id=row.id, at=row.received_at, kind="received", detail=detail, ref=f"memo:{row.memo_id}"
    )


def due_of(row: CallbackRow) -> Due:
    """What the row's turn is made from."""
    return Due(
        received_at=row.received_at,
        asked_at=row.asked_at,
        department=row.department,
        tries=row.tries,
        turn_from=row.turn_from,
        deferred_to=row.deferred_to,
    )
