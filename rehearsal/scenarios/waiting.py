"""Waiting for what comes when it comes: asked again until it is there.

Owns the patience. What is waited for is the caller's business.
"""

import asyncio
from collections.abc import Awaitable, Callable
from typing import TypeVar

T = TypeVar("T")

_EVERY_S = 0.1
_PATIENCE_S = 20.0


class NotSeenError(RuntimeError):
    """What the scenario waits for did not come in time."""


async def arrives(what: str, probe: Callable[[], Awaitable[T | None]], within_s: float = _PATIENCE_S) -> T:
    """The first value of `probe` that is true; raises NotSeenError naming `what`."""
    end_s = asyncio.get_running_loop().time() + within_s
    while asyncio.get_running_loop().time() < end_s:
        if found := await probe():
            return found
        await asyncio.sleep(_EVERY_S)
    raise NotSeenError(f"{what}: not within {within_s:.0f} s")
