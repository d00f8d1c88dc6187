"""Memory of each process as calls pass through and end: it must not grow with their number."""

import asyncio
import re
import tempfile
from pathlib import Path

import httpx

from rehearsal.bench.replayed import replayed
from stack.stack import Stack

_RATE = 150
_PARTS = ("bridge", "memo_service", "redis")
_CALLS = re.compile(r"^charterline_bridge_calls_total (\S+)", re.MULTILINE)


async def memory(capture: Path, *, calls: int) -> dict[str, object]:
    """Resident MiB of each process after half of `calls` and after all, and the growth between."""
    with tempfile.TemporaryDirectory(prefix="charterline-bench-") as folder:
        async with replayed(capture, Path(folder), "--rate", str(_RATE), "--loop") as stack:
            await _until(stack, calls // 2)
            half = _resident(stack)
            await _until(stack, calls)
            full = _resident(stack)
    return {
        "calls": calls,
        "mib_at_half": half,
        "mib_at_end": full,
        "growth_mib": {part: round(full[part] - half[part], 1) for part in _PARTS},
    }


async def _until(stack: Stack, calls: int) -> None:
    url = f"http://127.0.0.1:{stack.ports.bridge.number}/metrics"
    async with httpx.AsyncClient(trust_env=False) as client, asyncio.timeout(60 + 2 * calls / _RATE):
        while True:
            found = _CALLS.search((await client.get(url)).text)
            if found and float(found.group(1)) >= calls:
                return
            await asyncio.sleep(0.5)


def _resident(stack: Stack) -> dict[str, float]:
    return {part: _resident_of(stack.pid(part)) for part in _PARTS}


def _resident_of(pid: int | None) -> float:
    """Resident memory of a process in MiB (proc(5), VmRSS)."""
    status = Path(f"/proc/{pid}/status").read_text(encoding="utf-8")
    found = re.search(r"^VmRSS:\s+(\d+) kB", status, re.MULTILINE)
    return round(int(found.group(1)) / 1024, 1) if found else 0.0
