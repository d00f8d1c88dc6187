"""Destroys absences whose term is over: why somebody was away, years ago, is nobody's business any more.

Works in its caller's transaction; when the term is over is the office's to say (charter.memo).
"""

from datetime import datetime

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from memo_service.absences.models import AbsenceChange, AbsenceRow
from memo_service.ledger.retire import changed


def forget_absences(session: Session, before: datetime) -> int:
    """Delete absences that ended before `before`, with what was said of them; returns how many."""
    old = select(AbsenceRow.id).where(AbsenceRow.ends_at < before)
    changed(session, delete(AbsenceChange).where(AbsenceChange.absence.in_(old)))
    return changed(session, delete(AbsenceRow).where(AbsenceRow.id.in_(old)))
