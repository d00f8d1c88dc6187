"""Verdicts of the charter's promises T1, T2, T3, T5 and T8: pure functions of a call's events.

No I/O, no clock, no framework: the same events, charter and calendar give the same verdicts for ever.
"""

from memo_service.ledger.verdicts.judge import ALL_PROMISES, PROMISES, judge, judge_record
from memo_service.ledger.verdicts.record import CallRecord, fold
from memo_service.ledger.verdicts.verdict import Result, Verdict

__all__ = ["ALL_PROMISES", "PROMISES", "CallRecord", "Result", "Verdict", "fold", "judge", "judge_record"]
