"""What stands on an officer's page against the first bell of his phone: the pop-up, and a colleague's gist.

Real Asterisk, real phones, real browsers, one page a desk. The phone's clock is its 180 as sent, the page's
is `Date.now()` (whole ms, the same machine) right after the paint that shows the card. Three figures: ring →
pop-up; a transfer ordered on the page, whose gist must stand before the 180; a transfer by the phone's own
key (REFER), whose gist may stand 150 ms after it.
"""

import asyncio
from contextlib import AsyncExitStack
from dataclasses import dataclass, field

from playwright.async_api import Browser, Page

from rehearsal.bench.figures import spread
from rehearsal.bench.tabs import painted, seat, watched_desk
from rehearsal.bench.transfer import DEPARTMENT
from rehearsal.browser import chromium
from rehearsal.phone import IncomingCall, Instant, TransferKey, answers
from rehearsal.phone.audio import hears_tone
from rehearsal.scenarios.desks import Desk
from rehearsal.scenarios.stage import Seen, Stage
from rehearsal.scenarios.waiting import NotSeenError, arrives

_LANES = 1  # one at a time: two cores carry PBX, phones, browser and service
_WARM_UP = 2
_BETWEEN_S = 1.0
"""Between two calls, so that a bell does not meet the end of the call before."""
_PATIENCE_S = 30.0
_ALLOWED_AFTER_KEY_MS = 150
_GIST = "여권 재발급, 내일 오후에 방문하신다고 함"


@dataclass(slots=True)
class _Found:
    """Milliseconds from a phone's 180 to the page; negative: the page was first."""

    pop_up: list[float] = field(default_factory=list)
    by_page: list[float] = field(default_factory=list)
    by_key: list[float] = field(default_factory=list)


async def summary(stage: Stage, url: str, *, transfers: int = 100) -> dict[str, object]:
    """`transfers` of each way, over a few desks side by side."""
    officers = stage.office.directory.officers.values()
    desks = [officer.extension for officer in officers if officer.department == DEPARTMENT]
    found = _Found()
    async with chromium() as browser:
        pairs = zip(desks[:_LANES], desks[_LANES : 2 * _LANES], strict=True)
        lanes = [_Lane(stage, url, browser, by, to, found) for by, to in pairs]
        await asyncio.gather(*(lane.run(transfers // _LANES) for lane in lanes))
    return _told(found)


def _told(found: _Found) -> dict[str, object]:
    before = sum(late < 0 for late in found.by_page)
    in_time = sum(late <= _ALLOWED_AFTER_KEY_MS for late in found.by_key)
    return {
        "pop_up_after_180_ms": {"calls": len(found.pop_up), **spread(found.pop_up)},
        "gist_after_180_ms_ordered_on_page": {
            "transfers": len(found.by_page),
            "gist_first": before,
            **spread(found.by_page),
        },
        "gist_after_180_ms_by_phone_key": {
            "transfers": len(found.by_key),
            "within_150_ms": in_time,
            **spread(found.by_key),
        },
    }


@dataclass(frozen=True, slots=True)
class _Lane:
    """One officer who passes citizens on to one colleague; both have their page open."""

    stage: Stage
    url: str
    browser: Browser
    by: str
    to: str
    found: _Found

    async def run(self, rounds: int) -> None:
        """Each round is one transfer of either way; the first ones only warm up."""
        await self.stage.phone(self.by, answers(0.6))
        await self.stage.phone(self.to, answers(0.8))
        async with AsyncExitStack() as stack:
            mine, theirs = [await self._page(stack, extension) for extension in (self.by, self.to)]
            desk = await self.stage.desk(self.by)
            for number in range(rounds + _WARM_UP):
                kept = self.found if number >= _WARM_UP else _Found()
                await self._round(desk, mine, theirs, kept)

    async def _round(self, desk: Desk, mine: Page, theirs: Page, kept: _Found) -> None:
        async def on_page(call_id: str) -> None:
            _, answer = await desk.press_transfer(call_id, self.to, _GIST)
            answer.raise_for_status()

        async def by_key(call_id: str) -> None:
            typed = {"over": 0, "read_back": _GIST, "notes": ""}
            saved = await mine.context.request.put(f"/api/calls/{call_id}/talk", data=typed)
            if not saved.ok:
                raise NotSeenError(f"what was typed was not saved: {saved.status}")
            taken = self.stage.taken[self.by][-1]
            await TransferKey(self.stage.phones[self.by], taken).blind(self.to, bye_after_s=0.3)

        for way, late in ((on_page, kept.by_page), (by_key, kept.by_key)):
            seen = self.stage.citizen(self.by)
            call_id = await self._talk(desk, seen)
            kept.pop_up.append(await self._after_180(mine, f"ring {call_id}", self._last(self.by)))
            rung = len(self.stage.taken.get(self.to, []))
            await way(call_id)
            target = await self.stage.took(self.to, rung)
            late.append(await self._after_180(theirs, f"gist {call_id}", target))
            await seen.call.hang_up()
            await asyncio.gather(target.ended(_PATIENCE_S), self._last(self.by).ended(_PATIENCE_S))
            await asyncio.sleep(_BETWEEN_S)

    async def _talk(self, desk: Desk, seen: Seen) -> str:
        """Id of the call once citizen and officer hear each other."""
        tone = self.stage.phones[self.by].tone_hz or 0
        await seen.call.until(lambda: hears_tone(seen.call, tone), _PATIENCE_S)
        return await desk.call_of(seen.caller)

    def _last(self, extension: str) -> IncomingCall:
        return self.stage.taken[extension][-1]

    async def _after_180(self, page: Page, key: str, call: IncomingCall) -> float:
        """Milliseconds from the phone's 180 to the paint that shows `key`."""

        async def rang() -> Instant | None:
            return call.record.ringing

        bell = await arrives("the phone's 180", rang)
        return await arrives(f"{key} on the page", lambda: painted(page, key)) - bell.wall_ns / 1e6

    async def _page(self, stack: AsyncExitStack, extension: str) -> Page:
        """The open desk page of this extension's officer."""
        context = await self.browser.new_context(base_url=self.url)
        stack.push_async_callback(context.close)
        await seat(context, self.url, self.stage.officer(extension))
        return await watched_desk(context)
