"""A menu ready to be walked: nodes by name, what each says, where its keys lead. Pure."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum

PERSON, MEMO, END = "person", "memo", "end"
"""Nodes that every menu has: the operator, leaving word for the main number, goodbye."""
NEXT = "9"
"""The key for the next page of a list; the choices of a page are 1 to 3."""
AGAIN, BACK, ZERO = "*", "#", "0"


class Purpose(StrEnum):
    """What a menu is for, and with that who opens it."""

    MAIN = "main"
    """A citizen's call to a public number."""
    SURVEY = "survey"
    """After a talk, where the officer hands the line over by a key (an exception of charter T8)."""


class Act(StrEnum):
    """What a node does once its words are said. The last four are ends."""

    ASK = "ask"
    RECORD = "record"
    DIAL = "dial"
    MEMO = "memo"
    PERSON = "person"
    END = "end"

    @property
    def ends(self) -> bool:
        """Whether the menu is over with it."""
        return self not in (Act.ASK, Act.RECORD)


@dataclass(frozen=True, slots=True)
class Node:
    """One node. `say`: its sentence, empty for the built-in one of its act. `label`: what a diagram calls it.

    `keys` leads on from ASK, `then` from RECORD. `target`: the extension of DIAL and MEMO. `keep`: the name
    under which the key pressed, or the take recorded, is kept. `made`: not written but made from a list.
    """

    id: str
    act: Act
    say: str = ""
    label: str = ""
    keys: Mapping[str, str] = field(default_factory=dict)
    target: str = ""
    keep: str = ""
    then: str = ""
    max_s: int = 60
    made: bool = False

    @property
    def ways(self) -> Iterator[tuple[str, str]]:
        """(key, node) of every way on; the key is empty where no key is needed."""
        yield from self.keys.items()
        if self.then:
            yield "", self.then


@dataclass(frozen=True, slots=True)
class Menu:
    """One menu. `number`: the extension digits that open it, `main` for the main number itself, or empty.

    `unanswered`: where silence and wrong keys lead. `again`: where somebody begins who was asked lately.
    `help`: every question ends with the keys that are the same everywhere.
    """

    id: str
    name: str
    purpose: Purpose
    number: str
    start: str
    unanswered: str
    again: str
    help: bool
    nodes: Mapping[str, Node]

    def prompt(self, node: str) -> str:
        """Name of the prompt file that says `node`'s own sentence."""
        return f"menus/{self.id}/{node}"

    def reached(self) -> list[str]:
        """Every node that can come, nearest first."""
        found: dict[str, None] = dict.fromkeys(filter(None, (self.start, self.again, self.unanswered)))
        queue = list(found)
        while queue:
            node = self.nodes.get(queue.pop(0))
            for _, target in node.ways if node else ():
                if target not in found:
                    found[target] = None
                    queue.append(target)
        return list(found)
