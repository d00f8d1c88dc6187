"""Menus of the office's own and the help bell: what a citizen chose, who came (charter V3)."""

from typing import Literal

from pydantic import Field

from office.events.base import Event, Phone


class MenuBegan(Event):
    """A menu speaks to the citizen. `by`: the officer who handed the line over to it (a survey)."""

    kind: Literal["menu_began"] = "menu_began"
    menu: str
    purpose: str
    by: Phone | None = None


class MenuKept(Event):
    """One thing the citizen left in a menu: the key of a question that is kept, or a recording's file."""

    kind: Literal["menu_kept"] = "menu_kept"
    name: str
    value: str = Field(default="", repr=False)


class MenuEnded(Event):
    """A menu is over at `node`. `act` dial, memo, person or end; `target` an extension of the office.

    Without this event the bridge died in the menu, and the dialplan went on by itself.
    """

    kind: Literal["menu_ended"] = "menu_ended"
    node: str
    ending: str
    act: str
    target: str = ""


class BellTold(Event):
    """A help bell: pressed, taken by whom, or nobody could come (charter V3). `exten` is the bell's."""

    kind: Literal["bell_told"] = "bell_told"
    exten: str
    step: Literal["pressed", "taken", "nobody"]
    phone: Phone | None = None
