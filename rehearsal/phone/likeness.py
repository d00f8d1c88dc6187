"""How alike what was heard and a prompt file are: normalised cross-correlation at the best place. Pure."""

import numpy as np

from rehearsal.phone.rtp import Pcm
from rehearsal.phone.timeline import Signal


def likeness(heard: Signal, prompt: Pcm) -> float:
    """1.0 for the very same sound at whatever loudness, about 0 for another; 0.0 where nothing was heard."""
    if len(heard) < len(prompt) or not np.any(prompt):
        return 0.0
    signal, wanted = heard.astype(np.float64), prompt.astype(np.float64)
    size = 1 << (len(signal) + len(wanted)).bit_length()
    product = np.fft.irfft(np.fft.rfft(signal, size) * np.conj(np.fft.rfft(wanted, size)), size)
    energy = np.concatenate([[0.0], np.cumsum(signal**2)])
    local = energy[len(wanted) :] - energy[: -len(wanted)]
    alike = product[: len(local)] / np.sqrt((local + 1.0) * float(wanted @ wanted))
    return float(alike.max())
