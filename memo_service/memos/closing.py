"""A memo whose callback is closed has been acted on: the third receipt, in the callback's own transaction."""

from sqlalchemy.orm import Session

from memo_service.callbacks.opening import Opening
from memo_service.memos import store
from memo_service.memos.models import Memo


def close_memos(session: Session, callback_ids: frozenset[str]) -> None:
    """Write the receipt for the memos these callbacks answer, as far as they are closed.

    Where the citizen wanted no reply, the closing of his callback says nothing of his memo.
    """
    for memo_id, state in Opening.closed_of(session, callback_ids).items():
        memo = session.get(Memo, memo_id)
        if memo is None or state.closed_at is None or not memo.reply_wanted:
            continue
        store.receipt(session, memo, "acted", state.closed_at, state.owner or "", way="callback")
