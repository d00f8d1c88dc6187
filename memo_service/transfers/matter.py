"""Gives the gist of a transfer that ended in a memo to that memo, as its matter.

Owns that what the citizen said himself, and what anybody wrote, stands: the gist fills an empty matter alone.
Works in its caller's transaction.
"""

from collections.abc import Iterable

from sqlalchemy import select
from sqlalchemy.orm import Session

from memo_service.memos import store
from memo_service.memos.judging import judge
from memo_service.memos.models import Memo, id_of, recordings_of
from memo_service.protect import Keyring
from memo_service.transfers.models import GIST, TransferRow


def give_matter(session: Session, keyring: Keyring, call_ids: Iterable[str]) -> list[str]:
    """Fill the matter of these calls' memos with the last gist; returns the memos that got one."""
    given: list[str] = []
    for call_id in call_ids:
        gist = _last_gist(session, keyring, call_id)
        memo = session.get(Memo, id_of(call_id), with_for_update=True) if gist else None
        if memo is None or memo.matter is not None or memo.acted_at or memo.destroyed_at:
            continue
        recordings = recordings_of(session, [memo.id]).get(memo.id, [])
        if any(row.kind == "matter" and row.state != "silent" for row in recordings):
            continue
        memo.matter = store.seal(keyring, memo.id, {"matter": gist})["matter"]
        store.look_again(memo, recordings)
        judge(session, memo)
        given.append(memo.id)
    return given


def _last_gist(session: Session, keyring: Keyring, call_id: str) -> str:
    query = select(TransferRow).where(TransferRow.call_id == call_id, TransferRow.gist.is_not(None))
    last = session.scalars(query.order_by(TransferRow.noted_at.desc(), TransferRow.id).limit(1)).first()
    return keyring.decrypt(last.gist, GIST, last.id) if last is not None and last.gist else ""
