"""Drives the memo menu on one line: its effects become AGI commands, what comes of them become facts.

Each thing the citizen leaves is noted the moment it is known, live and in the PBX's journal
(docs/contracts.md), so it is not lost, whatever happens to us afterwards. Never logs what is played: it can
spell a number.
"""

import asyncio
import logging
import time
from collections import deque
from datetime import datetime
from pathlib import Path

from ami_bridge.agi.line import AgiError, HungUpError, Line, quoted
from ami_bridge.agi.speaker import Speaker
from ami_bridge.agi.visit import Visit
from ami_bridge.agi.voice import has_voice
from ami_bridge.call.notes import NOTE
from ivr.menus import facts as f
from ivr.menus.effects import (
    CollectKeys,
    ConnectPerson,
    Done,
    Effect,
    Field,
    KeepField,
    Memo,
    NoteAnomaly,
    Person,
    Play,
    Record,
)
from ivr.menus.memo import advance
from ivr.menus.state import Menu

log = logging.getLogger(__name__)

RATE = 8000
_FILES = (Field.RECORDING, Field.NUMBER_SPOKEN)


class Driver:
    """One citizen's way through the menu. `asked`: the menu as it stood when he asked for a person."""

    def __init__(self, line: Line, visit: Visit, prompts: Path) -> None:
        self._line = line
        self._visit = visit
        self._speaker = Speaker(line, prompts)
        self._stamp = 0
        self._seconds: dict[int, float] = {}
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
                told += await self._come_of(waiting)
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

    async def _come_of(self, effect: Effect | None) -> list[f.Fact]:
        """Carry out an effect that takes its time; what came of it."""
        try:
            if isinstance(effect, Play):
                return list(await self._speaker.play(effect))
            if isinstance(effect, CollectKeys):
                return list(await self._speaker.collect(effect))
            if isinstance(effect, Record):
                return await self._record(effect)
        except HungUpError:
            return [f.HungUp()]
        raise AgiError("the menu waits for nothing")

    # ---------------------------------------------------------------- what takes its time

    async def _record(self, effect: Record) -> list[f.Fact]:
        file = self._visit.file(effect.take)
        try:
            await self._speaker.prompt(effect.beep)
            reply = await self._line.command(
                "RECORD FILE", quoted(str(file.with_suffix(""))), "wav", quoted(effect.stop_keys),
                str(effect.max_s * 1000), f"s={effect.silence_s}", lasts_s=effect.max_s,
            )  # fmt: skip
        except HungUpError:  # between the tone and the recording: there is no file
            return [f.RecordingEnded(0.0, silent=True), f.HungUp()]
        seconds = self._seconds[effect.take] = round(reply.endpos / RATE, 1)
        silent = not await asyncio.to_thread(has_voice, file)
        if silent:
            await asyncio.to_thread(file.unlink, missing_ok=True)
        ended: list[f.Fact] = [f.RecordingEnded(seconds, silent=silent)]
        return ended if await self._speaker.is_up() else [*ended, f.HungUp()]

    # ---------------------------------------------------------------- notes

    async def _keep(self, effect: KeepField) -> None:
        value = effect.value
        if effect.name in _FILES:
            value = self._visit.file(int(effect.value)).name
        await self._note_field(effect.name, value)
        if effect.name is Field.RECORDING:
            await self._note_field("seconds", f"{self._seconds.get(int(effect.value), 0.0):g}")
            await self._note_field("silent", "no")

    async def _note_field(self, name: str, value: str) -> None:
        await self._note("MemoField", {"Name": name, "Value": value})

    async def _end(self, memo: Memo) -> None:
        """The last note, whom he wants, and that the menu did its work: the very last command."""
        ending = memo.ending.value if memo.ending else ""
        promised = int(self._promised.timestamp()) if self._promised else 0
        await self._note("MemoEnd", {"Ending": ending, "Promised": str(promised)})
        if self._person is not None:
            await self._line.command("SET VARIABLE", "MEMO_PERSON", self._person.value)
        await self._line.command("SET VARIABLE", "MEMO_DONE", "1")

    async def _note(self, kind: str, fields: dict[str, str]) -> None:
        """Tell a note twice with the same fields: live, and into the journal."""
        # a stamp of its own for each: two may fall into one millisecond
        self._stamp = max(_wall_ms(), self._stamp + 1)
        if any(char in value for value in fields.values() for char in ",|"):
            raise AgiError("a note holds what may not stand in it")
        told = [
            f"{name}: {value}" for name, value in {"Kind": kind, "At": str(self._stamp), **fields}.items()
        ]
        await self._line.command("EXEC", "UserEvent", quoted(",".join([NOTE, *told])))
        await self._line.command("EXEC", "CELGenUserEvent", quoted(f"{NOTE},{'|'.join(told)}"))


def _wall_ms() -> int:
    """The PBX's clock, epoch ms: it asks us from its own machine."""
    return time.time_ns() // 1_000_000
