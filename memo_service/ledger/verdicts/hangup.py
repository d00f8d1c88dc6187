"""T8: the officer puts the phone down after the citizen has.

A statistic of the department, never of a person: trunks and mobiles blur it (charter, "Trust").
"""

from memo_service.ledger.verdicts.facts import Facts, milliseconds
from memo_service.ledger.verdicts.verdict import Result, Verdict
from office.events import Side

_BY_SIDE = {
    Side.CITIZEN: (Result.KEPT, "citizen_first"),
    Side.OFFICER: (Result.BROKEN, "officer_first"),
    Side.PBX: (Result.NOT_APPLICABLE, "ended_by_pbx"),
    Side.UNKNOWN: (Result.UNKNOWN, "side_unknown"),
}


def judge_t8(facts: Facts) -> Verdict:
    """Verdict of T8, from the first sign that a side hung up."""
    result, reason = _result(facts)
    first = facts.first_hangup
    talks = [talk for leg in facts.record.legs for talk in leg.talks]
    talk_ms = sum(milliseconds(since, until or facts.end.at) for since, until in talks)
    return Verdict(
        promise="T8",
        result=result,
        reason=reason,
        department=(facts.answer.phone.department if facts.answer else None) or facts.department,
        measures={"first": first.value if first else None, "talk_ms": talk_ms},
    )


def _result(facts: Facts) -> tuple[Result, str]:
    if facts.officer_left_words:
        return Result.BROKEN, "officer_left_in_words"
    if not facts.record.talked:
        if not facts.end.complete:
            return Result.UNKNOWN, "record_incomplete"
        return Result.NOT_APPLICABLE, "citizen_left" if facts.answered else "no_talk"
    if facts.record.handed_over:
        return Result.NOT_APPLICABLE, "survey"
    first = facts.first_hangup
    return _BY_SIDE[first] if first else (Result.UNKNOWN, "record_incomplete")
