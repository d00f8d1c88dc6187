"""What an imported file would do to the absences that stand. Pure.

Owns how a line finds the absence it means, and that a whole file is looked at before anything is saved. What
a file says is read by `absences.ics` and `absences.table`.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from memo_service.absences.rules import Absence, Fault, Wanted, faults_of, warnings_of

MOST_ENTRIES = 2_000
BEHIND = "\x1f"
"""Between a calendar's own id of an event and which of its repetitions is meant."""
_LINE = "line "  # begins the name of an absence that stands only in the file so far


class Act(StrEnum):
    """What happens to a line of a file."""

    NEW = "new"
    CHANGE = "change"
    SAME = "same"
    CANCEL = "cancel"
    PAST = "past"
    """It is over already: left out."""
    NOTHING = "nothing"
    """Cancelled in the file, and we never had it."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One absence of a file; `line` counts from 1. `cancelled`: the file takes it back."""

    line: int
    wanted: Wanted
    cancelled: bool = False


@dataclass(frozen=True, slots=True)
class Unread:
    """A line that could not be read, or was left out on purpose."""

    line: int
    fault: Fault


@dataclass(frozen=True, slots=True)
class Reading:
    """What a file says: entries, lines at fault (nothing is saved then), lines left out."""

    entries: Sequence[Entry] = ()
    faults: Sequence[Unread] = ()
    left_out: Sequence[Unread] = ()


@dataclass(frozen=True, slots=True)
class Step:
    """One line's part in an import."""

    line: int
    act: Act
    wanted: Wanted
    existing: Absence | None = None
    faults: Sequence[Fault] = ()
    warnings: Sequence[Fault] = ()


@dataclass(frozen=True, slots=True)
class Plan:
    """All steps of an import, in the order of the file; what the file no longer holds comes last."""

    steps: Sequence[Step]

    @property
    def faulty(self) -> bool:
        """Whether any line is at fault: then nothing is saved."""
        return any(step.faults for step in self.steps)

    def count(self, act: Act) -> int:
        """How many lines are of this kind."""
        return sum(step.act is act for step in self.steps)


def plan(
    entries: Sequence[Entry],
    existing: Sequence[Absence],
    standing: Mapping[str, str | None],
    allowed: Collection[str],
    now: datetime,
) -> Plan:
    """What `entries` would do beside the `existing` absences of everybody; each line sees those before it."""
    beside = list(existing)
    steps: list[Step] = []
    for entry in entries:
        step = _step(entry, beside, standing, allowed, now)
        steps.append(step)
        if not step.faults:
            beside = _after(beside, step, now)
    return Plan([*steps, *_gone(entries, beside, allowed, now)])


def _step(
    entry: Entry,
    beside: Sequence[Absence],
    standing: Mapping[str, str | None],
    allowed: Collection[str],
    now: datetime,
) -> Step:
    wanted, known = entry.wanted, _known(entry.wanted, beside)
    if wanted.officer in standing and wanted.officer not in allowed:
        return Step(entry.line, Act.NEW, wanted, faults=[Fault("not_allowed", "officer", (wanted.officer,))])
    if entry.cancelled or (known and wanted.starts_at < wanted.ends_at <= now < known.ends_at):
        return Step(entry.line, Act.CANCEL if known else Act.NOTHING, wanted, known)
    if wanted.starts_at < wanted.ends_at <= now:
        return Step(entry.line, Act.PAST, wanted)
    if known and known.id.startswith(_LINE):
        return Step(
            entry.line, Act.NEW, wanted, faults=[Fault("twice", "starts_at", (known.id[len(_LINE) :],))]
        )
    if known and _says(known) == _says(wanted):
        return Step(entry.line, Act.SAME, wanted, known)
    # only those of the same time matter; a long file would else be slow
    near = [a for a in beside if a is not known and a.meets(wanted.starts_at, wanted.ends_at)]
    faults = faults_of(wanted, near, standing, now)
    warnings = () if faults else warnings_of(wanted, near, standing)
    return Step(entry.line, Act.CHANGE if known else Act.NEW, wanted, known, faults, warnings)


def _known(wanted: Wanted, beside: Sequence[Absence]) -> Absence | None:
    """The absence a line means: of the same name in its calendar, else of the same officer and time."""
    own = [a for a in beside if a.officer == wanted.officer]
    named = [a for a in own if wanted.uid and a.uid == wanted.uid]
    alike = [a for a in own if (a.starts_at, a.ends_at) == (wanted.starts_at, wanted.ends_at)]
    return next(iter([*named, *alike]), None)


def _says(absence: Absence | Wanted) -> tuple[object, ...]:
    return (absence.kind, absence.starts_at, absence.ends_at, absence.deputy)


def _after(beside: Sequence[Absence], step: Step, now: datetime) -> list[Absence]:
    """The absences as they would stand after `step`."""
    kept = [a for a in beside if a is not step.existing] if step.act is not Act.SAME else list(beside)
    if step.act not in (Act.NEW, Act.CHANGE):
        return kept
    w = step.wanted
    name = step.existing.id if step.existing else f"{_LINE}{step.line}"
    return [*kept, Absence(name, w.officer, w.kind, w.starts_at, w.ends_at, w.deputy, now, w.uid)]


def _gone(
    entries: Sequence[Entry], beside: Sequence[Absence], allowed: Collection[str], now: datetime
) -> list[Step]:
    """Repetitions that the file's own event no longer has: they are taken back."""
    held = {(e.wanted.officer, e.wanted.uid) for e in entries if e.wanted.uid}
    lines = {_series(e.wanted): e.line for e in entries if e.wanted.uid}
    return [
        Step(lines[_series(absence)], Act.CANCEL, _as_wanted(absence), absence)
        for absence in beside
        if absence.ends_at > now and absence.officer in allowed
        if _series(absence) in lines and (absence.officer, absence.uid) not in held
    ]


def _series(absence: Absence | Wanted) -> tuple[str, str]:
    """The officer, and the calendar's event with all its repetitions."""
    return absence.officer, (absence.uid or "").partition(BEHIND)[0]


def _as_wanted(absence: Absence) -> Wanted:
    return Wanted(
        officer=absence.officer,
        kind=absence.kind,
        starts_at=absence.starts_at,
        ends_at=absence.ends_at,
        deputy=absence.deputy,
        uid=absence.uid,
    )
