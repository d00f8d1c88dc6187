"""Deletes clocks at the term of statistics, in its caller's transaction."""

from datetime import datetime

from sqlalchemy import delete
from sqlalchemy.orm import Session

from memo_service.ledger.retire import changed
from memo_service.visitors.models import VisitorRow


def forget_visitors(session: Session, before: datetime) -> int:
    """Delete the clocks that began before `before`; returns how many."""
    return changed(session, delete(VisitorRow).where(VisitorRow.began_at < before))
