"""Sound as numbers: reading WAV and MP3, one rate, one loudness, writing what Asterisk plays.

Asterisk 22 plays 8 kHz 16-bit mono WAV by absolute path; other rates fail (measured). No voices here.
"""

import importlib
import io
import math
import os
import wave
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import numpy.typing as npt

Samples = npt.NDArray[np.float32]
RATE = 8000
WIDE = 16_000
"""What is kept of a recording beside the telephone's rate."""

HEADER_BYTES = 44
"""Before the samples of every file written here; the dialplan tells lengths by it."""

_LOUDNESS_DB = -18.0
_HIGHEST_DB = -1.0
_LOWEST_HZ = 200.0
_HIGHEST_OF_RATE = 0.45
_BREATH_S = 0.08
_FRAME_S = 0.02
_SPEAKS = 0.1
"""A frame counts as speech from this part of the loudest one on (-20 dB)."""


class SoundRefusedError(ValueError):
    """A sound that cannot be used: why, under which `code`, and the `figure` that decided."""

    def __init__(self, text: str, code: str = "unreadable", figure: float | None = None) -> None:
        super().__init__(text)
        self.code = code
        self.figure = figure


def read_wav(raw: bytes) -> tuple[Samples, int]:
    """Samples in −1…1 (channels mixed to one) and rate in Hz; raises SoundRefusedError."""
    try:
        with wave.open(io.BytesIO(raw)) as file:
            width, channels, rate = file.getsampwidth(), file.getnchannels(), file.getframerate()
            frames = file.readframes(file.getnframes())
    except (wave.Error, EOFError) as error:
        raise SoundRefusedError(f"not a readable WAV file ({error}); save it as 16-bit PCM WAV") from error
    if width != 2 or not 8000 <= rate <= 192000:
        raise SoundRefusedError(f"{8 * width} bit at {rate} Hz; save it as 16-bit PCM WAV, 8 kHz or more")
    return _mixed(
        np.frombuffer(frames[: len(frames) // (2 * channels) * 2 * channels], "<i2"), channels
    ), rate


def read_any(raw: bytes) -> tuple[Samples, int]:
    """The same of WAV (16 bit) or MP3; raises SoundRefusedError."""
    if raw[:4] == b"RIFF":
        return read_wav(raw)
    # here alone: nothing but the voice service is handed MP3
    miniaudio = importlib.import_module("miniaudio")
    try:
        decoded = miniaudio.mp3_read_s16(raw)
    except miniaudio.DecodeError as error:
        raise SoundRefusedError("neither a WAV nor an MP3 file; save it as 16-bit PCM WAV") from error
    if not 8000 <= decoded.sample_rate <= 192000:
        raise SoundRefusedError(f"{decoded.sample_rate} Hz; save it at 8 kHz or more")
    return _mixed(np.frombuffer(decoded.samples, np.int16), decoded.nchannels), decoded.sample_rate


def _mixed(interleaved: npt.NDArray[np.int16], channels: int) -> Samples:
    mixed: Samples = (interleaved.reshape(-1, channels).mean(axis=1) / 32768).astype(np.float32)
    return mixed


def telephone(samples: Samples, rate: int, to_rate: int = RATE) -> Samples:
    """`samples` at 8 kHz (or `to_rate`), in its band, silence trimmed, at one loudness."""
    if not len(samples) or float(np.abs(samples).max()) < 0.005:
        raise SoundRefusedError("nothing is heard in it; record it again", "too_quiet", peak_db(samples))
    resampled = _resampled(samples, rate, to_rate)
    loud = np.flatnonzero(np.abs(resampled) > 0.01 * np.abs(resampled).max())
    trimmed = resampled[max(loud[0] - to_rate // 50, 0) : loud[-1] + to_rate // 10]
    # speech at one loudness, but never so loud that a peak would clip on the line
    gain_db = min(_LOUDNESS_DB - loudness_db(trimmed, to_rate), _HIGHEST_DB - peak_db(trimmed))
    levelled: Samples = (trimmed * 10 ** (gain_db / 20)).astype(np.float32)
    return levelled


def _resampled(samples: Samples, rate: int, to_rate: int) -> Samples:
    spectrum = np.fft.rfft(samples)
    pitch = np.fft.rfftfreq(len(samples), 1 / rate)
    spectrum[(pitch < _LOWEST_HZ) | (pitch > _HIGHEST_OF_RATE * to_rate)] = 0
    wanted = round(len(samples) * to_rate / rate)
    resampled = np.fft.irfft(spectrum[: wanted // 2 + 1], wanted) * (wanted / len(samples))
    as_samples: Samples = resampled.astype(np.float32)
    return as_samples


def peak_db(samples: Samples) -> float:
    """The loudest sample against full scale."""
    return _db(float(np.abs(samples).max(initial=0.0)))


def loudness_db(samples: Samples, rate: int = RATE) -> float:
    """Level of the speech in it against full scale: frames of 20 ms, pauses left out."""
    frame = max(1, round(_FRAME_S * rate))
    padded = np.pad(samples, (0, -len(samples) % frame)).astype(np.float64)
    power = (padded.reshape(-1, frame) ** 2).mean(axis=1) if len(padded) else np.zeros(1)
    speech = power[power >= _SPEAKS**2 * power.max()]
    return _db(float(np.sqrt(speech.mean())))


def _db(level: float) -> float:
    return round(20 * math.log10(max(level, 1e-5)), 1)


def tone(seconds: float, *pitches: float, level: float = 0.2) -> Samples:
    """A sum of sines at 8 kHz."""
    at = np.arange(round(seconds * RATE)) / RATE
    wave_form = sum((np.sin(2 * np.pi * pitch * at) for pitch in pitches), np.zeros_like(at))
    sounded: Samples = (level * wave_form).astype(np.float32)
    return sounded


def silence(seconds: float, rate: int = RATE) -> Samples:
    """Nothing, at 8 kHz."""
    return np.zeros(round(seconds * rate), np.float32)


def joined(parts: Sequence[Samples]) -> Samples:
    """Parts one after the other with a breath between, at 8 kHz."""
    laid: list[Samples] = []
    for part in parts:
        laid += [silence(_BREATH_S), part] if laid else [part]
    return np.concatenate(laid)


def wav(samples: Samples, rate: int = RATE) -> bytes:
    """16-bit mono WAV, a header of 44 bytes before the samples."""
    written = io.BytesIO()
    with wave.open(written, "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(rate)
        file.writeframes((np.clip(samples, -1, 1) * 32767).astype("<i2").tobytes())
    return written.getvalue()


def write_wav(path: Path, samples: Samples, rate: int = RATE) -> None:
    """Write 16-bit mono WAV, whole or not at all."""
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_name(f"{path.name}.{os.getpid()}.part")
    part.write_bytes(wav(samples, rate))
    part.replace(path)


def length_ms(path: Path) -> int:
    """Length of a WAV file in milliseconds."""
    with wave.open(str(path)) as file:
        return int(1000 * file.getnframes() / file.getframerate())
