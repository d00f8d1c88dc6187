"""V2: who waits at the desk while the officer is on the phone waits less than three minutes. Pure.

Owns what the end of a clock is worth. A clock that nobody ended tells nothing: it is unknown, never kept and
never broken. Who went before the limit is like a caller who hung up before it (T1): not applicable.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from memo_service.ledger.verdicts import Result, Verdict

_MS = timedelta(milliseconds=1)


class Ending(StrEnum):
    """How a clock ended. The first three by the officer's key."""

    HELPED = "helped"
    LEFT = "left"
    """The visitor went without waiting on."""
    MISTAKE = "mistake"
    """Nobody had come; the key was pressed by mistake."""
    FORGOTTEN = "forgotten"
    """Nobody ended it within `visitor.forget_minutes`."""


@dataclass(frozen=True, slots=True)
class Waited:
    """A clock as the rule looks at it. `ended_at` of a forgotten one is when it was given up."""

    officer: str
    department: str
    began_at: datetime
    limit_s: int
    ended_at: datetime | None = None
    ending: Ending | None = None


def judge_v2(waited: Waited) -> Verdict | None:
    """The verdict, or None while the clock runs."""
    if waited.ended_at is None or waited.ending is None:
        return None
    ms = (waited.ended_at - waited.began_at) // _MS
    result, reason = _result(waited.ending, in_time=ms < waited.limit_s * 1000)
    known = waited.ending is not Ending.FORGOTTEN
    limit_ms = waited.limit_s * 1000
    return Verdict(
        promise="V2",
        result=result,
        reason=reason,
        department=waited.department,
        officer=waited.officer,
        measures={
            "waited_ms": ms if known else None,
            "limit_ms": limit_ms,
            "ending": waited.ending.value,
        },
    )


def _result(ending: Ending, *, in_time: bool) -> tuple[Result, str]:
    if ending is Ending.HELPED:
        return (Result.KEPT, "visitor_in_time") if in_time else (Result.BROKEN, "visitor_late")
    if ending is Ending.LEFT:
        return (
            (Result.NOT_APPLICABLE, "visitor_left_early") if in_time else (Result.BROKEN, "visitor_left_late")
        )
    if ending is Ending.MISTAKE:
        return Result.NOT_APPLICABLE, "pressed_by_mistake"
    return Result.UNKNOWN, "visitor_end_not_noted"


_WORST = (Result.BROKEN, Result.UNKNOWN, Result.KEPT, Result.NOT_APPLICABLE)


def worst(verdicts: Sequence[Verdict]) -> Verdict | None:
    """What stands at a call for which several waited: the one that went worst. None without any."""
    return min(verdicts, key=lambda verdict: _WORST.index(verdict.result), default=None)
