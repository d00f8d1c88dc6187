"""The times that an officer offers a citizen to be called back at, and how he says them. Pure.

Owns which times stand on the desk page. The promise itself is the callbacks' (charter T7).
"""

from datetime import datetime, timedelta

from memo_service.absences.labels import moment
from office import working_time
from office.calendar import KST, Calendar
from office.folder import Office
from office.reply_times import reply_times

_TEN = timedelta(minutes=10)
SOON = "되도록 빨리 ({due}까지)"
_SOON = "되도록 빨리"


def soon_after(calendar: Calendar, now: datetime, minutes: int, department: str | None) -> datetime:
    """The first full ten minutes in working time that are `minutes` of it away; raises NoWorkingTimeError."""
    at = working_time.add(calendar, now, minutes, department)
    midnight = at.replace(hour=0, minute=0, second=0, microsecond=0)
    rounded = midnight + -(-(at - midnight) // _TEN) * _TEN
    if calendar.is_working_time(rounded, department):
        return rounded
    return working_time.next_open(calendar, rounded, department)


def choices(office: Office, now: datetime, department: str | None) -> tuple[tuple[datetime | None, str], ...]:
    """(time, its words) to choose from; None: as soon as possible, within the office's hour."""
    calendar = office.calendar
    try:
        due = working_time.add(calendar, now, office.charter.callback.within, department)
        later = reply_times(calendar, due, department)
    except working_time.NoWorkingTimeError:
        return ((None, _SOON),)
    return (None, SOON.format(due=moment(due, now))), *((at, moment(at, now)) for at in later)


def spoken(at: datetime, now: datetime) -> str:
    """`오후 3시 10분`, `내일 오전 10시`, `12월 1일 오전 9시`."""
    local, today = at.astimezone(KST), now.astimezone(KST).date()
    ahead = (local.date() - today).days
    day = ("", "내일 ")[ahead] if 0 <= ahead < 2 else f"{local.month}월 {local.day}일 "
    half = "오전" if local.hour < 12 else "오후"
    minutes = f" {local.minute}분" if local.minute else ""
    return f"{day}{half} {local.hour % 12 or 12}시{minutes}"
