"""T5: who is passed on has the new officer within the limit, and never falls between the two.

Blind: the order to the new officer's answer. Attended: the consult's dialling to its answer, or to the moment
citizen and new officer are together, by the office's setting; the other figure is kept beside it.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from memo_service.ledger.verdicts.facts import Facts, milliseconds
from memo_service.ledger.verdicts.handover import After, Transfer
from memo_service.ledger.verdicts.verdict import Json, Result, Verdict
from office.charter import AttendedUntil, Charter
from office.charter import Transfer as Rules
from office.events import TransferRequested, TransferResult, TransferWay

Found = tuple[Result, str]


@dataclass(frozen=True, slots=True)
class _Judged:
    """One transfer of the call with its own result."""

    passed: Transfer
    result: Result
    reason: str


def judge_t5(facts: Facts, charter: Charter) -> Verdict:
    """Verdict of T5, credited to who passed the citizen on; times are milliseconds."""
    rules = charter.transfer
    judged = [_judge_one(t, rules, facts) for t in facts.record.transfers]
    decisive = _decisive(judged)
    result, reason = (decisive.result, decisive.reason) if decisive else _without(facts)
    request = decisive.passed.request if decisive else None
    return Verdict(
        promise="T5",
        result=result,
        reason=reason,
        department=(request.by.department if request else None) or facts.department,
        officer=request.by.officer if request else None,
        measures={
            "limit_ms": rules.limit_s * 1000,
            "attended": rules.attended.value,
            "hops": len(judged),
            "transfers": [_measured(one, rules) for one in judged],
        },
    )


def _without(facts: Facts) -> Found:
    """No transfer was seen; in a call with a gap one may have been missed."""
    if not facts.end.complete:
        return Result.UNKNOWN, "record_incomplete"
    return Result.NOT_APPLICABLE, "no_transfer"


def _decisive(judged: Sequence[_Judged]) -> _Judged | None:
    """One broken transfer breaks the call's promise; one that was kept keeps it, if none is broken."""
    for result in (Result.BROKEN, Result.KEPT, Result.UNKNOWN, Result.NOT_APPLICABLE):
        found = next((one for one in judged if one.result is result), None)
        if found:
            return found
    return None


def _judge_one(passed: Transfer, rules: Rules, facts: Facts) -> _Judged:
    result, reason = _found(passed, rules, facts)
    return _Judged(passed, result, reason)


def _found(passed: Transfer, rules: Rules, facts: Facts) -> Found:
    if passed.request is None:
        return Result.UNKNOWN, "request_not_seen"
    match passed.result:
        case TransferResult.CONNECTED:
            found = _connected(passed, passed.request, rules)
        case TransferResult.CALLER_GONE:
            found = _gave_up(_waited(passed), rules)
        case TransferResult.REFUSED:
            found = Result.NOT_APPLICABLE, f"refused_{passed.refusal}" if passed.refusal else "refused"
        case TransferResult.CANCELLED:
            found = Result.NOT_APPLICABLE, "consulted_only"
        case TransferResult.FAILED:
            found = _not_taken(passed, rules, facts)
        case _:
            found = Result.UNKNOWN, "transfer_end_not_seen"
    return found


def _gave_up(waited_ms: int, rules: Rules) -> Found:
    over = waited_ms > rules.limit_s * 1000
    return (Result.BROKEN, "gave_up_late") if over else (Result.NOT_APPLICABLE, "gave_up_early")


def _connected(passed: Transfer, request: TransferRequested, rules: Rules) -> Found:
    judged = _judged_ms(passed, request, rules)
    if judged is not None:
        in_time = judged <= rules.limit_s * 1000
        return (Result.KEPT, "connected_in_time") if in_time else (Result.BROKEN, "connected_late")
    # he was answered before they were together: what is in time by the later moment is in time
    if _waited(passed) <= rules.limit_s * 1000:
        return Result.KEPT, "connected_in_time"
    return Result.UNKNOWN, "answer_not_seen"


def _not_taken(passed: Transfer, rules: Rules, facts: Facts) -> Found:
    """The new officer did not take it. A gap may hide that somebody did after all."""
    if passed.after is After.LEFT and facts.end.complete:
        found = _gave_up(_since(passed, facts.end.at) or 0, rules)
        return found if found[0] is Result.NOT_APPLICABLE else (Result.BROKEN, "not_taken_left")
    if passed.after in (None, After.LEFT):
        return (Result.BROKEN, "not_taken") if facts.end.complete else (Result.UNKNOWN, "record_incomplete")
    return Result.BROKEN, f"not_taken_{passed.after}"


def _judged_ms(passed: Transfer, request: TransferRequested, rules: Rules) -> int | None:
    """The one figure that is judged; None where its end was not seen."""
    joined = request.way is TransferWay.ATTENDED and rules.attended is AttendedUntil.JOINED
    return _joined_ms(passed) if joined else _answered_ms(passed)


def _answered_ms(passed: Transfer) -> int | None:
    return _since(passed, passed.answer.at if passed.answer else None)


def _joined_ms(passed: Transfer) -> int | None:
    return _since(passed, passed.joined_at)


def _waited(passed: Transfer) -> int:
    """Requested to ended."""
    return _since(passed, passed.end.at if passed.end else None) or 0


def _since(passed: Transfer, moment: datetime | None) -> int | None:
    if passed.request is None or moment is None:
        return None
    return max(milliseconds(passed.request.at, moment), 0)


def _measured(one: _Judged, rules: Rules) -> Json:
    passed, request = one.passed, one.passed.request
    by = request.by if request else None
    return {
        "transfer": passed.transfer,
        "hop": request.hop if request else None,
        "way": request.way.value if request else None,
        "by": {"officer": by.officer, "extension": by.extension, "department": by.department} if by else None,
        "to": _target(request),
        "at": passed.at.isoformat(),
        "answered_ms": _answered_ms(passed),
        "joined_ms": _joined_ms(passed),
        "judged_ms": _judged_ms(passed, request, rules) if request else None,
        "waited_ms": _since(passed, passed.end.at if passed.end else None),
        "picked_up": bool(passed.answer and passed.answer.picked_up),
        "ended": passed.result.value if passed.result else None,
        "why": passed.why.value if passed.why else None,
        "refusal": passed.refusal.value if passed.refusal else None,
        "after": passed.after.value if passed.after else None,
        "result": one.result.value,
        "reason": one.reason,
    }


def _target(request: TransferRequested | None) -> Json:
    if request is None:
        return None
    return {"exten": request.exten, "officer": request.officer, "department": request.department}
