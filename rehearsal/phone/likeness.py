"""How alike what was heard and a prompt file are: normalised cross-correlation at the best place. Pure.

A machine that is out of breath sends a prompt in pieces with gaps between them: it is the same prompt still,
but no longer at one place. `likeness_of_pieces` looks for each piece near where it belongs.
"""

import numpy as np

from rehearsal.phone.rtp import RATE, Pcm
from rehearsal.phone.timeline import Signal

_PIECE = int(0.3 * RATE)
_SLACK = int(1.5 * RATE)


def likeness(heard: Signal, prompt: Pcm) -> float:
    """1.0 for the very same sound at whatever loudness, about 0 for another; 0.0 where nothing was heard."""
    return _best(heard, prompt)[0]


def likeness_of_pieces(heard: Signal, prompt: Pcm) -> float:
    """The same for a line that may have stuttered: the mean over pieces of 0.3 s, weighed by their energy."""
    _, place = _best(heard, prompt)
    found = weight = 0.0
    for start in range(0, len(prompt) - _PIECE + 1, _PIECE):
        piece = prompt[start : start + _PIECE]
        energy = float(np.sum(piece.astype(np.float64) ** 2))
        near = heard[max(0, place + start - _SLACK) : place + start + _PIECE + _SLACK]
        found += energy * _best(near, piece)[0]
        weight += energy
    return found / weight if weight else 0.0


def _best(heard: Signal, prompt: Pcm) -> tuple[float, int]:
    """The likeness at the best place, and that place (samples); 0.0 where nothing was heard."""
    if len(heard) < len(prompt) or not np.any(prompt):
        return 0.0, 0
    signal, wanted = heard.astype(np.float64), prompt.astype(np.float64)
    size = 1 << (len(signal) + len(wanted)).bit_length()
    product = np.fft.irfft(np.fft.rfft(signal, size) * np.conj(np.fft.rfft(wanted, size)), size)
    energy = np.concatenate([[0.0], np.cumsum(signal**2)])
    local = energy[len(wanted) :] - energy[: -len(wanted)]
    alike = product[: len(local)] / np.sqrt((local + 1.0) * float(wanted @ wanted))
    return float(alike.max()), int(alike.argmax())
