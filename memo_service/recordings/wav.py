"""Reads what the PBX recorded (8 kHz, 16 bit, mono WAV) and measures how loud it is.

Owns when a file has no voice in it (REC-01), and mends a header that a PBX which died could not finish. Pure.
"""

import struct
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

RATE = 8000
_HEADER = 44
_PARTS = 120
_WINDOW = RATE // 50  # 20 ms
_FLOOR_DBFS = -50.0
_VOICED_WINDOWS = 5
_FULL_SCALE = 32768.0


@dataclass(frozen=True, slots=True)
class Sound:
    """A recording, whole: `wav` plays anywhere. `peaks`: loudness of equal parts, 0 to 100."""

    wav: bytes
    length_ms: int
    peaks: list[int]
    has_voice: bool


def read_sound(content: bytes) -> Sound | None:
    """The recording in `content`; None if there is no sound in it at all (nothing, or only a header)."""
    data = _samples(content)
    if len(data) < 2:
        return None
    samples = np.frombuffer(data[: len(data) // 2 * 2], dtype="<i2")
    return Sound(
        wav=_header(samples.nbytes) + samples.tobytes(),
        length_ms=len(samples) * 1000 // RATE,
        peaks=_peaks(samples),
        has_voice=_has_voice(samples),
    )


def _samples(content: bytes) -> bytes:
    """The bytes of the data chunk; to the end of the file where the chunk's length was never written."""
    at = 12
    while at + 8 <= len(content):
        name, length = content[at : at + 4], struct.unpack_from("<I", content, at + 4)[0]
        if name == b"data":
            rest = content[at + 8 :]
            return rest[:length] if 0 < length <= len(rest) else rest
        at += 8 + length + length % 2
    return b""


def _header(data_bytes: int) -> bytes:
    """A WAV header: 36 bytes after RIFF's own 8, PCM, one channel."""
    return struct.pack(
        "<4sI4s4sIHHIIHH4sI",
        b"RIFF", _HEADER - 8 + data_bytes, b"WAVE",
        b"fmt ", 16, 1, 1, RATE, RATE * 2, 2, 16,
        b"data", data_bytes,
    )  # fmt: skip


def _peaks(samples: NDArray[np.int16]) -> list[int]:
    parts = np.array_split(np.abs(samples.astype(np.int32)), min(_PARTS, len(samples)))
    return [round(float(part.max()) / _FULL_SCALE * 100) for part in parts]


def _has_voice(samples: NDArray[np.int16]) -> bool:
    """At least 100 ms louder than -50 dBFS: a line's noise is below it, the quietest speaker is not."""
    whole = len(samples) // _WINDOW * _WINDOW
    if not whole:
        return False
    windows = samples[:whole].astype(np.float64).reshape(-1, _WINDOW) / _FULL_SCALE
    loudness = np.sqrt(np.mean(windows**2, axis=1))
    return int(np.count_nonzero(loudness > 10 ** (_FLOOR_DBFS / 20))) >= _VOICED_WINDOWS
