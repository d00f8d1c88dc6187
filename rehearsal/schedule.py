"""When each recorded event is due: at the recorded pace, at a rate of calls, or at once; once or for ever.

Owns the pace. Pure: no clock, no I/O; times are seconds after the beginning.
"""

import heapq
import itertools
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from rehearsal.capture import Capture, CaptureError, Move

_GAP_S = 1.0  # between the end of a capture and its next copy, at the recorded pace


@dataclass(frozen=True, slots=True)
class Copy:
    """One playing of a capture. `spread_s` is the time an untimed one is spread over."""

    capture: Capture
    number: int
    start_s: float
    spread_s: float | None

    def due_s(self, index: int) -> float:
        """When event `index` is due, after the beginning of all."""
        if self.spread_s is not None:
            return self.start_s + self.spread_s * index / len(self.capture.events)
        return self.start_s + (self.capture.times_us[index] - self.capture.times_us[0]) / 1e6

    def move(self, began_us: int) -> Move:
        """How its events are rewritten when all began at epoch `began_us`."""
        capture = self.capture
        first_us = capture.times_us[0] if capture.timed else 0
        shift_us = began_us + round(self.start_s * 1e6) - first_us if capture.timed else 0
        return Move(shift_us, self.number, capture.sequences)


class Schedule:
    """(due, copy, number of the event) of all copies of all captures, merged in order of time.

    `rate` None keeps the recorded pace; else copies of a timed capture begin so often that `rate` calls a
    second start, and an untimed one is spread evenly at that rate. With `fast` nothing waits and one copy
    follows the other. `loops` None goes on for ever.
    """

    def __init__(
        self, captures: Sequence[Capture], *, rate: float | None, fast: bool, loops: int | None
    ) -> None:
        """Raises CaptureError for a capture that cannot be played so."""
        self._captures, self._rate, self._fast, self._loops = captures, rate, fast, loops
        for capture in () if fast else captures:
            if rate is None and not capture.timed:
                raise CaptureError(f"{capture.file}: no Timestamp headers to keep the pace by; give a rate")
            if rate is not None and not capture.calls:
                raise CaptureError(f"{capture.file}: no call begins in it, so there is no rate of calls")

    def __iter__(self) -> Iterator[tuple[float, Copy, int]]:
        copies = self._copies()
        coming = next(copies, None)
        playing: list[tuple[float, int, int, Copy]] = []
        while playing or coming:
            while coming and (not playing or coming.start_s <= playing[0][0]):
                heapq.heappush(playing, (coming.due_s(0), coming.number, 0, coming))
                coming = next(copies, None)
            due_s, number, index, copy = playing[0]
            yield due_s, copy, index
            if index + 1 < len(copy.capture.events):
                heapq.heapreplace(playing, (copy.due_s(index + 1), number, index + 1, copy))
            else:
                heapq.heappop(playing)

    def _copies(self) -> Iterator[Copy]:
        rounds = itertools.repeat(None) if self._loops is None else itertools.repeat(None, self._loops)
        start_s = 0.0
        for number, capture in enumerate(capture for _ in rounds for capture in self._captures):
            if self._fast:
                yield Copy(capture, number, start_s, 0.0)
                start_s += 1.0
            elif self._rate is None:
                yield Copy(capture, number, start_s, None)
                start_s += capture.length_s + _GAP_S
            else:
                period_s = capture.calls / self._rate
                yield Copy(capture, number, start_s, None if capture.timed else period_s)
                start_s += period_s
