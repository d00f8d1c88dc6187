"""Judges T6 from what is stored of a memo, and keeps the verdict beside those of its call.

Owns how rows become what the rule looks at. The rule itself is `memos.verdict`'s.
"""

from collections.abc import Iterable, Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session

from memo_service.db.models import CallRow
from memo_service.ledger.service import drop_verdict, keep_verdict
from memo_service.ledger.verdicts import Verdict
from memo_service.memos.models import Memo, Recording, recordings_of
from memo_service.memos.verdict import MemoFacts, judge_t6


class MemoJudge:
    """T6, for the ledger."""

    def judge_again(self, session: Session, call_ids: Iterable[str]) -> dict[str, dict[str, Verdict]]:
        """T6 of each call with a memo, from what is stored."""
        memos = session.scalars(select(Memo).where(Memo.call_id.in_(list(call_ids)))).all()
        recordings = recordings_of(session, [memo.id for memo in memos])
        judged = {memo.call_id: verdict_of(session, memo, recordings.get(memo.id, [])) for memo in memos}
        return {call_id: {"T6": verdict} for call_id, verdict in judged.items() if call_id and verdict}


def judge(session: Session, memo: Memo) -> None:
    """Keep T6 of a call's memo as it now stands; a memo by hand has its verdict on its page alone."""
    if memo.call_id is None:
        return
    session.flush()
    verdict = verdict_of(session, memo, recordings_of(session, [memo.id]).get(memo.id, []))
    if verdict is None:
        drop_verdict(session, memo.call_id, "T6")
    else:
        keep_verdict(session, memo.call_id, verdict)


def verdict_of(session: Session, memo: Memo, recordings: Sequence[Recording]) -> Verdict | None:
    """T6 of a memo; None while it waits to be read."""
    call = session.get(CallRow, memo.call_id) if memo.call_id else None
    return judge_t6(
        MemoFacts(
            taken_by=memo.taken_by,
            why=memo.why,
            officer=memo.officer,
            department=memo.department,
            received_at=memo.received_at,
            has_matter=memo.has_matter,
            has_number=memo.has_number,
            seen_whole=call is None or call.complete,
            recording_lost=any(row.state == "lost" and row.kind == "matter" for row in recordings),
            delivered_at=memo.delivered_at,
            read_at=memo.read_at,
            destroyed_at=memo.destroyed_at,
        )
    )
