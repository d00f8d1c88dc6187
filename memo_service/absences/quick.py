"""The quick ways to say "I am away": an hour, the afternoon, the rest of today. Pure.

Owns what these mean in moments of the office's day.
"""

from datetime import datetime, time, timedelta
from enum import StrEnum

from memo_service.absences.rules import AbsenceRefusedError, Fault
from office.calendar import KST, Calendar

_NOON = time(12)
_MIDNIGHT = time(0)


class Quick(StrEnum):
    """A choice of `act.away`; its words are in `absences.labels`."""

    HOUR = "hour"
    AFTERNOON = "afternoon"
    TODAY = "today"


def quick_span(
    choice: Quick, now: datetime, calendar: Calendar, department: str | None
) -> tuple[datetime, datetime]:
    """From when until when; to the end of the working day, or midnight once that is past.

    The afternoon begins after lunch, or now if that is later. Raises AbsenceRefusedError if it is over.
    """
    start = now.astimezone(KST)
    if choice is Quick.HOUR:
        return start, start + timedelta(hours=1)
    spans = calendar.spans(start.date(), department)
    closes = spans[-1][1] if spans else _MIDNIGHT
    end = _at(start, closes)
    if choice is Quick.TODAY:
        return start, end if end > start else _at(start, _MIDNIGHT)
    opens = next((opens for opens, _ in spans if opens > _NOON), time(13))
    if end <= start or not spans:
        raise AbsenceRefusedError(Fault("afternoon_over", "quick"))
    return max(start, _at(start, opens)), end


def _at(day: datetime, clock: time) -> datetime:
    """`clock` of the day; 00:00 as an end is the end of the day."""
    moment = datetime.combine(day.date(), clock, KST)
    return moment + timedelta(days=1) if clock == _MIDNIGHT else moment
