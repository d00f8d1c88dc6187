"""Makes callbacks from memos, and takes them back (charter T6 to T7).

Owns that a memo has one callback however often it is told, and that a second memo of one citizen for one
officer is merged into the first (CBK-04). Called by the memos' follower within the ledger's transaction.
"""

import uuid
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy import String, bindparam, or_, select
from sqlalchemy.orm import Session

from memo_service.callbacks.book import Book
from memo_service.callbacks.life import Event, State
from memo_service.callbacks.models import AttemptRow, CallbackMemo, CallbackRow
from memo_service.callbacks.outcomes import CloseOutcome
from memo_service.callbacks.standin import StandIns
from memo_service.callbacks.turn import Due, promise
from memo_service.db.session import insert_rows

_Wish = tuple[str, str | None, str | None]
"""Who wants a reply from whom: party, officer, department."""
_UNREACHED = (State.WAITING, State.NOT_REACHED, State.UNKNOWN, State.UNCONFIRMED)
_PARTIES = bindparam("parties", type_=String, expanding=True)
_IS_WISH = (
    CallbackRow.closed_at.is_(None),
    CallbackRow.state.in_([state.value for state in _UNREACHED]),
    or_(CallbackRow.party_id.in_(_PARTIES), CallbackRow.caller_party_id.in_(_PARTIES)),
)
_SAME_WISH = (
    select(CallbackRow.id)
    .where(
        *_IS_WISH,
        CallbackRow.officer.is_not_distinct_from(bindparam("officer", type_=String)),
        CallbackRow.department.is_not_distinct_from(bindparam("department", type_=String)),
    )
    .order_by(CallbackRow.received_at, CallbackRow.id)
    .limit(1)
)
_WISHES = select(
    CallbackRow.party_id, CallbackRow.caller_party_id, CallbackRow.officer, CallbackRow.department
).where(*_IS_WISH)
_CLOSED = (
    select(CallbackMemo.memo_id, CallbackRow)
    .join(CallbackRow, CallbackRow.id == CallbackMemo.callback_id)
    .where(
        CallbackMemo.callback_id.in_(bindparam("ids", type_=String, expanding=True)),
        CallbackRow.closed_at.is_not(None),
    )
)


@dataclass(frozen=True, slots=True)
class NewCallback:
    """A memo whose citizen wants a reply. `party_id` is whom to call; `caller_party_id` who called, if other.

    `asked_at` wins over the hour. `officer` None: the department holds it.
    """

    memo_id: str
    party_id: str
    received_at: datetime
    officer: str | None = None
    department: str | None = None
    asked_at: datetime | None = None
    call_id: str | None = None
    caller_party_id: str | None = None


@dataclass(frozen=True, slots=True)
class CallbackState:
    """What a memo shows of its callback."""

    id: str
    state: State
    due_at: datetime
    asked_at: datetime | None
    owner: str | None
    tries: int
    outcome: str | None
    closed_at: datetime | None


class Opening:
    """Opens, merges and withdraws."""

    def __init__(self, book: Book, stand_ins: StandIns) -> None:
        self._book = book
        self._stand_ins = stand_ins

    def open(self, session: Session, new: NewCallback) -> str:
        """The id of the memo's callback, made or brought up to date; idempotent by `memo_id`.

        A memo told again with another number, time or officer changes its callback until the first try.
        """
        linked = session.get(CallbackMemo, new.memo_id)
        if linked is not None:
            row = self._book.lock(session, [linked.callback_id])[0]
            if row.memo_id == new.memo_id:
                self._update(session, row, new)
                return row.id
            if new.party_id in (row.party_id, row.caller_party_id):
                return row.id
            session.delete(linked)  # it was merged by a number that was not his
            session.flush()
        return self._open_first(session, new)

    def open_all(self, session: Session, news: Sequence[NewCallback]) -> None:
        """The same for memos made in this transaction, which can have no callback yet, all at once."""
        known = _known_wishes(session, news)
        fresh, again = list[NewCallback](), list[NewCallback]()
        for new in news:
            wishes = {(party, new.officer, new.department) for party in _parties(new)}
            (again if wishes & known else fresh).append(new)
            known |= wishes
        self._insert(session, fresh)
        for new in again:
            self._open_first(session, new)

    def _open_first(self, session: Session, new: NewCallback) -> str:
        earlier = self._same_wish(session, new)
        if earlier is not None:
            self._merge(session, earlier, new)
            return earlier.id
        return self._insert(session, [new])[0].id

    def withdraw(self, session: Session, memo_id: str, at: datetime) -> None:
        """The citizen wants no reply after all: close the memo's callback, unless a call was made."""
        linked = session.get(CallbackMemo, memo_id)
        if linked is None:
            return
        row = self._book.lock(session, [linked.callback_id])[0]
        if row.memo_id == memo_id and row.state == State.WAITING and row.tries == 0:
            self._book.happen(session, row, Event.CLOSED, at)
            row.outcome = CloseOutcome.NOT_WANTED
            self._book.step(session, row, at, "closed", None, {"outcome": row.outcome})

    @staticmethod
    def state_of(session: Session, memo_ids: Iterable[str]) -> dict[str, CallbackState]:
        """The callbacks of memos, by memo id; memos without one are left out."""
        query = (
            select(CallbackMemo.memo_id, CallbackRow)
            .join(CallbackRow, CallbackRow.id == CallbackMemo.callback_id)
            .where(CallbackMemo.memo_id.in_(list(memo_ids)))
        )
        return {memo_id: _state(row) for memo_id, row in session.execute(query)}

    @staticmethod
    def closed_of(session: Session, callback_ids: Iterable[str]) -> dict[str, CallbackState]:
        """Those of these callbacks that are closed, by the memos they answer."""
        found = session.execute(_CLOSED, {"ids": list(callback_ids)})
        return {memo_id: _state(row) for memo_id, row in found}

    @staticmethod
    def party_called(session: Session, call_id: str) -> str | None:
        """Whom an attempt to call back called; None for a call that is none."""
        query = (
            select(CallbackRow.party_id)
            .join(AttemptRow, AttemptRow.callback_id == CallbackRow.id)
            .where(AttemptRow.call_id == call_id)
        )
        return session.scalars(query.limit(1)).first()

    def _insert(self, session: Session, news: Sequence[NewCallback]) -> list[CallbackRow]:
        rows = [self._row(new) for new in news]
        self._give_owners(session, rows)
        insert_rows(session, rows)
        insert_rows(session, [CallbackMemo(memo_id=row.memo_id, callback_id=row.id) for row in rows])
        self._book.received(session, rows)
        return rows

    def _row(self, new: NewCallback) -> CallbackRow:
        row = CallbackRow(
            id=uuid.uuid4().hex, memo_id=new.memo_id, call_id=new.call_id, state=State.WAITING.value
        )
        row.tries, row.stage, row.received_at = 0, 0, new.received_at
        self._fill(row, new)
        return row

    def _fill(self, row: CallbackRow, new: NewCallback) -> None:
        book, calendar = self._book, self._book.office.calendar
        row.party_id, row.caller_party_id = new.party_id, new.caller_party_id
        row.officer, row.department, row.asked_at = new.officer, new.department, new.asked_at
        row.asked_open = new.asked_at is not None and calendar.is_working_time(new.asked_at, new.department)
        row.calendar_version = calendar.version
        row.due_at, row.due_until = promise(
            calendar, book.rules, Due(row.received_at, row.asked_at, row.department)
        )
        book.plan(row, row.received_at, book.begin_turn(row))

    def _give_owners(self, session: Session, rows: Iterable[CallbackRow]) -> None:
        """The officer, or who stands in for him when the reply is due."""
        owned = [(row, row.officer) for row in rows if row.officer is not None]
        duties = [(officer, row.due_at) for row, officer in owned]
        for (row, _), holder in zip(owned, self._stand_ins.holders(session, duties), strict=True):
            row.owner = holder

    def _update(self, session: Session, row: CallbackRow, new: NewCallback) -> None:
        if row.outcome == CloseOutcome.NOT_WANTED and row.closed_at is not None:
            self._book.happen(session, row, Event.REOPENED, new.received_at)
            self._book.step(session, row, new.received_at, "reopened")
            row.turn_from = None
        same = (
            (row.party_id, row.caller_party_id, row.asked_at, row.officer, row.department)
            == (new.party_id, new.caller_party_id, new.asked_at, new.officer, new.department)
        )  # fmt: skip
        if same or row.state != State.WAITING or row.tries:
            return
        before = row.due_at
        self._fill(row, new)
        detail = {"due_at": row.due_at.isoformat(), "before": before.isoformat()}
        self._book.step(session, row, new.received_at, "completed", None, detail)

    def _same_wish(self, session: Session, new: NewCallback) -> CallbackRow | None:
        """The open callback of the same citizen for the same officer, the earliest received."""
        given = {"parties": _parties(new), "officer": new.officer, "department": new.department}
        found = session.scalars(_SAME_WISH, given).first()
        return self._book.lock(session, [found])[0] if found else None

    def _merge(self, session: Session, row: CallbackRow, new: NewCallback) -> None:
        """One callback answers both memos; the earliest due time stays, the number left last is called."""
        session.add(CallbackMemo(memo_id=new.memo_id, callback_id=row.id))
        row.caller_party_id = row.caller_party_id or (row.party_id if row.party_id != new.party_id else None)
        row.party_id = new.party_id
        book = self._book
        wish = Due(new.received_at, new.asked_at, new.department)
        sooner = promise(book.office.calendar, book.rules, wish)[0] < row.due_at
        if sooner and row.state == State.WAITING and row.tries == 0:
            row.received_at = new.received_at
            self._fill(row, replace(new, caller_party_id=row.caller_party_id))
        detail = {"memo_id": new.memo_id, "due_at": row.due_at.isoformat()}
        book.step(session, row, new.received_at, "merged", None, detail, ref=f"memo:{new.memo_id}")


def _parties(new: NewCallback) -> list[str]:
    return [party for party in (new.party_id, new.caller_party_id) if party]


def _known_wishes(session: Session, news: Iterable[NewCallback]) -> set[_Wish]:
    """What those of these parties who wait for a reply want, as `_same_wish` looks at it."""
    parties = {party for new in news for party in _parties(new)}
    found = session.connection().execute(_WISHES, {"parties": list(parties)})
    return {
        (party, officer, department)
        for called, caller, officer, department in found
        for party in (called, caller)
        if party
    }


def _state(row: CallbackRow) -> CallbackState:
    return CallbackState(
        id=row.id,
        state=State(row.state),
        due_at=row.due_at,
        asked_at=row.asked_at,
        owner=row.owner,
        tries=row.tries,
        outcome=row.outcome,
        closed_at=row.closed_at,
    )
