"""The ear and the keys of one line: what every menu on it plays and collects, by AGI commands.

Never logs what is played: it can spell a number.
"""

import logging
import time
from pathlib import Path

from ami_bridge.agi.line import HungUpError, Line, quoted
from ivr.menus import facts as f
from ivr.menus.effects import CollectKeys, Play

log = logging.getLogger(__name__)

KEYS = "0123456789*#"
PROMPT_S = 60.0
"""Longer than any prompt."""


class Speaker:
    """Plays prompts below `prompts` and hears keys. Each raises HungUpError once the channel is gone."""

    def __init__(self, line: Line, prompts: Path) -> None:
        self._line = line
        self._prompts = prompts

    async def play(self, effect: Play) -> list[f.KeyPressed | f.PromptsPlayed]:
        """Prompts one after another; a key stops them where they may be stopped."""
        log.debug("the menu speaks", extra={"about": effect.about})
        keys = KEYS if effect.interruptible else ""
        for name in effect.prompts:
            if key := await self.prompt(name, keys):
                return [f.KeyPressed(key, mono_ms())]
        return [f.PromptsPlayed()]

    async def prompt(self, name: str, keys: str = "") -> str:
        """Play one prompt; the key that stopped it, if one did. One that is missing is passed over."""
        key, played = await self.file(self._prompts / name, keys, PROMPT_S)
        if not played:
            log.error("a prompt is missing", extra={"folder": name.rpartition("/")[0]})
        return key

    async def file(self, path: Path, keys: str, lasts_s: float) -> tuple[str, bool]:
        """Play the file at `path` (without its ending): the key that stopped it, and whether it sounded."""
        reply = await self._line.command("STREAM FILE", quoted(str(path)), quoted(keys), lasts_s=lasts_s)
        if reply.failed:
            await self.require_up()
        return reply.key, bool(reply.endpos)

    async def collect(self, effect: CollectKeys) -> list[f.KeyPressed | f.KeysTimedOut]:
        """One key, or none in time."""
        milliseconds = str(round(effect.timeout_s * 1000))
        reply = await self._line.command("WAIT FOR DIGIT", milliseconds, lasts_s=effect.timeout_s)
        if reply.failed:
            await self.require_up()
        return [f.KeyPressed(reply.key, mono_ms())] if reply.key else [f.KeysTimedOut()]

    async def is_up(self) -> bool:
        """Whether the channel is still there."""
        try:
            await self.require_up()
        except HungUpError:
            return False
        return True

    async def require_up(self) -> None:
        """Raises HungUpError once the channel is gone."""
        await self._line.command("CHANNEL STATUS")


def mono_ms() -> int:
    """A clock that does not step, ms."""
    return time.monotonic_ns() // 1_000_000
