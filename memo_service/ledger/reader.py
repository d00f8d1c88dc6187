"""Reads the ledger for pages and the JSON API, in short transactions that hold no writer back."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import ColumnElement, Engine, or_, select
from sqlalchemy.orm import Session

from memo_service.db.models import CallRow, VerdictRow
from memo_service.db.session import reading
from memo_service.ledger import store
from memo_service.ledger.parties import Parties
from memo_service.ledger.verdicts import CallRecord, Verdict, fold
from office.events import CallEvent, LinkLost, LinkRestored
from office.phone_number import PhoneNumber

_LINK_EVENTS = 200


@dataclass(frozen=True, slots=True)
class Whose:
    """Calls of these departments, to this extension, or judged for this officer."""

    departments: frozenset[str]
    exten: str
    officer: str


@dataclass(frozen=True, slots=True)
class CallFilter:
    """What a list of calls shows. `result` needs `promise`. `whose` None: everybody's."""

    department: str | None = None
    promise: str | None = None
    result: str | None = None
    late: bool | None = None
    party: str | None = None
    ended: bool | None = None
    whose: Whose | None = None


@dataclass(frozen=True, slots=True)
class ListedCall:
    """A call as lists show it."""

    row: CallRow
    verdicts: dict[str, Verdict]


@dataclass(frozen=True, slots=True)
class StoredCall:
    """A call with everything behind it."""

    row: CallRow
    record: CallRecord
    events: list[CallEvent]
    verdicts: dict[str, Verdict]
    rulebook: str | None
    number: PhoneNumber | None


@dataclass(frozen=True, slots=True)
class LinkGap:
    """A time without a link to the PBX. `covered`: the journal told all of it."""

    lost_at: datetime
    restored_at: datetime | None
    covered: bool


class Reader:
    """Read side of the ledger."""

    def __init__(self, engine: Engine, parties: Parties) -> None:
        self._engine = engine
        self._parties = parties

    def calls(self, wanted: CallFilter, *, offset: int, limit: int) -> list[ListedCall]:
        """Calls, newest first."""
        query = select(CallRow).order_by(CallRow.started_at.desc(), CallRow.call_id)
        for column, value in (
            (CallRow.department, wanted.department),
            (CallRow.late, wanted.late),
            (CallRow.party_id, wanted.party),
        ):
            if value is not None:
                query = query.where(column == value)
        if wanted.whose is not None:
            query = query.where(_is_of(wanted.whose))
        if wanted.ended is not None:
            query = query.where(CallRow.ended_at.is_not(None) if wanted.ended else CallRow.ended_at.is_(None))
        if wanted.result is not None:
            judged = select(VerdictRow.call_id).where(VerdictRow.result == wanted.result)
            if wanted.promise is not None:
                judged = judged.where(VerdictRow.promise == wanted.promise)
            query = query.where(CallRow.call_id.in_(judged))
        with reading(self._engine) as session:
            rows = session.scalars(query.offset(offset).limit(limit)).all()
            return _with_verdicts(session, rows)

    def call(self, call_id: str) -> StoredCall | None:
        """One call, or None."""
        with reading(self._engine) as session:
            row = session.get(CallRow, call_id)
            if row is None:
                return None
            events = store.events_by_call(session, [call_id])[call_id]
            numbers = self._parties.numbers(session, [row.party_id] if row.party_id else [])
            return StoredCall(
                row=row,
                record=fold(events),
                events=sorted(events, key=lambda event: (event.at, event.id)),
                verdicts=store.verdicts_by_call(session, [call_id]).get(call_id, {}),
                rulebook=store.rulebook_by_call(session, [call_id]).get(call_id),
                number=numbers.get(row.party_id or ""),
            )

    def verdicts(self, call_id: str) -> dict[str, Verdict]:
        """Verdicts of one call by promise; empty before its end."""
        with reading(self._engine) as session:
            return store.verdicts_by_call(session, [call_id]).get(call_id, {})

    def party_of(self, number: str) -> str | None:
        """Party id of a number in any spelling, or None."""
        with reading(self._engine) as session:
            return self._parties.find(session, number)

    def counts(self, day: date) -> list[tuple[str | None, str, str, int]]:
        """(department, promise, result, calls) of a day in Korea."""
        with reading(self._engine) as session:
            return store.counts(session, day)

    def measures(self, promise: str, since: date, until: date) -> list[tuple[str | None, Any]]:
        """(department, measures) of a promise's verdicts of these days in Korea, both included."""
        with reading(self._engine) as session:
            return store.measures(session, promise, since, until)

    def gaps(self, since: datetime) -> list[LinkGap]:
        """Times without a link that were not over at `since`, newest first."""
        with reading(self._engine) as session:
            events = store.link_events(session, _LINK_EVENTS)
        return [gap for gap in _gaps(events) if gap.restored_at is None or gap.restored_at >= since]


def _is_of(whose: Whose) -> ColumnElement[bool]:
    judged = select(VerdictRow.call_id).where(VerdictRow.officer == whose.officer)
    return or_(
        CallRow.department.in_(whose.departments),
        CallRow.exten == whose.exten,
        CallRow.call_id.in_(judged),
    )


def _with_verdicts(session: Session, rows: Sequence[CallRow]) -> list[ListedCall]:
    verdicts = store.verdicts_by_call(session, (row.call_id for row in rows))
    return [ListedCall(row, verdicts.get(row.call_id, {})) for row in rows]


def _gaps(events: Sequence[CallEvent]) -> list[LinkGap]:
    """Losses, each with the first restoration after it."""
    gaps: list[LinkGap] = []
    for event in sorted(events, key=lambda e: (e.at, e.id)):
        last = gaps[-1] if gaps else None
        is_open = last is not None and last.restored_at is None
        if isinstance(event, LinkLost) and not is_open:
            gaps.append(LinkGap(event.at, None, covered=False))
        elif isinstance(event, LinkRestored):
            lost_at = min(last.lost_at, event.since) if last and is_open else event.since
            gaps[-1 if is_open else len(gaps) :] = [LinkGap(lost_at, event.at, event.covered)]
    return gaps[::-1]
