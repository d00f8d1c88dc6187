"""Where a citizen is in the memo menu.

Owns the menu's state. `Phase` is what the line is doing, and with a fact it decides which rule holds; `Node`
is what the citizen is being asked.
"""

from dataclasses import dataclass, field
from datetime import UTC, datetime
from enum import StrEnum
from typing import NamedTuple

from ivr.menus.effects import Effect, Memo
from ivr.menus.facts import Began, Choice
from office.phone_number import NumberKind, PhoneNumber


class Phase(StrEnum):
    """What the line is doing."""

    NEW = "new"
    SAYING = "saying"
    TELLING = "telling"
    LISTENING = "listening"
    RECORDING = "recording"
    CONNECTING = "connecting"
    ENDED = "ended"


class Node(StrEnum):
    """What the citizen is asked or told."""

    CLOSED = "closed"
    AGAIN = "memo-again"
    OPEN = "memo-open"
    EMPTY = "memo-empty"
    SPEAK = "key-speak"
    KEPT = "memo-kept"
    SAY_AGAIN = "memo-say-again"
    NUMBER_KEEP = "memo-number-keep"
    NUMBER_ASK = "memo-number-ask"
    NUMBER_BAD = "memo-number-bad"
    NUMBER_CONFIRM = "memo-number-confirm"
    NUMBER_SPEAK = "memo-number-speak"
    WHEN = "memo-when"
    WHEN_CLOSED = "memo-when-closed"
    REPLY = "memo-reply"
    PERSON = "key-person"
    GOODBYE = "memo-done"


ENTRY = (Node.NUMBER_ASK, Node.NUMBER_BAD)
"""Where keys are digits of a number and not choices."""

BUDGET = 40
"""How often the menu speaks before it says goodbye by itself; a patient citizen needs a quarter of it."""

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_NOTHING = Memo()
_NOBODY = Began(_EPOCH, PhoneNumber(NumberKind.WITHHELD), _EPOCH, _EPOCH)


@dataclass(frozen=True, slots=True)
class Menu:
    """One citizen's way through the menu. `call` means nothing before `Began`."""

    phase: Phase = Phase.NEW
    node: Node = Node.OPEN
    call: Began = _NOBODY
    memo: Memo = _NOTHING
    digits: str = field(default="", repr=False)
    choice: Choice | None = None
    takes: int = 0
    heard_nothing: bool = False
    person_tried: bool = False
    bad_numbers: int = 0
    wrong_keys: int = 0
    silences: int = 0
    left: int = BUDGET
    last_key: tuple[str, int] | None = field(default=None, repr=False)

    @property
    def offers_person(self) -> bool:
        """Whether key 0 leads to somebody who has not been tried yet."""
        return self.call.has_person and not self.person_tried


class Step(NamedTuple):
    """What `advance` returns: the menu after the fact, and what follows from it."""

    menu: Menu
    effects: tuple[Effect, ...] = ()

    def after(self, *effects: Effect) -> "Step":
        """This step with `effects` before its own."""
        return Step(self.menu, effects + self.effects)
