"""T7: a citizen who asked for a reply is called within the hour of working time, or when he wanted. Pure.

Owns what counts as an attempt in time: the citizen's phone was called, and it was not the officer who ended
the ringing. A call earlier than the asked time counts only if he was reached. Credited to whoever held the
callback at that moment.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from memo_service.callbacks.outcomes import CloseOutcome
from memo_service.ledger.verdicts import Result, Verdict
from memo_service.ledger.verdicts.verdict import Json

_MS = timedelta(milliseconds=1)
_NO_REPLY = frozenset({CloseOutcome.NOT_WANTED, CloseOutcome.NO_MATTER})


@dataclass(frozen=True, slots=True)
class Tried:
    """One attempt. `dialled_at` None: the citizen was not called, or nobody knows (`unknown`)."""

    claimed_at: datetime
    by: str
    dialled_at: datetime | None = None
    reached: bool = False
    unknown: bool = False


@dataclass(frozen=True, slots=True)
class Promise:
    """A callback as T7 looks at it. `latest_at`: the deadline with the tolerance of an asked time.

    `seen_until` is the last moment its history tells of; `holders` who held it, each from when on.
    """

    received_at: datetime
    asked_at: datetime | None
    due_at: datetime
    latest_at: datetime
    seen_until: datetime
    tried: Sequence[Tried] = ()
    holders: Sequence[tuple[datetime, str | None]] = ()
    department: str | None = None
    closed_at: datetime | None = None
    outcome: str | None = None


def judge_t7(promise: Promise) -> Verdict | None:
    """The verdict, or None while it can still be kept."""
    found = _result(promise)
    if found is None:
        return None
    result, reason, at = found
    return Verdict(
        promise="T7",
        result=result,
        reason=reason,
        department=promise.department,
        officer=holder_at(promise.holders, at),
        measures=_measures(promise),
    )


def holder_at(holders: Sequence[tuple[datetime, str | None]], at: datetime) -> str | None:
    """Who held it just before `at`; the first holder for what was before him."""
    before = [officer for since, officer in holders if since < at]
    return before[-1] if before else (holders[0][1] if holders else None)


def _result(promise: Promise) -> tuple[Result, str, datetime] | None:
    dialled = sorted((t for t in promise.tried if t.dialled_at), key=lambda t: t.dialled_at or t.claimed_at)
    for tried in dialled:
        if tried.dialled_at is not None and _in_time(promise, tried):
            reason = "reached_in_time" if tried.reached else "called_in_time"
            return Result.KEPT, reason, tried.dialled_at
    lost = [t for t in promise.tried if t.unknown and t.claimed_at <= promise.latest_at]
    if lost:
        return Result.UNKNOWN, "attempt_unknown", lost[0].claimed_at
    closed = _closed_in_time(promise)
    if closed is not None:
        return closed
    late = [t for t in dialled if t.dialled_at is not None and t.dialled_at > promise.latest_at]
    if late:
        return Result.BROKEN, "called_late", promise.latest_at
    if promise.seen_until >= promise.latest_at:
        return Result.BROKEN, "not_called", promise.latest_at
    return None


def _in_time(promise: Promise, tried: Tried) -> bool:
    at = tried.dialled_at
    if at is None or at > promise.latest_at:
        return False
    return promise.asked_at is None or at >= promise.asked_at or tried.reached


def _closed_in_time(promise: Promise) -> tuple[Result, str, datetime] | None:
    """Closed before the deadline without a call of ours."""
    at = promise.closed_at
    if at is None or at > promise.latest_at:
        return None
    if promise.outcome in _NO_REPLY:
        return Result.NOT_APPLICABLE, "no_reply_wanted", at
    if promise.outcome == CloseOutcome.REACHED_US:
        return Result.KEPT, "citizen_called", at
    return Result.UNKNOWN, "no_call_seen", at


def _measures(promise: Promise) -> dict[str, Json]:
    called = sorted(t.dialled_at for t in promise.tried if t.dialled_at)
    reached = sorted(t.dialled_at for t in promise.tried if t.dialled_at and t.reached)
    first = called[0] if called else None
    return {
        "received_at": promise.received_at.isoformat(),
        "due_at": promise.due_at.isoformat(),
        "asked_at": promise.asked_at.isoformat() if promise.asked_at else None,
        "first_call_at": first.isoformat() if first else None,
        "reached_at": reached[0].isoformat() if reached else None,
        "late_ms": max((first - promise.latest_at) // _MS, 0) if first else None,
        "calls": len(called),
        "called_by": [{"officer": t.by} for t in promise.tried if t.dialled_at],
    }
