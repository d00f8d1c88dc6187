"""When a call is due, and when somebody is reminded of it (charter T7). Pure.

Owns the deadline: one working hour after receipt, or the time the citizen asked for; what a calendar that
changed does to it; and the turns after a call that did not reach him. Reminders keep to working time.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from office import working_time
from office.calendar import KST, Calendar
from office.charter import Callback

_DAY = timedelta(days=1)
_LONGEST_DAYS = 400


class Wake(StrEnum):
    """What the scheduler does at a moment of a turn."""

    AGAIN = "again"
    """The next try may begin."""
    DUE = "due"
    """The deadline passed."""
    REMIND = "remind"
    TO_DEPUTY = "to_deputy"
    TO_LEADER = "to_leader"


@dataclass(frozen=True, slots=True)
class Due:
    """What a turn is made from. `turn_from`: receipt, or the end of the last try."""

    received_at: datetime
    asked_at: datetime | None
    department: str | None
    tries: int = 0
    turn_from: datetime | None = None
    deferred_to: datetime | None = None


@dataclass(frozen=True, slots=True)
class Turn:
    """One time of calling: not before `opens_at`, due at `due_at`, late after `latest_at`; its wakes."""

    opens_at: datetime | None
    due_at: datetime
    latest_at: datetime
    wakes: tuple[tuple[datetime, Wake], ...]


def promise(calendar: Calendar, rules: Callback, due: Due) -> tuple[datetime, datetime]:
    """(due_at, late after): the asked time, else `rules.within` working minutes after receipt."""
    if due.asked_at is not None:
        return due.asked_at, due.asked_at + timedelta(minutes=rules.asked_tolerance)
    due_at = working_time.add(calendar, due.received_at, rules.within, due.department)
    return due_at, due_at


def turn(calendar: Calendar, rules: Callback, due: Due) -> Turn:
    """The turn that is now: the promise itself before the first try, else the retry."""
    if not due.tries and due.turn_from is None:
        due_at, latest = promise(calendar, rules, due)
        begins, opens = due.received_at, due.deferred_to
    elif due.deferred_to is not None:
        due_at, latest = due.deferred_to, due.deferred_to + timedelta(minutes=rules.asked_tolerance)
        begins = opens = due.deferred_to
    else:
        start = due.turn_from or due.received_at
        opens = working_time.add(calendar, start, rules.retry_after, due.department) if due.tries else None
        begins = opens or start
        due_at = latest = working_time.add(calendar, begins, rules.within, due.department)
    wakes = sorted(_wakes(calendar, rules, (begins, opens, due_at, latest), due.department))
    return Turn(opens, due_at, latest, tuple(wakes))


def _wakes(
    calendar: Calendar,
    rules: Callback,
    moments: tuple[datetime, datetime | None, datetime, datetime],
    department: str | None,
) -> Iterator[tuple[datetime, Wake]]:
    begins, opens, due_at, latest = moments
    if opens is not None:
        yield opens, Wake.AGAIN
    for minutes in sorted(set(rules.remind_before), reverse=True):
        at = _held(calendar, due_at - timedelta(minutes=minutes), due_at, department)
        if at > begins:
            yield at, Wake.REMIND
    yield latest, Wake.DUE
    deputy = _after(calendar, latest, rules.to_deputy_after, department)
    yield deputy, Wake.TO_DEPUTY
    yield _after(calendar, deputy, rules.to_leader_after, department), Wake.TO_LEADER


def _held(calendar: Calendar, at: datetime, until: datetime, department: str | None) -> datetime:
    """`at`, or the next working moment unless that is after `until`: no reminder at night for the morning."""
    opens = working_time.next_open(calendar, at, department)
    return opens if opens <= until else at


def _after(calendar: Calendar, at: datetime, minutes: int, department: str | None) -> datetime:
    return working_time.add(calendar, at, minutes, department) if minutes else at


def next_wake(
    turn_now: Turn, stage: int, now: datetime, calendar: Calendar, department: str | None
) -> datetime | None:
    """When wake number `stage` of the turn is to be done; None when all are.

    After a time in which nobody was woken, the steps keep their working-time distance from each other instead
    of coming all at once.
    """
    if stage >= len(turn_now.wakes):
        return None
    at = turn_now.wakes[stage][0]
    if at > now or stage == 0:
        return at
    gap = working_time.between(calendar, turn_now.wakes[stage - 1][0], at, department)
    minutes = int(gap / timedelta(minutes=1))
    return working_time.add(calendar, now, minutes, department) if minutes else at


def moved(calendar: Calendar, asked_at: datetime, department: str | None) -> datetime:
    """An asked time on a day closed since: the same clock time on the next day that works (CBK-03)."""
    at = asked_at.astimezone(KST)
    for _ in range(_LONGEST_DAYS):
        if calendar.is_working_time(at, department):
            return at
        at += _DAY
    raise working_time.NoWorkingTimeError(
        f"no working day at {asked_at:%R} after {asked_at:%F}; check calendar.d"
    )


def may_call(
    calendar: Calendar, rules: Callback, now: datetime, asked_at: datetime | None, department: str | None
) -> bool:
    """Whether a citizen may be called now: in working time, or around a time outside it that he asked for."""
    if calendar.is_working_time(now, department):
        return True
    if asked_at is None or calendar.is_working_time(asked_at, department):
        return False
    early, late = timedelta(minutes=rules.asked_tolerance), timedelta(minutes=rules.within)
    return asked_at - early <= now <= asked_at + late
