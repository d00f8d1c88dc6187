"""Walks an office's own menu (decisions/0029): `advance(walk, fact) -> (walk, effects)`, like the memo menu.

Facts and effects are the memo menu's, and three of its own. The rules are the same in every menu: 0 is a
person, * says it again, # goes back, any key cuts in; silence twice and three wrong keys in a row lead where
the menu says (`unanswered`, an end). It speaks at most `BUDGET` times, so that every way ends. Pure.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import Any, NamedTuple

from ivr.menus import facts as f
from ivr.menus.effects import PAUSE, CollectKeys, NoteAnomaly, Play, Record
from ivr.menus.state import BUDGET, Phase
from office.menus.model import AGAIN, BACK, PERSON, ZERO, Act, Menu, Node

CONNECT = "office/menu-connect"
"""Said before phones ring, where a node has no words of its own."""
GO_BACK = "office/menu-back"
PERSON_WORDS = "menu/key-person"
HELP, NO_KEY, WRONG_KEY = "menu/key-help", "menu/key-none", "menu/key-wrong"

ANSWER_S = 8
WRONG_KEYS = 3
SILENCES = 2
SILENCE_S = 4
SAME_PRESS_MS = 60
"""As in the memo menu: a key told again within this time is the same press (DTM-01 d)."""


class Ending(StrEnum):
    """How a menu ended."""

    DONE = "done"
    HUNG_UP = "hung_up"


@dataclass(frozen=True, slots=True)
class Opened:
    """The menu begins. `asked_lately`: this citizen was asked within the month (surveys)."""

    asked_lately: bool = False


@dataclass(frozen=True, slots=True)
class KeepAnswer:
    """Store this now, where it survives the call. `take`: it is the recording of that number, not a key."""

    name: str
    value: str
    take: int = 0


@dataclass(frozen=True, slots=True)
class Leave:
    """The menu is over at `node`. Where the citizen goes: `act` (dial, memo, person, end) and `target`."""

    ending: Ending
    node: str
    act: Act
    target: str = ""


WalkFact = Opened | f.PromptsPlayed | f.KeyPressed | f.KeysTimedOut | f.RecordingEnded | f.HungUp
WalkEffect = Play | CollectKeys | Record | KeepAnswer | NoteAnomaly | Leave


@dataclass(frozen=True, slots=True)
class Walk:
    """One citizen's way through one menu. `path`: the questions behind him, the latest last."""

    menu: Menu
    phase: Phase = Phase.NEW
    node: str = ""
    path: tuple[str, ...] = ()
    takes: int = 0
    wrong_keys: int = 0
    silences: int = 0
    left: int = BUDGET
    last_key: tuple[str, int] | None = field(default=None, repr=False)

    @property
    def at(self) -> Node:
        """The node he is at."""
        return self.menu.nodes[self.node]


class Step(NamedTuple):
    """What `advance` returns: the walk after the fact, and what follows from it."""

    walk: Walk
    effects: tuple[WalkEffect, ...] = ()

    def after(self, *effects: WalkEffect) -> "Step":
        """This step with `effects` before its own."""
        return Step(self.walk, effects + self.effects)


Rule = Callable[[Walk, Any], Step]


def advance(walk: Walk, fact: WalkFact) -> Step:
    """The walk after `fact`, and what its driver does next. Pure and total."""
    return TABLE[walk.phase][type(fact)](walk, fact)


def _go(walk: Walk, name: str, first: str = "") -> Step:
    """Say the words of a node, after prompt `first`. Out of breath, it goes where silence leads."""
    if walk.left <= 0 and not walk.menu.nodes[name].act.ends:
        name, first = walk.menu.unanswered, ""
    there = replace(walk, node=name, left=walk.left - 1)
    ends = there.at.act.ends
    words = _words(there)
    if ends and not words:
        return _leave(there)
    said = (first, PAUSE, *words) if first else words
    phase = Phase.TELLING if ends else Phase.SAYING
    return Step(replace(there, phase=phase), (Play(name, said, not ends),))


def _words(walk: Walk) -> tuple[str, ...]:
    node, menu = walk.at, walk.menu
    own = (menu.prompt(node.id),) if node.say else _BUILT_IN.get(node.act, ())
    if node.act is not Act.ASK or not menu.help:
        return own
    back = (PAUSE, GO_BACK) if walk.path else ()
    return (*own, PAUSE, HELP, *back)


_BUILT_IN = {Act.DIAL: (CONNECT,), Act.PERSON: (PERSON_WORDS,)}


def _on(walk: Walk, name: str) -> Step:
    """To the next node; the question behind him can be had again by #."""
    path = (*walk.path, walk.node) if walk.node and walk.at.act is Act.ASK else walk.path
    return _go(replace(walk, path=path[-BUDGET:], wrong_keys=0, silences=0), name)


def _leave(walk: Walk, ending: Ending = Ending.DONE) -> Step:
    node = walk.menu.nodes.get(walk.node)
    act = node.act if node and node.act.ends and ending is Ending.DONE else Act.END
    target = node.target if node and act is not Act.END else ""
    return Step(replace(walk, phase=Phase.ENDED), (Leave(ending, walk.node, act, target),))


def _begin(walk: Walk, fact: Opened) -> Step:
    again = walk.menu.again if fact.asked_lately else ""
    return _go(walk, again or walk.menu.start)


def _said(walk: Walk, _: f.PromptsPlayed) -> Step:
    if walk.at.act is Act.RECORD:
        return _record(walk)
    return Step(replace(walk, phase=Phase.LISTENING), (CollectKeys(1, ANSWER_S, ANSWER_S),))


def _told(walk: Walk, _: f.PromptsPlayed) -> Step:
    return _leave(walk)


def _record(walk: Walk) -> Step:
    take = walk.takes + 1
    return Step(replace(walk, phase=Phase.RECORDING, takes=take), (Record(take, walk.at.max_s, SILENCE_S),))


def _key(walk: Walk, fact: f.KeyPressed) -> Step:
    last = walk.last_key
    if last is not None and last[0] == fact.key and 0 <= fact.at_ms - last[1] <= SAME_PRESS_MS:
        return Step(walk)
    pressed = replace(walk, last_key=(fact.key, fact.at_ms))
    if move := _EVERYWHERE.get(fact.key):
        return move(pressed)
    if pressed.at.act is Act.RECORD:  # he has heard it before and wants to speak
        return _record(pressed)
    target = pressed.at.keys.get(fact.key)
    if target is None:
        return _wrong(pressed)
    kept = (KeepAnswer(pressed.at.keep, fact.key),) if pressed.at.keep else ()
    return _on(pressed, target).after(*kept)


def _back(walk: Walk) -> Step:
    if not walk.path:
        return _go(walk, walk.node)
    return _go(replace(walk, path=walk.path[:-1], wrong_keys=0, silences=0), walk.path[-1])


_EVERYWHERE: Mapping[str, Callable[[Walk], Step]] = {
    ZERO: lambda walk: _on(walk, PERSON),
    AGAIN: lambda walk: _go(walk, walk.node),
    BACK: _back,
}


def _wrong(walk: Walk) -> Step:
    wrong = walk.wrong_keys + 1
    if wrong >= WRONG_KEYS:
        return _on(walk, walk.menu.unanswered)
    return _go(replace(walk, wrong_keys=wrong), walk.node, WRONG_KEY)


def _silence(walk: Walk, _: f.KeysTimedOut) -> Step:
    silences = walk.silences + 1
    if silences >= SILENCES:
        return _on(walk, walk.menu.unanswered)
    return _go(replace(walk, silences=silences), walk.node, NO_KEY)


def _recorded(walk: Walk, fact: f.RecordingEnded) -> Step:
    step = _on(walk, walk.at.then)
    return step if fact.silent else step.after(_take(walk))


def _take(walk: Walk) -> KeepAnswer:
    return KeepAnswer(walk.at.keep, "", walk.takes)


def _hung_up(walk: Walk, _: f.HungUp) -> Step:
    """What there is stays; a take whose end nobody told is kept: perhaps it holds his words."""
    step = _leave(walk, Ending.HUNG_UP)
    return step.after(_take(walk)) if walk.phase is Phase.RECORDING else step


def _stay(walk: Walk, _: WalkFact) -> Step:
    return Step(walk)


def _anomaly(walk: Walk, fact: WalkFact) -> Step:
    return Step(walk, (NoteAnomaly(walk.phase.value, type(fact).__name__),))


KINDS: tuple[type[Any], ...] = (
    Opened,
    f.PromptsPlayed,
    f.KeyPressed,
    f.KeysTimedOut,
    f.RecordingEnded,
    f.HungUp,
)
"""Every kind of fact there is."""
_NONE: Mapping[type[Any], Rule] = dict.fromkeys(KINDS, _anomaly) | {f.HungUp: _hung_up}
_LATE: Mapping[type[Any], Rule] = {
    **_NONE,
    f.PromptsPlayed: _stay,
    f.KeyPressed: _stay,
    f.KeysTimedOut: _stay,
}

TABLE: Mapping[Phase, Mapping[type[Any], Rule]] = {
    Phase.NEW: {**_NONE, Opened: _begin},
    Phase.SAYING: {**_LATE, f.PromptsPlayed: _said, f.KeyPressed: _key},
    Phase.TELLING: {**_LATE, f.PromptsPlayed: _told},
    Phase.LISTENING: {**_LATE, f.KeyPressed: _key, f.KeysTimedOut: _silence},
    Phase.RECORDING: {**_LATE, f.RecordingEnded: _recorded},
    Phase.ENDED: dict.fromkeys(KINDS, _stay),
}
