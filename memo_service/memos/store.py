"""All SQL of memos that writes, and the seal over their texts. Decides nothing about who may see what.

Every function works in its caller's transaction.
"""

import uuid
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from memo_service.memos.judging import judge
from memo_service.memos.models import Memo, MemoEvent, Recording
from memo_service.protect import Keyring

TEXTS = ("name", "matter", "note", "read_back")
RECEIPTS = {"delivered": "delivered_at", "read": "read_at", "acted": "acted_at"}
"""Receipts and the column that holds the first of each kind."""
_WITH_VOICE = ("waiting", "kept", "destroyed")


def seal(keyring: Keyring, memo_id: str, texts: Mapping[str, str]) -> dict[str, bytes | None]:
    """The columns of a memo's texts; an empty text is no text."""
    return {
        name: keyring.encrypt(text, f"memos.{name}", memo_id)
        if (text := texts.get(name, "").strip())
        else None
        for name in TEXTS
    }


def opened(keyring: Keyring, memo: Memo) -> dict[str, str]:
    """The texts of a memo, empty where there is none."""
    sealed = {name: getattr(memo, name) for name in TEXTS}
    return {
        name: keyring.decrypt(value, f"memos.{name}", memo.id) if value else ""
        for name, value in sealed.items()
    }


def add_event(
    session: Session,
    memo_id: str,
    at: datetime,
    kind: str,
    actor: str,
    detail: Mapping[str, Any] | None = None,
) -> MemoEvent:
    """Write one line of a memo's history."""
    event = MemoEvent(
        id=uuid.uuid4().hex,
        memo_id=memo_id,
        at=at,
        kind=kind,
        actor=actor,
        detail=dict(detail or {}),
        words=None,
    )
    session.add(event)
    return event


def receipt(session: Session, memo: Memo, kind: str, at: datetime, actor: str, **detail: str) -> bool:
    """Write the first receipt of `kind`, and T6 as it now stands; says whether it was the first.

    Who acted on a memo has it, and who read it got it: the earlier receipts follow from the later one.
    """
    kinds = list(RECEIPTS)
    first = False
    for step in kinds[: kinds.index(kind) + 1]:
        if getattr(memo, RECEIPTS[step]) is None:
            setattr(memo, RECEIPTS[step], at)
            add_event(session, memo.id, at, step, actor, detail)
            first = first or step == kind
    if first:
        judge(session, memo)
    return first


def look_again(memo: Memo, recordings: Sequence[Recording]) -> None:
    """Note whether number and matter are there. A voice not fetched yet is taken to be one.

    Text or number that came later count; what is destroyed by term stays counted.
    """
    if memo.destroyed_at is not None:
        return
    voice = any(row.kind == "matter" and row.state in _WITH_VOICE for row in recordings)
    memo.has_matter = voice or memo.matter is not None
    memo.has_number = memo.party_id is not None
