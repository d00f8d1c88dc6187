"""Sound files: prompts as frames to be sent, recordings written while they come.

Both are WAV, 8 kHz, 16 bit, mono. A recording is on disk frame by frame: a kill leaves what there is.
"""

import functools
import logging
import struct
import wave
from pathlib import Path
from types import TracebackType
from typing import Self

from ivr.phone.repairs.sound import FRAME_BYTES, RATE

log = logging.getLogger(__name__)

_CACHED = 512


class Prompts:
    """The folder of prompts."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    @property
    def has_menu(self) -> bool:
        """Whether all that the menu says may be heard; words of a voice wait for approval (`ready`)."""
        return (self._folder / "menu" / "ready").is_file()

    def frames(self, name: str) -> tuple[bytes, ...]:
        """A prompt in frames of 20 ms; empty for one that is missing, so that the rest is heard."""
        path = self._folder / f"{name}.wav"
        try:
            return _frames(path, path.stat().st_mtime_ns)
        except (OSError, EOFError, wave.Error) as error:
            # the folder, not the name: a name can spell a number
            told = {"folder": name.rpartition("/")[0], "reason": type(error).__name__}
            log.warning("a prompt is missing", extra=told)
            return ()


@functools.lru_cache(_CACHED)
def _frames(path: Path, _changed_ns: int) -> tuple[bytes, ...]:
    with wave.open(str(path)) as file:
        if (file.getframerate(), file.getsampwidth(), file.getnchannels()) != (RATE, 2, 1):
            raise wave.Error("not 8 kHz, 16 bit, mono")
        sound = file.readframes(file.getnframes())
    frames = [sound[at : at + FRAME_BYTES] for at in range(0, len(sound), FRAME_BYTES)]
    if frames:
        frames[-1] = frames[-1].ljust(FRAME_BYTES, b"\0")
    return tuple(frames)


class Recording:
    """A file being recorded. Raises OSError where it cannot be written."""

    def __init__(self, path: Path) -> None:
        # unbuffered: what has come is in the file
        self._file = path.open("wb", buffering=0)
        self._file.write(_header(0))
        self.sound = bytearray()

    def add(self, sound: bytes) -> None:
        """Write what came."""
        self._file.write(sound)
        self.sound += sound

    @property
    def seconds(self) -> float:
        """How long it is so far."""
        return len(self.sound) / 2 / RATE

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Write the header's lengths and close."""
        try:
            self._file.seek(0)
            self._file.write(_header(len(self.sound)))
        finally:
            self._file.close()


def _header(data_bytes: int) -> bytes:
    """A WAV header: PCM, one channel, 16 bit; 36 bytes of it count in RIFF's own length."""
    return struct.pack(
        "<4sI4s4sIHHIIHH4sI",
        b"RIFF", 36 + data_bytes, b"WAVE",
        b"fmt ", 16, 1, 1, RATE, RATE * 2, 2, 16,
        b"data", data_bytes,
    )  # fmt: skip
