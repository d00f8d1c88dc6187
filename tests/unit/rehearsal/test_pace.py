"""The machine's pace: slow moments are found, and only those; and what is not known is not made up."""

import asyncio
import os
import subprocess
import sys

from rehearsal.bench.pace import STEADY, Pace
from rehearsal.phone import Instant

MS = 1_000_000


def at(ms: float) -> Instant:
    return Instant(round(ms * MS), 0)


def beats(slow: range = range(0), times: int = 10) -> list[tuple[int, int]]:
    """A beat every two ms for a second, on two CPUs; in `slow` (ms) the work takes `times` as long."""
    one = [(ms * MS, 10_000 * (times if ms in slow else 1)) for ms in range(0, 1000, 2)]
    return one + [(start + MS // 2, took) for start, took in one]


def test_a_moment_that_was_slow_is_found_and_no_other() -> None:
    pace = Pace(beats(range(400, 450)))
    assert pace.known
    assert pace.slowness(at(410), at(440)) == 10
    assert pace.slowness(at(300), at(390)) == 1
    assert pace.slowness(at(390), at(420)) > STEADY
    assert pace.slowness(at(200), at(405)) < STEADY


def test_a_machine_that_is_always_slow_is_measured_as_it_is() -> None:
    assert Pace(beats(range(1000))).slowness(at(100), at(200)) == 1


def test_where_the_metronomes_told_nothing_nothing_is_known() -> None:
    pace = Pace()
    assert not pace.known
    assert pace.slowness(at(0), at(1000)) == 1


def may_go_first() -> bool:
    with subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE) as child:
        try:
            os.sched_setscheduler(child.pid, os.SCHED_FIFO, os.sched_param(1))
        except PermissionError:
            return False
        finally:
            child.kill()
    return True


async def test_the_metronomes_tell_as_long_as_they_may_go_first() -> None:
    async with Pace() as pace:
        await asyncio.sleep(0.5)
    assert pace.known is may_go_first()
