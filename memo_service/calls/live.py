"""What a call that is up looks like at this moment: a pure view of its record.

Owns the phases of the board. Makes no HTML and knows no viewer.
"""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from memo_service.ledger.verdicts import CallRecord
from memo_service.ledger.verdicts.handover import After
from memo_service.ledger.verdicts.record import Leg
from office.charter import Ring
from office.events import CallClass, MemoEnded, MenuEnded, Side, TransferResult


class Phase(StrEnum):
    """Where a call stands."""

    ARRIVED = "arrived"
    NOTICE = "notice"
    RINGING = "ringing"
    WORDS = "words"
    TALKING = "talking"
    TRANSFERRING = "transferring"
    """The citizen is passed on and has nobody yet."""
    PARKED = "parked"
    ABSENT = "absent"
    MEMO = "memo"
    MENU = "menu"
    SURVEY = "survey"
    CLOSING = "closing"
    ENDED = "ended"


@dataclass(frozen=True, slots=True)
class LiveCall:
    """One call on the board. `ring_ms` is set once somebody answered; until then it counts from `rang_at`."""

    call_id: str
    call_class: CallClass
    phase: Phase
    exten: str
    department: str | None
    leg: Leg | None
    """The phone that answered, or rings."""
    started_at: datetime
    rang_at: datetime | None
    ring_ms: int | None
    talk_since: datetime | None
    words: str | None
    observe: bool
    uncertain: bool

    def is_late(self, ring: Ring, now: datetime) -> bool:
        """Whether the late limit has passed, at answer or so far (charter T1)."""
        if self.rang_at is None or self.call_class is not CallClass.CITIZEN:
            return False
        waited = self.ring_ms if self.ring_ms is not None else _ms(self.rang_at, now)
        return waited >= ring.late_after_ms


def live_view(record: CallRecord) -> LiveCall:
    """The board's view of `record`."""
    start, answer, first = record.start, record.answer, record.first_ring
    rang_at = first.rang_at if first else None
    answered_at = answer.answered_at if answer else None
    return LiveCall(
        call_id=record.call_id,
        call_class=start.call_class if start else CallClass.UNKNOWN,
        phase=phase_of(record),
        exten=start.exten if start else "",
        department=start.department if start else None,
        leg=_has_him(record) or next((leg for leg in reversed(record.legs) if _is_ringing(leg)), answer),
        started_at=record.first_at,
        rang_at=rang_at,
        ring_ms=_ms(rang_at, answered_at) if rang_at and answered_at else None,
        talk_since=min((talk[0] for leg in record.legs for talk in leg.talks), default=None),
        words=record.words[0].words.value if record.words else None,
        observe=bool(start and start.observe),
        uncertain=record.is_uncertain,
    )


def _has_him(record: CallRecord) -> Leg | None:
    """The phone that has the citizen: the one in talk, and before any talk the one that answered."""
    talking = next((leg for leg in record.legs if leg.talks and leg.talks[-1][1] is None), None)
    return talking or (record.answer if not record.talked else None)


def phase_of(record: CallRecord) -> Phase:
    """The phase a record stands in."""
    talks = [talk for leg in record.legs for talk in leg.talks]
    if record.end:
        return Phase.ENDED
    if any(until is None for _, until in talks):
        return Phase.TALKING
    if elsewhere := _passed_on_phase(record) or _menu_phase(record):
        return elsewhere
    if talks:
        return Phase.CLOSING
    if any(_is_ringing(leg) for leg in record.legs):
        return Phase.RINGING
    return _silent_phase(record)


def _passed_on_phase(record: CallRecord) -> Phase | None:
    """The phase of a citizen who was passed on or parked and has nobody at the moment."""
    if record.parkings and record.parkings[-1].until is None:
        return Phase.PARKED
    last = record.transfers[-1] if record.transfers else None
    if last is None or last.result is TransferResult.CANCELLED:
        return None
    if last.end is None or (last.result in _NOT_THERE and last.after is None):
        return Phase.TRANSFERRING
    asked = last.after is After.MEMO and not isinstance(record.memos[-1], MemoEnded)
    return Phase.MEMO if asked else None


def _menu_phase(record: CallRecord) -> Phase | None:
    """Where a menu speaks to the citizen. One whose end was not told is over with what comes next."""
    last = record.menus[-1] if record.menus else None
    if last is None or isinstance(last, MenuEnded):
        return None
    if any(next_one.at > last.at for next_one in (*record.dials, *record.memos)):
        return None
    return Phase.SURVEY if record.handed_over else Phase.MENU


_NOT_THERE = (TransferResult.FAILED, TransferResult.REFUSED)


def _silent_phase(record: CallRecord) -> Phase:
    """The phase while no phone rings and nobody talks."""
    answers = [leg.answered_at for leg in record.legs if leg.answered_at]
    absences = [absence.at for absence in record.absences]
    if answers and (not absences or max(answers) > max(absences)):
        return Phase.WORDS  # a deputy's, if somebody was absent before
    if record.memos and not isinstance(record.memos[-1], MemoEnded):
        return Phase.MEMO
    if absences:
        return Phase.ABSENT
    playing = [p for p in record.prompts if p.to is Side.CITIZEN and p.ended_at is None]
    return Phase.NOTICE if playing and not record.dials else Phase.ARRIVED


def _is_ringing(leg: Leg) -> bool:
    return leg.rang_at is not None and leg.answered_at is None and leg.stopped_at is None


def _ms(start: datetime, end: datetime) -> int:
    return int((end - start).total_seconds() * 1000)
