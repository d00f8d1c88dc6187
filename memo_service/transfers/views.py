"""What an officer's desk and its target search show: the shapes of `/api/my` and its fragments.

Owns the fields. Times `…_ms` are epoch milliseconds of the office's clock; spans end in `_s` or say so.
"""

from typing import Literal

from pydantic import BaseModel, ConfigDict


class _Shape(BaseModel):
    model_config = ConfigDict(frozen=True)


class TalkView(_Shape):
    """What this officer typed in this call (`/api/calls/{id}/talk`)."""

    version: int = 0
    read_back: str = ""
    notes: str = ""
    read_back_at_ms: int | None = None


class WordsView(_Shape):
    """What to say at answer. `due`: which of the two, at this moment; greeting until the limit passes.

    `own`: nothing is played, he says it himself; `said`: he has told so.
    """

    greeting: str
    apology: str
    due: Literal["greeting", "apology"]
    own: bool = False
    said: bool = False


class EarlierCall(_Shape):
    """A call of the same citizen before this one. `read_back`: this officer's own line of it."""

    call_id: str
    at_ms: int
    when: str
    department: str
    answered: bool
    read_back: str = ""


class EarlierMemo(_Shape):
    """A memo of the same citizen. Its text is behind `/memos/{id}`, where opening it is logged."""

    id: str
    when: str
    department: str
    state: str
    state_label: str


class OpenCallback(_Shape):
    """A reply promised to the same citizen."""

    id: str
    due_at_ms: int
    due: str
    department: str
    mine: bool


class Caller(_Shape):
    """Who is on the line, as far as it is known. Empty texts: not known, or withheld."""

    number: str = ""
    number_kind: str = ""
    withheld: bool = False
    name: str = ""
    calls: tuple[EarlierCall, ...] = ()
    memos: tuple[EarlierMemo, ...] = ()
    callbacks: tuple[OpenCallback, ...] = ()


class DeskCall(_Shape):
    """A call at this desk. `phase`: ringing, words (he answered, they are played), talking.

    `rang_at_ms` is when the citizen's wait began; `ring_ms` what it came to once somebody answered.
    """

    call_id: str
    call_class: str
    phase: str
    phase_label: str
    started_at_ms: int
    rang_at_ms: int | None
    ring_ms: int | None
    ring: int | None
    ring_cycle_ms: int
    late_after_ms: int
    late: bool
    talk_since_ms: int | None
    wanted: str
    """Whose desk he called, in words."""
    wanted_exten: str
    hops: int
    """How often he was passed on so far."""
    may_transfer: bool
    comes_back: bool
    """Nobody took him after this officer's transfer; he is brought back to him."""
    uncertain: bool
    words: WordsView
    caller: Caller
    talk: TalkView


class Colleague(_Shape):
    """An officer or a shared extension, as colleagues read it."""

    exten: str
    text: str
    officer: str | None = None
    department: str = ""


class Outgoing(_Shape):
    """A transfer this officer made, until its call is over.

    `state`: ordered (not told of yet), unsent, refused, expired, unknown (the order itself); under_way, late
    (the limit passed), answered, connected, failed, refused_by_pbx, caller_gone, cancelled, unseen.
    `why` says in words what went wrong, and where the citizen is now.
    """

    id: str
    call_id: str
    to: Colleague
    hop: int
    state: str
    state_label: str
    why: str
    at_ms: int
    limit_at_ms: int
    gist: str
    shown: bool
    opened: bool
    asks_gist: bool
    """Begun at the phone's key without a line: ask for one (`PUT /api/transfers/{id}/gist`)."""


class Incoming(_Shape):
    """A transfer to this officer, from the order until its end, and while he talks with the citizen."""

    id: str
    call_id: str
    sender: Colleague
    hop: int
    warning: str
    """Passing the citizen around (전화 돌림), from the charter's hop on; else empty."""
    state: str
    state_label: str
    at_ms: int
    limit_at_ms: int
    ring_s: int
    direct_number: str
    gist: str
    opened: bool
    caller: Caller


class DeskView(_Shape):
    """The desk of one officer at this moment; `position` is where `/events` goes on from."""

    position: str
    now_ms: int
    officer: str
    name: str
    title: str
    extension: str
    department: str
    limit_s: int
    warn_hops: int
    calls: tuple[DeskCall, ...]
    outgoing: tuple[Outgoing, ...]
    incoming: tuple[Incoming, ...]


class Target(_Shape):
    """Somebody a citizen can be passed on to.

    `state`: free, talking, ringing, away, offline, closed. `reason` only for whom may see it. `offered`: how
    he fared in this call already: no (not offered), offered, not_taken (the PBX would refuse him as a loop).
    `may`: whether an order would be taken, perhaps after a confirmation.
    """

    exten: str
    officer: str | None
    name: str
    title: str
    department: str
    duties: tuple[str, ...]
    kind: str
    state: str
    state_label: str
    until: str = ""
    reason: str = ""
    deputy: Colleague | None = None
    offered: Literal["no", "offered", "not_taken"] = "no"
    may: bool = True


class TargetList(_Shape):
    """What a search found, those who can take him first."""

    query: str
    targets: tuple[Target, ...]


class Ordered(_Shape):
    """A transfer that was ordered."""

    id: str
    to: Colleague
    hop: int
