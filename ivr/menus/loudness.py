"""Is there a voice in what was recorded? By loudness alone, rather yes than no: a silent take is thrown away.

Pure; samples are 16 bit, mono.
"""

from collections.abc import Sequence

FRAME_S = 0.02
LOUD = 90
"""Mean level of a frame (of 32,767) from which it is a sound; a line at rest stays below 20 in µ-law."""
SOUND_S = 0.24
"""So much sound in all, and it may be a word. A click of the handset is shorter."""
_EVERY = 4
"""Samples looked at: one in so many, for speed."""


def has_voice(samples: Sequence[int], rate: int) -> bool:
    """Whether anything can be heard in it."""
    frame = round(rate * FRAME_S)
    loud = 0
    for start in range(0, len(samples), frame):
        some = samples[start : start + frame : _EVERY]
        loud += sum(map(abs, some)) >= LOUD * len(some)
    return loud * FRAME_S >= SOUND_S
