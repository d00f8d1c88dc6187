"""From Asterisk's timestamp of an event to its arrival in a page's event stream.

Recorded traffic is replayed with its times moved to now; the reader is a page's `/events`. The way between is
whole: AMI bytes, call core, Redis stream, SQL commit, event stream.
"""

import asyncio
import json
import tempfile
import time
from collections.abc import AsyncIterator, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

import httpx

from rehearsal.bench.figures import spread
from rehearsal.bench.replayed import replayed
from rehearsal.scenarios.desks import take_desk

_WARM_UP_S = 5.0


async def latency(capture: Path, *, rates: Sequence[float], seconds: float = 30.0) -> dict[str, object]:
    """Milliseconds for each rate (calls a second), `seconds` long after a warm-up of five."""
    return {f"{rate:g}_calls_per_s": await _at(capture, rate, seconds) for rate in rates}


async def _at(capture: Path, rate: float, seconds: float) -> dict[str, object]:
    with tempfile.TemporaryDirectory(prefix="charterline-bench-") as folder:
        async with replayed(capture, Path(folder), "--rate", f"{rate:g}", "--loop") as stack:
            officer = next(iter(stack.office.directory.officers))
            delays = await _delays(stack.url, officer, seconds)
    return {"events": len(delays), "ms": spread(delays)}


async def _delays(url: str, officer: str, seconds: float) -> list[float]:
    delays: list[float] = []
    start = time.monotonic()
    async with asyncio.timeout(_WARM_UP_S + seconds + 30):
        async for message in _messages(url, officer):
            arrived, since = time.time(), time.monotonic() - start
            if since > _WARM_UP_S + seconds:
                break
            if since > _WARM_UP_S:
                delays += [1000 * (arrived - _epoch(at)) for _, at in message.get("facts", [])]
    return delays


def _epoch(at: str) -> float:
    return datetime.fromisoformat(at).timestamp()


async def _messages(url: str, officer: str) -> AsyncIterator[dict[str, Any]]:
    """The data of each message of the event stream, at this officer's desk."""
    timeout = httpx.Timeout(10, read=60)
    async with httpx.AsyncClient(base_url=url, timeout=timeout, trust_env=False) as client:
        await take_desk(client, officer)
        async with client.stream("GET", "/events") as stream:
            async for line in stream.aiter_lines():
                if line.startswith("data: "):
                    yield json.loads(line[6:])
