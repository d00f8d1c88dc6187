"""The scenarios of passing a citizen on (charter T5) that share one PBX: each with extensions of its own.

Each function plays the people; who hears whom is waited for here, from the phones. truth.py and
transfer_truth.py judge, ledger.py asks the product.
"""

import asyncio
from collections.abc import Awaitable, Callable
from itertools import pairwise

from rehearsal.phone import Answering, Ring, answers, rejects, rings_on
from rehearsal.scenarios.callbacks import one_by_one
from rehearsal.scenarios.leaving import leaves_word
from rehearsal.scenarios.passing import (
    attended,
    attended_by_code,
    blind,
    blind_by_code,
    by_page,
    joined,
    talking,
)
from rehearsal.scenarios.stage import Seen, Stage

Scenario = Callable[[Stage], Awaitable[Seen]]
Way = Callable[[Stage, Seen, str, str], Awaitable[None]]
_TALK_S = 1.0
_AT_ONCE_S = 0.3
_COMES_BACK_S = 45.0  # the office lets the colleague's phone ring 13 s, and tells the citizen
_GIST = "도로 파임 신고, 진부면 하진부리"


async def _taken(stage: Stage, seen: Seen, *endpoints: str) -> Seen:
    """Citizen and the last of these phones hear each other and talk; the citizen hangs up."""
    await joined(stage, seen, endpoints[-1])
    await asyncio.sleep(_TALK_S)
    await seen.call.hang_up()
    return stage.gather(seen, *endpoints)


async def _passed_on(stage: Stage, by: str, to: str, way: Way, after_s: float = 1.0) -> Seen:
    """The plain story: talk, passed on, the colleague answers `after_s` after his first bell."""
    await stage.phone(to, answers(after_s))
    seen = await talking(stage, by)
    await way(stage, seen, by, to)
    return await _taken(stage, seen, by, to)


async def blind_ok(stage: Stage) -> Seen:
    """The officer presses the transfer key: the colleague answers in time."""
    return await _passed_on(stage, "3101", "3102", blind)


async def attended_ok(stage: Stage) -> Seen:
    """The officer asks the colleague first, then joins citizen and colleague."""
    return await _passed_on(stage, "3103", "3104", attended)


async def blonde(stage: Stage) -> Seen:
    """The officer is out of it while the colleague's phone still rings."""

    async def way(stage: Stage, seen: Seen, by: str, to: str) -> None:
        await attended(stage, seen, by, to, while_ringing=True)

    return await _passed_on(stage, "3105", "3106", way, after_s=3.0)


async def featurecode_blind(stage: Stage) -> Seen:
    """The officer keys #1 and the number within the talk."""
    return await _passed_on(stage, "3107", "3108", blind_by_code)


async def featurecode_attended(stage: Stage) -> Seen:
    """The officer keys *2 and the number, talks with the colleague and hangs up."""
    return await _passed_on(stage, "3109", "3110", attended_by_code)


async def from_page(stage: Stage) -> Seen:
    """The officer presses one key on his page."""

    async def way(stage: Stage, seen: Seen, by: str, to: str) -> None:
        await by_page(stage, seen, by, to, _GIST)

    return await _passed_on(stage, "3111", "3112", way)


async def slow_11s(stage: Stage) -> Seen:
    """The colleague takes 11 s: the promise is broken, the citizen is told so, and the two are connected."""
    return await _passed_on(stage, "3113", "3114", blind, after_s=11.0)


async def _comes_back(stage: Stage, by: str, to: str, plan: Answering) -> Seen:
    """The colleague does not take him: the phone of who passed him on rings, and he answers again."""
    await stage.phone(to, plan)
    seen = await talking(stage, by)
    await blind(stage, seen, by, to, bye_after_s=_AT_ONCE_S)
    await stage.took(by, 1, _COMES_BACK_S)
    return await _taken(stage, seen, to, by)


async def target_busy_returns(stage: Stage) -> Seen:
    """The colleague's phone is busy: the citizen comes back."""
    return await _comes_back(stage, "3115", "3116", rejects(486))


async def no_answer_returns(stage: Stage) -> Seen:
    """The colleague does not pick up: the citizen hears that it takes longer, and comes back."""
    return await _comes_back(stage, "3117", "3118", rings_on())


async def both_gone_memo(stage: Stage) -> Seen:
    """The colleague declines and the officer is gone too: the citizen leaves word for the colleague."""
    await stage.phone("3120", rejects(603, ring=Ring.RINGING))
    seen = await talking(stage, "3119", one_by_one(answers(0.5), rejects(486)), silent=True)
    seen.wanted = "3120"
    await blind(stage, seen, "3119", "3120", bye_after_s=_AT_ONCE_S)
    await leaves_word(stage, seen)
    return stage.gather(seen, "3119", "3120")


async def caller_gives_up(stage: Stage) -> Seen:
    """The citizen hangs up while the colleague's phone rings, within the limit: nobody is to blame."""
    await stage.phone("3122", rings_on())
    seen = await talking(stage, "3121")
    await blind(stage, seen, "3121", "3122")
    await seen.transfers[0].target.ringing()
    await asyncio.sleep(_TALK_S)
    await seen.call.hang_up()
    await seen.transfers[0].target.ended()
    return stage.gather(seen, "3121", "3122")


async def chain_of_three(stage: Stage) -> Seen:
    """Each passes the citizen on to the next: three transfers in one call."""
    people = ("3123", "3124", "3125", "3126")
    for extension in people[1:]:
        await stage.phone(extension, answers(1.0))
    seen = await talking(stage, people[0])
    for by, to in pairwise(people):
        await blind(stage, seen, by, to)
        await joined(stage, seen, to)
    return await _taken(stage, seen, *people)


async def to_deputy(stage: Stage) -> Seen:
    """The colleague is busy and the officer gone: the colleague's deputy answers."""
    await stage.phone("3128", rejects(486))
    await stage.phone("3129", answers(1.0))
    seen = await talking(stage, "3127", one_by_one(answers(0.5), rejects(486)))
    await blind(stage, seen, "3127", "3128", bye_after_s=_AT_ONCE_S)
    await stage.took("3129")
    return await _taken(stage, seen, "3127", "3128", "3129")


async def summary_shown_before_ring(stage: Stage) -> Seen:
    """What the officer typed stands on the colleague's page before the colleague's bell rings."""
    await stage.phone("3133", Answering(ring=Ring.NOTHING, final=None))
    colleague = await stage.desk("3133")
    seen = await talking(stage, "3132")
    target = await by_page(stage, seen, "3132", "3133", _GIST)
    shown = [card["gist"] for card in await colleague.incoming()]
    target.ring()
    await asyncio.sleep(_TALK_S)
    target.answer()
    seen.checks["the gist stood on the colleague's page before his phone rang"] = shown == [_GIST]
    return await _taken(stage, seen, "3132", "3133")


TRANSFERS: dict[str, Scenario] = {
    "transfer-blind-ok": blind_ok,
    "transfer-attended-ok": attended_ok,
    "transfer-blonde": blonde,
    "transfer-featurecode-blind": featurecode_blind,
    "transfer-featurecode-attended": featurecode_attended,
    "transfer-from-page": from_page,
    "transfer-slow-11s": slow_11s,
    "transfer-target-busy-returns": target_busy_returns,
    "transfer-no-answer-returns": no_answer_returns,
    "transfer-both-gone-memo": both_gone_memo,
    "transfer-caller-gives-up": caller_gives_up,
    "transfer-chain-of-three": chain_of_three,
    "transfer-to-deputy": to_deputy,
    "transfer-summary-shown-before-ring": summary_shown_before_ring,
}
