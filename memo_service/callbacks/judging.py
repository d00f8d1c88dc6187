"""Judges T7 from the stored callback, and keeps the verdict beside those of the call that left the memo.

Owns how rows become what the rule looks at. The rule itself is `callbacks.verdict`'s.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime

from sqlalchemy import String, bindparam, select
from sqlalchemy.orm import Session

from memo_service.callbacks.attempt import Reached
from memo_service.callbacks.models import AttemptRow, CallbackRow, StepRow
from memo_service.callbacks.verdict import Promise, Tried, judge_t7
from memo_service.ledger.service import keep_verdict
from memo_service.ledger.verdicts import Verdict

_MOVES = ("assigned", "to_deputy", "to_leader")
_LEFT_BY_CALLS = select(CallbackRow).where(
    CallbackRow.id.in_(bindparam("ids", type_=String, expanding=True)), CallbackRow.call_id.is_not(None)
)


class CallbackJudge:
    """T7, for the ledger and within each change."""

    promises = ("T7",)

    def judge_again(self, session: Session, call_ids: Iterable[str]) -> dict[str, dict[str, Verdict]]:
        """T7 of each call whose memo has a callback, from what is stored."""
        query = select(CallbackRow).where(CallbackRow.call_id.in_(list(call_ids)))
        judged = {row.call_id: self.of(session, row) for row in session.scalars(query)}
        return {call: {"T7": found} for call, found in judged.items() if call and found}

    def keep(self, session: Session, ids: Iterable[str]) -> None:
        """Store the verdicts as they now stand; a memo that no call left has none in the ledger."""
        for row in session.scalars(_LEFT_BY_CALLS, {"ids": list(ids)}):
            found = self.of(session, row)
            if row.call_id and found:
                keep_verdict(session, row.call_id, found)

    def of(self, session: Session, row: CallbackRow) -> Verdict | None:
        """The verdict, or None while the promise can still be kept."""
        return judge_t7(self.promise(session, row))

    def promise(self, session: Session, row: CallbackRow) -> Promise:
        """The callback as the rule looks at it."""
        steps = session.scalars(
            select(StepRow).where(StepRow.callback_id == row.id).order_by(StepRow.seq)
        ).all()
        attempts = session.scalars(
            select(AttemptRow).where(AttemptRow.callback_id == row.id).order_by(AttemptRow.no)
        )
        return Promise(
            received_at=row.received_at,
            asked_at=row.asked_at,
            due_at=row.due_at,
            latest_at=row.due_until,
            seen_until=max((step.at for step in steps), default=row.received_at),
            tried=[_tried(attempt) for attempt in attempts],
            holders=_holders(steps),
            department=row.department,
            closed_at=row.closed_at,
            outcome=row.outcome,
        )


def _tried(attempt: AttemptRow) -> Tried:
    """An attempt for the rule. One that the officer gave up while it rang is none."""
    return Tried(
        claimed_at=attempt.claimed_at,
        by=attempt.claimed_by,
        dialled_at=None if attempt.outcome == Reached.GIVEN_UP else attempt.dialled_at,
        reached=attempt.outcome == Reached.REACHED,
        unknown=attempt.state == "unknown" and attempt.dialled_at is None,
    )


def _holders(steps: Sequence[StepRow]) -> list[tuple[datetime, str | None]]:
    """Who held it, each from when on, by the history."""
    first = [(step.at, step.detail.get("owner")) for step in steps if step.kind == "received"][:1]
    return first + [(step.at, step.detail.get("to")) for step in steps if step.kind in _MOVES]
