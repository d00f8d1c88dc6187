"""Whom a citizen can be passed on to, found by duty, name, department or extension; presence beside each.

Owns the search and who stands where in its answer. The reason of an absence is shown to himself and his
leader alone.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from sqlalchemy import Engine
from sqlalchemy.orm import Session

from memo_service.absences import labels, store
from memo_service.absences.presence import Presence, State, presence_of, talking_now
from memo_service.absences.present import Presenter
from memo_service.absences.rules import Deputies
from memo_service.absences.service import Absences
from memo_service.access.actor import Actor
from memo_service.db.session import reading
from memo_service.ledger.verdicts import CallRecord
from memo_service.transfers import stations
from memo_service.transfers.views import Colleague, Target
from office.directory import Desk, ExtensionKind
from office.events import TransferResult
from office.folder import Office

RINGING, CLOSED = "ringing", "closed"
LABELS = {**labels.PRESENCES, RINGING: "벨 울림", CLOSED: "근무시간 외"}
_ORDER = ("free", RINGING, "talking", "offline", "away", CLOSED)
_MOST = 40
Offered = Literal["no", "offered", "not_taken"]


@dataclass(frozen=True, slots=True)
class Now:
    """Everybody's presence at one moment, as far as it is known."""

    at: datetime
    deputies: Deputies
    signs: Mapping[str, Mapping[str, datetime]]
    talking: frozenset[str]
    ringing: frozenset[str]

    def presence(self, officer: str, extension: str) -> Presence:
        """One officer's."""
        return presence_of(officer, self.deputies, self.signs.get(extension, {}), self.talking, self.at)


class People:
    """The people of one office."""

    def __init__(
        self, engine: Engine, office: Office, absences: Absences, now: Callable[[], datetime]
    ) -> None:
        self._engine = engine
        self._office = office
        self._directory = office.directory
        self._absences = absences
        self._present = Presenter(office.directory, office.calendar)
        self._now = now

    def now(self, session: Session, records: Sequence[CallRecord]) -> Now:
        """Presence as it stands; `records` are the calls that are up."""
        at = self._now()
        absences = [store.value(row) for row in store.not_over(session, at)]
        return Now(
            at=at,
            deputies=Deputies(absences, self._absences.standing),
            signs=store.signs(session),
            talking=talking_now(records),
            ringing=stations.ringing_now(records),
        )

    def colleague(self, exten: str | None, officer: str | None = None) -> Colleague:
        """Who sits at an extension, in words."""
        desk = self._directory.desks.get(exten or "")
        person = self._directory.officers.get(officer or (desk.officer if desk else None) or "")
        if person is not None:
            text = f"{person.name} {person.title} ({person.extension})"
            return Colleague(
                exten=person.extension,
                text=text,
                officer=person.id,
                department=self.department(person.department),
            )
        shared = self._directory.shared.get(exten or "")
        text = f"{shared.name} ({shared.number})" if shared else exten or ""
        return Colleague(
            exten=exten or "", text=text, department=self.department(desk.department if desk else None)
        )

    def department(self, department: str | None) -> str:
        """Its name; empty for none."""
        found = self._directory.departments.get(department or "")
        return found.name if found else ""

    def at_desk(self, exten: str) -> frozenset[str]:
        """The officers whose phones ring for an extension."""
        desk = self._directory.desks.get(exten)
        if desk is None:
            return frozenset()
        owners = (self._directory.desk_by_endpoint.get(endpoint) for endpoint in desk.endpoints)
        found = {owner.officer for owner in owners if owner and owner.officer}
        return frozenset(found | ({desk.officer} if desk.officer else set()))

    def direct_number(self, exten: str) -> str:
        """The number by which a citizen reaches this extension from outside, as it is written."""
        trunk = self._directory.trunk
        return f"{trunk.area}-{trunk.exchange}-{exten}"

    def stand_in(self, now: Now, officer: str) -> Colleague | None:
        """The first of his deputies who is in."""
        found = now.deputies.stand_in(officer, now.at)
        return self.colleague(None, found) if found else None

    def targets(
        self, actor: Actor, query: str, record: CallRecord | None, records: Sequence[CallRecord]
    ) -> list[Target]:
        """Whom `query` finds, those who can take him first; the actor himself is left out."""
        with reading(self._engine) as session:
            now = self.now(session, records)
        desks = [d for d in self._directory.desks.values() if d.kind.greeted and d.officer != actor.officer]
        found = [self._target(actor, d, now, record) for d in desks if self._matches(d, query)]
        return sorted(found, key=lambda t: _rank(t, query, self.department(actor.department)))[:_MOST]

    def _target(self, actor: Actor, desk: Desk, now: Now, record: CallRecord | None) -> Target:
        person = self._directory.officers.get(desk.officer or "")
        state, until, reason, deputy = self.standing(actor, desk, now)
        offered = how_offered(record, desk.number)
        return Target(
            exten=desk.number,
            officer=desk.officer,
            name=person.name if person else self._directory.shared[desk.number].name,
            title=person.title if person else "",
            department=self.department(desk.department),
            duties=person.duties if person else (),
            kind=desk.kind.value,
            state=state,
            state_label=LABELS[state],
            until=until,
            reason=reason,
            deputy=deputy,
            offered=offered,
            may=state in ("free", RINGING, "offline") and offered != "not_taken",
        )

    def standing(self, actor: Actor, desk: Desk, now: Now) -> tuple[str, str, str, Colleague | None]:
        """(state, until when, why if he may know, whom to take instead) of a desk."""
        if self._is_closed(desk, now.at):
            return CLOSED, "", "", None
        if desk.officer is None:
            return State.FREE.value, "", "", None
        presence = now.presence(desk.officer, desk.number)
        seen = self._present.seen(actor, desk.officer, presence, now.deputies, now.at)
        rings = presence.state is State.FREE and desk.officer in now.ringing
        away = presence.state is State.AWAY
        deputy = self.stand_in(now, desk.officer) if away else None
        return RINGING if rings else seen.state, seen.back, seen.reason, deputy

    def _is_closed(self, desk: Desk, at: datetime) -> bool:
        """As the dialplan sees it: a department that only observes refuses nobody."""
        department = self._directory.departments.get(desk.department or "")
        observes = department is not None and department.observe
        return not observes and not self._office.calendar.is_working_time(at, desk.department)

    def _matches(self, desk: Desk, query: str) -> bool:
        """Every word of the query stands somewhere in who and what this is."""
        texts = [desk.number, self.department(desk.department), *self._names(desk)]
        folded = [text.casefold() for text in texts]
        return all(any(word in text for text in folded) for word in query.casefold().split())

    def _names(self, desk: Desk) -> Iterable[str]:
        person = self._directory.officers.get(desk.officer or "")
        if person is None:
            return (self._directory.shared[desk.number].name,)
        return (person.name, person.title, person.team or "", *person.duties)


def how_offered(record: CallRecord | None, exten: str) -> Offered:
    """How an extension fared in this call so far.

    Not taken, as the dialplan sees it: it rang in vain, or its officer passed him on twice already.
    """
    if record is None:
        return "no"
    own = [t for t in record.transfers if t.request and t.request.exten == exten]
    passed_on = [t for t in record.transfers if t.counts and t.request and t.request.by.extension == exten]
    failed = any(t.result is TransferResult.FAILED for t in own)
    if failed or len(passed_on) > 1 or exten in stations.did_not_take(record):
        return "not_taken"
    had = exten in stations.had_him(record)
    tried = any(t.result is not TransferResult.REFUSED for t in own)
    return "offered" if had or tried else "no"


def _rank(target: Target, query: str, own_department: str) -> tuple[bool, bool, int, bool, str]:
    """Exact extension first, then the duty that is searched for, then who can take him, the near first."""
    duty = bool(query) and any(query.casefold() in duty.casefold() for duty in target.duties)
    shared = target.kind != ExtensionKind.OFFICER.value
    return (
        target.exten != query,
        not duty,
        _ORDER.index(target.state),
        target.department != own_department or shared,
        target.exten,
    )
