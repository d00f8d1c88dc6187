"""The scenarios of absence and memo that share one PBX: who is tried instead, and what the citizen can leave.

Each has extensions of its own. truth.py judges what the phones saw; ledger.py asks for call and memo.
"""

import asyncio
from collections.abc import Awaitable, Callable

from rehearsal.phone import Answering, answers, rejects, rings_on
from rehearsal.scenarios.calls import talk, until_over
from rehearsal.scenarios.leaving import KEPT, OPEN, PROMISED, answers_key, hears, leaves_word, speaks
from rehearsal.scenarios.stage import Seen, Stage

Scenario = Callable[[Stage], Awaitable[Seen]]


async def _absent(stage: Stage, extension: str, plan: Answering | None) -> Seen:
    """The officer's phone does as planned (None: there is none); the citizen leaves word the short way."""
    if plan is not None:
        await stage.phone(extension, plan)
    seen = stage.citizen(extension, silent=True)
    await leaves_word(stage, seen)
    return stage.gather(seen, *([extension] if plan else []))


async def no_answer(stage: Stage) -> Seen:
    """Nobody picks up: the citizen hears the memo menu out, speaks, hears the promise and hangs up."""
    await stage.phone("3035", rings_on())
    seen = stage.citizen("3035", silent=True)
    await speaks(stage, seen)
    await hears(stage, seen.call, PROMISED)
    await seen.call.hang_up()
    return stage.gather(seen, "3035")


async def busy(stage: Stage) -> Seen:
    """The officer's phone says busy."""
    return await _absent(stage, "3036", rejects(486))


async def declined(stage: Stage) -> Seen:
    """The officer refuses the call at his phone."""
    return await _absent(stage, "3037", rejects(603, 1.0))


async def unregistered(stage: Stage) -> Seen:
    """The officer has no phone at the moment."""
    return await _absent(stage, "3038", None)


async def do_not_disturb(stage: Stage) -> Seen:
    """The officer dialled *78: his phone does not ring."""
    phone = await stage.phone("3039", answers(0.5))
    code = phone.call("*78")
    await until_over(code)
    seen = stage.citizen("3039", silent=True)
    await leaves_word(stage, seen)
    stage.gather(seen, "3039")
    seen.checks["the phone that is not to be disturbed did not ring"] = not seen.officers
    return seen


async def on_leave(stage: Stage) -> Seen:
    """The officer is on leave: his phone stays still and the deputy answers."""
    await stage.away("3040")
    await stage.phone("3040", answers(0.5))
    await stage.phone("3041", answers(1.0))
    seen = stage.citizen("3040")
    await talk(stage, seen, "3041")
    await seen.call.hang_up()
    stage.gather(seen, "3040", "3041")
    seen.checks["the phone of the officer on leave did not ring"] = "3040" not in stage.taken
    return seen


async def deputy_absent_too(stage: Stage) -> Seen:
    """Officer and deputy are both away: the deputy's deputy answers."""
    await stage.away("3042", "3043")
    for extension in ("3042", "3043"):
        await stage.phone(extension, answers(0.5))
    await stage.phone("3044", answers(1.0))
    seen = stage.citizen("3042")
    await talk(stage, seen, "3044")
    await seen.call.hang_up()
    stage.gather(seen, "3042", "3043", "3044")
    seen.checks["neither of the two phones rang"] = not {"3042", "3043"} & set(stage.taken)
    return seen


async def pickup_by_colleague(stage: Stage) -> Seen:
    """The officer is busy and has no deputy: his team's phones ring and a colleague answers."""
    await stage.phone("3045", rejects(486))
    await stage.phone("3046", answers(1.0))
    seen = stage.citizen("3045")
    await talk(stage, seen, "3046")
    await seen.call.hang_up()
    return stage.gather(seen, "3045", "3046")


async def keys(stage: Stage) -> Seen:
    """The citizen leaves another number by key, has it read back, and asks for a time."""
    seen = stage.citizen("3047", silent=True)
    await answers_key(stage, seen.call, OPEN, "1")
    await speaks(stage, seen)
    await answers_key(stage, seen.call, KEPT, "1")
    await answers_key(stage, seen.call, "menu/memo-number-keep", "2")
    await answers_key(stage, seen.call, "menu/memo-number-ask", "0335551234#")
    await answers_key(stage, seen.call, "menu/memo-number-confirm.a", "1")
    await hears(stage, seen.call, "menu/memo-when.b")  # the moment under key 2 was told whole
    await seen.call.send_digits("2")
    if seen.left is not None:
        seen.left.number, seen.left.asked = "0335551234", True
    await until_over(seen.call)
    return stage.gather(seen)


async def cut_in_words(stage: Stage) -> Seen:
    """The citizen hangs up while he speaks."""
    seen = stage.citizen("3048", silent=True)
    await answers_key(stage, seen.call, OPEN, "1")
    await speaks(stage, seen)
    await seen.call.hang_up()
    return stage.gather(seen)


async def cut_at_once(stage: Stage) -> Seen:
    """The citizen hangs up as soon as he hears the menu: the missed call is a memo."""
    seen = stage.citizen("3049", silent=True)
    await hears(stage, seen.call, OPEN)
    await asyncio.sleep(0.5)
    await seen.call.hang_up()
    if seen.left is not None:
        seen.left.whole = False
    return stage.gather(seen)


MEMOS: dict[str, Scenario] = {
    "no-answer-memo": no_answer,
    "busy-memo": busy,
    "declined-memo": declined,
    "unregistered-memo": unregistered,
    "dnd-memo": do_not_disturb,
    "on-leave-deputy-answers": on_leave,
    "deputy-absent-too": deputy_absent_too,
    "pickup-by-colleague": pickup_by_colleague,
    "memo-keys-number-and-time": keys,
    "memo-caller-hangs-up-while-recording": cut_in_words,
    "memo-caller-hangs-up-at-once": cut_at_once,
}
