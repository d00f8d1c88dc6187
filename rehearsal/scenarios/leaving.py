"""What a citizen does in the memo menu: hears its words, presses keys, speaks after the tone.

Owns the citizen's side alone. Each step waits for the words it answers, as a person would.
"""

import asyncio

from rehearsal.phone import Call, CallEndedError
from rehearsal.phone.cue import BEEP
from rehearsal.scenarios.stage import Seen, Stage
from rehearsal.scenarios.waiting import NotSeenError

OPEN = "menu/memo-open.a"
OPEN_CLOSED = "menu/memo-open-closed"
KEPT = "menu/memo-kept.a"
PROMISED = "menu/memo-kept.b"
"""Said after the moment by which he will be called."""
_PATIENCE_S = 60.0
_SPEAK_S = 1.6
_BREATH_S = 0.3


async def hears(stage: Stage, call: Call, prompt: str, patience_s: float = _PATIENCE_S) -> None:
    """Wait until the first words of `prompt` are heard on `call`; raises NotSeenError."""
    cue = stage.cue(prompt)
    try:
        await call.until(lambda: cue.sounds(call), patience_s)
    except (TimeoutError, CallEndedError) as error:
        raise NotSeenError(f"{prompt} was never heard: {error!r}") from error


async def answers_key(stage: Stage, call: Call, prompt: str, keys: str) -> None:
    """Press `keys` as soon as `prompt` begins."""
    await hears(stage, call, prompt)
    await call.send_digits(keys)


async def speaks(stage: Stage, seen: Seen, seconds: float = _SPEAK_S) -> None:
    """Wait for the tone and speak after it."""
    if seen.left is None:
        raise ValueError("only a silent citizen can leave word")
    await hears(stage, seen.call, BEEP)
    await seen.call.until(lambda: not stage.cue(BEEP).sounds(seen.call), _PATIENCE_S)
    await asyncio.sleep(_BREATH_S)  # a tone that stutters on the line is not over at its first gap
    await seen.call.speak(seen.left.voice_hz, seconds)
    seen.left.spoken_s += seconds


async def leaves_word(stage: Stage, seen: Seen) -> None:
    """The short way: skip the words by a key, speak, hear that it was kept, hang up."""
    await answers_key(stage, seen.call, OPEN, "1")
    await speaks(stage, seen)
    await hears(stage, seen.call, KEPT)
    await seen.call.hang_up()
