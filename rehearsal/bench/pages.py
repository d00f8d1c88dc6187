"""The pages before an officer's eyes: how soon a ring is seen, what a page weighs, when it can be used.

Ring → pop-up: from AMI's timestamp of the ring at a real Asterisk to the paint that shows the card in a real
Chromium, with 1, 30 and 300 desk pages open. Which of them are real tabs and which only hold the event stream
(`crowd`) is told with the figures. Weight and time to interactive: `rehearsal.bench.weighing`.
"""

import asyncio
from collections.abc import Sequence
from contextlib import AsyncExitStack

from playwright.async_api import Browser, Page

from rehearsal.bench.crowd import Crowd
from rehearsal.bench.figures import spread
from rehearsal.bench.tabs import rings, seat, watched_desk
from rehearsal.bench.weighing import weigh
from rehearsal.browser import chromium
from rehearsal.phone import rings_on
from rehearsal.scenarios.stage import Stage
from rehearsal.scenarios.waiting import arrives

_MEASURED = 2
"""Desks that are called in turn, each in a real tab, as far as so many pages are open at all."""
_TABS = 10
"""Real tabs at most: a Chromium with more on two cores would measure itself."""
_PATIENCE_S = 60.0
_WARM_UP = 3


async def pages(
    stage: Stage, url: str, *, open_pages: Sequence[int] = (1, 30, 300), calls: int = 100, loads: int = 5
) -> dict[str, object]:
    """`calls` rings for each number of open pages; the median of `loads` loads of each page."""
    officers = stage.office.directory.officers.values()
    desks = [officer.extension for officer in officers if officer.department == "calls"]
    for desk in desks[:_MEASURED]:
        await stage.phone(desk, rings_on())
    async with chromium() as browser:
        found: dict[str, object] = {}
        for number in open_pages:
            found[f"{number}_open"] = await _with_open(stage, url, browser, desks, number, calls)
        return {"ring_to_pop_up": found, "pages_cpu_4x_slower": await weigh(browser, stage, url, loads)}


async def _with_open(
    stage: Stage, url: str, browser: Browser, desks: Sequence[str], number: int, calls: int
) -> dict[str, object]:
    measured = min(number, _MEASURED)
    tabs = min(number, _TABS, len(desks))
    others = [stage.officer(desk) for desk in desks[measured:]]
    async with AsyncExitStack() as stack:
        opened = [await _tab(stack, stage, url, browser, desk) for desk in desks[:tabs]]
        crowd = await stack.enter_async_context(Crowd(url, others, number - tabs))
        for turn in range(_WARM_UP + calls):
            await _ring(stage, desks[turn % measured], opened[turn % measured])
        delays = [shown - at for tab in opened[:measured] for at, shown in (await rings(tab)).values()]
        kept = delays[_WARM_UP:]
        return {
            "real_tabs": tabs,
            "event_streams_only": number - tabs,
            "streams_lost": crowd.lost,
            "calls": len(kept),
            "ms": spread(kept),
        }


async def _tab(stack: AsyncExitStack, stage: Stage, url: str, browser: Browser, desk: str) -> Page:
    context = await browser.new_context(base_url=url)
    stack.push_async_callback(context.close)
    await seat(context, url, stage.officer(desk))
    return await watched_desk(context)


async def _ring(stage: Stage, desk: str, tab: Page) -> None:
    """A citizen calls, his call is seen, he hangs up, and it is gone from the page."""
    before = len(await rings(tab))
    seen = stage.citizen(desk)

    async def shown() -> bool:
        return len(await rings(tab)) > before

    async def gone() -> bool:
        return await tab.locator(".my-card[data-call]").count() == 0

    await arrives(f"the pop-up of {desk}", shown, _PATIENCE_S)
    await seen.call.hang_up()
    await asyncio.gather(seen.call.ended(_PATIENCE_S), arrives(f"the end at {desk}", gone, _PATIENCE_S))
