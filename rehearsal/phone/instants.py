"""Instants: one moment on the monotonic and on the wall clock. Owns how moments are told.

Measures nothing else.
"""

import time
from typing import NamedTuple

NS_PER_S = 1_000_000_000


class Instant(NamedTuple):
    """A moment in nanoseconds: `mono_ns` for durations, `wall_ns` (epoch) to compare with other machines."""

    mono_ns: int
    wall_ns: int

    @classmethod
    def now(cls) -> "Instant":
        """This moment."""
        return cls(time.monotonic_ns(), time.time_ns())

    def since(self, earlier: "Instant") -> float:
        """Seconds from `earlier` to this moment, by the monotonic clock."""
        return (self.mono_ns - earlier.mono_ns) / NS_PER_S
