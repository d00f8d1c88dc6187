"""What can be done with absences: set, change, end, import; who is away and who stands in.

Owns who may do it, the one transaction in which rules are checked and rows written, and the sealed note.
"""

import uuid
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Engine
from sqlalchemy.orm import Session

from memo_service.absences import store
from memo_service.absences.importing import Act, Entry, Plan, Step, plan
from memo_service.absences.models import AbsenceChange, AbsenceRow
from memo_service.absences.rules import (
    Absence,
    AbsenceRefusedError,
    Deputies,
    Fault,
    Source,
    Wanted,
    faults_of,
    warnings_of,
)
from memo_service.access.actor import Actor
from memo_service.db.session import reading, writing
from memo_service.errors import NotFoundError
from memo_service.protect import Keyring
from office.directory import Directory

_NOTE = "absences.note"


@dataclass(frozen=True, slots=True)
class Saved:
    """An absence that was saved, and what is worth knowing of it."""

    absence: Absence
    warnings: Sequence[Fault]


class Absences:
    """The absences of one office."""

    def __init__(
        self, engine: Engine, keys: Keyring, directory: Directory, now: Callable[[], datetime]
    ) -> None:
        self._engine = engine
        self._keys = keys
        self._directory = directory
        self._now = now
        self.standing: Mapping[str, str | None] = {o.id: o.deputy for o in directory.officers.values()}
        """Every officer with the deputy the directory names for him."""
        self.on_change: Callable[[], None] = lambda: None
        """Called after each commit that changed an absence, from whatever thread that was."""

    def set(self, actor: Actor, wanted: Wanted, source: Source = Source.PAGE) -> Saved:
        """Save a new absence; raises AbsenceRefusedError with every fault."""
        self._require(actor, wanted.officer)
        now = self._now()
        with writing(self._engine) as session:
            beside = self._beside(session, wanted, now)
            self._check(wanted, beside, now)
            absence = store.value(self._add(session, wanted, actor.officer, source, now))
        self.on_change()
        return Saved(absence, warnings_of(wanted, beside, self.standing))

    def change(self, actor: Actor, absence: str, wanted: Wanted) -> Saved:
        """Save an absence anew, its officer kept; raises AbsenceRefusedError, NotFoundError."""
        now = self._now()
        with writing(self._engine) as session:
            row = self._row(session, absence, now)
            self._require(actor, row.officer)
            beside = [other for other in self._beside(session, wanted, now) if other.id != absence]
            self._check(wanted, beside, now)
            self._rewrite(session, row, wanted, actor.officer, now)
            saved = store.value(row)
        self.on_change()
        return Saved(saved, warnings_of(wanted, beside, self.standing))

    def cancel(self, actor: Actor, absence: str) -> None:
        """Take an absence back; one that has begun ends now. Raises AbsenceRefusedError, NotFoundError."""
        now = self._now()
        with writing(self._engine) as session:
            row = self._row(session, absence, now)
            self._require(actor, row.officer)
            store.end(session, row, now, actor.officer, act="cancel")
        self.on_change()

    def end_now(self, actor: Actor, officer: str) -> int:
        """자리로 돌아옴: end what runs for him at this moment; returns how many absences that were."""
        self._require(actor, officer)
        now = self._now()
        with writing(self._engine) as session:
            ended = self.back(session, officer, now, by=actor.officer)
        self.on_change()
        return ended

    def back(self, session: Session, officer: str, at: datetime, *, by: str) -> int:
        """End what ran for him at `at`, but for what was said of it later. The caller commits."""
        store.lock(session)
        running = [r for r in store.running(session, at, at) if r.officer == officer and r.said_at <= at]
        for row in running:
            store.end(session, row, at, by, act="back")
        return len(running)

    def get(self, absence: str) -> Absence:
        """A stored absence that is not cancelled; raises NotFoundError."""
        with reading(self._engine) as session:
            row = session.get(AbsenceRow, absence)
            if row is None or row.cancelled_at is not None:
                raise NotFoundError
            return store.value(row)

    def of(self, officer: str, since: datetime | None = None) -> list[Absence]:
        """His absences that end after `since` (default: now), by beginning."""
        with reading(self._engine) as session:
            rows = store.not_over(session, since or self._now())
            return [store.value(row) for row in rows if row.officer == officer]

    def between(self, officers: Iterable[str], since: datetime, until: datetime) -> list[Absence]:
        """The absences of these officers that share a moment with [since, until)."""
        with reading(self._engine) as session:
            return [store.value(row) for row in store.between(session, officers, since, until)]

    def not_over(self, since: datetime) -> tuple[int, list[Absence]]:
        """Number of the newest change, and everybody's absences that end after `since`, of one moment."""
        with reading(self._engine) as session:
            last = store.last_change(session)
            return last, [store.value(row) for row in store.not_over(session, since)]

    def last_change(self) -> int:
        """Number of the newest change; 0 before the first."""
        with reading(self._engine) as session:
            return store.last_change(session)

    def away_at(self, at: datetime) -> dict[str, Absence]:
        """Who is away at `at`, each with the absence in force."""
        with reading(self._engine) as session:
            deputies = self.deputies(session, at)
        found = {officer: deputies.away(officer, at) for officer in self.standing}
        return {officer: absence for officer, absence in found.items() if absence}

    def deputies(self, session: Session, at: datetime, until: datetime | None = None) -> Deputies:
        """Who stands in for whom at `at`, or at every moment from then to `until`."""
        rows = store.running(session, at, until or at)
        return Deputies([store.value(row) for row in rows], self.standing)

    def stand_in(self, session: Session, officer: str, at: datetime) -> str | None:
        """Who does the duty of `officer` if he cannot: his deputy, or the deputy's where that one is away.

        None where the chain ends with nobody who is in. Whether the officer himself is away does not matter.
        """
        return self.deputies(session, at).stand_in(officer, at)

    def signs(self) -> dict[str, dict[str, datetime]]:
        """By extension, what its phone shows (`absences.presence.Sign`), and since when."""
        with reading(self._engine) as session:
            return store.signs(session)

    def notes(self, actor: Actor, absences: Iterable[Absence]) -> dict[str, str]:
        """The notes of absences whose reason `actor` may see, by absence."""
        wanted = [a.id for a in absences if actor.may_see_reason(self._directory, a.officer)]
        with reading(self._engine) as session:
            rows = [session.get_one(AbsenceRow, absence) for absence in wanted]
            return {r.id: self._keys.decrypt(r.note, _NOTE, r.id) for r in rows if r.note is not None}

    def changes(self, absence: str) -> list[AbsenceChange]:
        """What was said of one absence, oldest first."""
        with reading(self._engine) as session:
            rows = store.changes_of(session, absence)
            session.expunge_all()
            return rows

    def look_at(self, actor: Actor, entries: Sequence[Entry]) -> Plan:
        """What an import would do, without doing it."""
        with reading(self._engine) as session:
            return self._plan(session, actor, entries)

    def bring_in(self, actor: Actor, entries: Sequence[Entry], source: Source) -> Plan:
        """Import all or nothing: with any fault nothing is saved, and the plan says which."""
        now = self._now()
        with writing(self._engine) as session:
            store.lock(session)
            made = self._plan(session, actor, entries)
            if not made.faulty:
                for step in made.steps:
                    self._carry_out(session, step, actor.officer, source, now)
        if not made.faulty:
            self.on_change()
        return made

    def _plan(self, session: Session, actor: Actor, entries: Sequence[Entry]) -> Plan:
        now = self._now()
        since = min([now, *(entry.wanted.starts_at for entry in entries)])
        beside = [store.value(row) for row in store.not_over(session, since)]
        allowed = {o for o in self.standing if actor.may_set_absence(self._directory, o)}
        return plan(entries, beside, self.standing, allowed, now)

    def _carry_out(self, session: Session, step: Step, by: str, source: Source, now: datetime) -> None:
        row = session.get_one(AbsenceRow, step.existing.id) if step.existing else None
        if step.act is Act.NEW:
            self._add(session, step.wanted, by, source, now)
        elif step.act is Act.CHANGE and row is not None:
            self._rewrite(session, row, step.wanted, by, now)
        elif step.act is Act.CANCEL and row is not None:
            store.end(session, row, now, by, act="cancel")

    def _require(self, actor: Actor, officer: str) -> None:
        if officer not in self.standing:
            raise AbsenceRefusedError(Fault("officer_unknown", "officer", (officer,)))
        if not actor.may_set_absence(self._directory, officer):
            raise AbsenceRefusedError(Fault("not_allowed", "officer", (officer,)))

    def _check(self, wanted: Wanted, beside: Sequence[Absence], now: datetime) -> None:
        faults = faults_of(wanted, beside, self.standing, now)
        if faults:
            raise AbsenceRefusedError(*faults)

    def _beside(self, session: Session, wanted: Wanted, now: datetime) -> list[Absence]:
        store.lock(session)
        return [store.value(row) for row in store.not_over(session, min(now, wanted.starts_at))]

    @staticmethod
    def _row(session: Session, absence: str, now: datetime) -> AbsenceRow:
        """A row that can still be changed; raises NotFoundError, and AbsenceRefusedError if it is over."""
        store.lock(session)
        row = session.get(AbsenceRow, absence)
        if row is None or row.cancelled_at is not None:
            raise NotFoundError
        if row.ends_at <= now:
            raise AbsenceRefusedError(Fault("over"))
        return row

    def _add(self, session: Session, wanted: Wanted, by: str, source: Source, now: datetime) -> AbsenceRow:
        row = AbsenceRow(
            id=uuid.uuid4().hex,
            officer=wanted.officer,
            source=source.value,
            uid=wanted.uid,
            set_by=by,
            set_at=now,
        )
        store.take(row, wanted, now)
        row.note = self._sealed(row.id, wanted.note)
        session.add(row)
        store.note_change(session, row, "set", by, now)
        return row

    def _rewrite(self, session: Session, row: AbsenceRow, wanted: Wanted, by: str, now: datetime) -> None:
        store.take(row, wanted, now)
        row.note = self._sealed(row.id, wanted.note)
        store.note_change(session, row, "change", by, now)

    def _sealed(self, absence: str, note: str) -> bytes | None:
        return self._keys.encrypt(note, _NOTE, absence) if note else None
