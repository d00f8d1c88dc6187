"""Destroys what the ledger may no longer keep: numbers after their term, calls after theirs.

Owns that a party is destroyed only when nothing refers to it any more, in whichever feature's table. Works in
its caller's transaction; when the terms are over is the office's to say (charter.memo).
"""

from datetime import datetime

from sqlalchemy import CursorResult, Delete, Update, delete, select, update
from sqlalchemy.orm import Session

from memo_service.db.base import Base
from memo_service.db.models import CallRow, Party, StoredEvent, VerdictRow
from memo_service.ledger.parties import hold_parties


def forget_numbers(session: Session, before: datetime) -> int:
    """Take the party out of calls begun before `before`; returns how many. Verdicts stay as they are."""
    old = select(CallRow.call_id).where(CallRow.started_at < before)
    taken_out = update(StoredEvent).where(StoredEvent.call_id.in_(old), StoredEvent.party_id.is_not(None))
    changed(session, taken_out.values(party_id=None))
    calls = update(CallRow).where(CallRow.started_at < before, CallRow.party_id.is_not(None))
    return changed(session, calls.values(party_id=None))


def forget_calls(session: Session, before: datetime) -> int:
    """Delete calls begun before `before` with their events and verdicts; returns how many calls."""
    old = select(CallRow.call_id).where(CallRow.started_at < before)
    changed(session, delete(VerdictRow).where(VerdictRow.call_id.in_(old)))
    changed(session, delete(StoredEvent).where(StoredEvent.call_id.in_(old)))
    changed(session, delete(StoredEvent).where(StoredEvent.call_id == "", StoredEvent.at < before))
    return changed(session, delete(CallRow).where(CallRow.started_at < before))


def drop_parties(session: Session) -> int:
    """Delete the numbers that no table refers to; returns how many."""
    hold_parties(session, alone=True)
    referring = (
        select(column).where(column.is_not(None))
        for table in Base.metadata.tables.values()
        for column in table.columns
        if column.name.endswith("party_id")
    )
    unused = select(Party.id).except_(*referring)
    return changed(session, delete(Party).where(Party.id.in_(unused)))


def changed(session: Session, statement: Update | Delete) -> int:
    """Execute `statement`; returns how many rows it changed."""
    result = session.execute(statement.execution_options(synchronize_session=False))
    return result.rowcount if isinstance(result, CursorResult) else 0
