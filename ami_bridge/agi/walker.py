"""Drives an office's own menu on one line (docs/contracts.md, "The office's own menus").

Owns the arguments of `AGI(agi://…/menu,…)`, the notes of a menu, and where it tells the dialplan to go. What
a citizen leaves is noted the moment it is known; MENU_DONE=1 is the very last command, as in the memo menu.
"""

import logging
from collections import deque
from dataclasses import dataclass
from pathlib import Path
from typing import Self

from ami_bridge.agi.acts import Acts
from ami_bridge.agi.line import AgiError, Line
from ivr.menus.effects import NoteAnomaly
from ivr.menus.walk import KeepAnswer, Leave, Opened, Walk, WalkEffect, WalkFact, advance
from office.folder import Office
from office.menus import Menu
from office.phone_number import PhoneNumber, classify

log = logging.getLogger(__name__)

_LONGEST_EXTENSION = 6


@dataclass(frozen=True, slots=True)
class Guest:
    """One citizen before a menu. Recordings are `<base>-<take>.wav`."""

    uid: str
    menu: Menu
    caller: PhoneNumber
    base: Path

    @classmethod
    def of(cls, line: Line, office: Office, spool: Path) -> Self:
        """Read the arguments; raises AgiError for what our dialplan never sends."""
        menu, base = office.menus.get(line.argument(1)), Path(line.argument(3))
        if menu is None or base.parent != spool or not base.name:
            raise AgiError("the request names no menu of ours")
        area = office.directory.trunk.area
        caller = classify(line.argument(2), area=area, extension_digits=_LONGEST_EXTENSION)
        return cls(line.request["agi_uniqueid"], menu, caller, base)

    def file(self, take: int) -> Path:
        """Where take `take` is recorded."""
        return self.base.with_name(f"{self.base.name}-{take}.wav")


class Walker:
    """One citizen's way through one menu."""

    def __init__(self, line: Line, guest: Guest, prompts: Path) -> None:
        self._guest = guest
        self._acts = Acts(line, prompts, guest.file)

    async def run(self, *, asked_lately: bool) -> None:
        """From the first word to the end, hang-up included. Raises AgiError if the line fails."""
        walk = Walk(self._guest.menu)
        told: deque[WalkFact] = deque([Opened(asked_lately)])
        waiting: WalkEffect | None = None
        while not isinstance(waiting, Leave):
            while told:
                walk, effects = advance(walk, told.popleft())
                for effect in effects:
                    if not await self._at_once(effect):
                        waiting = effect
            if not isinstance(waiting, Leave):
                told += await self._acts.come_of(waiting)
        await self._leave(waiting)

    async def _at_once(self, effect: WalkEffect) -> bool:
        """Carry out an effect that nothing is awaited of; False for another."""
        if isinstance(effect, KeepAnswer):
            value = self._guest.file(effect.take).name if effect.take else effect.value
            await self._acts.note("MenuField", {"Name": effect.name, "Value": value})
        elif isinstance(effect, NoteAnomaly):
            reason = f"{effect.phase} {effect.fact}"
            log.warning("a fact that the menu did not expect", extra={"reason": reason})
        else:
            return False
        return True

    async def _leave(self, leave: Leave) -> None:
        told = {"Node": leave.node, "Ending": leave.ending.value, "Act": leave.act.value}
        await self._acts.note("MenuEnd", {**told, "Target": leave.target})
        await self._acts.set("MENU_ACT", leave.act.value)
        await self._acts.set("MENU_TARGET", leave.target or '""')
        await self._acts.set("MENU_DONE", "1")
