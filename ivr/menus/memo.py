"""The memo menu: `advance(menu, fact) -> (menu, effects)`, and what each fact does in each phase.

The rule of the menu: a citizen of seventy who presses nothing succeeds. The message comes first and hanging
up after it is enough; keys are for those who want more (charter T6, T7). Theory of operation:

- A *phase* is what the line does (say, listen, record …); the table below says what a fact does in it. Every
  pair moves, stays or is an anomaly, and an anomaly never ends a menu.
- A *node* is what the citizen is asked; `moves.ASKS` lists its keys, `asks` its words. 0 is a person, * and #
  say it again, three wrong keys in a row lead to a person, or when closed to the tone.
- Each datum is an effect the moment it is known, so that a hang-up, or a driver that dies, loses nothing.
- Whatever happens, the menu ends: it speaks at most `state.BUDGET` times and then says goodbye with what
  there is.

Does no I/O, knows no clock, and looks nothing up: `facts.Began` brings all it needs.
"""

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from ivr.menus import facts as f
from ivr.menus.effects import Ending, NoteAnomaly
from ivr.menus.moves import (
    ASKS,
    WRONG_KEYS,
    cut_off,
    digit,
    end,
    first_memo,
    go,
    judge,
    leave_word,
    not_reached,
    person,
    recorded,
    speak,
)
from ivr.menus.state import ENTRY, Menu, Node, Phase, Step

Rule = Callable[[Menu, Any], Step]

SAME_PRESS_MS = 60
"""A key told again within this time of its first telling is the same press (DTM-01 d)."""


def stay(menu: Menu, _: f.Fact) -> Step:
    """Nothing changes; the driver goes on as before."""
    return Step(menu)


def anomaly(menu: Menu, fact: f.Fact) -> Step:
    """The pair makes no sense: note it, change nothing."""
    return Step(menu, (NoteAnomaly(menu.phase.value, type(fact).__name__),))


def _begin(menu: Menu, fact: f.Began) -> Step:
    begun = replace(menu, call=fact, memo=first_memo(fact.caller))
    if fact.person_tried:
        return not_reached(begun)
    return leave_word(begun) if fact.is_open else go(begun, Node.CLOSED)


def _said(menu: Menu, _: f.PromptsPlayed) -> Step:
    return ASKS[menu.node].then(menu)


def _key(menu: Menu, fact: f.KeyPressed) -> Step:
    if _is_same_press(menu.last_key, fact):
        return Step(menu)
    pressed = replace(menu, last_key=(fact.key, fact.at_ms))
    if menu.node in ENTRY:
        return digit(pressed, fact.key)
    if move := ASKS[menu.node].keys.get(fact.key):
        return move(replace(pressed, wrong_keys=0, silences=0))
    if fact.key in ("*", "#"):
        # a second # after a message or a number is a habit, not a mistake
        return go(pressed, menu.node)
    return person(pressed) if fact.key == "0" else _wrong(pressed)


def _is_same_press(last: tuple[str, int] | None, fact: f.KeyPressed) -> bool:
    return last is not None and last[0] == fact.key and 0 <= fact.at_ms - last[1] <= SAME_PRESS_MS


def _wrong(menu: Menu) -> Step:
    wrong = menu.wrong_keys + 1
    if wrong < WRONG_KEYS:
        return go(replace(menu, wrong_keys=wrong), menu.node, "key-wrong")
    again = replace(menu, wrong_keys=0)
    return person(again) if menu.call.is_open else speak(again)


def _silence(menu: Menu, _: f.KeysTimedOut) -> Step:
    if menu.node in ENTRY and menu.digits:
        return judge(menu)
    ask, silences = ASKS[menu.node], menu.silences + 1
    if silences > ask.patience:
        return ask.unanswered(replace(menu, silences=0))
    return go(replace(menu, silences=silences), menu.node, "key-none")


def _recorded(menu: Menu, fact: f.RecordingEnded) -> Step:
    return recorded(menu, fact.seconds, silent=fact.silent)


def _reached(menu: Menu, _: f.PersonReached) -> Step:
    return end(menu, Ending.PERSON)


def _not_reached(menu: Menu, _: f.PersonNotReached) -> Step:
    return not_reached(menu)


def _hung_up(menu: Menu, _: f.HungUp) -> Step:
    return cut_off(menu)


KINDS: tuple[type[f.Fact], ...] = (
    f.Began,
    f.PromptsPlayed,
    f.KeyPressed,
    f.KeysTimedOut,
    f.RecordingEnded,
    f.PersonReached,
    f.PersonNotReached,
    f.HungUp,
)
"""Every kind of fact there is."""

_NONE: Mapping[type[f.Fact], Rule] = dict.fromkeys(KINDS, anomaly) | {f.HungUp: _hung_up}
# a key pressed while it is not asked for, and what a driver tells a moment too late
_LATE: Mapping[type[f.Fact], Rule] = {
    **_NONE,
    f.PromptsPlayed: stay,
    f.KeyPressed: stay,
    f.KeysTimedOut: stay,
}

TABLE: Mapping[Phase, Mapping[type[f.Fact], Rule]] = {
    Phase.NEW: {**_NONE, f.Began: _begin},
    Phase.SAYING: {**_LATE, f.PromptsPlayed: _said, f.KeyPressed: _key},
    Phase.TELLING: {**_LATE, f.PromptsPlayed: _said},
    Phase.LISTENING: {**_LATE, f.KeyPressed: _key, f.KeysTimedOut: _silence},
    Phase.RECORDING: {**_LATE, f.RecordingEnded: _recorded},
    Phase.CONNECTING: {**_LATE, f.PersonReached: _reached, f.PersonNotReached: _not_reached},
    Phase.ENDED: dict.fromkeys(KINDS, stay),
}


def advance(menu: Menu, fact: f.Fact) -> Step:
    """The menu after `fact`, and what its driver does next. Pure and total."""
    return TABLE[menu.phase][type(fact)](menu, fact)
