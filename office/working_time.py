"""Deadlines in working time: adding working minutes to a moment, and the way there in steps (charter T7, V5).

Owns the arithmetic; the spans are the calendar's. A span's end ends the count: one hour from
11:00 is 12:00, not 13:00. Pure.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from office.calendar import KST, Calendar

_LONGEST = timedelta(days=400)
_DAY = timedelta(days=1)


class NoWorkingTimeError(ValueError):
    """The calendar holds no working time to count within 400 days; check its files."""


@dataclass(frozen=True, slots=True)
class Step:
    """One step to a deadline: a span that was counted (`counted` > 0), or a day off with its name."""

    day: date
    begins_at: datetime | None
    ends_at: datetime | None
    counted: timedelta
    why_not: str = ""


def add(calendar: Calendar, at: datetime, minutes: int, department: str | None = None) -> datetime:
    """The moment at which `minutes` (1 or more) of working time have passed since the aware `at`, in KST.

    Raises NoWorkingTimeError, and ValueError for fewer minutes than one.
    """
    left = _wanted(minutes)
    for start, end in _spans_from(calendar, at, department):
        if (span := end - start) >= left:
            return start + left
        left -= span
    raise NoWorkingTimeError(f"no working time for {minutes} minutes after {at:%F %R}; check calendar.d")


def between(calendar: Calendar, start: datetime, end: datetime, department: str | None = None) -> timedelta:
    """Working time from one aware moment to a later one; zero if `end` is not later."""
    counted = timedelta()
    if end <= start:
        return counted
    for opens, closes in _spans_from(calendar, start, department, end.astimezone(KST).date()):
        if opens >= end:
            break
        counted += min(closes, end) - opens
    return counted


def next_open(calendar: Calendar, at: datetime, department: str | None = None) -> datetime:
    """The first working moment at or after `at`, in KST; raises NoWorkingTimeError."""
    for start, _ in _spans_from(calendar, at, department):
        return start
    raise NoWorkingTimeError(f"no working time after {at:%F %R}; check calendar.d")


def explain(calendar: Calendar, at: datetime, minutes: int, department: str | None = None) -> list[Step]:
    """The way to `add(…)`: each span that counts, and each day off in between by its name."""
    left, due = _wanted(minutes), add(calendar, at, minutes, department)
    day, steps = at.astimezone(KST).date(), list[Step]()
    while day <= due.date():
        spans = [(max(a, at.astimezone(KST)), b) for a, b in calendar.moments(day, department) if b > at]
        for start, end in spans:
            if left > timedelta():
                counted = min(end - start, left)
                steps.append(Step(day, start, start + counted, counted))
                left -= counted
        if not calendar.moments(day, department):
            steps.append(Step(day, None, None, timedelta(), calendar.why_closed(day, department)))
        day += _DAY
    return steps


def _wanted(minutes: int) -> timedelta:
    if minutes < 1:
        raise ValueError(f"{minutes} minutes cannot be a deadline; give 1 or more")
    return timedelta(minutes=minutes)


def _spans_from(
    calendar: Calendar, at: datetime, department: str | None, last: date | None = None
) -> Iterator[tuple[datetime, datetime]]:
    """What is left of the working spans from `at` on."""
    local = at.astimezone(KST)
    day = local.date()
    last = last or day + _LONGEST
    for start, end in calendar.moments(day, department):
        if end > local:
            yield max(start, local), end
    while (day := day + _DAY) <= last:
        yield from calendar.moments(day, department)
