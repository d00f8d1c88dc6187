"""The rules: which promises a finished call kept (charter T1, T2, T3, T5, T8).

Owns every reason code of a verdict. Its clock is the call's own.
"""

from collections.abc import Iterable

from memo_service.ledger.verdicts.facts import Facts, gather
from memo_service.ledger.verdicts.hangup import judge_t8
from memo_service.ledger.verdicts.record import CallRecord, fold
from memo_service.ledger.verdicts.ring import judge_t1
from memo_service.ledger.verdicts.transfer import judge_t5
from memo_service.ledger.verdicts.verdict import Result, Verdict
from memo_service.ledger.verdicts.words import judge_t2, judge_t3
from office.calendar import Calendar
from office.charter import Charter
from office.directory import ExtensionKind
from office.events import CallClass, CallEvent

PROMISES = ("T1", "T2", "T3", "T5", "T8")
"""Judged from the call alone."""
ALL_PROMISES = ("T1", "T2", "T3", "T5", "T6", "T7", "T8", "V2")
"""With those that others judge (`ledger.follower.Judge`), in the charter's order."""


def judge(events: Iterable[CallEvent], charter: Charter, calendar: Calendar) -> dict[str, Verdict]:
    """Verdicts by promise from a call's events, in any order and with duplicates; ValueError without any."""
    return judge_record(fold(events), charter, calendar)


def judge_record(record: CallRecord, charter: Charter, calendar: Calendar) -> dict[str, Verdict]:
    """Verdicts by promise of one call."""
    barred = _barred(record)
    if barred:
        result, reason = barred
        department = record.start.department if record.start else None
        return {promise: Verdict(promise, result, reason, department) for promise in PROMISES}
    facts = gather(record, charter)
    return {verdict.promise: verdict for verdict in _judge_all(facts, charter, calendar)}


def _judge_all(facts: Facts, charter: Charter, calendar: Calendar) -> tuple[Verdict, ...]:
    return (
        judge_t1(facts, charter, calendar),
        judge_t2(facts),
        judge_t3(facts),
        judge_t5(facts, charter),
        judge_t8(facts),
    )


def _barred(record: CallRecord) -> tuple[Result, str] | None:
    """What keeps the whole call from being judged, and why."""
    start = record.start
    if start is None:
        return Result.UNKNOWN, "start_not_seen"
    if start.call_class is not CallClass.CITIZEN:
        unknown = start.call_class is CallClass.UNKNOWN
        return (
            (Result.UNKNOWN, "class_unknown") if unknown else (Result.NOT_APPLICABLE, start.call_class.value)
        )
    if start.desk_kind in _NOT_GREETED:
        return Result.NOT_APPLICABLE, "not_greeted"
    if start.adopted:
        return Result.UNKNOWN, "start_not_seen"
    if record.end is None:
        return Result.UNKNOWN, "end_not_seen"
    return None


_NOT_GREETED = frozenset(kind.value for kind in ExtensionKind if not kind.greeted)
