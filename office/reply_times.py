"""Two moments a citizen may ask to be called at, instead of "as soon as possible" (charter T7).

Owns which moments are sensible to offer: on the hour, in working time, clearly later than the deadline he has
anyway, and on two different days. No moment is offered at which the office is closed. Pure.
"""

from collections.abc import Iterator
from datetime import date, datetime, timedelta

from office.calendar import KST, Calendar, Moments
from office.working_time import NoWorkingTimeError, next_open

HOURS = (10, 14, 16)
"""Hours of the clock that are offered where they lie in working time."""
APART = timedelta(minutes=45)
"""At least so much later than the deadline: else it is no other choice."""
ROOM = timedelta(minutes=30)
"""Working time that must be left from the moment on, so that the call can still be made in time."""
_DAYS = 400


def reply_times(
    calendar: Calendar, due: datetime, department: str | None = None
) -> tuple[datetime, datetime]:
    """Two moments (KST) after the deadline `due` (aware): the next one, and the first of a later working day.

    Raises NoWorkingTimeError where the calendar holds no such moments.
    """
    first = _next(calendar, due + APART, department)
    return first, _next(calendar, _midnight_after(first), department)


def _next(calendar: Calendar, earliest: datetime, department: str | None) -> datetime:
    """The first moment on offer that is not before `earliest`."""
    for _ in range(_DAYS):
        opens = next_open(calendar, earliest, department)
        for moment in _offered(calendar, opens.date(), department):
            if moment >= earliest:
                return moment
        earliest = _midnight_after(opens)
    raise NoWorkingTimeError(f"no {ROOM} of working time from {earliest:%F %R} on; check calendar.d")


def _midnight_after(at: datetime) -> datetime:
    return datetime.combine(at.date() + timedelta(days=1), datetime.min.time(), KST)


def _offered(calendar: Calendar, day: date, department: str | None) -> Iterator[datetime]:
    """The moments of one day: the usual hours, else the first full hour of each span that has room."""
    spans = calendar.moments(day, department)
    usual = [datetime(day.year, day.month, day.day, hour, tzinfo=KST) for hour in HOURS]
    fitting = [at for at in usual if any(_fits(at, span) for span in spans)]
    yield from fitting or (at for span in spans if _fits(at := _full_hour(span[0]), span))


def _fits(at: datetime, span: Moments) -> bool:
    return span[0] <= at and at + ROOM <= span[1]


def _full_hour(at: datetime) -> datetime:
    whole = at.replace(minute=0, second=0, microsecond=0)
    return whole if whole == at else whole + timedelta(hours=1)
