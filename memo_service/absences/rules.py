"""What an absence is, and what makes one impossible (charter T6).

Owns the kinds of absence and every rule between absences. Pure: no clock, no database, no words; what is
wrong is told in codes (`absences.labels` has the Korean).
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

LONGEST = timedelta(days=366)


class Kind(StrEnum):
    """Why somebody is away. Seen by himself and his leader alone, and never told to a citizen."""

    AWAY = "away"
    ANNUAL_LEAVE = "annual_leave"
    HALF_DAY = "half_day"
    SICK_LEAVE = "sick_leave"
    OFFICIAL_LEAVE = "official_leave"
    SPECIAL_LEAVE = "special_leave"
    TRIP = "trip"
    MEETING = "meeting"
    TRAINING = "training"
    OUTING = "outing"
    OTHER = "other"


class Source(StrEnum):
    """How an absence came in."""

    PAGE = "page"
    ICS = "ics"
    CSV = "csv"


@dataclass(frozen=True, slots=True)
class Wanted:
    """An absence somebody asks for, not yet looked at. Moments are aware; the end is exclusive."""

    officer: str
    kind: Kind
    starts_at: datetime
    ends_at: datetime
    deputy: str | None = None
    note: str = ""
    uid: str | None = None
    """What an imported calendar calls it; a second import of the same changes it instead of doubling."""


@dataclass(frozen=True, slots=True)
class Absence:
    """A stored absence. Where two of one officer run at once, the one said last names the deputy."""

    id: str
    officer: str
    kind: Kind
    starts_at: datetime
    ends_at: datetime
    deputy: str | None
    said_at: datetime
    uid: str | None = None

    def covers(self, at: datetime) -> bool:
        """Whether it runs at `at` (end exclusive)."""
        return self.starts_at <= at < self.ends_at

    def meets(self, starts_at: datetime, ends_at: datetime) -> bool:
        """Whether it shares a moment with [starts_at, ends_at)."""
        return self.starts_at < ends_at and starts_at < self.ends_at


@dataclass(frozen=True, slots=True)
class Fault:
    """What is wrong or worth knowing: a code, the field it belongs to, and what it is about."""

    code: str
    field: str = ""
    about: tuple[str, ...] = ()
    """Officers by id for `loop`, `deputy_away`; else words that go into the sentence."""


class AbsenceRefusedError(Exception):
    """An absence cannot be saved; `faults` say why, in the order of the form."""

    def __init__(self, *faults: Fault) -> None:
        super().__init__(", ".join(fault.code for fault in faults))
        self.faults = faults


class Deputies:
    """Who stands in for whom: absences at their moments, and the directory's deputies behind them."""

    def __init__(self, absences: Iterable[Absence], standing: Mapping[str, str | None]) -> None:
        """`standing` holds every officer with the deputy the directory names for him."""
        self._standing = standing
        self._absences: dict[str, list[Absence]] = {}
        for absence in absences:
            self._absences.setdefault(absence.officer, []).append(absence)

    def away(self, officer: str, at: datetime) -> Absence | None:
        """The absence of `officer` in force at `at`, or None: he is in."""
        running = [a for a in self._absences.get(officer, ()) if a.covers(at)]
        return max(running, key=lambda a: (a.said_at, a.id), default=None)

    def deputy(self, officer: str, at: datetime) -> str | None:
        """Who comes directly after him: his absence's deputy, else the directory's."""
        absence = self.away(officer, at)
        named = absence.deputy if absence else self._standing.get(officer)
        return named if named in self._standing else None

    def chain(self, officer: str, at: datetime) -> tuple[str, ...]:
        """Everybody asked in his place, in order, up to the first who is in."""
        found: list[str] = []
        step = self.deputy(officer, at)
        while step and step != officer and step not in found:
            found.append(step)
            step = self.deputy(step, at) if self.away(step, at) else None
        return tuple(found)

    def stand_in(self, officer: str, at: datetime) -> str | None:
        """The first in the chain who is in; None where the chain ends with nobody."""
        chain = self.chain(officer, at)
        return chain[-1] if chain and self.away(chain[-1], at) is None else None

    def back_at(self, officer: str, at: datetime) -> datetime:
        """When he is in again: the end of the absences that follow one another without a gap from `at` on."""
        while running := [a.ends_at for a in self._absences.get(officer, ()) if a.covers(at)]:
            at = max(running)
        return at

    def loop(self, officer: str, starts_at: datetime, ends_at: datetime) -> tuple[str, ...]:
        """The first ring of absent deputies that begins and ends at `officer` in this time; else empty.

        Of absences that run at once all are followed, not only the one in force: so no ring can appear when
        one of them is taken back or ends early.
        """
        for at in self._turns(starts_at, ends_at):
            if found := self._ring((officer,), at, set()):
                return found
        return ()

    def _ring(self, path: tuple[str, ...], at: datetime, seen: set[str]) -> tuple[str, ...]:
        running = (a for a in self._absences.get(path[-1], ()) if a.covers(at) and a.deputy)
        for step in sorted({a.deputy or "" for a in running} - seen):
            if step == path[0]:
                return (*path, step)
            seen.add(step)
            if found := self._ring((*path, step), at, seen):
                return found
        return ()

    def _turns(self, starts_at: datetime, ends_at: datetime) -> list[datetime]:
        """When somebody's absence begins or ends in this time: between two of these nothing changes."""
        own = (a for absences in self._absences.values() for a in absences)
        turns = {t for a in own if a.meets(starts_at, ends_at) for t in (a.starts_at, a.ends_at)}
        return sorted({starts_at, *(t for t in turns if starts_at < t < ends_at)})


def faults_of(
    wanted: Wanted,
    beside: Sequence[Absence],
    standing: Mapping[str, str | None],
    now: datetime,
) -> list[Fault]:
    """Why `wanted` cannot be saved beside these absences (of everybody; itself left out); else empty."""
    if wanted.starts_at >= wanted.ends_at:
        return [Fault("ends_before_start", "ends_at")]
    found = list(_span_faults(wanted, now))
    if wanted.officer not in standing:
        found.append(Fault("officer_unknown", "officer", (wanted.officer,)))
    if wanted.deputy == wanted.officer:
        found.append(Fault("deputy_self", "deputy"))
    elif wanted.deputy is not None and wanted.deputy not in standing:
        found.append(Fault("deputy_unknown", "deputy", (wanted.deputy,)))
    if found:
        return found
    if any(_same(wanted, other) for other in beside):
        return [Fault("doubled", "starts_at")]
    ring = Deputies([*beside, _as_if(wanted, now)], standing).loop(
        wanted.officer, wanted.starts_at, wanted.ends_at
    )
    return [Fault("loop", "deputy", ring)] if ring else []


def warnings_of(wanted: Wanted, beside: Sequence[Absence], standing: Mapping[str, str | None]) -> list[Fault]:
    """What is worth knowing of an absence that can be saved."""
    found: list[Fault] = []
    if wanted.deputy is None:
        found.append(Fault("deputy_none", "deputy"))
    shared = [a for a in beside if a.meets(wanted.starts_at, wanted.ends_at)]
    if any(a.officer == wanted.deputy for a in shared):
        at = next(max(a.starts_at, wanted.starts_at) for a in shared if a.officer == wanted.deputy)
        after = Deputies(beside, standing).stand_in(wanted.deputy or "", at)
        found.append(Fault("deputy_away", "deputy", (wanted.deputy or "", after or "")))
    if any(a.officer == wanted.officer for a in shared):
        found.append(Fault("overlap", "starts_at"))
    return found


def _span_faults(wanted: Wanted, now: datetime) -> Iterator[Fault]:
    if wanted.ends_at - wanted.starts_at > LONGEST:
        yield Fault("too_long", "ends_at")
    if wanted.ends_at <= now:
        yield Fault("past", "ends_at")


def _same(wanted: Wanted, other: Absence) -> bool:
    return (wanted.officer, wanted.starts_at, wanted.ends_at) == (
        other.officer,
        other.starts_at,
        other.ends_at,
    )


def _as_if(wanted: Wanted, now: datetime) -> Absence:
    """`wanted` as it would stand once saved: said last, so its deputy holds."""
    return Absence(
        "", wanted.officer, wanted.kind, wanted.starts_at, wanted.ends_at, wanted.deputy, now, wanted.uid
    )
