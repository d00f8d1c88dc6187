"""Recognising a prompt while it is being heard, so that a virtual citizen can act on what he is told.

Owns the live look at the newest packets. For the judgement after the call see audio.py, which is exact.
"""

import numpy as np

from rehearsal.phone.call import Call
from rehearsal.phone.matching import SILENCE_RMS
from rehearsal.phone.rtp import FRAME_SAMPLES, RATE, Pcm, ulaw_to_pcm

BEEP = "office/beep"
"""The prompt file of the tone after which a citizen speaks."""

_FRAMES = 18  # what is compared: the newest 360 ms
_EVERY = 4  # packets between two looks
# a look falls within the first of these for sure, and once more if the line stutters; beyond half a prompt
# nothing counts, because its end is often another's end too
_LEAST_WORDS = (_FRAMES + 2 * _EVERY) * FRAME_SAMPLES
_MOST_WORDS = RATE
_LIKENESS = 0.85


class Cue:
    """The first words of a prompt. `sounds` says whether they are being heard; for `Call.until`."""

    def __init__(self, samples: Pcm) -> None:
        """`samples` are the prompt's, at 8 kHz."""
        loud = np.flatnonzero(np.abs(samples) > 2 * SILENCE_RMS)
        start = int(loud[0]) if len(loud) else 0
        length = max(_LEAST_WORDS, min(_MOST_WORDS, len(samples) // 2))
        words = samples[start : start + length].astype(np.float64)
        window = _FRAMES * FRAME_SAMPLES
        self._size = 1 << (len(words) + window).bit_length()
        self._spectrum = np.fft.rfft(words, self._size)
        power = np.concatenate([[0.0], np.cumsum(words**2)])
        self._energy = power[window:] - power[:-window]  # of each place where the window fits whole

    def sounds(self, call: Call) -> bool:
        """Whether the newest 360 ms of `call` are part of these words."""
        received = call.media.received
        if len(received) < _FRAMES or call.record.rtp_in.packets % _EVERY:
            return False
        newest = [received[index].packet.payload for index in range(-_FRAMES, 0)]
        heard = ulaw_to_pcm(b"".join(newest)).astype(np.float64)
        energy = float(heard @ heard)
        if energy < len(heard) * SILENCE_RMS**2:
            return False
        product = np.fft.irfft(self._spectrum * np.conj(np.fft.rfft(heard, self._size)), self._size)
        likeness = product[: len(self._energy)] / np.sqrt(self._energy * energy + 1.0)
        return bool(likeness.max() > _LIKENESS)
