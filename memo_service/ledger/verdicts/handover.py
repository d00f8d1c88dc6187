"""How a citizen was passed on or parked, put together from a call's events (charter T5, XFR-01 to XFR-06).

Owns what counts as one transfer and what became of the citizen after one that failed. Judges nothing.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from office.events import (
    CallAnswered,
    CallEnded,
    CallEvent,
    CallParked,
    CallUnparked,
    DialStarted,
    MemoBegan,
    Outcome,
    Phone,
    TalkStarted,
    TransferAnswered,
    TransferEnded,
    TransferLimitPassed,
    TransferRefusal,
    TransferRequested,
    TransferResult,
    TransferWay,
)

BACK = "back"
"""Role of the dial that brings the citizen back to who passed him on (docs/contracts.md)."""
_TransferEvent = TransferRequested | TransferLimitPassed | TransferAnswered | TransferEnded
Span = tuple[datetime, datetime | None]


class After(StrEnum):
    """Where the citizen went after a transfer that did not connect."""

    RETURNED = "returned"
    DEPUTY = "deputy"
    """Somebody else took him: a deputy of the target, or a colleague who picked up."""
    MEMO = "memo"
    LEFT = "left"
    """He was gone before anybody else had him."""


@dataclass(frozen=True, slots=True)
class Transfer:
    """One passing on. `at`: the first thing known of it.

    Without `request` its beginning was not seen; without `end` its end was not, or not yet.
    """

    transfer: str
    at: datetime
    request: TransferRequested | None
    limit_passed_at: datetime | None
    answer: TransferAnswered | None
    end: TransferEnded | None
    after: After | None

    @property
    def result(self) -> TransferResult | None:
        """How it ended; None while it is under way."""
        return self.end.result if self.end else None

    @property
    def joined_at(self) -> datetime | None:
        """The moment citizen and new officer were together."""
        return self.end.at if self.end and self.result is TransferResult.CONNECTED else None

    @property
    def why(self) -> Outcome | None:
        """Why the new phone did not answer."""
        return self.end.why if self.end else None

    @property
    def refusal(self) -> TransferRefusal | None:
        """Why it was not tried."""
        return self.end.refusal if self.end else None

    @property
    def counts(self) -> bool:
        """Whether the citizen was passed on by it: what was refused or only asked is no hop."""
        return self.result not in (TransferResult.CANCELLED, TransferResult.REFUSED)

    @property
    def takes_officer_out(self) -> bool:
        """Whether who passed the citizen on is out of the call by it: his phone going down ends nothing.

        Who only asks a colleague stays in it until citizen and colleague are together, or he lets go.
        """
        if self.request is None:
            return False
        if self.request.way is TransferWay.BLIND:
            return self.result is not TransferResult.CANCELLED
        return self.result in (TransferResult.CONNECTED, TransferResult.FAILED)


@dataclass(frozen=True, slots=True)
class Parking:
    """One stay at a parking space. `until` is None while he waits there."""

    space: str
    since: datetime
    by: Phone | None
    until: datetime | None = None
    how: str | None = None
    phone: Phone | None = None


def transfers_of(events: Sequence[CallEvent]) -> tuple[Transfer, ...]:
    """The transfers of one call in order of time; `events` in order of time."""
    found: dict[str, list[_TransferEvent]] = {}
    for event in events:
        if isinstance(event, TransferRequested | TransferLimitPassed | TransferAnswered | TransferEnded):
            found.setdefault(event.transfer, []).append(event)
    made = [_transfer(key, own, events) for key, own in found.items()]
    return tuple(sorted(made, key=lambda t: (t.at, t.transfer)))


def _transfer(key: str, own: Sequence[_TransferEvent], events: Sequence[CallEvent]) -> Transfer:
    request = next((e for e in own if isinstance(e, TransferRequested)), None)
    limit = next((e for e in own if isinstance(e, TransferLimitPassed)), None)
    answer = next((e for e in own if isinstance(e, TransferAnswered)), None)
    # a witnessed end wins over one that was not
    ends = [e for e in own if isinstance(e, TransferEnded)]
    end = min(ends, key=lambda e: e.result is TransferResult.UNSEEN, default=None)
    return Transfer(
        transfer=key,
        at=own[0].at,
        request=request,
        limit_passed_at=limit.at if limit else None,
        answer=answer,
        end=end,
        after=_after(request, end, events),
    )


_ELSEWHERE = (TransferResult.FAILED, TransferResult.REFUSED)


def _after(
    request: TransferRequested | None, end: TransferEnded | None, events: Sequence[CallEvent]
) -> After | None:
    """The first thing that tells where he went; None while nothing does.

    Another transfer is another story: it ends this one's.
    """
    if end is None or end.result not in _ELSEWHERE:
        return None
    role, own = "", request.by.endpoint if request else ""
    for event in (event for event in events if event.at >= end.at):
        if isinstance(event, DialStarted):
            role = event.role
        elif isinstance(event, CallAnswered | TalkStarted):
            return After.RETURNED if role == BACK or event.phone.endpoint == own else After.DEPUTY
        elif isinstance(event, MemoBegan | CallEnded):
            return After.MEMO if isinstance(event, MemoBegan) else After.LEFT
        elif isinstance(event, TransferRequested):
            break
    return None


def parkings_of(events: Sequence[CallEvent]) -> tuple[Parking, ...]:
    """The stays at parking spaces, in order of time; `events` in order of time."""
    stays: list[Parking] = []
    parked: CallParked | None = None
    for event in events:
        if isinstance(event, CallParked):
            parked = event
            stays.append(Parking(event.space, event.at, event.by))
        elif isinstance(event, CallUnparked | CallEnded) and parked is not None:
            how = event.how if isinstance(event, CallUnparked) else None
            phone = event.phone if isinstance(event, CallUnparked) else None
            stays[-1] = Parking(parked.space, parked.at, parked.by, event.at, how, phone)
            parked = None
    return tuple(stays)
