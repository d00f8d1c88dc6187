"""Is there a voice in a recording that Asterisk wrote (8 kHz, 16 bit, mono)? The menu's own rule decides.

Blocks on disk for some milliseconds.
"""

import sys
import wave
from array import array
from pathlib import Path

from ivr.menus import loudness


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
    return loudness.has_voice(samples, rate)
