"""What should stand in the PBX's database: hours, roster and absences as flags (docs/contracts.md). Pure.

Owns keys and values. The dialplan decides by them whether or not anybody here is alive, so they reach far
ahead; times are the office's.
"""

from collections.abc import Iterator, Mapping
from datetime import date, datetime, time, timedelta

from office.calendar import KST, Calendar
from office.commands import AwaySpan, Wishes
from office.directory import Directory
from office.folder import Office

HOURS_DAYS = 60
DUTY_DAYS = 14
NO_DEPARTMENT = "-"
VALUE_MAX = 900
"""Bytes of a value: a line of AMI holds 1,024. What is further away comes with a later comparison."""
DAY_DUTY = time(9)
"""On a day off the duty changes hands at this hour; on a working day when the office closes."""
_DAY = timedelta(days=1)


def wanted(office: Office, wishes: Wishes | None, now: datetime) -> dict[str, str]:
    """Every flag by key as of `now` (aware, office's clock). Without wishes nothing is said of absences."""
    flags = dict(_hours(office, now.astimezone(KST).date()))
    if duty := _fitting(_duty(office.calendar, now)):
        flags["duty/list"] = duty
    for exten, spans in (wishes.away if wishes else {}).items():
        if exten in office.directory.desks and (away := _fitting(_away(office.directory, spans, now))):
            flags[f"away/{exten}"] = away
    return flags


def families(wishes: Wishes | None) -> tuple[str, ...]:
    """The families that `wanted` says everything of; what else stands in them is to go."""
    return ("hours", "duty", "away") if wishes else ("hours", "duty")


def _hours(office: Office, today: date) -> Iterator[tuple[str, str]]:
    for department in (None, *office.directory.departments):
        for ahead in range(HOURS_DAYS):
            day = today + ahead * _DAY
            spans = "&".join(
                f"{start:%H%M}-{'2400' if end == time(0) else f'{end:%H%M}'}"
                for start, end in office.calendar.serving(day, department)
            )
            yield f"hours/{department or NO_DEPARTMENT}/{day:%Y%m%d}", spans or "closed"


def _duty(calendar: Calendar, now: datetime) -> Iterator[str]:
    """Spans of the roster that are not over: each until the next one begins or the office opens."""
    today = now.astimezone(KST).date()
    days = [today + ahead * _DAY for ahead in range(-DUTY_DAYS, DUTY_DAYS)]
    begins = [(_hand_over(calendar, day), numbers) for day in days if (numbers := calendar.duty(day))]
    for index, (start, numbers) in enumerate(begins):
        next_one = begins[index + 1][0] if index + 1 < len(begins) else datetime.max.replace(tzinfo=KST)
        end = min(_next_opening(calendar, start), next_one)
        if start < end and end > now:
            plain = "+".join(number.replace("-", "") for number in numbers)
            yield f"{_epoch(start)}-{_epoch(end)}-{plain}"


def _hand_over(calendar: Calendar, day: date) -> datetime:
    """When the duty of `day` begins."""
    spans = calendar.serving(day)
    closing = spans[-1][1] if spans else DAY_DUTY
    return datetime.combine(day + (_DAY if spans and closing == time(0) else 0 * _DAY), closing, KST)


def _next_opening(calendar: Calendar, start: datetime) -> datetime:
    """When phones ring again after `start`; after DUTY_DAYS at the latest."""
    for ahead in range(DUTY_DAYS):
        day = start.date() + ahead * _DAY
        for opens, _ in calendar.serving(day):
            if (moment := datetime.combine(day, opens, KST)) >= start:
                return moment
    return start + DUTY_DAYS * _DAY


def _away(directory: Directory, spans: tuple[AwaySpan, ...], now: datetime) -> Iterator[str]:
    for span in sorted(spans, key=lambda span: span.start):
        if span.start < span.end and span.end > now.timestamp():
            deputy = span.deputy if span.deputy in directory.desks else ""
            yield f"{span.start}-{span.end}-{deputy}"


def _fitting(spans: Iterator[str]) -> str:
    """The spans joined, whole ones and the nearest first, as many as a value holds."""
    value = ""
    for span in spans:
        longer = f"{value}&{span}" if value else span
        if len(longer) > VALUE_MAX:
            break
        value = longer
    return value


def _epoch(moment: datetime) -> int:
    return int(moment.timestamp())


def difference(wished: Mapping[str, str], found: Mapping[str, str]) -> tuple[dict[str, str], list[str]]:
    """What must be put, and which keys must go, for `found` to become `wished`."""
    put = {key: value for key, value in wished.items() if found.get(key) != value}
    return put, sorted(found.keys() - wished.keys())
