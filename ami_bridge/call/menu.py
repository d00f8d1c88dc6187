"""Menus of the office's own, and the help bell: their notes as events.

A citizen whom an officer handed over to a survey is no longer his to keep: that he goes then is no hang-up.
"""

from collections.abc import Mapping
from typing import Literal

from ami_bridge.call.effects import Step, publish
from ami_bridge.call.ending import anomaly
from ami_bridge.call.facts import NotedBell, NotedMenu, NotedMenuEnd, NotedMenuField
from ami_bridge.call.state import Call
from office.events import BellTold, MenuBegan, MenuEnded, MenuKept

SURVEY = "survey"
_STEPS: Mapping[str, Literal["pressed", "taken", "nobody"]] = {
    "pressed": "pressed",
    "taken": "taken",
    "nobody": "nobody",
}


def noted_menu(call: Call, fact: NotedMenu) -> Step:
    """A menu begins."""
    heard = call.hearing("Menu", fact.stamp)
    if heard is None:
        return Step(call)
    event = publish(
        call,
        MenuBegan,
        fact.stamp * 1000,
        fact.source,
        subject=str(fact.stamp),
        menu=fact.menu,
        purpose=fact.purpose,
        by=call.house.phone(fact.by) if fact.by else None,
    )
    return Step(heard._replace(handed_over=call.handed_over or fact.purpose == SURVEY), (event,))


def noted_menu_field(call: Call, fact: NotedMenuField) -> Step:
    """One thing he left."""
    heard = call.hearing(f"MenuField {fact.name}", fact.stamp)
    if heard is None:
        return Step(call)
    subject = f"{fact.name}@{fact.stamp}"
    at = fact.stamp * 1000
    event = publish(call, MenuKept, at, fact.source, subject=subject, name=fact.name, value=fact.value)
    return Step(heard, (event,))


def noted_menu_end(call: Call, fact: NotedMenuEnd) -> Step:
    """The menu is over."""
    heard = call.hearing("MenuEnd", fact.stamp)
    if heard is None:
        return Step(call)
    event = publish(
        call,
        MenuEnded,
        fact.stamp * 1000,
        fact.source,
        subject=str(fact.stamp),
        node=fact.node,
        ending=fact.ending,
        act=fact.act,
        target=fact.target,
    )
    return Step(heard, (event,))


def noted_bell(call: Call, fact: NotedBell) -> Step:
    """A bell was pressed, or somebody comes, or nobody can. An unknown state is recorded as odd, no more."""
    heard = call.hearing(f"Bell {fact.state}", fact.stamp)
    if heard is None:
        return Step(call)
    step = _STEPS.get(fact.state)
    if step is None:
        return Step(heard, (anomaly(call, fact, "NotedBell"),))
    phone = call.house.phone(fact.by) if fact.by else None
    at = fact.stamp * 1000
    event = publish(call, BellTold, at, fact.source, subject=step, exten=fact.exten, step=step, phone=phone)
    return Step(heard, (event,))
