"""A call as the menu's driver uses it: play, wait for a key, record. Blocks its own thread and nobody else's.

Owns waiting on what comes of a call. Knows no menu.
"""

import logging
import queue
import time
from array import array
from collections.abc import Iterable
from pathlib import Path
from typing import Protocol

from ivr.menus.loudness import has_voice
from ivr.phone.files import Recording
from ivr.phone.repairs.sound import FRAME_S, RATE, Input

log = logging.getLogger(__name__)

QUIET = 256
"""Mean level of 20 ms (of 32,767) below which nobody speaks; Asterisk's own threshold (dsp.conf)."""
_SPARE_S = 5.0
_DEAF_S = 10.0
"""Without a packet for so long the other side is gone, though it never said so."""


class HungUpError(Exception):
    """The citizen hung up."""


class Stream(Protocol):
    """The audio of a call."""

    listening: bool

    def play(self, frames: Iterable[bytes], number: int) -> None:
        """Send frames; the input `played` with this number (`at_ms`) comes after the last."""

    def quiet(self) -> None:
        """Stop playing."""


class Line:
    """One call's audio and keys."""

    def __init__(self, stream: Stream, inputs: "queue.Queue[Input]") -> None:
        self._stream = stream
        self._inputs = inputs
        self._number = 0
        self.up = True

    def play(self, frames: tuple[bytes, ...], *, keys: bool) -> Input | None:
        """Play to the end, or until a key where `keys`; the key that stopped it. Raises HungUpError."""
        if not self.up:
            raise HungUpError
        if not frames:
            return None
        self._number += 1
        self._stream.play(frames, self._number)
        end = time.monotonic() + len(frames) * FRAME_S + _SPARE_S
        while (came := self._next(end)) is not None:
            if came.kind == "key" and keys:
                self._stream.quiet()
                return came
            if came.kind == "played" and came.at_ms == self._number:
                break
        return None

    def key(self, within_s: float) -> Input | None:
        """The next key; None if none comes in time. Raises HungUpError."""
        if not self.up:
            raise HungUpError
        end = time.monotonic() + within_s
        while (came := self._next(end)) is not None:
            if came.kind == "key":
                return came
        return None

    def record(self, path: Path, longest_s: float, silence_s: float, stop_keys: str) -> tuple[float, bool]:
        """Record until a stop key, so much silence, the limit, or his hang-up; (seconds, silent).

        After a hang-up `up` is False and the file holds what there is. A take without a voice is removed.
        Raises OSError where the file cannot be written.
        """
        self._stream.listening = True
        try:
            with Recording(path) as recording:
                self._record(recording, longest_s, silence_s, stop_keys)
                seconds, sound = recording.seconds, array("h", bytes(recording.sound))
        finally:
            self._stream.listening = False
        silent = not has_voice(sound, RATE)
        if silent:
            path.unlink(missing_ok=True)
        return round(seconds, 1), silent

    def _record(self, recording: Recording, longest_s: float, silence_s: float, stop_keys: str) -> None:
        began = spoke_at = heard_at = time.monotonic()
        while (now := time.monotonic()) < began + longest_s and now < spoke_at + silence_s:
            try:
                came = self._next(min(now + FRAME_S, began + longest_s))
            except HungUpError:
                return
            if came is None:
                if now > heard_at + _DEAF_S:
                    return
            elif came.kind == "sound":
                heard_at = time.monotonic()
                recording.add(came.sound)
                if _is_loud(came.sound):
                    spoke_at = heard_at
            elif came.kind == "key" and came.key in stop_keys:
                return

    def _next(self, until: float) -> Input | None:
        """What comes next; None if nothing does. Raises HungUpError."""
        try:
            came = self._inputs.get(timeout=max(0.0, until - time.monotonic()))
        except queue.Empty:
            return None
        if came.kind == "ended":
            self.up = False
            raise HungUpError
        return came


def _is_loud(sound: bytes) -> bool:
    samples = array("h", sound)
    return sum(map(abs, samples)) >= QUIET * len(samples)
