"""From the officer's answer to the first sound of the greeting in the citizen's ear, under load.

The clock is the phones': the officer's 200 OK sent, the first RTP packet with sound received by the citizen.
"""

import asyncio

from rehearsal.bench.figures import spread
from rehearsal.phone import IncomingCall, answers
from rehearsal.phone.audio import first_sound
from rehearsal.scenarios.stage import Stage

_RING_S = 0.3


async def first_audio(stage: Stage, *, calls: int = 200, rate: float = 10.0) -> dict[str, object]:
    """Place `calls` calls at `rate` a second and tell the delays in milliseconds."""
    desks = [
        o.extension
        for o in stage.office.directory.officers.values()
        if o.department == "calls" and o.phones is None
    ]
    for extension in desks:
        await stage.phone(extension, answers(_RING_S))
    loop = asyncio.get_running_loop()
    start = loop.time()
    running = []
    for number in range(calls):
        await asyncio.sleep(max(0.0, start + number / rate - loop.time()))
        running.append(asyncio.create_task(_one(stage, desks[number % len(desks)])))
    delays = await asyncio.gather(*running)
    heard = [delay for delay in delays if delay is not None]
    return {"calls": calls, "calls_per_s": rate, "unheard": calls - len(heard), "ms": spread(heard)}


async def _one(stage: Stage, extension: str) -> float | None:
    seen = stage.citizen(extension)
    try:
        await seen.call.until(lambda: first_sound(seen.call), 10.0)
    except TimeoutError:
        return None
    finally:
        await seen.call.hang_up()
    taken = next(call for call in reversed(stage.taken[extension]) if _belongs(call, seen.caller))
    answered, sound = taken.record.answered, first_sound(seen.call)
    return 1000 * sound.since(answered) if answered and sound else None


def _belongs(call: IncomingCall, caller: str) -> bool:
    return caller in call.remote.uri
