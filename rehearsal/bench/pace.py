"""The pace of the machine under a measurement: whether it ran as it does, or was slow for a moment.

A virtual machine shares its processors with strangers. They slow it down to a tenth for some hundredths of a
second, and the guest's own counters tell nothing of it (measured: all transfers that took twice as long as
usual fell into such moments). So a fixed piece of work is done again and again on each CPU, before all else.
"""

import asyncio
import gc
import os
import statistics
import sys
from asyncio.subprocess import PIPE, Process
from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType
from typing import Self

from rehearsal.bench.metronome import NOT_ALLOWED
from rehearsal.phone import Instant

_METRONOME = Path(__file__).with_name("metronome.py")
STEADY = 2.0
"""A moment in which the work takes twice its usual time, or longer, is the machine's and nobody else's."""
Beat = tuple[int, int]
"""When it began (monotonic clock) and how long its work took, ns."""


class Pace:
    """The metronomes of all CPUs. Use it with `async with`, and ask it afterwards."""

    def __init__(self, beats: Iterable[Beat] = ()) -> None:
        self._running: list[Process] = []
        self._take(beats)

    def _take(self, beats: Iterable[Beat]) -> None:
        self._beats = sorted(beats)
        self._usual = statistics.median(took for _, took in self._beats) if self._beats else 0.0

    async def __aenter__(self) -> Self:
        for cpu in os.sched_getaffinity(0):
            command = (sys.executable, "-I", str(_METRONOME), str(cpu))
            self._running.append(await asyncio.create_subprocess_exec(*command, stdin=PIPE, stdout=PIPE))
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        told = [await process.communicate(b"") for process in self._running]
        codes = {process.returncode for process in self._running}
        if codes == {NOT_ALLOWED}:
            return
        if codes != {0}:
            raise RuntimeError(f"a metronome failed: exit codes {codes}")
        lines = [line.split() for out, _ in told for line in out.splitlines()]
        self._take((int(at), int(took)) for at, took in lines)

    @property
    def known(self) -> bool:
        """Whether the metronomes were allowed to go before others."""
        return bool(self._beats)

    def slowness(self, since: Instant, until: Instant) -> float:
        """What the work took between two instants, in its median of the whole run; 1.0 without a beat."""
        within = self._beats[
            bisect_left(self._beats, (since.mono_ns, 0)) : bisect_right(self._beats, (until.mono_ns, 0))
        ]
        if not within:
            return 1.0
        return statistics.fmean(took for _, took in within) / self._usual


@contextmanager
def no_collections() -> Iterator[None]:
    """Keep Python's collector out of the harness: it stands still for 300 ms, which is no figure of ours."""
    gc.collect()
    gc.disable()
    try:
        yield
    finally:
        gc.enable()
