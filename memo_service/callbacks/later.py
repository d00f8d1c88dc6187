"""The times to which a call can be put off, made from the working calendar: nobody keys in a date.

Owns which are offered. Whether one may be taken is the service's to decide.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from memo_service.callbacks.present import moment
from memo_service.callbacks.queue_rows import QueueRow
from office import working_time
from office.calendar import KST, Calendar

_MINUTES = (10, 30, 60, 120)
_ROUND = timedelta(minutes=5)


@dataclass(frozen=True, slots=True)
class Choice:
    """A time to choose: ISO 8601, and in words."""

    value: str
    text: str


def later(calendar: Calendar, found: QueueRow, now: datetime) -> list[Choice]:
    """What can be offered, nearest first; before the first try nothing beyond the promise."""
    times = [_rounded(working_time.add(calendar, now, minutes, found.department)) for minutes in _MINUTES]
    tomorrow = datetime.combine(now.astimezone(KST).date() + timedelta(days=1), datetime.min.time(), KST)
    times.append(working_time.next_open(calendar, tomorrow, found.department))
    if not found.tries:
        times = [at for at in times if at <= found.late_after]
    return [Choice(at.isoformat(), moment(at, now)) for at in sorted(set(times)) if at > now]


def _rounded(at: datetime) -> datetime:
    """Up to five minutes, as people say times; an end of working time stays one."""
    over = timedelta(minutes=at.minute % 5, seconds=at.second, microseconds=at.microsecond)
    return at + _ROUND - over if over else at
