"""The language of the desk menu: what its driver tells it, and what it asks of its driver.

Owns facts and effects beside those of the memo menu (`facts.KeyPressed`, `effects.Play` …). What memo_service
knows comes in as facts; texts, numbers and sounds never do.
"""

from dataclasses import dataclass, field
from datetime import datetime

from ivr.menus import facts as f
from ivr.menus.effects import CollectKeys, NoteAnomaly, Play
from office.phone_codes import DeskWish


@dataclass(frozen=True, slots=True)
class Item:
    """A memo, and the callback that answers it if one is open. `sound`: recording, text or none."""

    memo: str
    callback: str | None
    received_at: datetime
    due_at: datetime | None
    sound: str


@dataclass(frozen=True, slots=True)
class Desk:
    """What waits for the officer of this phone. `owned` false: a phone that nobody owns."""

    now: datetime
    owned: bool
    memos: int = 0
    callbacks: int = 0
    items: tuple[Item, ...] = ()
    last_kind: str = ""
    last_id: str = ""


# ---------------------------------------------------------------- facts


@dataclass(frozen=True, slots=True)
class Dialled:
    """A code was dialled, or keyed within a call. `pin` is asked for first; empty: the office wants none."""

    wish: DeskWish
    pin: str = field(default="", repr=False)
    in_call: bool = False


@dataclass(frozen=True, slots=True)
class Told:
    """memo_service told what waits."""

    desk: Desk


@dataclass(frozen=True, slots=True)
class Unreached:
    """memo_service did not answer what was asked last."""


@dataclass(frozen=True, slots=True)
class Unheard:
    """What was to be heard could not be: `no_voice`, or `nothing` for all else."""

    why: str


@dataclass(frozen=True, slots=True)
class Carried:
    """The act was carried out. `until`: of an absence."""

    until: datetime | None = None


@dataclass(frozen=True, slots=True)
class Refused:
    """The act was refused by memo_service, with its code."""

    code: str


Fact = (
    Dialled
    | Told
    | Unreached
    | Unheard
    | Carried
    | Refused
    | f.PromptsPlayed
    | f.KeyPressed
    | f.KeysTimedOut
    | f.HungUp
)


# ---------------------------------------------------------------- effects


@dataclass(frozen=True, slots=True)
class Look:
    """Ask what waits: `Told` or `Unreached`."""


@dataclass(frozen=True, slots=True)
class Hear:
    """Let him hear a memo, or the gist for an empty id: as `Play`, or `Unheard`, or `Unreached`."""

    memo: str = ""


@dataclass(frozen=True, slots=True)
class Carry:
    """Do this: `Carried`, `Refused` or `Unreached`."""

    act: str
    item: str = ""
    confirmed: bool = False


@dataclass(frozen=True, slots=True)
class Finish:
    """The menu is over: hang up, or go back into the call."""


Effect = Play | CollectKeys | NoteAnomaly | Look | Hear | Carry | Finish
