"""The scenarios that kill a part of the product: each has the stack for itself, after the others are done."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Protocol

from rehearsal.phone import answers, rejects
from rehearsal.scenarios.browsers import browser_scenarios
from rehearsal.scenarios.callbacks import closing, one_by_one, owed, talk_back
from rehearsal.scenarios.calls import emergency_119, talk
from rehearsal.scenarios.leaving import OPEN, OPEN_CLOSED, answers_key, hears, speaks
from rehearsal.scenarios.menus import without_bridge
from rehearsal.scenarios.passing import blind, joined, talking
from rehearsal.scenarios.stage import Seen, Stage


class Parts(Protocol):
    """What a scenario may do to the running stack."""

    async def kill(self, part: str) -> None:
        """End a part at once, as a crash would, and keep it down."""

    async def start_part(self, part: str) -> None:
        """Start a part again and wait until it is ready."""

    async def set_clock(self, shift_s: int) -> None:
        """Start bridge and memo_service again with the office's clock that much ahead of the machine's."""


_AN_HOUR_AND_A_MINUTE_S = 3660

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


async def memo_bridge_dead(stage: Stage, parts: Parts) -> Seen:
    """No bridge: the dialplan records, and the memo is made of its journal once the bridge is back."""
    await parts.kill("bridge")
    seen = stage.citizen("3050", silent=True)
    await _says_it_to_the_recorder(stage, seen)
    await parts.start_part("bridge")
    return stage.gather(seen)


async def memo_bridge_dies_mid_menu(stage: Stage, parts: Parts) -> Seen:
    """The bridge dies while its menu speaks: the dialplan's recorder takes over, and it is one memo."""
    seen = stage.citizen("3051", silent=True)
    await hears(stage, seen.call, OPEN)
    await parts.kill("bridge")
    await answers_key(stage, seen.call, OPEN_CLOSED, "1")
    await _says_it_to_the_recorder(stage, seen)
    await parts.start_part("bridge")
    return stage.gather(seen)


async def pbx_restart_bridge_dead_memo(stage: Stage, parts: Parts) -> Seen:
    """No bridge when the citizen leaves word, and then the PBX is killed too: the memo is not lost."""
    await parts.kill("bridge")
    seen = stage.citizen("3052", silent=True)
    await answers_key(stage, seen.call, OPEN_CLOSED, "1")
    await _says_it_to_the_recorder(stage, seen)
    await asyncio.sleep(0.5)  # the PBX has the hang-up and has written what it knows
    await parts.kill("asterisk")
    await parts.start_part("asterisk")
    await parts.start_part("bridge")
    return stage.gather(seen)


async def _says_it_to_the_recorder(stage: Stage, seen: Seen) -> None:
    await speaks(stage, seen)
    if seen.left is not None:
        seen.left.recorded_by = "recorder"
    await seen.call.hang_up()


async def callback_restart_mid_originate(stage: Stage, parts: Parts) -> Seen:
    """Bridge and memo_service die while the officer's phone rings for a callback: nobody is called twice."""
    reply = await owed(stage, "3057", answers(6.0), answers(1.0))
    await reply.press()
    await stage.took("3057", 1)
    await parts.kill("memo_service")
    await parts.kill("bridge")
    await parts.start_part("memo_service")
    await parts.start_part("bridge")
    await talk_back(reply)
    await reply.told("reached")
    return closing(reply, officer=1, citizen=1)


async def callback_moved_to_deputy(stage: Stage, parts: Parts) -> Seen:
    """The hour passes without a call: the callback moves to the deputy, who calls late."""
    await stage.phone("3059", one_by_one(rejects(486), answers(0.5)))
    reply = await owed(stage, "3058", answers(0.5), answers(1.0))
    await parts.set_clock(_AN_HOUR_AND_A_MINUTE_S)
    deputy = await stage.desk("3059")
    await deputy.holds(reply.callback)
    await reply.press(deputy)
    await talk_back(reply, by="3059")
    await reply.told("reached")
    return closing(reply, officer=1, citizen=1, by="3059", moved_s=_AN_HOUR_AND_A_MINUTE_S)


async def transfer_bridge_dead(stage: Stage, parts: Parts) -> Seen:
    """No bridge: the PBX brings the citizen back from a busy colleague; the journal tells the verdict."""
    await stage.phone("3131", rejects(486))
    await parts.kill("bridge")
    seen = await talking(stage, "3130")
    await blind(stage, seen, "3130", "3131")
    await stage.took("3130", 1)
    await joined(stage, seen, "3130")
    await seen.call.hang_up()
    await parts.start_part("bridge")
    return stage.gather(seen, "3130", "3131")


async def menu_bridge_dead(stage: Stage, parts: Parts) -> Seen:
    """No bridge: a call to the number with the menu rings the operator; the journal tells it afterwards."""
    await parts.kill("bridge")
    seen = await without_bridge(stage)
    await parts.start_part("bridge")
    return seen


ALONE: dict[str, Alone] = {
    "menu-bridge-dead": menu_bridge_dead,
    "emergency-119": emergency_119_bridge_dead,
    "bridge-dead": bridge_dead,
    "redis-dead": redis_dead,
    "bridge-restart-mid-call": bridge_restart_mid_call,
    "memo-bridge-dead": memo_bridge_dead,
    "memo-bridge-dies-mid-menu": memo_bridge_dies_mid_menu,
    "pbx-restart-bridge-dead-memo": pbx_restart_bridge_dead_memo,
    "transfer-bridge-dead": transfer_bridge_dead,
    **browser_scenarios(),
    "callback-restart-mid-originate": callback_restart_mid_originate,
    "callback-moved-to-deputy": callback_moved_to_deputy,
}
