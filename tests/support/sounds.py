"""WAV files as the PBX records them: voices, silence, headers alone."""

import struct

import numpy as np

RATE = 8000


def wav(samples: "np.typing.NDArray[np.int16]", *, told_bytes: int | None = None) -> bytes:
    """A recording; `told_bytes` is what its header says, where that is not the truth."""
    data = samples.astype("<i2").tobytes()
    length = len(data) if told_bytes is None else told_bytes
    header = struct.pack(
        "<4sI4s4sIHHIIHH", b"RIFF", 36 + length, b"WAVE", b"fmt ", 16, 1, 1, RATE, RATE * 2, 2, 16
    )
    return header + struct.pack("<4sI", b"data", length) + data


def voice(seconds: float, level: int = 6000) -> bytes:
    """Something as loud and uneven as speech."""
    at = np.arange(int(RATE * seconds)) / RATE
    return wav((np.sin(2 * np.pi * 220 * at) * np.abs(np.sin(3 * at)) * level).astype(np.int16))


def silence(seconds: float) -> bytes:
    """A line's noise: 4 of 32,768."""
    rng = np.random.default_rng(1)
    return wav(rng.integers(-4, 5, int(RATE * seconds)).astype(np.int16))


HEADER_ALONE = wav(np.array([], dtype=np.int16))
