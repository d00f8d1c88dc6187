"""State of one call: its phase, its channels, and whose phone is whose.

Owns what a call remembers. Frozen: every change is a new value. The rules of change are in `transitions`.
Channel and Call are NamedTuples because every fact makes a new one of each: `_replace` costs a fifth of what
`dataclasses.replace` does on a dataclass with slots (0.9 against 4.2 µs, measured).
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import Enum
from functools import lru_cache
from typing import Any, NamedTuple, Self

from ami_bridge.call.passing import Passing
from office.calendar import utc
from office.directory import Desk
from office.events import CallClass, Phone, Side
from office.folder import Office

_CALLBACK = re.compile(r"cb-([a-z0-9-]{1,40})-1")


class Phase(Enum):
    """Where a call stands. Worked out from its channels, so the order of facts does not matter."""

    NEW = "new"
    """Its channel exists; what sort of call it is, is not known yet. Nothing was published."""
    OPEN = "open"
    """In the dialplan; no phone of the office is being tried."""
    RINGING = "ringing"
    ANSWERED = "answered"
    """A phone is up, the two do not talk yet: the words are playing."""
    TALKING = "talking"
    ENDED = "ended"


class Role(Enum):
    """What a channel is in its call."""

    OWN = "own"
    """The channel that started the call. Its end is the call's end."""
    PHONE = "phone"
    """A phone that was dialled (of the office, or the outside party of an outbound call)."""
    LOCAL = "local"
    """Half of a Local channel: glue, never a party (EVT-07)."""
    CITIZEN = "citizen"
    """Whom we call back: no phone of the office, so it neither rings nor answers as one. Notes tell of it."""


PARTIES = (Role.PHONE, Role.CITIZEN)
"""Roles of who may talk with the call's own channel."""


class Channel(NamedTuple):
    """One channel of a call. Times are epoch µs of the PBX, 0 while not seen."""

    uid: str
    name: str
    role: Role
    dialled_at: int = 0
    progress_at: int = 0
    rang_at: int = 0
    up_at: int = 0
    hung_at: int = 0
    cause: int = 0
    dial_status: str = ""
    forwarded: bool = False
    born_at: int = 0
    picked_up: bool = False
    stopped: bool = False
    bridge: str = ""
    left_at: int = 0
    entered: tuple[str, ...] = ()
    talk: str = ""

    @property
    def alive(self) -> bool:
        """Not hung up yet."""
        return not self.hung_at

    @property
    def waiting(self) -> bool:
        """A phone that is being tried: neither up nor gone."""
        return self.role is Role.PHONE and not self.up_at and not self.hung_at


@dataclass(frozen=True, slots=True)
class House:
    """What the core must know of the office: who sits where, which endpoints are trunks, the limits.

    `shift`: how far the office's clock is ahead of the PBX's (µs; demonstrations only).
    """

    pbx: str
    trunks: frozenset[str]
    late_after_ms: int
    phones: Mapping[str, Phone] = field(default_factory=dict)
    desks: Mapping[str, Desk] = field(default_factory=dict)
    shift: int = 0
    transfer_limit_s: int = 10

    @classmethod
    def of(cls, pbx: str, office: Office, trunks: frozenset[str] = frozenset(), shift: int = 0) -> Self:
        """The house of one office. `trunks` in place of the directory's own for a foreign PBX."""
        directory = office.directory
        phones = {
            endpoint: Phone(
                endpoint=endpoint, extension=desk.number, officer=desk.officer, department=desk.department
            )
            for endpoint, desk in directory.desk_by_endpoint.items()
        }
        own = trunks or frozenset({directory.trunk.endpoint})
        charter = office.charter
        return cls(
            pbx, own, charter.ring.late_after_ms, phones, directory.desks, shift, charter.transfer.limit_s
        )

    @property
    def transfer_limit_us(self) -> int:
        """How long a transfer may take until it is answered (charter T5)."""
        return self.transfer_limit_s * 1_000_000

    def moment(self, at: int) -> datetime:
        """A time of the PBX (epoch µs) by the office's clock: aware UTC, as published."""
        return utc(at + self.shift)

    def phone(self, channel: str) -> Phone:
        """Whose phone a channel name belongs to. Unknown digits are taken for an extension (attach mode)."""
        endpoint = endpoint_of(channel)
        return self.phones.get(endpoint) or _stranger(endpoint)


@dataclass(frozen=True, slots=True)
class Prompt:
    """A prompt that plays: its name, its length, and the note's time that pairs start with end (epoch ms)."""

    name: str
    stamp: int
    length_ms: int


class Stay(NamedTuple):
    """A stay at a parking space (epoch µs; `until` 0 while it lasts). `by`: channel or dial string."""

    since: int
    by: str
    until: int = 0


class Call(NamedTuple):
    """One call. `id` is the Uniqueid of the channel that started it; Linkedid is only a hint."""

    id: str
    house: House
    channels: Mapping[str, Channel]
    started_at: int
    phase: Phase = Phase.NEW
    exten: str = ""
    caller: str = ""
    call_class: CallClass = CallClass.UNKNOWN
    announced: bool = False
    adopted: bool = False
    noted: bool = False
    """The dialplan's notes speak for this call; nothing needs to be guessed from its channels."""
    uncertain: bool = False
    flaw: str = ""
    """Why the call cannot count as wholly seen; empty if it can."""
    dials: int = 0
    first_ring_at: int = 0
    limit_passed: bool = False
    answered_at: int = 0
    first_to_hang: Side | None = None
    ended_by: Side | None = None
    handed_over: bool = False
    """An officer handed the citizen over to a survey: that the officer goes is no hang-up (charter T8)."""
    prompt: Prompt | None = None
    passings: tuple[Passing, ...] = ()
    """Transfers of this citizen, in the order they were asked for."""
    let_go: frozenset[str] = frozenset()
    """Channels that sent the citizen to what is no phone (a park, full or not): they have him no longer."""
    stays: tuple[Stay, ...] = ()
    stamps: frozenset[tuple[str, int]] = frozenset()
    """Notes already heard, so that the journal's copy of one changes nothing."""

    @property
    def own(self) -> Channel:
        """The channel that started the call."""
        return self.channels[self.id]

    @property
    def attempt(self) -> str:
        """The attempt to call back that this call is; empty for every other call (docs/contracts.md)."""
        found = _CALLBACK.fullmatch(self.id)
        return found[1] if found else ""

    def role_of(self, name: str) -> Role:
        """The role of a channel other than the call's own."""
        if name.startswith("Local/"):
            return Role.LOCAL
        if self.call_class is CallClass.CALLBACK and endpoint_of(name) in self.house.trunks:
            return Role.CITIZEN
        return Role.PHONE

    def tries(self, channel: Channel) -> bool:
        """Whether a phone of the office is tried at `channel`; a callback's is the call's own channel."""
        own = channel.role is Role.OWN and self.call_class is CallClass.CALLBACK
        return channel.waiting or (own and not channel.up_at and not channel.hung_at)

    def awaits_key(self, channel: Channel) -> bool:
        """Whether its going up is no answer yet: a number outside that we ring for a citizen presses a key.

        A mailbox goes up too and presses none; the note `Answered` on that channel tells of the key.
        """
        outside = channel.role is Role.PHONE and endpoint_of(channel.name) in self.house.trunks
        return outside and self.noted and self.call_class is CallClass.CITIZEN and not channel.up_at

    def halves(self, half: Channel) -> list[Channel]:
        """Both halves of the Local channel that `half` is one of."""
        stem = half.name.rpartition(";")[0]
        locals_ = (c for c in self.channels.values() if c.role is Role.LOCAL)
        return [c for c in locals_ if c.name.rpartition(";")[0] == stem]

    def hearing(self, note: str, stamp: int) -> "Call | None":
        """The call with a note remembered; None if it was heard before, live or in the journal."""
        heard = (note, stamp)
        return None if heard in self.stamps else self._replace(stamps=self.stamps | {heard})

    def having(self, channel: Channel, **changes: Any) -> "Call":
        """The call with `channel` put in place, its phase worked out anew, and other `changes`."""
        channels = {**self.channels, channel.uid: channel}
        return self._replace(channels=channels, phase=_phase(self.phase, channels), **changes)

    def without(self, uid: str) -> "Call":
        """The call without a channel that another call took over."""
        channels = {key: channel for key, channel in self.channels.items() if key != uid}
        return self._replace(channels=channels, phase=_phase(self.phase, channels))

    def told(self) -> "Call":
        """The call from the moment its start is published: it has a phase of its own from now on."""
        return self._replace(announced=True, phase=_phase(Phase.OPEN, self.channels))

    def side(self, channel: Channel) -> Side:
        """Whose side a channel is."""
        if channel.role is Role.LOCAL:
            return Side.PBX
        return self.side_of(channel.name)

    def side_of(self, name: str) -> Side:
        """Whose side the channel `name` is: a trunk the citizen's, a phone the officer's, else the PBX's."""
        if "/" not in name or name.startswith(("Local/", "Surrogate/", "dialplan/")):
            return Side.PBX
        return Side.CITIZEN if endpoint_of(name) in self.house.trunks else Side.OFFICER


@lru_cache(maxsize=1024)
def _stranger(endpoint: str) -> Phone:
    return Phone(endpoint=endpoint, extension=endpoint if endpoint.isdigit() else None)


def endpoint_of(channel: str) -> str:
    """Endpoint in a channel name: `PJSIP/2201-0000002a` → `2201`."""
    return channel.partition("/")[2].rpartition("-")[0]


def _phase(phase: Phase, channels: Mapping[str, Channel]) -> Phase:
    """The phase that the channels make; NEW and ENDED are not theirs to change."""
    if phase is Phase.NEW or phase is Phase.ENDED:
        return phase
    found = Phase.OPEN
    for channel in channels.values():
        if channel.talk:
            return Phase.TALKING
        if channel.role is not Role.PHONE or channel.hung_at:
            continue
        if channel.up_at:
            found = Phase.ANSWERED
        elif found is Phase.OPEN:
            found = Phase.RINGING
    return found


def order(uid: str) -> tuple[int, int]:
    """Age of a Uniqueid as numbers, its system name aside: `minwon-1795578812.9` is before `….10`."""
    seconds, _, serial = uid.rpartition("-")[2].partition(".")
    return (_int(seconds), _int(serial))


def _int(text: str) -> int:
    return int(text) if text.isascii() and text.isdigit() else 0
