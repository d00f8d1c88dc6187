"""T1: a person answers before the bell has rung three times.

Two figures: the office's (the citizen's whole wait) is the result; the person's own stands beside it, so that
a deputy or a colleague who answers on his own first bell is never blamed.
"""

from datetime import datetime

from memo_service.ledger.verdicts.facts import Facts, milliseconds
from memo_service.ledger.verdicts.verdict import Json, Result, Verdict
from office.calendar import KST, Calendar
from office.charter import Charter, Reading, Ring
from office.events.base import Source


def judge_t1(facts: Facts, charter: Charter, calendar: Calendar) -> Verdict:
    """Verdict of T1; its times are milliseconds, limits with the office's grace."""
    waited = _waited(facts)
    result, reason = _result(facts, charter.ring, calendar, waited)
    return Verdict(
        promise="T1",
        result=result,
        reason=reason,
        department=facts.department,
        officer=facts.officer,
        measures=_measures(facts, charter.ring, waited),
    )


def _waited(facts: Facts) -> int | None:
    """First ring to answer, or to the end of the call where nobody answered."""
    if facts.answered:
        return facts.ring_ms
    first = facts.record.first_ring
    if first is None or first.rang_at is None:
        return None
    return milliseconds(first.rang_at, facts.end.at)


def _result(facts: Facts, ring: Ring, calendar: Calendar, waited: int | None) -> tuple[Result, str]:
    closed = _closed(facts, calendar)
    if closed:
        return Result.NOT_APPLICABLE, closed
    if facts.answered:
        return _answered(facts)
    if not facts.end.complete:
        return Result.UNKNOWN, "record_incomplete"
    if waited is None:
        return _not_rung(facts)
    if waited < ring.late_after_ms:
        return Result.NOT_APPLICABLE, "abandoned_early"
    return Result.BROKEN, "not_answered" if facts.record.absences else "abandoned_late"


def _not_rung(facts: Facts) -> tuple[Result, str]:
    """No bell was seen. A PBX that has us as an extension only tells us nothing of its bells."""
    if facts.start.source is Source.EXTENSION:
        return Result.UNKNOWN, "rang_elsewhere"
    return Result.NOT_APPLICABLE, "no_phone_rang"


def _answered(facts: Facts) -> tuple[Result, str]:
    if _gap_before_answer(facts):
        return Result.UNKNOWN, "record_incomplete"
    if facts.late is None:
        clock = facts.words is not None and facts.words.reason == "clock"
        return Result.UNKNOWN, "clock" if clock else "ring_not_seen"
    if facts.words is not None and facts.words.reason == "clock" and facts.ring_source == "inferred":
        return Result.UNKNOWN, "clock"
    if facts.clocks_disagree:
        return Result.KEPT, "clocks_disagree"
    return (Result.BROKEN, "late") if facts.late else (Result.KEPT, "on_time")


def _gap_before_answer(facts: Facts) -> bool:
    """The link was down before the answer and nothing filled the gap: an earlier ring may be missing."""
    uncertain, answer = facts.record.uncertain_at, facts.answer
    if facts.end.complete or uncertain is None or answer is None or answer.answered_at is None:
        return False
    return uncertain <= answer.answered_at


def _closed(facts: Facts, calendar: Calendar) -> str | None:
    first = facts.record.first_ring
    at = first.rang_at if first and first.rang_at else facts.start.at
    if calendar.is_working_time(at, facts.department):
        return None
    return "lunch" if _between_spans(at, calendar, facts.department) else "outside_hours"


def _between_spans(at: datetime, calendar: Calendar, department: str | None) -> bool:
    local = at.astimezone(KST)
    spans = calendar.spans(local.date(), department)
    return len(spans) > 1 and spans[0][1] <= local.time() < spans[-1][0]


def _measures(facts: Facts, ring: Ring, waited: int | None) -> dict[str, Json]:
    first = facts.record.first_ring
    return {
        "ring_ms": waited,
        "ring": ring.ring_number(waited) if waited is not None else None,
        "answered": facts.answered,
        "late": None if waited is None else waited >= ring.late_after_ms and not facts.clocks_disagree,
        "source": facts.ring_source,
        "estimated": bool(first and first.estimated),
        "limit_ms": ring.limit_ms(),
        "late_after_ms": ring.late_after_ms,
        "reading": ring.reading.value,
        "readings": {reading.value: _reading(ring, reading, waited) for reading in Reading},
        "dialplan_ring_ms": facts.dialplan_ms,
        "clocks_disagree": facts.clocks_disagree,
        "person": _person(facts, ring),
    }


def _reading(ring: Ring, reading: Reading, waited: int | None) -> Json:
    limit = ring.limit_ms(reading)
    return {"limit_ms": limit, "late": None if waited is None else waited >= limit + ring.grace_ms}


def _person(facts: Facts, ring: Ring) -> Json:
    """The answering person's own figure. Picked up: his phone never rang, so there is none."""
    if facts.answer is None:
        return None
    own = facts.own_ring_ms
    late = None if own is None else own >= ring.late_after_ms and facts.late is not False
    return {
        "ring_ms": own,
        "ring": ring.ring_number(own) if own is not None else None,
        "late": late,
        "picked_up": facts.answer.picked_up,
        "officer": facts.officer,
    }
