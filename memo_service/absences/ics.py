"""Reads an iCalendar file (RFC 5545) as the absences of one officer. Pure.

Owns which events count as absences and how repetitions are told apart. Time zones, folding and repetition are
the libraries'. Every event at fault is told, with the line of its BEGIN:VEVENT.
"""

import hashlib
from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

import recurring_ical_events
from icalendar import Calendar

from memo_service.absences.importing import BEHIND, MOST_ENTRIES, Entry, Reading, Unread
from memo_service.absences.rules import Fault, Kind, Wanted
from memo_service.absences.spelling import kind_in
from office.calendar import KST

BACK, AHEAD = timedelta(days=31), timedelta(days=366)
_TOO_OFTEN = frozenset({"SECONDLY", "MINUTELY", "HOURLY"})
_LONGEST_UID = 200
Event = Any  # the library types a property by every type any property can have
Numbered = tuple[int, Event]


def is_calendar(text: str) -> bool:
    """Whether a text is meant to be an iCalendar file."""
    return text.lstrip().upper().startswith("BEGIN:VCALENDAR")


def read_calendar_file(text: str, officer: str, deputy: str | None, now: datetime) -> Reading:
    """The events of a calendar from a month ago to a year from `now`, as absences of `officer`."""
    try:
        calendars = Calendar.from_ical(text, multiple=True)
    except ValueError:
        return Reading(faults=[Unread(1, Fault("calendar_unread"))])
    lines = iter([n for n, line in enumerate(text.splitlines(), 1) if line.strip().upper() == "BEGIN:VEVENT"])
    entries: list[Entry] = []
    faults: list[Unread] = []
    left_out: list[Unread] = []
    for calendar in calendars:
        withdrawn = str(calendar.get("METHOD", "")).upper() == "CANCEL"
        for series in _series(calendar, lines):
            if len(entries) > MOST_ENTRIES:
                break  # refused as a whole; the rest need not be worked out
            line, fault = series[0][0], _fault(series)
            if fault:
                faults.append(Unread(line, fault))
            elif _is_free(series[0][1]):
                left_out.append(Unread(line, Fault("event_free")))
            else:
                entries += _entries(
                    calendar, series, Wanted(officer, Kind.OTHER, now, now, deputy), withdrawn
                )
    return Reading(entries, faults, left_out)


def _series(calendar: Calendar, lines: Iterator[int]) -> list[list[Numbered]]:
    """The events of a calendar with their lines, those of one UID together."""
    found: dict[str, list[Numbered]] = {}
    for number, event in enumerate(calendar.walk("VEVENT")):
        found.setdefault(str(event.get("UID", f"{BEHIND}{number}")), []).append((next(lines), event))
    return list(found.values())


def _fault(series: list[Numbered]) -> Fault | None:
    for _, event in series:
        if event.errors:
            named = event.errors[0][0] or "?"
            return Fault("event_unread", "", (f"{event.get('SUMMARY', '')} {named}".strip(),))
        if "DTSTART" not in event:
            return Fault("event_unread", "", (f"{event.get('SUMMARY', '')} DTSTART".strip(),))
        zone = event["DTSTART"].params.get("TZID")
        start = event["DTSTART"].dt
        if zone and isinstance(start, datetime) and start.tzinfo is None:
            return Fault("zone_unknown", "", (zone,))
        if _rule(event) & _TOO_OFTEN:
            return Fault("event_too_often", "", (str(event.get("SUMMARY", "")),))
    return None


def _rule(event: Event) -> set[str]:
    rules = event.get("RRULE", [])
    return {freq for rule in (rules if isinstance(rules, list) else [rules]) for freq in rule.get("FREQ", [])}


def _is_free(event: Event) -> bool:
    """Shown as free, and of no kind we know: whole-day leave is often shown as free by default."""
    shown = (str(event.get("TRANSP", "")), str(event.get("X-MICROSOFT-CDO-BUSYSTATUS", "")))
    return ("TRANSPARENT" in shown or "FREE" in shown) and _kind(event) is None


def _kind(event: Event) -> Kind | None:
    categories = event.get("CATEGORIES", [])
    listed = categories if isinstance(categories, list) else [categories]
    named = " ".join(str(c) for category in listed for c in getattr(category, "cats", [category]))
    return kind_in(named) or kind_in(str(event.get("SUMMARY", "")))


def _entries(calendar: Calendar, series: list[Numbered], shape: Wanted, withdrawn: bool) -> list[Entry]:
    """Each repetition of an event that lies in our time; `shape` carries officer, deputy and now."""
    alone = Calendar()
    alone.subcomponents = [*calendar.walk("VTIMEZONE"), *(event for _, event in series)]
    now = shape.starts_at
    repeats = any("RRULE" in event or "RDATE" in event for _, event in series)
    lines = {_stamp(event.get("RECURRENCE-ID")): line for line, event in series}
    found: list[Entry] = []
    for event in recurring_ical_events.of(alone).between(now - BACK, now + AHEAD):
        slot = _stamp(event.get("RECURRENCE-ID"))
        cancelled = withdrawn or str(event.get("STATUS", "")).upper() == "CANCELLED"
        wanted = Wanted(
            officer=shape.officer,
            kind=_kind(event) or Kind.OTHER,
            starts_at=_moment(event["DTSTART"].dt),
            ends_at=_moment(event["DTEND"].dt),
            deputy=shape.deputy,
            note=str(event.get("SUMMARY", ""))[:200],
            uid=_uid(event, slot if repeats else ""),
        )
        found.append(Entry(lines.get(slot, series[0][0]), wanted, cancelled))
    return sorted(found, key=lambda entry: entry.wanted.starts_at)


def _uid(event: Event, slot: str) -> str | None:
    if "UID" not in event:
        return None
    uid = str(event["UID"]).replace(BEHIND, "")
    if len(uid) > _LONGEST_UID:
        uid = hashlib.sha256(uid.encode()).hexdigest()
    return f"{uid}{BEHIND}{slot}" if slot else uid


def _stamp(recurrence: Any) -> str:
    """Which repetition is meant, in one spelling."""
    if recurrence is None:
        return ""
    moment = recurrence.dt
    return f"{_moment(moment).astimezone(UTC):%Y%m%dT%H%M%SZ}"


def _moment(at: date | datetime) -> datetime:
    """An aware moment: whole days and times without a zone are Korea's."""
    if not isinstance(at, datetime):
        return datetime.combine(at, time(0), KST)
    return at if at.tzinfo else at.replace(tzinfo=KST)
