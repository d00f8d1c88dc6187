"""Deletes how officers finished calls at the term of statistics, in its caller's transaction."""

from datetime import datetime

from sqlalchemy import delete, func
from sqlalchemy.orm import Session

from memo_service.aftercall.models import AfterRow
from memo_service.ledger.retire import changed


def forget_after_calls(session: Session, before: datetime) -> int:
    """Delete rows of calls that were over before `before`; returns how many."""
    over = func.coalesce(AfterRow.left_at, AfterRow.asked_at)
    return changed(session, delete(AfterRow).where(over < before))
