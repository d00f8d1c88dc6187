"""The memo menu as a SIP extension of a real Asterisk: packets a second of each leg, 1 to 4 calls, and CPU.

Measured at the citizens' phones, as what reaches them: their menus speak, nobody presses a key.
"""

import asyncio
import itertools
import os
import time
from pathlib import Path

from rehearsal.elsewhere import MENU, Elsewhere
from rehearsal.scenarios.leaving import OPEN, hears
from rehearsal.scenarios.stage import Seen

_DESKS = itertools.cycle(("3047", "3048", "3049", "3050", "3051", "3052", "3038", "3036", "3037", "3039"))
_TICKS = os.sysconf("SC_CLK_TCK")
MOST = 4


async def sip_extension(there: Elsewhere, *, seconds: float = 8.0) -> dict[str, object]:
    """Per number of calls: packets a second of the worst and best leg, gap (ms), CPU (% of a core)."""
    return {f"calls_{count}": await _at_once(there, count, seconds) for count in range(1, MOST + 1)}


async def _at_once(there: Elsewhere, count: int, seconds: float) -> dict[str, float]:
    calls = [there.stage.citizen(next(_DESKS), silent=True) for _ in range(count)]
    for seen in calls:
        await hears(there.stage, seen.call, OPEN)
    before, began = _cpu_s(there.pid(MENU)), time.monotonic()
    from_ = [seen.call.record.rtp_in.packets for seen in calls]
    await asyncio.sleep(seconds)
    took = time.monotonic() - began
    rates = [(seen.call.record.rtp_in.packets - n) / took for seen, n in zip(calls, from_, strict=True)]
    cpu = (_cpu_s(there.pid(MENU)) - before) / took
    gaps = [await _end(seen) for seen in calls]
    return {
        "packets_per_s_worst_leg": round(min(rates), 2),
        "packets_per_s_best_leg": round(max(rates), 2),
        "largest_gap_ms": round(1000 * max(gaps), 1),
        "cpu_percent": round(100 * cpu, 1),
    }


async def _end(seen: Seen) -> float:
    await seen.call.hang_up()
    return seen.call.record.rtp_in.largest_gap_s


def _cpu_s(pid: int) -> float:
    """User and system time of a process, seconds (proc(5))."""
    fields = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / _TICKS
