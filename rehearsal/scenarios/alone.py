"""The scenarios that kill a part of the product: each has the stack for itself, after the others are done."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Protocol

from rehearsal.phone import answers
from rehearsal.scenarios.calls import emergency_119, talk
from rehearsal.scenarios.stage import Seen, Stage


class Parts(Protocol):
    """What a scenario may do to the running stack."""

    async def kill(self, part: str) -> None:
        """End a part at once, as a crash would, and keep it down."""

    async def start_part(self, part: str) -> None:
        """Start a part again and wait until it is ready."""


Alone = Callable[[Stage, Parts], Awaitable[Seen]]


async def emergency_119_bridge_dead(stage: Stage, parts: Parts) -> Seen:
    """119 goes out while no bridge runs."""
    await parts.kill("bridge")
    seen = await emergency_119(stage)
    await parts.start_part("bridge")
    return seen


async def bridge_dead(stage: Stage, parts: Parts) -> Seen:
    """No bridge: the call and its words come all the same; the journal tells the verdict afterwards."""
    await stage.phone("3031", answers(7.0))
    await parts.kill("bridge")
    seen = stage.citizen("3031")
    await talk(stage, seen, "3031")
    await seen.call.hang_up()
    await parts.start_part("bridge")
    return stage.gather(seen, "3031")


async def redis_dead(stage: Stage, parts: Parts) -> Seen:
    """Redis is away for the whole call: the bridge keeps the events on its own disk and sends them later."""
    await stage.phone("3032", answers(1.0))
    await parts.kill("redis")
    seen = stage.citizen("3032")
    await talk(stage, seen, "3032")
    await seen.call.hang_up()
    await parts.start_part("redis")
    return stage.gather(seen, "3032")


async def bridge_restart_mid_call(stage: Stage, parts: Parts) -> Seen:
    """The bridge dies while the phone rings and comes back while the two talk."""
    await stage.phone("3033", answers(7.0))
    seen = stage.citizen("3033")
    await seen.call.ringing()
    await asyncio.sleep(1.0)
    await parts.kill("bridge")
    await talk(stage, seen, "3033")
    await parts.start_part("bridge")
    await asyncio.sleep(1.0)
    await seen.call.hang_up()
    return stage.gather(seen, "3033")


ALONE: dict[str, Alone] = {
    "emergency-119": emergency_119_bridge_dead,
    "bridge-dead": bridge_dead,
    "redis-dead": redis_dead,
    "bridge-restart-mid-call": bridge_restart_mid_call,
}
