"""Destroys what surveys may no longer keep. Works in its caller's transaction; terms are the charter's."""

from datetime import datetime

from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from memo_service.ledger.retire import changed
from memo_service.recordings.vault import Vault
from memo_service.surveys.models import Survey


def forget_remarks(session: Session, vault: Vault, before: datetime) -> int:
    """Destroy the voices left before `before`; returns how many. The file goes first."""
    rows = session.scalars(
        select(Survey).where(Survey.at < before, Survey.remark_state.in_(["kept", "waiting"]))
    ).all()
    for row in rows:
        vault.drop(row.id)
        row.remark, row.remark_state = None, "destroyed"
    return len(rows)


def forget_askers(session: Session, before: datetime) -> int:
    """Take the party out of surveys made before `before`; returns how many."""
    old = update(Survey).where(Survey.at < before, Survey.party_id.is_not(None))
    return changed(session, old.values(party_id=None))


def forget_surveys(session: Session, before: datetime) -> int:
    """Delete surveys made before `before`; returns how many."""
    return changed(session, delete(Survey).where(Survey.at < before))
