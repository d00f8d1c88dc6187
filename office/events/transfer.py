"""A citizen passed on to another officer, or waiting at a parking space (charter T5)."""

from enum import StrEnum
from typing import Literal

from office.events.base import Event, Outcome, Phone


class TransferWay(StrEnum):
    """How a citizen was passed on; a blonde one (released while it rings) began as attended."""

    BLIND = "blind"
    ATTENDED = "attended"


class TransferResult(StrEnum):
    """How a requested transfer ended: each has exactly one end."""

    CONNECTED = "connected"
    FAILED = "failed"
    """The new phone did not answer (`why`); where the citizen went then, the call's later events tell."""
    REFUSED = "refused"
    """Not even tried: `refusal` says why."""
    CALLER_GONE = "caller_gone"
    CANCELLED = "cancelled"
    """A consultation that passed nobody on: the officer went back to the citizen."""
    UNSEEN = "unseen"
    """The end was not witnessed."""


class TransferRefusal(StrEnum):
    """Why the PBX sent the citizen straight back."""

    SELF = "self"
    CLOSED = "closed"
    LOOP = "loop"
    """This extension was offered in this call and did not take it; asking again leads round in a circle."""


class TransferRequested(Event):
    """The citizen is about to be passed on (charter T5 starts here: `at`).

    Blind: the PBX took the order. Attended: the consult phone is dialled. `transfer` names this transfer in
    the call's other events; `hop` counts from 1 in its call; `exten` is whom the officer chose.
    """

    kind: Literal["transfer_requested"] = "transfer_requested"
    transfer: str
    way: TransferWay
    by: Phone
    exten: str
    department: str | None = None
    officer: str | None = None
    hop: int = 1


class TransferLimitPassed(Event):
    """The limit passed and the new phone has not answered (fired by the bridge's timer)."""

    kind: Literal["transfer_limit_passed"] = "transfer_limit_passed"
    transfer: str


class TransferAnswered(Event):
    """The new officer's phone answered: blind, the citizen has him; attended, the colleague has."""

    kind: Literal["transfer_answered"] = "transfer_answered"
    transfer: str
    leg: str
    phone: Phone
    picked_up: bool = False


class TransferEnded(Event):
    """The one end of a transfer. Connected: `at` is the moment citizen and new officer were joined."""

    kind: Literal["transfer_ended"] = "transfer_ended"
    transfer: str
    result: TransferResult
    why: Outcome | None = None
    refusal: TransferRefusal | None = None


class CallParked(Event):
    """The citizen waits at a parking space; his call is not over (XFR-06)."""

    kind: Literal["call_parked"] = "call_parked"
    space: str
    by: Phone | None = None


class CallUnparked(Event):
    """He left the space. `how`: fetched, came_back (nobody fetched him in time) or gave_up."""

    kind: Literal["call_unparked"] = "call_unparked"
    how: Literal["fetched", "came_back", "gave_up"]
    phone: Phone | None = None
