"""One CPU's metronome: a fixed piece of work every two milliseconds, before all else, and how long it took.

A program of its own (`python metronome.py CPU`), which imports nothing of ours. It ends with its standard
input and then writes a line a beat: when it began (monotonic clock) and what the work took, both in ns.
Exit code 3: it may not go before others, so what it would tell is not the machine's pace.
"""

import os
import select
import sys
import time
from array import array

EVERY_S = 0.002
_WORK = 500
_PRIORITY = 50
NOT_ALLOWED = 3


def _work() -> None:
    for _ in range(_WORK):
        pass


def main(cpu: int) -> int:
    """Beat until nobody holds the other end of standard input; returns the exit code."""
    os.sched_setaffinity(0, {cpu})
    try:
        os.sched_setscheduler(0, os.SCHED_FIFO, os.sched_param(_PRIORITY))
    except PermissionError:
        return NOT_ALLOWED
    began, took = array("q"), array("q")
    while not select.select([sys.stdin], [], [], EVERY_S)[0]:
        _work()  # its code is in the caches for the second time
        start = time.monotonic_ns()
        _work()
        took.append(time.monotonic_ns() - start)
        began.append(start)
    sys.stdout.write("".join(f"{at} {ns}\n" for at, ns in zip(began, took, strict=True)))
    return 0


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1])))
