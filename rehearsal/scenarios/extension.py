"""The scenarios of the memo menu as a SIP extension of somebody else's PBX (decisions/0030).

What rang there is not seen by us: T1 of these calls is unknown. truth.py judges the rest by what phones saw.
"""

from collections.abc import Awaitable, Callable
from contextlib import suppress

from rehearsal.elsewhere import Elsewhere
from rehearsal.phone import CallEndedError, rings_on
from rehearsal.phone.audio import heard, load_prompt
from rehearsal.scenarios.leaving import OPEN, PROMISED, hears, speaks
from rehearsal.scenarios.stage import Seen, Stage

RINGING = "3035"
"""An officer with a phone at the other PBX; the others' calls are forwarded at once."""
_SERVED = ("3047", "3048", "3049", "3050")
_FIFTH, _SIXTH = "3051", "3052"
_BUSY = 486
_PACKETS_A_SECOND = 45
"""Who is late catches up; what an idle machine does is measured by `scripts/bench sip-extension`."""


async def memo(there: Elsewhere) -> Seen:
    """Nobody answers at the officer's phone: the PBX forwards, and his memo has the citizen's words."""
    stage = there.stage
    await stage.phone(RINGING, rings_on())
    seen = stage.citizen(RINGING, silent=True)
    await speaks(stage, seen)
    await hears(stage, seen.call, PROMISED)
    await seen.call.hang_up()
    seen.rang_elsewhere = True
    return seen


async def full(there: Elsewhere) -> Seen:
    """Four at once are served with even sound and hear the sentence whole; the fifth is told busy."""
    stage = there.stage
    four = [stage.citizen(desk, silent=True) for desk in _SERVED]
    for seen in four:
        await hears(stage, seen.call, OPEN)
    fifth = stage.citizen(_FIFTH, silent=True)
    with suppress(CallEndedError):
        await fifth.call.answered()
    for seen in four:
        await hears(stage, seen.call, "office/beep")
    for seen in four:
        await seen.call.hang_up()
    sixth = stage.citizen(_SIXTH, silent=True)
    await hears(stage, sixth.call, OPEN)
    await sixth.call.hang_up()
    first = four[0]
    first.rang_elsewhere, first.left = True, None  # nobody spoke
    first.checks = {
        "each of the four heard the sentence whole": all(_whole(stage, seen) for seen in four),
        "each of the four had even sound": all(_packets_a_second(s) > _PACKETS_A_SECOND for s in four),
        "the fifth was told busy": fifth.call.record.final_status == _BUSY,
    }
    return first


def _whole(stage: Stage, seen: Seen) -> bool:
    known = {OPEN: load_prompt(stage.prompts / f"{OPEN}.wav")}
    return any(sound.whole for sound in heard(seen.call, known) if sound.name == OPEN)


def _packets_a_second(seen: Seen) -> float:
    counted = seen.call.record.rtp_in
    if counted.first is None or counted.last is None:
        return 0.0
    return (counted.packets - 1) / counted.last.since(counted.first)


EXTENSIONS: dict[str, Callable[[Elsewhere], Awaitable[Seen]]] = {
    "sip-extension-memo": memo,
    "sip-extension-full": full,
}
