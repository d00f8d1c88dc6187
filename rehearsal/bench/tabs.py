"""Real tabs of officers for benches: a desk page that notes when it painted what.

The page's clock is `Date.now()` (whole ms, the machine's own) right after the paint that shows the card.
"""

import httpx
from playwright.async_api import BrowserContext, Page

from rehearsal.scenarios.desks import take_desk

_WATCH = """
window.painted = {};
window.rang = {};
const stamp = (key) => {
  if (key in window.painted) return;
  window.painted[key] = 0;
  requestAnimationFrame(() => {
    const afterPaint = new MessageChannel();
    afterPaint.port1.onmessage = () => { window.painted[key] = Date.now(); };
    afterPaint.port2.postMessage(0);
  });
};
addEventListener("DOMContentLoaded", () => {
  const cards = document.getElementById("my-cards");
  new MutationObserver(() => {
    for (const card of cards.querySelectorAll(".my-card[data-call]")) {
      if (card.dataset.state === "ringing") {
        window.rang[card.dataset.call] = Number(card.dataset.rangAt);
        stamp("ring " + card.dataset.call);
      }
      if (card.querySelector(".my-gist")?.textContent.includes("여권")) stamp("gist " + card.dataset.call);
    }
  }).observe(cards, { childList: true, subtree: true, attributes: true });
});
"""


async def seat(context: BrowserContext, url: str, officer: str) -> None:
    """Let an officer's browser take his desk."""
    async with httpx.AsyncClient(base_url=url, trust_env=False) as client:
        await take_desk(client, officer)
        await context.add_cookies(
            [{"name": one.name, "value": one.value or "", "url": url} for one in client.cookies.jar]
        )


async def watched_desk(context: BrowserContext) -> Page:
    """The open desk page of who sits there; `painted` asks it."""
    page = await context.new_page()
    await page.add_init_script(_WATCH)
    await page.goto("/my")
    await page.locator("#my").wait_for()
    return page


async def painted(page: Page, key: str) -> float:
    """When "ring CALL" or "gist CALL" was painted (epoch ms); 0 while it was not."""
    return float(await page.evaluate("key => window.painted[key] || 0", key))


async def rings(page: Page) -> dict[str, tuple[float, float]]:
    """Of each call whose pop-up was painted: AMI's timestamp of its ring, and the paint (epoch ms)."""
    found: dict[str, list[float]] = await page.evaluate(
        """() => Object.fromEntries(Object.entries(window.rang)
             .map(([call, at]) => [call, [at, window.painted["ring " + call] || 0]])
             .filter(([, [, shown]]) => shown))"""
    )
    return {call: (at, shown) for call, (at, shown) in found.items()}
