"""Makes realistic call events and puts them on a stream, as the bridge does.

Owns call shapes by name; times are offsets in milliseconds from the call's start.
"""

import itertools
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from redis import Redis

from office import events as ev
from office.events import CallEvent, Side, encode, stream_of

PBX = "pbx1"
DESK = ev.Phone(endpoint="2202", extension="2202", officer="kim_ms", department="haengjeong")
DEPUTY = ev.Phone(endpoint="2203", extension="2203", officer="lee_sy", department="haengjeong")
WORKDAY = datetime(2026, 11, 25, 1, 30, tzinfo=UTC)  # Wednesday, 10:30 in Korea
_SERIAL = itertools.count(1)


@dataclass(slots=True)
class Script:
    """Writes one call's events."""

    start: datetime = WORKDAY
    call_id: str = ""
    events: list[CallEvent] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.call_id = self.call_id or f"{int(self.start.timestamp())}.{next(_SERIAL)}"

    def add(self, kind: type[Any], at_ms: float, subject: str = "", **fields: Any) -> "Script":
        name = kind.model_fields["kind"].default
        tail = f"/{subject}" if subject else ""
        event_id = f"{PBX}/{fields.get('leg', self.call_id)}/{name}{tail}"
        at = self.start + timedelta(milliseconds=at_ms)
        self.events.append(kind(id=event_id, pbx=PBX, call_id=self.call_id, at=at, **fields))
        return self

    def arrive(self, caller: str | None = "01024685739", **fields: Any) -> "Script":
        base: dict[str, Any] = {
            "call_class": ev.CallClass.CITIZEN,
            "exten": "2202",
            "desk_kind": "officer",
            "department": "haengjeong",
            "officer": "kim_ms",
        }
        return self.add(ev.CallStarted, 0, **{**base, "caller": caller, **fields})

    def dial(self, at_ms: float = 5, exten: str = "2202", role: str = "desk", hop: int = 0) -> "Script":
        return self.add(ev.DialStarted, at_ms, f"{hop}", exten=exten, role=role, hop=hop)

    def ring(self, at_ms: float, leg: str, phone: ev.Phone = DESK, **fields: Any) -> "Script":
        return self.add(ev.PhoneRang, at_ms, leg=self.call_id + leg, phone=phone, **fields)

    def stop(
        self, at_ms: float, leg: str, phone: ev.Phone = DESK, outcome: ev.Outcome = ev.Outcome.CALLER_GONE
    ) -> "Script":
        return self.add(ev.PhoneStopped, at_ms, leg=self.call_id + leg, phone=phone, outcome=outcome)

    def answer(self, at_ms: float, leg: str, phone: ev.Phone = DESK, **fields: Any) -> "Script":
        return self.add(ev.CallAnswered, at_ms, leg=self.call_id + leg, phone=phone, **fields)

    def words(self, at_ms: float, words: str, reason: str, ring_ms: int) -> "Script":
        return self.add(
            ev.WordsChosen, at_ms, f"{at_ms}", words=ev.Words(words), reason=reason, ring_ms=ring_ms
        )

    def prompt(
        self, at_ms: float, name: str, length_ms: int = 3000, *, ended: bool = True, **fields: Any
    ) -> "Script":
        to = fields.pop("to", Side.CITIZEN)
        subject = f"{name}@{at_ms}"
        self.add(ev.PromptStarted, at_ms, subject, prompt=name, to=to, length_ms=length_ms)
        if ended:
            complete = fields.pop("complete", True)
            end = at_ms + (length_ms if complete else 1)
            self.add(ev.PromptEnded, end, subject, prompt=name, to=to, complete=complete, **fields)
        return self

    def talk(self, at_ms: float, until_ms: float | None, leg: str, phone: ev.Phone = DESK) -> "Script":
        self.add(ev.TalkStarted, at_ms, "b1", leg=self.call_id + leg, phone=phone)
        if until_ms is not None:
            self.add(ev.TalkEnded, until_ms, "b1", leg=self.call_id + leg, phone=phone)
        return self

    def hangup(self, at_ms: float, side: Side, leg: str = "") -> "Script":
        return self.add(ev.HangupSeen, at_ms, leg=self.call_id + leg, side=side)

    def end(self, at_ms: float, by: Side = Side.CITIZEN, **fields: Any) -> "Script":
        return self.add(ev.CallEnded, at_ms, ended_by=by, **fields)


def answered(
    wait_ms: int = 2000,
    *,
    talk_ms: int = 20_000,
    first: Side = Side.CITIZEN,
    script: Script | None = None,
    **start: Any,
) -> Script:
    """Rings at 50 ms, answered after `wait_ms`, the words the dialplan would choose, talk, hang-up."""
    late = wait_ms >= 6050
    call = (script or Script()).arrive(**start).dial().ring(50, "b")
    if late:
        call.add(ev.RingLimitPassed, 6100)
    at = 50 + wait_ms
    call.answer(at, "b").words(
        at + 20, "apology" if late else "greeting", "late" if late else "on_time", wait_ms + 12
    )
    call.prompt(at + 22, "apology" if late else "greeting").talk(at + 3025, at + 3025 + talk_ms, "b")
    over = at + 3025 + talk_ms
    return call.hangup(over, first, "" if first is Side.CITIZEN else "b").end(over + 2, first)


def abandoned(wait_ms: int, **start: Any) -> Script:
    """Rings until the citizen hangs up."""
    over = 50 + wait_ms
    call = Script().arrive(**start).dial().ring(50, "b")
    return call.hangup(over, Side.CITIZEN).stop(over + 1, "b").end(over + 2)


def publish(redis: Redis, events: Iterable[CallEvent]) -> None:
    """XADD events in order."""
    pipe = redis.pipeline(transaction=False)
    for event in events:
        pipe.xadd(stream_of(event.pbx), {"e": encode(event)})
    pipe.execute()


def moved(events: Sequence[CallEvent], start: datetime) -> list[CallEvent]:
    """The same call, begun at another moment."""
    shift = start - events[0].at
    return [event.model_copy(update={"at": event.at + shift}) for event in events]
