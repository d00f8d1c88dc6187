"""Judges V2 from the stored clocks, and keeps it beside the verdicts of the call that a visitor waited for.

Owns how rows become what the rule looks at. The rule itself is `visitors.verdict`'s. Of a clock without a
call the figures alone tell.
"""

from collections.abc import Iterable, Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session

from memo_service.ledger.follower import Batch
from memo_service.ledger.service import keep_verdict
from memo_service.ledger.verdicts import Verdict
from memo_service.visitors.models import VisitorRow
from memo_service.visitors.verdict import Ending, Waited, judge_v2, worst


class VisitorJudge:
    """V2, for the ledger: judged again from what is stored, and kept when a call ends."""

    def judge_again(self, session: Session, call_ids: Iterable[str]) -> dict[str, dict[str, Verdict]]:
        """V2 of each call for which a visitor's wait is over (`ledger.follower.Judge`)."""
        return {call_id: {"V2": verdict} for call_id, verdict in _of_calls(session, call_ids).items()}

    def follow(self, session: Session, batch: Batch) -> None:
        """A call ended: what is known by now of those who waited (`ledger.follower.Follower`)."""
        if ended := [call_id for call_id, record in batch.records.items() if record.end]:
            keep(session, ended)

    def settled(self) -> None:
        """Nobody has to be told."""


def keep(session: Session, call_ids: Iterable[str]) -> None:
    """Store V2 beside the verdicts of these calls; before a call's end there is no place for it yet."""
    for call_id, verdict in _of_calls(session, call_ids).items():
        keep_verdict(session, call_id, verdict)


def _of_calls(session: Session, call_ids: Iterable[str]) -> dict[str, Verdict]:
    query = select(VisitorRow).where(VisitorRow.call_id.in_(list(call_ids)))
    by_call: dict[str, list[VisitorRow]] = {}
    for row in session.scalars(query.order_by(VisitorRow.began_at, VisitorRow.id)):
        by_call.setdefault(row.call_id or "", []).append(row)
    found = {call_id: _worst_of(rows) for call_id, rows in by_call.items()}
    return {call_id: verdict for call_id, verdict in found.items() if verdict}


def _worst_of(rows: Sequence[VisitorRow]) -> Verdict | None:
    return worst([verdict for row in rows if (verdict := judged(row))])


def judged(row: VisitorRow) -> Verdict | None:
    """V2 of one clock; None while it runs."""
    return judge_v2(_waited(row))


def _waited(row: VisitorRow) -> Waited:
    return Waited(
        officer=row.officer,
        department=row.department,
        began_at=row.began_at,
        limit_s=row.limit_s,
        ended_at=row.ended_at,
        ending=Ending(row.ending) if row.ending else None,
    )
