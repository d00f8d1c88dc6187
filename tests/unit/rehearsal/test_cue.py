"""A citizen knows a prompt by its first words while it is being said, and no other sound for it."""

from itertools import chain

import numpy as np
import pytest

from rehearsal.phone import CallEndedError, answers
from rehearsal.phone.audio import Tone, heard
from rehearsal.phone.cue import Cue
from rehearsal.phone.rtp import Pcm, endless_tone, frames_of, tone_pcm
from tests.support.phones import calling
from tests.unit.rehearsal.test_heard import silence, words

PROMPT, OTHER = words(1, 3.0), words(2, 3.0)
BEEP = tone_pcm((1000,), 0.5)


def said(*parts: Pcm) -> chain[bytes]:
    """What the officer's phone plays: the parts, then nothing."""
    return chain(frames_of(np.concatenate(parts)), endless_tone(None))


async def test_a_prompt_is_known_while_it_is_said() -> None:
    async with calling(answers(0.05)) as (call, taken):
        await call.answered()
        taken.play(said(silence(0.3), PROMPT))
        await call.until(lambda: Cue(PROMPT).sounds(call))
        assert call.record.bye is None
        packets = call.record.rtp_in.packets
        assert packets < 100, "known before two seconds of it have been said"
        await call.hang_up()


async def test_the_tone_before_a_recording_is_known_and_its_end_too() -> None:
    async with calling(answers(0.05)) as (call, taken):
        await call.answered()
        taken.play(said(silence(0.3), BEEP))
        cue = Cue(BEEP)
        await call.until(lambda: cue.sounds(call))
        await call.until(lambda: not cue.sounds(call))
        await call.hang_up()


@pytest.mark.parametrize("other", [OTHER, tone_pcm((700,), 3.0), silence(3.0)])
async def test_no_other_sound_is_taken_for_it(other: Pcm) -> None:
    async with calling(answers(0.05, hang_up_after_s=1.5)) as (call, taken):
        await call.answered()
        taken.play(said(other))
        cues = [Cue(PROMPT), Cue(BEEP)]
        with pytest.raises(CallEndedError):
            await call.until(lambda: any(cue.sounds(call) for cue in cues))


async def test_one_who_speaks_is_heard_for_as_long_as_he_speaks() -> None:
    async with calling(answers(0.05)) as (call, taken):
        await call.answered()
        taken.play(endless_tone(None))
        await call.speak(915, 0.6)
        await taken.until(lambda: not taken.media.received[-1].loud)
        await call.hang_up()
        (voice,) = [h for h in heard(taken, {"voice": Tone(915)}) if h.name == "voice"]
        assert voice.end_s - voice.start_s == pytest.approx(0.6, abs=0.05)
