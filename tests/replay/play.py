"""Plays facts or AMI bytes through the core, with timers on the PBX's own clock. No sockets, no waiting."""

import csv
import gzip
from collections.abc import Iterable
from itertools import count
from pathlib import Path

from ami_bridge.ami.feed import Feed
from ami_bridge.call.effects import Effect, Publish, StartTimer
from ami_bridge.call.facts import Fact, TimerFired
from ami_bridge.call.state import House
from ami_bridge.call.switchboard import Switchboard
from ami_bridge.journal.parse import fact_of
from ami_bridge.journal.reader import JournalReader, Position
from office.events import CallEvent
from office.folder import load_office

DATA = Path(__file__).resolve().parent.parent / "data" / "ami"
ROOT = DATA.parent.parent.parent


def foreign_house() -> House:
    """A PBX of which nothing is known but its trunks, as in the captures."""
    return House("pbx1", frozenset({"trunk", "sippuac"}), late_after_ms=6050)


def example_house() -> House:
    return House.of("pbx1", load_office(ROOT / "examples" / "pyeongchang"))


def rehearsal_house() -> House:
    return House.of("pbx1", load_office(ROOT / "rehearsal" / "office"))


class Play:
    """A switchboard with what came out of it."""

    def __init__(self, house: House | None = None) -> None:
        self.board = Switchboard(house or example_house())
        self.events: list[CallEvent] = []
        self.faults: list[Exception] = []
        self._due: dict[tuple[str, str], int] = {}
        ticks = count(1_795_578_000_000_000, 1_000)
        self.feed = Feed(self.fact, now=lambda: next(ticks), on_fault=self.faults.append)

    def fact(self, fact: Fact) -> None:
        for (call, name), due in sorted(self._due.items(), key=lambda item: item[1]):
            if due <= fact.at and (call, name) in self._due:
                del self._due[call, name]
                self.apply(self.board.feed(TimerFired(due, call, name=name)))
        self.apply(self.board.feed(fact))

    def apply(self, effects: Iterable[Effect]) -> None:
        for effect in effects:
            if isinstance(effect, Publish):
                self.events.append(effect.event)
            elif isinstance(effect, StartTimer):
                self._due[effect.call, effect.name] = effect.due
            else:
                self._due = {key: due for key, due in self._due.items() if key[0] != effect.call}

    def bytes(self, *pieces: bytes) -> "Play":
        for piece in pieces:
            self.feed.feed(piece)
        assert self.faults == []
        return self

    def row(self, line: str) -> None:
        """One row of the journal."""
        (columns,) = csv.reader([line])
        if (fact := fact_of(columns)) is not None:
            self.fact(fact)

    def journal(self, path: Path) -> "Play":
        for part in JournalReader(path).read(Position()):
            assert part.bad == 0
            for row in part.rows:
                if (fact := fact_of(row)) is not None:
                    self.fact(fact)
        return self

    @property
    def kinds(self) -> list[str]:
        return [event.kind for event in self.events]

    def of(self, kind: str) -> list[CallEvent]:
        return [event for event in self.events if event.kind == kind]

    def one(self, kind: str) -> CallEvent:
        (event,) = self.of(kind)
        return event


def trace(name: str) -> bytes:
    """A recorded trace as the PBX sent it."""
    return gzip.decompress((DATA / f"{name}.ami.gz").read_bytes())
