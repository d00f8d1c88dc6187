"""Call events: what the bridge publishes and everybody else reads. The published language, version 1.

Owns names, fields and meaning of the events on the stream `calls:<pbx>`. Carries the citizen's number only in
`CallStarted.caller`; readers move it into their protected store and keep no copy.
"""

from typing import Annotated

from pydantic import Field, TypeAdapter

from office.events.absence import (
    CallbackStep,
    CallbackTold,
    Closed,
    MemoBegan,
    MemoEnded,
    MemoKept,
    PresenceSet,
    TakenBy,
)
from office.events.base import CallClass, Outcome, Phone, Side, Source
from office.events.call import (
    AbsenceFound,
    AnomalySeen,
    CallAnswered,
    CallConfirmed,
    CallEnded,
    CallStarted,
    CallUncertain,
    DialStarted,
    HangupSeen,
    PhoneRang,
    PhoneStopped,
    PromptEnded,
    PromptStarted,
    RingLimitPassed,
    TalkEnded,
    TalkStarted,
    Words,
    WordsChosen,
    WordsSaid,
)
from office.events.desk import DeskActed
from office.events.link import CommandTold, LinkLost, LinkRestored
from office.events.menu import BellTold, MenuBegan, MenuEnded, MenuKept
from office.events.transfer import (
    CallParked,
    CallUnparked,
    TransferAnswered,
    TransferEnded,
    TransferLimitPassed,
    TransferRefusal,
    TransferRequested,
    TransferResult,
    TransferWay,
)

__all__ = [
    "AbsenceFound",
    "AnomalySeen",
    "BellTold",
    "CallAnswered",
    "CallClass",
    "CallConfirmed",
    "CallEnded",
    "CallEvent",
    "CallParked",
    "CallStarted",
    "CallUncertain",
    "CallUnparked",
    "CallbackStep",
    "CallbackTold",
    "Closed",
    "CommandTold",
    "DeskActed",
    "DialStarted",
    "HangupSeen",
    "LinkLost",
    "LinkRestored",
    "MemoBegan",
    "MemoEnded",
    "MemoKept",
    "MenuBegan",
    "MenuEnded",
    "MenuKept",
    "Outcome",
    "Phone",
    "PhoneRang",
    "PhoneStopped",
    "PresenceSet",
    "PromptEnded",
    "PromptStarted",
    "RingLimitPassed",
    "Side",
    "Source",
    "TakenBy",
    "TalkEnded",
    "TalkStarted",
    "TransferAnswered",
    "TransferEnded",
    "TransferLimitPassed",
    "TransferRefusal",
    "TransferRequested",
    "TransferResult",
    "TransferWay",
    "Words",
    "WordsChosen",
    "WordsSaid",
    "bridge_key",
    "decode",
    "encode",
    "stream_of",
]

CallEvent = Annotated[
    CallStarted
    | DialStarted
    | PhoneRang
    | PhoneStopped
    | RingLimitPassed
    | CallAnswered
    | WordsChosen
    | WordsSaid
    | PromptStarted
    | PromptEnded
    | TalkStarted
    | TalkEnded
    | HangupSeen
    | AbsenceFound
    | MemoBegan
    | MemoKept
    | MemoEnded
    | MenuBegan
    | MenuKept
    | MenuEnded
    | BellTold
    | PresenceSet
    | CallbackTold
    | TransferRequested
    | TransferLimitPassed
    | TransferAnswered
    | TransferEnded
    | CallParked
    | CallUnparked
    | DeskActed
    | CommandTold
    | CallEnded
    | CallUncertain
    | CallConfirmed
    | AnomalySeen
    | LinkLost
    | LinkRestored,
    Field(discriminator="kind"),
]

_ADAPTER: TypeAdapter[CallEvent] = TypeAdapter(CallEvent)


def decode(raw: bytes | str) -> CallEvent:
    """Event from its JSON; raises pydantic.ValidationError on what is not an event of this version."""
    return _ADAPTER.validate_json(raw)


def encode(event: CallEvent) -> bytes:
    """JSON bytes of an event, as they stand on the stream."""
    return event.model_dump_json(exclude_defaults=False).encode()


def stream_of(pbx: str) -> str:
    """Name of the Redis stream that carries the events of one PBX."""
    return f"calls:{pbx}"


def bridge_key(pbx: str) -> str:
    """Name of the Redis key with the bridge's state (JSON, TTL 6 s)."""
    return f"bridge:{pbx}"
