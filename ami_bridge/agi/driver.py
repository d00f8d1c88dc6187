"""Drives the memo menu on one line: its effects become AGI commands, what comes of them become facts.

Each thing the citizen leaves is noted the moment it is known, live and in the PBX's journal
(docs/contracts.md), so it is not lost, whatever happens to us afterwards. Never logs what is played: it can
spell a number.
"""

import logging
from collections import deque
from datetime import datetime
from pathlib import Path

from ami_bridge.agi.acts import Acts
from ami_bridge.agi.line import Line
from ami_bridge.agi.visit import Visit
from ivr.menus import facts as f
from ivr.menus.effects import (
    ConnectPerson,
    Done,
    Effect,
    Field,
    KeepField,
    Memo,
    NoteAnomaly,
    Person,
    Play,
)
from ivr.menus.memo import advance
from ivr.menus.state import Menu

log = logging.getLogger(__name__)

_FILES = (Field.RECORDING, Field.NUMBER_SPOKEN)


class Driver:
    """One citizen's way through the menu. `asked`: the menu as it stood when he asked for a person."""

    def __init__(self, line: Line, visit: Visit, prompts: Path) -> None:
        self._visit = visit
        self._acts = Acts(line, prompts, visit.file)
        self._person: Person | None = None
        self._promised: datetime | None = None
        self.asked: Menu | None = None

    async def run(self, menu: Menu, first: f.Fact) -> None:
        """From `first` to the menu's end, hang-up included. Raises AgiError if the line fails."""
        told: deque[f.Fact] = deque([first])
        waiting: Effect | None = None
        while not isinstance(waiting, Done):
            while told:
                menu, effects = advance(menu, told.popleft())
                for effect in effects:
                    if not await self._at_once(effect):
                        waiting = effect
            if isinstance(waiting, ConnectPerson):
                self.asked, self._person = menu, waiting.person
                told.append(f.PersonReached())
            elif not isinstance(waiting, Done):
                if isinstance(waiting, Play):  # what is never begun to be said is no promise
                    self._promised = menu.memo.promised_at
                told += await self._acts.come_of(waiting)
        await self._end(waiting.memo)

    async def _at_once(self, effect: Effect) -> bool:
        """Carry out an effect that nothing is awaited of; False for another."""
        if isinstance(effect, KeepField):
            await self._keep(effect)
        elif isinstance(effect, NoteAnomaly):
            log.warning(
                "a fact that the menu did not expect", extra={"reason": f"{effect.phase} {effect.fact}"}
            )
        else:
            return False
        return True

    # ---------------------------------------------------------------- notes

    async def _keep(self, effect: KeepField) -> None:
        value = effect.value
        if effect.name in _FILES:
            value = self._visit.file(int(effect.value)).name
        await self._note_field(effect.name, value)
        if effect.name is Field.RECORDING:
            await self._note_field("seconds", f"{self._acts.seconds.get(int(effect.value), 0.0):g}")
            await self._note_field("silent", "no")

    async def _note_field(self, name: str, value: str) -> None:
        await self._acts.note("MemoField", {"Name": name, "Value": value})

    async def _end(self, memo: Memo) -> None:
        """The last note, whom he wants, and that the menu did its work: the very last command."""
        ending = memo.ending.value if memo.ending else ""
        promised = int(self._promised.timestamp()) if self._promised else 0
        await self._acts.note("MemoEnd", {"Ending": ending, "Promised": str(promised)})
        if self._person is not None:
            await self._acts.set("MEMO_PERSON", self._person.value)
        await self._acts.set("MEMO_DONE", "1")
