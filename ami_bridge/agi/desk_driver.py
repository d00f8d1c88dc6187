"""Drives the desk menu on an officer's line: its effects become AGI commands and questions to memo_service.

Owns whose desk it is: the endpoint's of the channel, never what a caller id says. Never logs what is played.
"""

import logging
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Self

from ami_bridge.agi.acts import Acts
from ami_bridge.agi.ear import ListenSpool
from ami_bridge.agi.line import AgiError, HungUpError, Line
from ami_bridge.agi.office_desk import OfficeDesk
from ami_bridge.call.state import endpoint_of
from ivr.menus import desk_talk as t
from ivr.menus import facts as f
from ivr.menus.desk import advance
from ivr.menus.desk_state import DeskMenu
from ivr.menus.effects import CollectKeys, NoteAnomaly, Play
from office.directory import Directory
from office.phone_codes import DeskWish

log = logging.getLogger(__name__)

LONGEST_SOUND_S = 600.0
_NEVER = f.RecordingEnded
"""What no act of this menu comes to."""
_WISHES = {wish.value: wish for wish in DeskWish}
Answered = Callable[[], None]


@dataclass(frozen=True, slots=True)
class DeskVisit:
    """An officer at his phone, as the dialplan tells: `AGI(agi://…/desk,<wish>,dialled|in_call)`."""

    uid: str
    endpoint: str
    wish: DeskWish
    in_call: bool

    @classmethod
    def of(cls, line: Line, directory: Directory) -> Self:
        """Read the request; raises AgiError for what our dialplan never sends."""
        wish = _WISHES.get(line.argument(1))
        endpoint = endpoint_of(line.request.get("agi_channel", ""))
        if wish is None or endpoint not in directory.desk_by_endpoint:
            raise AgiError("the request is of no phone of the office")
        return cls(line.request["agi_uniqueid"], endpoint, wish, line.argument(2) == "in_call")


class DeskDriver:
    """One officer's way through the menu."""

    def __init__(
        self, line: Line, visit: DeskVisit, prompts: Path, desk: OfficeDesk, spool: ListenSpool
    ) -> None:
        self._visit = visit
        self._acts = Acts(line, prompts, self._no_take)
        self._desk = desk
        self._spool = spool

    async def run(self, pin: str) -> None:
        """To the menu's end, hang-up included. Raises AgiError if the line fails."""
        menu = DeskMenu()
        told: deque[t.Fact] = deque([t.Dialled(self._visit.wish, pin, in_call=self._visit.in_call)])
        waiting: t.Effect | None = None
        while not isinstance(waiting, t.Finish):
            while told:
                menu, effects = advance(menu, told.popleft())
                for effect in effects:
                    if isinstance(effect, NoteAnomaly):
                        reason = f"{effect.phase} {effect.fact}"
                        log.warning("a fact that the desk menu did not expect", extra={"reason": reason})
                    else:
                        waiting = effect
            if not isinstance(waiting, t.Finish):
                told += await self._come_of(waiting)
        await self._acts.set("DESK_DONE", "1")

    async def _come_of(self, effect: t.Effect | None) -> list[t.Fact]:
        """Carry out an effect that takes its time; what came of it."""
        try:
            if isinstance(effect, Play | CollectKeys):
                return [fact for fact in await self._acts.come_of(effect) if not isinstance(fact, _NEVER)]
            if isinstance(effect, t.Hear):
                return [await self._hear(effect)]
            if isinstance(effect, t.Look):
                return [await self._desk.look(self._visit.endpoint)]
            if isinstance(effect, t.Carry):
                return [await self._desk.act(self._visit.endpoint, effect)]
        except HungUpError:
            return [f.HungUp()]
        raise AgiError("the desk menu waits for nothing")

    async def _hear(self, effect: t.Hear) -> t.Fact:
        """Fetch it, let him hear it, and have it no more. Who hangs up in it has opened it all the same."""
        sound = await self._desk.sound(self._visit.endpoint, effect.memo)
        if not isinstance(sound, bytes):
            return sound
        try:
            async with self._spool.holding(sound) as path:
                heard = await self._acts.hear(path, LONGEST_SOUND_S)
        except OSError as error:
            log.warning(
                "a sound could not be put where the PBX reads it", extra={"reason": type(error).__name__}
            )
            return t.Unheard("nothing")
        return heard if heard is not None and not isinstance(heard, _NEVER) else t.Unheard("nothing")

    @staticmethod
    def _no_take(_: int) -> Path:
        raise AgiError("the desk menu records nothing")
