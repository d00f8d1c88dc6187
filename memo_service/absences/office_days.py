"""When the office is open, and by which knowledge of holidays: for people to read.

Owns the check that the installed holidays know the law of the year (CBK-03): temporary holidays are decreed
within weeks, and a library that is older than the law gives wrong deadlines in silence. Pure.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, time, timedelta
from importlib.metadata import version

from office.calendar import Calendar, LunchRule, public_holidays
from office.phone_number import classify

AHEAD = 60
_DUTY_AHEAD = 14
_SATURDAY = 6
_LONGEST_EXTENSION = 6
_TABLE_UNTIL = 2028
"""The last year whose holidays were compared with the law by hand (tests/unit/office)."""
# holidays that a law added lately, with the first year it holds
_NEW_LAW = ((2026, 5, 1, "노동절"), (2026, 7, 17, "제헌절"))
_LUNCH = {
    LunchRule.CLOSED: "점심에는 받지 않음",
    LunchRule.ROTA: "점심에도 돌아가며 받음",
    LunchRule.OPEN: "점심도 근무시간",
}


@dataclass(frozen=True, slots=True)
class SpecialDay:
    """A day that is not like its weekday."""

    day: date
    name: str
    is_open: bool


@dataclass(frozen=True, slots=True)
class Basis:
    """By which knowledge of holidays the office counts; `doubts` in Korean, empty where there are none."""

    library: str
    calendar: str
    doubts: Sequence[str]


def hours_of(calendar: Calendar, day: date, department: str | None) -> tuple[str, str, str]:
    """When phones ring that day, when it is working time, and the lunch rule; in Korean."""
    rule = calendar.lunch_rule(department)
    return (_spans(calendar.serving(day, department)), _spans(calendar.spans(day, department)), _LUNCH[rule])


def special_days(calendar: Calendar, first: date, days: int = AHEAD) -> list[SpecialDay]:
    """Weekdays the office is shut, and days off on which it is open, from `first` on."""
    found: list[SpecialDay] = []
    for day in (first + timedelta(days=n) for n in range(days)):
        works = bool(calendar.spans(day))
        weekend = day.isoweekday() >= _SATURDAY
        if not works and not weekend:
            found.append(SpecialDay(day, calendar.why_closed(day), is_open=False))
        elif works and (weekend or day in public_holidays(day.year)):
            found.append(SpecialDay(day, public_holidays(day.year).get(day, "여는 날"), is_open=True))
    return found


def duty_days(calendar: Calendar, first: date, area: str) -> list[tuple[date, Sequence[str]]]:
    """Who is on duty from the evening of each day, where the roster says it; outside numbers masked."""
    days = [first + timedelta(days=n) for n in range(_DUTY_AHEAD)]
    return [
        (day, [_number(number, area) for number in calendar.duty(day)]) for day in days if calendar.duty(day)
    ]


def basis(calendar: Calendar, today: date) -> Basis:
    """휴일 자료 기준: what is installed, and what may be wrong with it."""
    doubts = [
        f"설치된 휴일 자료가 {today.year}년 법보다 오래되어 {month}월 {day}일 {name}을(를) 모릅니다."
        for since, month, day, name in _NEW_LAW
        if today.year >= since and not _knows(today.year, month, day)
    ]
    if today.year > _TABLE_UNTIL:
        doubts.append(f"{today.year}년 휴일은 아직 월력요항과 견주어 보지 않았습니다.")
    return Basis(f"holidays {version('holidays')}", calendar.version, doubts)


def _number(number: str, area: str) -> str:
    """An extension as it is; an outside number, perhaps somebody's mobile, masked."""
    return number if len(number) <= _LONGEST_EXTENSION else str(classify(number, area=area))


def _knows(year: int, month: int, day: int) -> bool:
    return date(year, month, day) in public_holidays(year)


def _spans(spans: Sequence[tuple[time, time]]) -> str:
    told = [f"{a:%H:%M}–{'24:00' if b == time(0) else f'{b:%H:%M}'}" for a, b in spans]
    return ", ".join(told) or "쉼"
