"""Facts: what happened on the line of a citizen in the memo menu.

Owns the menu's input language. Everything that needs a calendar, a database or a clock is worked out by the
driver and handed in with `Began`; the menu itself looks nothing up.
"""

from dataclasses import dataclass, field
from datetime import datetime

from office.events import Closed
from office.phone_number import PhoneNumber


@dataclass(frozen=True, slots=True)
class Choice:
    """A moment (aware) a citizen may ask for. `open_from`: the office is shut then, and opens at this one."""

    at: datetime
    open_from: datetime | None = None


@dataclass(frozen=True, slots=True)
class Began:
    """The menu begins. All moments are aware.

    `at`: the receipt from which `when`, the deadline of the ledger, was counted (charter T7). `department`:
    id in the directory, None for a desk without one. `open_callback_due`: the deadline of what this citizen
    left before. `choices`: the moments under keys 2 and 3; fewer than two and no time is asked. `area`:
    completes a local number. `has_person`: somebody is behind key 0 (the operator, or the duty desk when
    closed). `person_tried`: he was tried in vain before the menu began. `longest_s`, `silence_s`: when a
    recording ends by itself.
    """

    at: datetime
    caller: PhoneNumber
    when: datetime
    next_open: datetime
    department: str | None = None
    closed: Closed | None = None
    open_callback_due: datetime | None = None
    choices: tuple[Choice, ...] = ()
    area: str = ""
    has_person: bool = True
    person_tried: bool = False
    longest_s: int = 120
    silence_s: int = 4

    @property
    def is_open(self) -> bool:
        """Whether the office works at this moment."""
        return self.closed is None

    @property
    def still_promised(self) -> datetime | None:
        """The deadline of an open callback, unless it has passed: a broken promise is not said again."""
        due = self.open_callback_due
        return due if due and due > self.at else None


@dataclass(frozen=True, slots=True)
class PromptsPlayed:
    """The prompts of the last `Play` were heard out, or could not be played; either way the call goes on."""


@dataclass(frozen=True, slots=True)
class KeyPressed:
    """One key (0–9, *, #, A–D) at `at_ms` of a clock that does not step. It stopped the prompts."""

    key: str = field(repr=False)
    at_ms: int


@dataclass(frozen=True, slots=True)
class KeysTimedOut:
    """No key came within the time of the last `CollectKeys`."""


@dataclass(frozen=True, slots=True)
class RecordingEnded:
    """The recording stopped (#, silence, its limit, or the citizen's hang-up). `silent`: no voice in it."""

    seconds: float
    silent: bool


@dataclass(frozen=True, slots=True)
class PersonReached:
    """Somebody took the call that `ConnectPerson` asked for, or the driver leaves the menu for good."""


@dataclass(frozen=True, slots=True)
class PersonNotReached:
    """Nobody took it: the citizen is back and must not be lost."""


@dataclass(frozen=True, slots=True)
class HungUp:
    """The citizen hung up. Tell a running recording's `RecordingEnded` first."""


Fact = (
    Began
    | PromptsPlayed
    | KeyPressed
    | KeysTimedOut
    | RecordingEnded
    | PersonReached
    | PersonNotReached
    | HungUp
)
