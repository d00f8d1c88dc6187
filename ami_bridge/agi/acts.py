"""What a menu asks of one line, as AGI commands: say, wait for a key, record, tell a note.

Owns what each comes to as a fact, for every menu. Never logs what is played: it can spell a number.
"""

import asyncio
import logging
import time
from collections.abc import Callable
from pathlib import Path

from ami_bridge.agi.line import AgiError, HungUpError, Line, quoted
from ami_bridge.agi.voice import has_voice
from ami_bridge.call.notes import NOTE
from ivr.menus import facts as f
from ivr.menus.effects import CollectKeys, Play, Record

log = logging.getLogger(__name__)

KEYS = "0123456789*#"
PROMPT_S = 60.0
"""Longer than any prompt."""
RATE = 8000


Came = f.PromptsPlayed | f.KeyPressed | f.KeysTimedOut | f.RecordingEnded | f.HungUp
"""What an act can come to."""


class Acts:
    """One line. `file` names the recording of a take; `seconds` are the lengths of those made."""

    def __init__(self, line: Line, prompts: Path, file: Callable[[int], Path]) -> None:
        self._line = line
        self._prompts = prompts
        self._file = file
        self._stamp = 0
        self.seconds: dict[int, float] = {}

    async def come_of(self, effect: object) -> list[Came]:
        """Carry out an effect that takes its time; what came of it."""
        try:
            if isinstance(effect, Play):
                return await self._play(effect)
            if isinstance(effect, CollectKeys):
                return await self._collect(effect)
            if isinstance(effect, Record):
                return await self._record(effect)
        except HungUpError:
            return [f.HungUp()]
        raise AgiError("the menu waits for nothing")

    async def _play(self, effect: Play) -> list[Came]:
        log.debug("the menu speaks", extra={"about": effect.about})
        keys = KEYS if effect.interruptible else ""
        for name in effect.prompts:
            reply = await self._stream(name, keys)
            if reply:
                return [f.KeyPressed(reply, _mono_ms())]
        return [f.PromptsPlayed()]

    async def _stream(self, name: str, keys: str = "") -> str:
        """Play one file; the key that stopped it, if one did. A file that is missing is passed over."""
        path = quoted(str(self._prompts / name))
        reply = await self._line.command("STREAM FILE", path, quoted(keys), lasts_s=PROMPT_S)
        if reply.failed:
            await self._require_up()
        if not reply.endpos:
            log.error("a prompt is missing", extra={"folder": name.rpartition("/")[0]})
        return reply.key

    async def hear(self, path: Path, lasts_s: float) -> Came | None:
        """Play a file that is no prompt; None if it did not sound. Raises HungUpError."""
        name = quoted(str(path.with_suffix("")))
        reply = await self._line.command("STREAM FILE", name, quoted(KEYS), lasts_s=lasts_s)
        if reply.failed:
            await self._require_up()
        if reply.key:
            return f.KeyPressed(reply.key, _mono_ms())
        return f.PromptsPlayed() if reply.endpos else None

    async def _collect(self, effect: CollectKeys) -> list[Came]:
        milliseconds = str(round(effect.timeout_s * 1000))
        reply = await self._line.command("WAIT FOR DIGIT", milliseconds, lasts_s=effect.timeout_s)
        if reply.failed:
            await self._require_up()
        return [f.KeyPressed(reply.key, _mono_ms())] if reply.key else [f.KeysTimedOut()]

    async def _record(self, effect: Record) -> list[Came]:
        file = self._file(effect.take)
        try:
            await self._stream(effect.beep)
            reply = await self._line.command(
                "RECORD FILE", quoted(str(file.with_suffix(""))), "wav", quoted(effect.stop_keys),
                str(effect.max_s * 1000), f"s={effect.silence_s}", lasts_s=effect.max_s,
            )  # fmt: skip
        except HungUpError:  # between the tone and the recording: there is no file
            return [f.RecordingEnded(0.0, silent=True), f.HungUp()]
        seconds = self.seconds[effect.take] = round(reply.endpos / RATE, 1)
        silent = not await asyncio.to_thread(has_voice, file)
        if silent:
            await asyncio.to_thread(file.unlink, missing_ok=True)
        ended: list[Came] = [f.RecordingEnded(seconds, silent=silent)]
        return ended if await self._is_up() else [*ended, f.HungUp()]

    async def _is_up(self) -> bool:
        try:
            await self._require_up()
        except HungUpError:
            return False
        return True

    async def _require_up(self) -> None:
        """Raises HungUpError once the channel is gone."""
        await self._line.command("CHANNEL STATUS")

    async def note(self, kind: str, fields: dict[str, str]) -> None:
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

    async def set(self, name: str, value: str) -> None:
        """Set a channel variable; works after the hang-up too."""
        await self._line.command("SET VARIABLE", name, value)


def _wall_ms() -> int:
    """The PBX's clock, epoch ms: it asks us from its own machine."""
    return time.time_ns() // 1_000_000


def _mono_ms() -> int:
    return time.monotonic_ns() // 1_000_000
