"""What the memo menu must know of the office before its first word (`facts.Began`), by calendar and charter.

Pure: the moment, the caller and the open callback are handed in by whoever drives the menu.
"""

from datetime import datetime

from ivr.menus.facts import Began, Choice
from office.calendar import KST
from office.events import Closed
from office.folder import Office
from office.phone_number import PhoneNumber
from office.reply_times import reply_times
from office.working_time import NoWorkingTimeError, add, next_open


def begin(
    office: Office,
    at: datetime,
    caller: PhoneNumber,
    department: str | None,
    closed: Closed | None,
    open_due: datetime | None,
) -> Began:
    """The menu's first fact at the receipt `at` (aware, the office's time). Raises NoWorkingTimeError."""
    calendar, charter = office.calendar, office.charter
    due = add(calendar, at, charter.callback.within, department)
    return Began(
        at=at,
        caller=caller,
        when=due,
        next_open=next_open(calendar, at, department),
        department=department,
        closed=closed,
        open_callback_due=open_due,
        choices=_choices(office, due, department),
        area=office.directory.trunk.area,
        longest_s=charter.memo.max_s,
        silence_s=charter.memo.silence_s,
    )


def _choices(office: Office, due: datetime, department: str | None) -> tuple[Choice, ...]:
    try:
        return tuple(Choice(at) for at in reply_times(office.calendar, due, department))
    except NoWorkingTimeError:
        return ()  # then no time is asked


def closed_at(office: Office, at: datetime, department: str | None) -> Closed | None:
    """Why nobody is in at the aware moment `at`; None while phones ring (lunch by the office's own rule)."""
    local = at.astimezone(KST)
    clock, spans = local.time(), office.calendar.serving(local.date(), department)
    if not spans:
        return Closed.DAY_OFF
    # an end of 00:00 is the end of the day
    if any(start <= clock and (clock < end or not any((end.hour, end.minute))) for start, end in spans):
        return None
    return Closed.LUNCH if spans[0][1] <= clock < spans[-1][0] else Closed.NIGHT
