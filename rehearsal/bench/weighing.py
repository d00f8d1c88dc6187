"""What each page weighs as it comes through the proxy, and when it can be used on a slow machine.

Bytes are the network's (headers and packing included), by Chromium's own count, with an empty cache. A page
can be used from the end of the last task over 50 ms on its main thread, or of its DOMContentLoaded handlers,
if that is later, on a CPU four times slower (CDP `Emulation.setCPUThrottlingRate`).
"""

import statistics
from collections import Counter
from dataclasses import dataclass, field
from typing import Any

import httpx
from playwright.async_api import Browser, BrowserContext, CDPSession, Page

from rehearsal.bench.tabs import seat
from rehearsal.scenarios.stage import Stage

PAGES = ("/my", "/", "/calls", "/callbacks", "/memos", "/memos/new", "/absences", "/directory", "/sign-in")
_SLOWER = 4
_QUIET_MS = 1500
_LONG_TASKS = """
window.longTasks = [];
new PerformanceObserver((list) => {
  for (const task of list.getEntries()) window.longTasks.push(task.startTime + task.duration);
}).observe({ type: "longtask", buffered: true });
"""
_SETTLED = """quiet => {
  const [way] = performance.getEntriesByType("navigation");
  const last = Math.max(way.domContentLoadedEventEnd, ...window.longTasks);
  return way.loadEventEnd > 0 && performance.now() - last > quiet && last;
}"""
_KINDS = {"Script": "script", "Stylesheet": "style", "Font": "font", "Document": "page"}


@dataclass
class _Network:
    """What a tab has got over the network, by kind."""

    kinds: dict[str, str] = field(default_factory=dict)
    sizes: Counter[str] = field(default_factory=Counter)

    def listen(self, session: CDPSession) -> None:
        """Count from now on."""
        session.on("Network.responseReceived", self._begun)
        session.on("Network.loadingFinished", self._over)

    def _begun(self, event: dict[str, Any]) -> None:
        self.kinds[event["requestId"]] = event["type"]

    def _over(self, event: dict[str, Any]) -> None:
        kind = _KINDS.get(self.kinds.get(event["requestId"], ""), "other")
        self.sizes[kind] += round(event["encodedDataLength"])


async def weigh(browser: Browser, stage: Stage, url: str, loads: int) -> dict[str, object]:
    """Of each page: kilobytes by kind, first paint and time to interactive (ms, the median of `loads`)."""
    officer = next(iter(stage.office.directory.officers))
    return {path: await _page(browser, url, officer, path, loads) for path in PAGES}


async def _page(browser: Browser, url: str, officer: str, path: str, loads: int) -> dict[str, object]:
    found = [await _load(browser, url, officer, path) for _ in range(loads)]
    _, _, sizes = found[0]
    return {
        "kB": {kind: round(size / 1000, 1) for kind, size in sorted(sizes.items())},
        "first_paint_ms": round(statistics.median(paint for paint, _, _ in found)),
        "interactive_ms": round(statistics.median(ready for _, ready, _ in found)),
    }


async def _load(browser: Browser, url: str, officer: str, path: str) -> tuple[float, float, Counter[str]]:
    """(first contentful paint ms, interactive ms, bytes by kind) of one visit with an empty cache."""
    context = await browser.new_context(base_url=url)
    try:
        if path != "/sign-in":
            await seat(context, url, officer)
        page = await context.new_page()
        await page.add_init_script(_LONG_TASKS)
        network = await _slowed(context, page)
        await page.goto(path)
        settled = await page.wait_for_function(_SETTLED, arg=_QUIET_MS, timeout=90_000)
        paint = await page.evaluate(
            "performance.getEntriesByName('first-contentful-paint')[0]?.startTime ?? 0"
        )
        network.sizes["script"] += await _worker(url, page)
        return float(paint), float(await settled.json_value()), network.sizes
    finally:
        await context.close()


async def _slowed(context: BrowserContext, page: Page) -> _Network:
    session, network = await context.new_cdp_session(page), _Network()
    await session.send("Network.enable")
    await session.send("Network.setCacheDisabled", {"cacheDisabled": True})
    await session.send("Emulation.setCPUThrottlingRate", {"rate": _SLOWER})
    network.listen(session)
    return network


async def _worker(url: str, page: Page) -> int:
    """Bytes of the worker that all tabs share, which a tab's own count leaves out."""
    address = await page.evaluate("document.querySelector('script[data-worker]')?.dataset.worker ?? ''")
    if not address:
        return 0
    async with (
        httpx.AsyncClient(base_url=url, trust_env=False) as client,
        client.stream("GET", address, headers={"Accept-Encoding": "gzip"}) as answer,
    ):
        return sum([len(part) async for part in answer.aiter_raw()])
