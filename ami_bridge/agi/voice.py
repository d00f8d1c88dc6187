"""Is there a voice in a recording? By loudness alone, and rather yes than no: a silent one is thrown away.

Reads the file that Asterisk wrote (8 kHz, 16 bit, mono). Blocks on disk for some milliseconds.
"""

import sys
import wave
from array import array
from pathlib import Path

FRAME_S = 0.02
LOUD = 90
"""Mean level of a frame (of 32,767) from which it is a sound; a line at rest stays below 20 in µ-law."""
SOUND_S = 0.24
"""So much sound in all, and it may be a word. A click of the handset is shorter."""
_EVERY = 4
"""Samples looked at: one in so many, for speed."""


def has_voice(path: Path) -> bool:
    """Whether anything can be heard in it; False for a file that is missing or holds no sound."""
    try:
        with wave.open(str(path)) as file:
            rate = file.getframerate()
            samples = array("h", file.readframes(file.getnframes()))
    except (OSError, EOFError, wave.Error):
        return False
    if sys.byteorder == "big":
        samples.byteswap()
    frame = round(rate * FRAME_S)
    loud = 0
    for start in range(0, len(samples), frame):
        some = samples[start : start + frame : _EVERY]
        loud += sum(map(abs, some)) >= LOUD * len(some)
    return loud * FRAME_S >= SOUND_S
