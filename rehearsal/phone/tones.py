"""Finding tones of known frequencies in what was heard. Pure.

Windows of 50 ms every 10 ms: tones 20 Hz or more apart do not disturb each other. The share of a tone in the
energy of a window is also the part of the window that it fills, so where it passes one half the tone begins
or ends.
"""

from dataclasses import dataclass

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray

from rehearsal.phone.rtp import RATE
from rehearsal.phone.timeline import Signal

WINDOW = 400
HOP = 80

_LEAST_SHARE = 0.25  # of one window's energy, so that two tones at once are both found
_LEAST_PART = 0.15  # of each frequency in a tone of several
_LEAST_WINDOWS = 8
_GAP_WINDOWS = 2

Flags = NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Tone:
    """Sine waves that sound together; the frequencies in Hz."""

    hz: tuple[float, ...]

    def __init__(self, *hz: float) -> None:
        object.__setattr__(self, "hz", hz)


RINGBACK = Tone(440, 480)  # Korean ringback: 1 s on, 2 s off; every second of it is found by itself
BUSY = Tone(480, 620)


@dataclass(frozen=True, slots=True)
class Windows:
    """A signal cut into windows; window i is centred on sample i·HOP."""

    cut: Signal
    energy: NDArray[np.float64]

    @classmethod
    def of(cls, samples: Signal) -> "Windows":
        """Cut up `samples`, with silence before and after."""
        padded = np.pad(samples, WINDOW // 2)
        cut = sliding_window_view(padded, WINDOW)[::HOP]
        return cls(cut, np.mean(cut.astype(np.float64) ** 2, axis=1))

    def share(self, hz: float) -> NDArray[np.float64]:
        """The part of each window's energy at `hz`, 0 to 1."""
        angle = 2 * np.pi * hz * np.arange(WINDOW) / RATE
        real, imaginary = self.cut @ np.cos(angle), self.cut @ np.sin(angle)
        power = (real**2 + imaginary**2) * 2 / WINDOW**2
        return np.asarray(power / (self.energy + 1.0), dtype=np.float64)

    def share_of(self, tone: Tone) -> NDArray[np.float64]:
        """The share of all frequencies of `tone` together, 0 where one of them is missing."""
        shares = [self.share(hz) for hz in tone.hz]
        total = np.sum(shares, axis=0)
        together = np.min(shares, axis=0) >= (_LEAST_PART if len(tone.hz) > 1 else 0.0)
        return np.where(together, total, 0.0)


def find(windows: Windows, tone: Tone, active: Flags) -> list[tuple[int, int]]:
    """Ranges of samples in which `tone` sounds; only `active` windows count."""
    share = windows.share_of(tone)
    found = []
    for first, last in runs((share > _LEAST_SHARE) & active, gap=_GAP_WINDOWS, least=_LEAST_WINDOWS):
        half = float(np.median(share[first:last])) / 2
        inside = first + np.flatnonzero(share[first:last] >= half)
        found.append((int(inside[0]) * HOP - HOP // 2, int(inside[-1]) * HOP + HOP // 2))
    return found


def runs(flags: Flags, *, gap: int, least: int) -> list[tuple[int, int]]:
    """Stretches (first, last exclusive) of true flags, across up to `gap` false ones, of at least `least`."""
    true = np.flatnonzero(flags)
    if len(true) == 0:
        return []
    parts = np.split(true, np.flatnonzero(np.diff(true) > gap + 1) + 1)
    return [(int(p[0]), int(p[-1]) + 1) for p in parts if p[-1] + 1 - p[0] >= least]
