"""T6: the memo of an absent officer holds what could be had, and reached him. Pure.

Owns the reasons of this verdict. The charter sets no limit of time between receipt and reading, so none is
made up here: the times are measures, and the reply has its own clock (T7). While nobody has read a memo there
is no verdict.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from memo_service.ledger.verdicts.verdict import Result, Verdict

_MS = timedelta(milliseconds=1)


@dataclass(frozen=True, slots=True)
class MemoFacts:
    """What the rule looks at. `has_matter`: a recording with a voice in it, or text."""

    taken_by: str
    why: str
    officer: str | None
    department: str | None
    received_at: datetime
    has_matter: bool
    has_number: bool
    seen_whole: bool
    recording_lost: bool
    delivered_at: datetime | None
    read_at: datetime | None
    destroyed_at: datetime | None


def judge_t6(facts: MemoFacts) -> Verdict | None:
    """The verdict, credited to whom the citizen wanted; None while the memo waits to be read."""
    found = _result(facts)
    if found is None:
        return None
    result, reason = found
    return Verdict(
        promise="T6",
        result=result,
        reason=reason,
        department=facts.department,
        officer=facts.officer,
        measures={
            "taken_by": facts.taken_by,
            "delivered_ms": _since(facts.received_at, facts.delivered_at),
            "read_ms": _since(facts.received_at, facts.read_at),
            "missing": [
                name
                for name, there in (("matter", facts.has_matter), ("number", facts.has_number))
                if not there
            ],
        },
    )


def _result(facts: MemoFacts) -> tuple[Result, str] | None:
    if facts.why == "reached":
        return Result.NOT_APPLICABLE, "reached_person"
    if facts.recording_lost:
        return Result.BROKEN, "recording_lost"
    if facts.read_at is None:
        return (Result.BROKEN, "memo_not_read") if facts.destroyed_at else None
    if not facts.seen_whole and not (facts.has_matter and facts.has_number):
        return Result.UNKNOWN, "record_incomplete"
    return Result.KEPT, "memo_read"


def _since(start: datetime, end: datetime | None) -> int | None:
    return None if end is None else max((end - start) // _MS, 0)
