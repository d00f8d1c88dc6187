"""A recording that comes in: whether it can be used, with the figure that decides, and what is kept of it.

Pure: bytes in, bytes out.
"""

from dataclasses import dataclass

import numpy as np

from ivr.prompts import sound
from ivr.prompts.sound import Samples, SoundRefusedError

MOST_BYTES = 10_000_000
_QUIET_DB = -45.0
_SHORTEST_S = 0.2
_SYLLABLE_S = 0.06
"""Nobody says a syllable in less."""
_LONGEST_S = 60.0
_FULL = 0.99
_FLAT = 3
"""So many samples at full scale side by side are a cut-off peak, and so many of those are heard."""


@dataclass(frozen=True, slots=True)
class Accepted:
    """A recording as it is kept, 16 kHz WAV, and its figures as a caller hears it (8 kHz)."""

    wav: bytes
    length_ms: int
    peak_db: float
    loudness_db: float


def accept(raw: bytes, words: str) -> Accepted:
    """Take a WAV or MP3 of `words`, silence cut off at both ends, at one loudness.

    Raises SoundRefusedError: unreadable, clipped (places), too_quiet (dB), too_short or too_long (seconds).
    """
    samples, rate = sound.read_any(raw)
    _require_whole(samples, rate)
    wide = sound.telephone(samples, rate, sound.WIDE)
    seconds = round(len(wide) / sound.WIDE, 2)
    least = max(_SHORTEST_S, _SYLLABLE_S * sum("가" <= char <= "힣" for char in words))
    if seconds < least:
        raise SoundRefusedError(
            f"{seconds:.1f} s are too short for these words ({least:.1f} s at least)", "too_short", seconds
        )
    if seconds > _LONGEST_S:
        raise SoundRefusedError(f"{seconds:.0f} s; {_LONGEST_S:.0f} s at most", "too_long", seconds)
    narrow = sound.telephone(wide, sound.WIDE)
    length_ms = round(1000 * len(narrow) / sound.RATE)
    return Accepted(sound.wav(wide, sound.WIDE), length_ms, sound.peak_db(narrow), sound.loudness_db(narrow))


def _require_whole(samples: Samples, rate: int) -> None:
    if len(samples) > 3 * _LONGEST_S * rate:
        seconds = len(samples) / rate
        raise SoundRefusedError(f"{seconds:.0f} s; {_LONGEST_S:.0f} s at most", "too_long", seconds)
    if places := clipped(samples):
        raise SoundRefusedError(
            f"too loud: peaks are cut off in {places} places; record it again from further away",
            "clipped",
            places,
        )
    loudness_db = sound.loudness_db(samples, rate)
    if loudness_db < _QUIET_DB:
        raise SoundRefusedError(
            f"{loudness_db:.0f} dB is too quiet ({_QUIET_DB:.0f} dB at least); speak nearer to it",
            "too_quiet",
            loudness_db,
        )


def clipped(samples: Samples) -> int:
    """How many peaks are cut off flat at full scale."""
    full = np.concatenate([[False], np.abs(samples) >= _FULL, [False]])
    edges = np.flatnonzero(np.diff(full.astype(np.int8)))
    return int(np.count_nonzero(edges[1::2] - edges[::2] >= _FLAT))
