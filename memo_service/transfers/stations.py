"""Who is where in a call that is up: whose phone rings, who has the citizen. Pure.

Owns how legs and transfers of a record become one officer's part in it.
"""

from collections.abc import Iterable
from datetime import datetime
from enum import StrEnum

from memo_service.ledger.verdicts import CallRecord
from memo_service.ledger.verdicts.record import Leg
from office.events import Outcome


class Part(StrEnum):
    """An officer's part in a call at this moment."""

    RINGING = "ringing"
    WORDS = "words"
    """He answered, and the citizen hears the words."""
    TALKING = "talking"


def is_ringing(leg: Leg) -> bool:
    """Whether its bell can be heard now."""
    return leg.rang_at is not None and leg.answered_at is None and leg.stopped_at is None


def is_talking(leg: Leg) -> bool:
    """Whether citizen and this phone are together now."""
    return bool(leg.talks) and leg.talks[-1][1] is None


def part_of(leg: Leg, record: CallRecord) -> Part | None:
    """A phone's part in a call; None once it has none any more."""
    if record.end is not None:
        return None
    if is_talking(leg):
        return Part.TALKING
    if is_ringing(leg):
        return Part.RINGING
    left = leg.stopped_at is not None or any(hangup.leg == leg.leg for hangup in record.hangups)
    return Part.WORDS if leg.answered_at and not leg.talks and not left else None


def leg_of(record: CallRecord, officer: str) -> Leg | None:
    """The phone by which an officer is in a call now, the one he talks on first."""
    own = [
        (part, leg) for leg in record.legs if leg.phone.officer == officer and (part := part_of(leg, record))
    ]
    order = (Part.TALKING, Part.WORDS, Part.RINGING)
    return min(own, key=lambda found: order.index(found[0]), default=(None, None))[1]


def officers_in(record: CallRecord) -> frozenset[str]:
    """The officers who are in a call now."""
    return frozenset(leg.phone.officer for leg in record.legs if leg.phone.officer and part_of(leg, record))


def ringing_now(records: Iterable[CallRecord]) -> frozenset[str]:
    """The officers whose phones ring in the calls that are up."""
    return frozenset(
        leg.phone.officer
        for record in records
        for leg in record.legs
        if leg.phone.officer and record.end is None and is_ringing(leg)
    )


def had_him(record: CallRecord) -> frozenset[str]:
    """The extensions that had the citizen in this call."""
    return frozenset(leg.phone.extension for leg in record.legs if leg.phone.extension and leg.answered_at)


def did_not_take(record: CallRecord) -> frozenset[str]:
    """The extensions that rang in this call and did not take it, and have not had him otherwise."""
    rang = {
        leg.phone.extension
        for leg in record.legs
        if leg.phone.extension and leg.stopped_at and leg.outcome not in _NOT_HIS
    }
    return frozenset(rang - had_him(record))


_NOT_HIS = (Outcome.CALLER_GONE, Outcome.ANSWERED_ELSEWHERE)


def hops(record: CallRecord) -> int:
    """How often he was passed on."""
    return sum(transfer.counts for transfer in record.transfers)


def wait_began(record: CallRecord, leg: Leg | None) -> datetime | None:
    """Since when he waits for this phone: from the first bell, and passed on, from this phone's own."""
    if leg is not None and record.transfers:
        return leg.rang_at
    first = record.first_ring
    return first.rang_at if first else None
