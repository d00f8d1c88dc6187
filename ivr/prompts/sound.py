"""Sound as numbers: reading WAV, one rate, one loudness, writing what Asterisk plays.

Asterisk 22 plays 8 kHz 16-bit mono WAV by absolute path; other rates fail (measured). No voices here.
"""

import io
import wave
from pathlib import Path

import numpy as np
import numpy.typing as npt

Samples = npt.NDArray[np.float32]
RATE = 8000
_PEAK = 10 ** (-3 / 20)
_BAND = (200.0, 3600.0)


class SoundRefusedError(ValueError):
    """A sound file that cannot be used, and why."""


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
    mixed = np.frombuffer(frames[: len(frames) // (2 * channels) * 2 * channels], "<i2").reshape(-1, channels)
    samples: Samples = (mixed.mean(axis=1) / 32768).astype(np.float32)
    return samples, rate


def telephone(samples: Samples, rate: int) -> Samples:
    """`samples` at 8 kHz, in the telephone band, silence trimmed, peak at −3 dB."""
    if not len(samples) or float(np.abs(samples).max()) < 0.005:
        raise SoundRefusedError("nothing is heard in it; record it again")
    spectrum = np.fft.rfft(samples)
    pitch = np.fft.rfftfreq(len(samples), 1 / rate)
    spectrum[(pitch < _BAND[0]) | (pitch > _BAND[1])] = 0
    wanted = round(len(samples) * RATE / rate)
    resampled = np.fft.irfft(spectrum[: wanted // 2 + 1], wanted) * (wanted / len(samples))
    loud = np.flatnonzero(np.abs(resampled) > 0.01 * np.abs(resampled).max())
    trimmed = resampled[max(loud[0] - RATE // 50, 0) : loud[-1] + RATE // 10]
    levelled: Samples = (trimmed * (_PEAK / np.abs(trimmed).max())).astype(np.float32)
    return levelled


def tone(seconds: float, *pitches: float, level: float = 0.2) -> Samples:
    """A sum of sines at 8 kHz."""
    at = np.arange(round(seconds * RATE)) / RATE
    wave_form = sum((np.sin(2 * np.pi * pitch * at) for pitch in pitches), np.zeros_like(at))
    sounded: Samples = (level * wave_form).astype(np.float32)
    return sounded


def silence(seconds: float) -> Samples:
    """Nothing, at 8 kHz."""
    return np.zeros(round(seconds * RATE), np.float32)


def write_wav(path: Path, samples: Samples) -> None:
    """Write 8 kHz 16-bit mono WAV, whole or not at all."""
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_name(path.name + ".part")
    with wave.open(str(part), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(RATE)
        file.writeframes((np.clip(samples, -1, 1) * 32767).astype("<i2").tobytes())
    part.replace(path)


def length_ms(path: Path) -> int:
    """Length of a WAV file in milliseconds."""
    with wave.open(str(path)) as file:
        return int(1000 * file.getnframes() / file.getframerate())
