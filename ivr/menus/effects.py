"""Effects: what the memo menu asks its driver to do, and the memo it hands over at the end.

Owns the menu's output language. A step holds any number of `KeepField` and `NoteAnomaly`, then at most one
effect that waits for a fact. A step without one means: go on as before (prompts that a key has stopped begin
again).
"""

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from office.phone_number import PhoneNumber

BEEP = "office/beep"
"""The tone before a recording: a sound, not a sentence, so the prompt library makes it, not a voice."""

PAUSE = "office/pause"
"""A short silence between sentences that are pieced together; made like the tone."""


class Field(StrEnum):
    """What can be known of a memo before it is whole."""

    RECORDING = "recording"
    NUMBER_KEYED = "number_keyed"
    NUMBER = "number"
    NUMBER_SPOKEN = "number_spoken"
    ASKED_AT = "asked_at"
    REPLY_WANTED = "reply_wanted"


class Person(StrEnum):
    """Who is behind key 0."""

    OPERATOR = "operator"
    DUTY_DESK = "duty_desk"


class Ending(StrEnum):
    """How the menu ended."""

    GOODBYE = "goodbye"
    HUNG_UP = "hung_up"
    PERSON = "person"


@dataclass(frozen=True, slots=True)
class Memo:
    """What the citizen left (charter T6). Takes count this menu's recordings from 1; 0 is none.

    `number` is the one to call: keyed and confirmed, else the caller's. `number_keyed` was keyed and not
    confirmed: it helps the officer and is never called by itself (DTM-01). `promised_at` is the latest moment
    told to the citizen.
    """

    number: PhoneNumber | None = None
    number_keyed: PhoneNumber | None = None
    number_spoken_take: int = 0
    take: int = 0
    seconds: float = 0.0
    asked_at: datetime | None = None
    reply_wanted: bool = True
    promised_at: datetime | None = None
    ending: Ending | None = None

    @property
    def can_call(self) -> bool:
        """Whether there is a number to call, on the screen or in the citizen's voice."""
        return self.number is not None or self.number_spoken_take > 0

    @property
    def is_complete(self) -> bool:
        """Words and, where a reply is wanted, a number. Else the memo is marked 내용 일부."""
        return self.take > 0 and (self.can_call or not self.reply_wanted)


@dataclass(frozen=True, slots=True)
class Play:
    """Play these prompts in order, then tell `PromptsPlayed`. `interruptible`: any key stops them.

    `about` names the sentence and may be logged; the prompts may not, they can spell a number.
    """

    about: str
    prompts: tuple[str, ...] = field(repr=False)
    interruptible: bool = True


@dataclass(frozen=True, slots=True)
class CollectKeys:
    """Wait for keys, hand in each as it comes; none for `timeout_s`, later `inter_digit_s`: `KeysTimedOut`.

    `max_digits` and `terminator` tell a driver that reads several keys at once when to stop.
    """

    max_digits: int
    timeout_s: float
    inter_digit_s: float
    terminator: str = ""


@dataclass(frozen=True, slots=True)
class Record:
    """Play `beep`, record take `take` to a file of its own until `stop_keys`, silence or the limit."""

    take: int
    max_s: int
    silence_s: int
    beep: str = BEEP
    stop_keys: str = "#"


@dataclass(frozen=True, slots=True)
class KeepField:
    """Store this now, where it survives the call and the bridge. An empty value takes an earlier one back.

    Numbers are canonical digits, moments ISO 8601, recordings the number of the take, `reply_wanted` yes or
    no.
    """

    name: Field
    value: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class ConnectPerson:
    """Ring the operator or the duty desk, then tell `PersonReached` or `PersonNotReached`."""

    person: Person


@dataclass(frozen=True, slots=True)
class Done:
    """The menu is over: hand the memo on and hang up, unless a person has the call."""

    memo: Memo


@dataclass(frozen=True, slots=True)
class NoteAnomaly:
    """A fact that this phase does not expect. Recorded; never ends a menu."""

    phase: str
    fact: str


Effect = Play | CollectKeys | Record | KeepField | ConnectPerson | Done | NoteAnomaly
