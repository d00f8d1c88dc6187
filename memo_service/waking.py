"""Waiting for a word or for a while, whichever comes first."""

import asyncio
from contextlib import suppress


async def woken_or_after(event: asyncio.Event, seconds: float) -> None:
    """Until `event` is set, at most `seconds`."""
    with suppress(TimeoutError):
        async with asyncio.timeout(seconds):
            await event.wait()
