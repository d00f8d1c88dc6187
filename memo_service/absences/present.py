"""Turns absences into what templates print, for one actor: strings, nothing left to decide.

Owns that a reason is shown to him who is away and to his leader alone. Reads no database and makes no HTML.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from memo_service.absences import labels
from memo_service.absences.presence import Presence, State
from memo_service.absences.rules import Absence, Deputies, Wanted
from memo_service.access.actor import Actor
from office.calendar import KST, Calendar
from office.directory import Directory, Officer

_DAYS = 7


@dataclass(frozen=True, slots=True)
class Line:
    """An absence in a list. `kind` and `note` are empty for whoever may not see the reason."""

    id: str
    who: str
    kind: str
    span: str
    deputy: str
    note: str
    running: bool
    may_change: bool


@dataclass(frozen=True, slots=True)
class Mark:
    """An absence on one day of the week strip."""

    text: str
    whole: bool


@dataclass(frozen=True, slots=True)
class Day:
    """A column of the week strip."""

    day: date
    title: str
    is_today: bool
    off: str
    """Why nobody works; empty on a working day."""


@dataclass(frozen=True, slots=True)
class Week:
    """Some officers' absences in one week."""

    days: Sequence[Day]
    rows: Sequence[tuple[str, Sequence[Sequence[Mark]]]]
    before: date
    after: date


@dataclass(frozen=True, slots=True)
class Choice:
    """A deputy to choose. `away` says when he is away himself in the time asked for."""

    officer: str
    text: str
    away: str
    chosen: bool


@dataclass(frozen=True, slots=True)
class Seen:
    """An officer's presence as one colleague sees it."""

    state: str
    label: str
    back: str
    reason: str
    stand_in: str


class Presenter:
    """Words for absences, for one office."""

    def __init__(self, directory: Directory, calendar: Calendar) -> None:
        self._directory = directory
        self._calendar = calendar

    def officer(self, officer: str | None) -> str:
        """Name and title; empty for nobody, the id for one who left the directory."""
        found = self._directory.officers.get(officer or "")
        return f"{found.name} {found.title}" if found else officer or ""

    def subjects(self, actor: Actor) -> list[Officer]:
        """Whose absences he may set: himself first, then by extension."""
        own = [o for o in self._directory.officers.values() if actor.may_set_absence(self._directory, o.id)]
        return sorted(own, key=lambda o: (o.id != actor.officer, o.extension))

    def line(self, actor: Actor, absence: Absence, now: datetime, notes: Mapping[str, str]) -> Line:
        """An absence in a list."""
        reason = actor.may_see_reason(self._directory, absence.officer)
        return Line(
            id=absence.id,
            who=self.officer(absence.officer),
            kind=labels.KINDS[absence.kind] if reason else "",
            span=labels.span(absence.starts_at, absence.ends_at, now),
            deputy=self.officer(absence.deputy),
            note=notes.get(absence.id, ""),
            running=absence.covers(now),
            may_change=actor.may_set_absence(self._directory, absence.officer),
        )

    def week(
        self,
        actor: Actor,
        officers: Sequence[Officer],
        absences: Sequence[Absence],
        monday: date,
        today: date,
    ) -> Week:
        """The week from `monday` on."""
        days = [self._day(actor, monday + timedelta(days=n), today) for n in range(_DAYS)]
        return Week(
            days=days,
            rows=[
                (
                    f"{officer.name} {officer.title}",
                    [self._marks(actor, officer, absences, day.day) for day in days],
                )
                for officer in officers
            ],
            before=monday - timedelta(days=_DAYS),
            after=monday + timedelta(days=_DAYS),
        )

    def _day(self, actor: Actor, day: date, today: date) -> Day:
        works = self._calendar.spans(day, actor.department)
        off = "" if works else self._calendar.why_closed(day, actor.department)
        title = f"{day.month}.{day.day}.({'월화수목금토일'[day.weekday()]})"
        return Day(day, title, day == today, off)

    def _marks(self, actor: Actor, officer: Officer, absences: Sequence[Absence], day: date) -> list[Mark]:
        start = datetime.combine(day, datetime.min.time(), KST)
        end = start + timedelta(days=1)
        reason = actor.may_see_reason(self._directory, officer.id)
        found: list[Mark] = []
        for absence in absences:
            if absence.officer != officer.id or not absence.meets(start, end):
                continue
            first, last = max(absence.starts_at, start), min(absence.ends_at, end)
            whole = first == start and last == end
            kind = labels.KINDS[absence.kind] if reason else labels.PRESENCES["away"]
            found.append(Mark(kind if whole else f"{kind} {_clock(first)}–{_clock(last, start)}", whole))
        return found

    def choices(
        self,
        officer: str,
        chosen: str | None,
        beside: Sequence[Absence],
        starts_at: datetime,
        ends_at: datetime,
    ) -> list[Choice]:
        """Whom `officer` may name: his own department first; who is away then is said."""
        own = self._directory.officers.get(officer)
        others = [o for o in self._directory.officers.values() if o.id != officer]
        near = sorted(others, key=lambda o: (own is None or o.department != own.department, o.extension))
        return [
            Choice(
                officer=o.id,
                text=f"{o.name} {o.title} ({o.extension})",
                away=self._away_then(o.id, beside, starts_at, ends_at),
                chosen=o.id == chosen,
            )
            for o in near
        ]

    @staticmethod
    def _away_then(officer: str, beside: Sequence[Absence], starts_at: datetime, ends_at: datetime) -> str:
        for absence in beside:
            if absence.officer == officer and absence.meets(starts_at, ends_at):
                covers = absence.starts_at <= starts_at and ends_at <= absence.ends_at
                return "그때 부재" if covers else "그때 일부 부재"
        return ""

    def seen(self, actor: Actor, officer: str, presence: Presence, deputies: Deputies, now: datetime) -> Seen:
        """How `actor` sees a colleague's presence: the reason only if it is his own or he leads him."""
        reason = ""
        if actor.may_see_reason(self._directory, officer):
            absence, sign = presence.absence, presence.sign
            reason = labels.KINDS[absence.kind] if absence else labels.SIGNS[sign] if sign else ""
        asked = presence.state in (State.AWAY, State.OFFLINE)
        after = deputies.stand_in(officer, now) if asked else None
        return Seen(
            state=presence.state.value,
            label=labels.PRESENCES[presence.state],
            back=labels.until(presence.back_at, now) if presence.back_at else "",
            reason=reason,
            stand_in=self.officer(after) if asked else "",
        )

    def told(self, wanted: Wanted | Absence, now: datetime) -> str:
        """`연가 11.26.(목) 하루 종일`, for whoever just set it."""
        return f"{labels.KINDS[wanted.kind]} {labels.span(wanted.starts_at, wanted.ends_at, now)}"


def _clock(at: datetime, start: datetime | None = None) -> str:
    local = at.astimezone(KST)
    return "24:00" if start and local == start + timedelta(days=1) else f"{local:%H:%M}"
