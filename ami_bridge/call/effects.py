"""Effects: what the core asks the outside to do. And how an event of the published language is made.

Owns event ids (docs/contracts.md, "Streams"): readable, without a time stamp where a thing can happen only
once, so that AMI, journal and snapshot give one fact one id.
"""

from dataclasses import dataclass
from typing import Any, NamedTuple, get_args

from ami_bridge.call.state import Call
from office.events import CallEvent, Source


@dataclass(frozen=True, slots=True)
class Publish:
    """Put this event on the stream."""

    event: CallEvent


@dataclass(frozen=True, slots=True)
class StartTimer:
    """Hand in `TimerFired(due, call, name)` when the PBX's clock reaches `due` (epoch µs)."""

    call: str
    name: str
    due: int


@dataclass(frozen=True, slots=True)
class StopTimers:
    """No timer of this call is wanted any more. A late one does no harm."""

    call: str


Effect = Publish | StartTimer | StopTimers


class Step(NamedTuple):
    """What `advance` returns: the call after the fact, and what follows from it."""

    call: Call
    effects: tuple[Effect, ...] = ()

    def then(self, step: "Step") -> "Step":
        """This step, then `step`, which was taken from this one's call."""
        return Step(step.call, self.effects + step.effects)


_NAMES: dict[Any, str] = {
    kind: kind.model_fields["kind"].default for kind in get_args(get_args(CallEvent)[0])
}


def event_id(pbx: str, uid: str, kind: str, subject: str = "") -> str:
    """Readable id; `subject` only for what can happen to one channel more than once."""
    return f"{pbx}/{uid}/{kind}/{subject}" if subject else f"{pbx}/{uid}/{kind}"


def publish(
    call: Call, kind: type[Any], at: int, source: Source, *, of: str = "", subject: str = "", **fields: Any
) -> Publish:
    """Event `kind` of `call` at `at` (epoch µs). `of`: the channel it is about, the call's own by default."""
    pbx = call.house.pbx
    event = kind(
        id=event_id(pbx, of or call.id, _NAMES[kind], subject),
        pbx=pbx,
        call_id=call.id,
        at=call.house.moment(at),
        source=source,
        **fields,
    )
    return Publish(event)
