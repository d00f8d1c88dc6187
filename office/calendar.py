"""Working time of the office: weekly hours, lunch, public holidays, the office's own days.

Owns which moments count as working time (charter terms; 지방공무원 복무규정 for 09–18 and lunch). Korea has
had no summer time since 1988, so local arithmetic is safe. Later `calendar.d` files win over earlier ones.
"""

import hashlib
from collections.abc import Iterable, Sequence
from datetime import UTC, date, datetime, time, timedelta, timezone
from enum import StrEnum
from functools import cache
from importlib.metadata import version
from typing import Annotated

import holidays
from pydantic import BaseModel, ConfigDict, Field

from office.problems import TomlSource

KST = timezone(timedelta(hours=9), "Asia/Seoul")
Span = tuple[time, time]
Moments = tuple[datetime, datetime]
_ALL = "*"
_DEFAULT_HOURS: tuple[Span, ...] = ((time(9), time(12)), (time(13), time(18)))


class _Entry(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", populate_by_name=True)
    scope: str = _ALL
    source: str = ""


class Close(_Entry):
    """A day the office is shut besides weekly days off and public holidays (임시공휴일, 군민의 날)."""

    date: date
    name: str


class Open(_Entry):
    """A day, else closed, on which the office is open for `hours`."""

    date: date
    hours: tuple[Span, ...] = _DEFAULT_HOURS


class Hours(_Entry):
    """Weekly hours; weekday 1 is Monday. `from`/`to` limit them to a season, both days included."""

    weekdays: tuple[Annotated[int, Field(ge=1, le=7)], ...] = (1, 2, 3, 4, 5)
    hours: tuple[Span, ...] = _DEFAULT_HOURS
    first: date | None = Field(default=None, alias="from")
    last: date | None = Field(default=None, alias="to")
    on_holidays: bool = False


class LunchRule(StrEnum):
    """What a department does between the working spans of a day (점심시간)."""

    CLOSED = "closed"
    """Nobody answers; the notice, then the memo."""
    ROTA = "rota"
    """Phones ring, some are there; not working time."""
    OPEN = "open"
    """Working time like the rest of the day."""


class Lunch(_Entry):
    """The lunch rule of the office or of one department."""

    rule: LunchRule


class Duty(_Entry):
    """Who is on duty (당직) when the office is closed, from the evening of `date` to the next opening.

    `numbers` are tried in order: extensions, or outside numbers such as mobiles.
    """

    date: date
    numbers: Annotated[tuple[Annotated[str, Field(pattern=r"^[0-9-]{2,16}$")], ...], Field(min_length=1)]


class CalendarFile(BaseModel):
    """One file of `calendar.d`."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    close: tuple[Close, ...] = ()
    open: tuple[Open, ...] = ()
    hours: tuple[Hours, ...] = ()
    lunch: tuple[Lunch, ...] = ()
    duty: tuple[Duty, ...] = ()


@cache
def public_holidays(year: int) -> dict[date, str]:
    """Public holidays of Korea in `year` with substitutes, by the pinned `holidays` release."""
    return dict(holidays.country_holidays("KR", years=year, language="ko"))


class Calendar:
    """Working time by department. Without files: Monday to Friday 09–12 and 13–18, no public holidays."""

    def __init__(self, files: Iterable[CalendarFile] = ()) -> None:
        layers = list(files)
        self._close = [entry for layer in layers for entry in layer.close]
        self._open = [entry for layer in layers for entry in layer.open]
        self._hours = [Hours(), *(entry for layer in layers for entry in layer.hours)]
        self._lunch = {entry.scope: entry.rule for layer in layers for entry in layer.lunch}
        self._duty = {entry.date: entry.numbers for layer in layers for entry in layer.duty}
        self._moments: dict[tuple[date, str | None], tuple[Moments, ...]] = {}
        told = "".join(layer.model_dump_json() for layer in layers) + version("holidays")
        self.version = hashlib.sha256(told.encode()).hexdigest()[:12]
        """Names this state of the calendar; stored with each deadline it made."""

    def spans(self, day: date, department: str | None = None) -> Sequence[Span]:
        """The working spans of `day` in local time, in order; empty on a day off."""
        found = self._spans(day, department)
        return _whole(found) if self.lunch_rule(department) is LunchRule.OPEN else found

    def serving(self, day: date, department: str | None = None) -> Sequence[Span]:
        """When phones ring on `day`: the working spans, and lunch where the department is not closed then."""
        found = self._spans(day, department)
        return found if self.lunch_rule(department) is LunchRule.CLOSED else _whole(found)

    def lunch_rule(self, department: str | None = None) -> LunchRule:
        """The department's rule, else the office's; rota where nothing is said."""
        return self._lunch.get(department or _ALL) or self._lunch.get(_ALL, LunchRule.ROTA)

    def duty(self, day: date) -> tuple[str, ...]:
        """Numbers on duty from the evening of `day` on, in order; empty where the roster names nobody."""
        return self._duty.get(day, ())

    @property
    def rostered(self) -> frozenset[str]:
        """Every number that the roster names."""
        return frozenset(number for numbers in self._duty.values() for number in numbers)

    def _spans(self, day: date, department: str | None) -> Sequence[Span]:
        for opened in reversed(self._open):
            if opened.date == day and opened.scope in (_ALL, department):
                return opened.hours
        if any(entry.date == day and entry.scope in (_ALL, department) for entry in self._close):
            return ()
        week = self._week(day, department)
        if week is None or (day in public_holidays(day.year) and not week.on_holidays):
            return ()
        return week.hours if day.isoweekday() in week.weekdays else ()

    def moments(self, day: date, department: str | None = None) -> tuple[Moments, ...]:
        """The working spans of `day` as aware moments, in order; 00:00 as an end is the end of the day."""
        key = (day, department)
        found = self._moments.get(key)
        if found is None:
            found = tuple(
                (datetime.combine(day, a, KST), datetime.combine(day + timedelta(days=b == time(0)), b, KST))
                for a, b in self.spans(day, department)
            )
            self._moments[key] = found
        return found

    def why_closed(self, day: date, department: str | None = None) -> str:
        """Why `day` has no working time, in Korean: a holiday's or closed day's name, or the weekday."""
        for entry in self._close:
            if entry.date == day and entry.scope in (_ALL, department):
                return entry.name
        return public_holidays(day.year).get(day) or f"{'월화수목금토일'[day.weekday()]}요일"

    def _week(self, day: date, department: str | None) -> Hours | None:
        """The weekly hours in force: a department's own before the office's, later entries first."""
        for scope in (department, _ALL):
            for entry in reversed(self._hours):
                in_season = (entry.first or day) <= day <= (entry.last or day)
                if entry.scope == scope and in_season:
                    return entry
        return None

    def is_working_time(self, at: datetime, department: str | None = None) -> bool:
        """Whether the aware moment `at` lies in working time (end exclusive)."""
        local = at.astimezone(KST)
        clock = local.time()
        return any(_within(clock, span) for span in self.spans(local.date(), department))


def _whole(spans: Sequence[Span]) -> Sequence[Span]:
    return ((spans[0][0], spans[-1][1]),) if spans else ()


def _within(clock: time, span: Span) -> bool:
    start, end = span
    return start <= clock and (clock < end or end == time(0))


def read_calendar(files: Iterable[tuple[str, str]]) -> Calendar:
    """Calendar from (file name, text) in order of name; raises OfficeRefusedError with file and line."""
    return Calendar(TomlSource(name, text).read(CalendarFile) for name, text in files)


def utc(epoch_us: int) -> datetime:
    """Aware UTC moment of an epoch in microseconds, exact."""
    return datetime(1970, 1, 1, tzinfo=UTC) + timedelta(microseconds=epoch_us)
