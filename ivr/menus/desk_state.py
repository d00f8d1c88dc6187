"""Where an officer is in the desk menu.

Owns its state. `Phase` is what the line or memo_service is doing, and with a fact it decides which rule
holds; `Node` is what the officer is asked.
"""

from dataclasses import dataclass, field
from datetime import UTC, datetime
from enum import StrEnum
from typing import NamedTuple

from ivr.menus import desk_talk as t
from office.phone_codes import DeskWish

BUDGET = 300
"""How often it speaks at most: fifty memos, each heard twice, and then some."""


class Phase(StrEnum):
    """What the line or memo_service is doing."""

    NEW = "new"
    LOOKING = "looking"
    SAYING = "saying"
    HEARING = "hearing"
    LISTENING = "listening"
    CARRYING = "carrying"
    LEAVING = "leaving"
    """Its last words."""
    ENDED = "ended"


class Node(StrEnum):
    """What he is asked or told."""

    PIN = "pin"
    COUNTS = "counts"
    ITEM = "item"
    AFTER_ITEM = "after_item"
    CONFIRM = "confirm"
    LAST = "last"
    AWAY = "away"
    VISITOR = "visitor"
    GIST = "gist"


_NO_CALL = t.Dialled(DeskWish.MEMOS)
_NO_ACT = t.Carry("")
_NO_DESK = t.Desk(datetime(1970, 1, 1, tzinfo=UTC), owned=False)


@dataclass(frozen=True, slots=True)
class DeskMenu:
    """One officer's way through it. `desk` means nothing before `Told`, `at` is the item he is at."""

    phase: Phase = Phase.NEW
    node: Node = Node.COUNTS
    call: t.Dialled = _NO_CALL
    desk: t.Desk = _NO_DESK
    at: int = 0
    act: t.Carry = _NO_ACT
    digits: str = field(default="", repr=False)
    pins: int = 0
    silences: int = 0
    left: int = BUDGET
    last_key: tuple[str, int] | None = field(default=None, repr=False)

    @property
    def item(self) -> t.Item:
        """The item he is at."""
        return self.desk.items[self.at]


class Step(NamedTuple):
    """What `advance` returns."""

    menu: DeskMenu
    effects: tuple[t.Effect, ...] = ()
