"""Destroys what callbacks may no longer keep: numbers and officers' words at their term, rows at theirs.

Owns that an open callback keeps everything. Works in its caller's transaction; when the terms are over is the
office's to say (charter.memo).
"""

from datetime import datetime

from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from memo_service.callbacks.models import AttemptRow, CallbackMemo, CallbackRow, OutboxRow, StepRow
from memo_service.ledger.retire import changed

_NOBODY = ""


def forget_wishes(session: Session, before: datetime) -> int:
    """Take number and words out of closed callbacks received before `before`; returns how many."""
    old = select(CallbackRow.id).where(
        CallbackRow.received_at < before, CallbackRow.closed_at.is_not(None), CallbackRow.party_id != _NOBODY
    )
    for step in session.scalars(select(StepRow).where(StepRow.callback_id.in_(old))):
        step.words = None
    session.flush()
    emptied = update(CallbackRow).where(CallbackRow.id.in_(old))
    return changed(session, emptied.values(party_id=_NOBODY, caller_party_id=None))


def forget_callbacks(session: Session, before: datetime) -> int:
    """Delete closed callbacks received before `before` with their history; returns how many."""
    old = select(CallbackRow.id).where(CallbackRow.received_at < before, CallbackRow.closed_at.is_not(None))
    attempts = select(AttemptRow.id).where(AttemptRow.callback_id.in_(old))
    changed(session, delete(OutboxRow).where(OutboxRow.attempt_id.in_(attempts)))
    for table in (AttemptRow, StepRow, CallbackMemo):
        changed(session, delete(table).where(table.callback_id.in_(old)))
    return changed(session, delete(CallbackRow).where(CallbackRow.id.in_(old)))
