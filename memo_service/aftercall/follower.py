"""Follows the ledger: whoever talked with a citizen and is out of the call has that call to finish.

Owns which calls wait for whom. Everything is read from whole records, so a second delivery changes nothing; a
call that came back to an officer who had finished it waits for him again.
"""

from collections.abc import Callable, Iterable
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from memo_service.aftercall.models import AfterRow
from memo_service.ledger.follower import Batch
from memo_service.ledger.verdicts import CallRecord
from memo_service.ledger.verdicts.handover import Span
from memo_service.transfers import stations
from office.events import CallClass, CallEnded

_CLASSES = (CallClass.CITIZEN, CallClass.CALLBACK)


class AfterFollower:
    """Works on with the ledger's events, in its transaction."""

    def __init__(self, tell: Callable[[frozenset[str]], None]) -> None:
        """`tell` gets the officers for whom a call waits, on the event loop, after the commit."""
        self._tell = tell
        self._told: set[str] = set()

    def follow(self, session: Session, batch: Batch) -> None:
        """Bring rows up to what `batch` tells."""
        self._told.clear()  # of a batch that was taken back
        left = {
            (record.call_id, officer): spans
            for record in batch.records.values()
            if record.start is not None and record.start.call_class in _CLASSES
            for officer, spans in _left_by(record).items()
        }
        if not left:
            return
        ended = {event.call_id for event in batch.events if isinstance(event, CallEnded)}
        rows = _rows(session, {call_id for call_id, _ in left})
        for (call_id, officer), spans in left.items():
            row = rows.get((call_id, officer))
            if row is None:
                row = AfterRow(call_id=call_id, officer=officer, talk_ms=0)
                session.add(row)
            if _take(row, spans) or call_id in ended:  # at the end, who hung up first is known
                self._told.add(officer)

    def settled(self) -> None:
        """Committed: those concerned look at what waits for them."""
        told, self._told = frozenset(self._told), set()
        if told:
            self._tell(told)


def _rows(session: Session, call_ids: Iterable[str]) -> dict[tuple[str, str], AfterRow]:
    found = session.scalars(select(AfterRow).where(AfterRow.call_id.in_(list(call_ids))).with_for_update())
    return {(row.call_id, row.officer): row for row in found}


def _left_by(record: CallRecord) -> dict[str, list[tuple[datetime, datetime]]]:
    """The talks of each officer who is out of the call; one whose end was not told ends with the call."""
    talked: dict[str, list[Span]] = {}
    for leg in record.legs:
        if leg.phone.officer and leg.talks:
            talked.setdefault(leg.phone.officer, []).extend(leg.talks)
    end = record.end.at if record.end else record.last_at
    return {
        officer: [(since, until or max(end, since)) for since, until in spans]
        for officer, spans in talked.items()
        if stations.leg_of(record, officer) is None
    }


def _take(row: AfterRow, spans: list[tuple[datetime, datetime]]) -> bool:
    """Whether the row changed."""
    left_at = max(until for _, until in spans)
    talk_ms = sum(int((until - since).total_seconds() * 1000) for since, until in spans)
    if (row.left_at, row.talk_ms) == (left_at, talk_ms):
        return False
    came_back = row.finished_at is not None and left_at > row.finished_at
    row.left_at, row.talk_ms = left_at, talk_ms
    if came_back:
        row.finished_at = row.outcome = None
    return True
