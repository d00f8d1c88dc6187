"""Destroys what transfers and officers' notes may no longer keep: texts with the memos', rows at their term.

Works in its caller's transaction; when the terms are over is the office's to say (charter.memo).
"""

from datetime import datetime

from sqlalchemy import delete, update
from sqlalchemy.orm import Session

from memo_service.ledger.retire import changed
from memo_service.talk.models import TalkRow
from memo_service.transfers.models import TransferRow


def forget_gists(session: Session, before: datetime) -> int:
    """Take the gist out of transfers noted before `before`; returns how many."""
    old = update(TransferRow).where(TransferRow.noted_at < before, TransferRow.gist.is_not(None))
    return changed(session, old.values(gist=None))


def forget_talk(session: Session, before: datetime) -> int:
    """Delete what officers typed in calls and last saved before `before`; returns how many."""
    return changed(session, delete(TalkRow).where(TalkRow.saved_at < before))


def forget_transfers(session: Session, before: datetime) -> int:
    """Delete transfers noted before `before`; returns how many."""
    return changed(session, delete(TransferRow).where(TransferRow.noted_at < before))
