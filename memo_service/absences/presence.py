"""Whether an officer can be called now, as colleagues see it: free, on the phone, away, not connected.

Owns which of these wins, and what is learnt of phones from calls. Pure but for the follower, which runs in
the ledger's own transaction. Why somebody is away is not in it.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from sqlalchemy.orm import Session

from memo_service.absences import store
from memo_service.absences.rules import Absence, Deputies
from memo_service.absences.service import Absences
from memo_service.ledger.follower import Batch
from memo_service.ledger.verdicts import CallRecord
from memo_service.ledger.verdicts.record import Leg
from office.events import AbsenceFound, CallAnswered, CallEvent, Outcome, PhoneRang, PresenceSet

BY_PHONE = "phone"
"""Stands where an officer's id would, for what a feature code said."""


class Sign(StrEnum):
    """What a phone can show; kept by extension."""

    DO_NOT_DISTURB = "do_not_disturb"
    UNREGISTERED = "unregistered"
    """The last call to it found no phone."""


class State(StrEnum):
    """The presence of an officer (wording: `presence`)."""

    FREE = "free"
    TALKING = "talking"
    AWAY = "away"
    OFFLINE = "offline"


@dataclass(frozen=True, slots=True)
class Presence:
    """An officer at one moment. `back_at` and `absence` are None unless an absence runs."""

    state: State
    back_at: datetime | None = None
    absence: Absence | None = None
    sign: Sign | None = None


def presence_of(
    officer: str, deputies: Deputies, signs: Mapping[str, datetime], talking: Iterable[str], at: datetime
) -> Presence:
    """The presence of one officer; who talks is not away, whatever the calendar says."""
    absence = deputies.away(officer, at)
    if officer in talking:
        return Presence(State.TALKING, absence=absence)
    if absence:
        return Presence(State.AWAY, deputies.back_at(officer, at), absence)
    if Sign.DO_NOT_DISTURB in signs:
        return Presence(State.AWAY, sign=Sign.DO_NOT_DISTURB)
    if Sign.UNREGISTERED in signs:
        return Presence(State.OFFLINE, sign=Sign.UNREGISTERED)
    return Presence(State.FREE)


def talking_now(records: Iterable[CallRecord]) -> frozenset[str]:
    """The officers who are on the phone in the calls that are up."""
    return frozenset(
        leg.phone.officer
        for record in records
        for leg in record.legs
        if leg.phone.officer and _is_up(leg, record)
    )


def _is_up(leg: Leg, record: CallRecord) -> bool:
    over = record.end is not None or leg.stopped_at is not None or leg.answered_at is None
    left = any(hangup.leg == leg.leg for hangup in record.hangups)
    return not over and not left and (not leg.talks or leg.talks[-1][1] is None)


class PresenceFollower:
    """Takes feature codes and what calls tell of phones out of the ledger's events."""

    def __init__(self, absences: Absences, on_change: Callable[[], None]) -> None:
        """`on_change` is called on the event loop once something that matters here is committed."""
        self._absences = absences
        self._on_change = on_change
        self._changed = False

    def follow(self, session: Session, batch: Batch) -> None:
        """`back` ends the absence of that moment; do-not-disturb and dead phones are shown as presence."""
        for event in batch.events:
            if isinstance(event, PresenceSet):
                self._said(session, event)
            else:
                self._seen(session, event)

    def settled(self) -> None:
        """Committed: let the PBX's flags and the pages follow."""
        if self._changed:
            self._changed = False
            self._on_change()

    def _said(self, session: Session, event: PresenceSet) -> None:
        disturbed = event.state == "do_not_disturb"
        self._put(session, event.exten, Sign.DO_NOT_DISTURB, event.at, shown=disturbed)
        if not disturbed and event.officer:
            self._changed |= self._absences.back(session, event.officer, event.at, by=BY_PHONE) > 0

    def _seen(self, session: Session, event: CallEvent) -> None:
        if isinstance(event, AbsenceFound) and event.why is Outcome.UNREGISTERED:
            self._put(session, event.exten, Sign.UNREGISTERED, event.at, shown=True)
        elif isinstance(event, PhoneRang | CallAnswered) and event.phone.extension:
            self._put(session, event.phone.extension, Sign.UNREGISTERED, event.at, shown=False)

    def _put(self, session: Session, exten: str, sign: Sign, at: datetime, *, shown: bool) -> None:
        self._changed |= store.put_sign(session, exten, sign.value, at, shown=shown)
