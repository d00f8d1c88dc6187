"""`scripts/screenshots [DIR]`: pictures of the pages with virtual citizens calling, for the README.

Owns which pages, widths and themes are taken. Needs the browser that `scripts/setup --dev` provides.
"""

import asyncio
import shutil
import sys
import tempfile
from pathlib import Path

import httpx
from playwright.async_api import Browser, BrowserContext, async_playwright

from rehearsal.scenarios.desks import take_desk
from stack.settings import DEFAULT_OFFICE, ROOT, StackSettings
from stack.stack import Stack

_LIVED_S = 60.0
_SHOTS = (
    ("board", "/", 1280, "light"),
    ("board-dark", "/", 1280, "dark"),
    ("board-small", "/", 375, "light"),
    ("call", "CALL", 1280, "light"),
    ("call-small", "CALL", 375, "dark"),
    ("calls", "/calls", 1280, "light"),
)


async def take(folder: Path) -> None:
    """Let calls happen for a minute, then take every picture into `folder`."""
    with tempfile.TemporaryDirectory(prefix="charterline-shots-") as state:
        settings = StackSettings(
            office=DEFAULT_OFFICE, state=Path(state), demo=True, life=True, always_open=True
        )
        async with Stack(settings) as stack, async_playwright() as playwright:
            await asyncio.sleep(_LIVED_S)
            officer = next(iter(stack.office.directory.officers))
            path = await _late_call(stack.url, officer)
            browser = await playwright.chromium.launch(
                executable_path=shutil.which("chromium"), args=["--no-sandbox", "--disable-quic"]
            )
            for name, page, width, theme in _SHOTS:
                context = await _seated(browser, stack.url, officer, width, theme)
                shot = folder / f"{name}.png"
                await _shoot(context, path if page == "CALL" else page, shot, whole=width > 1000)
            await browser.close()


async def _late_call(url: str, officer: str) -> str:
    """Page of a call that was answered late, the newest; else of any call."""
    async with httpx.AsyncClient(base_url=url, trust_env=False) as client:
        await take_desk(client, officer)
        for asked in ({"promise": "T3", "result": "kept"}, {}):
            calls = (await client.get("/api/calls", params=asked)).json()["calls"]
            if calls:
                return f"/calls/{calls[0]['call_id']}"
    return "/calls"


async def _seated(browser: Browser, url: str, officer: str, width: int, theme: str) -> BrowserContext:
    """A browser at an officer's desk."""
    context = await browser.new_context(
        base_url=url,
        viewport={"width": width, "height": 800},
        color_scheme="dark" if theme == "dark" else "light",
        locale="ko-KR",
    )
    await context.request.post("/desk", form={"officer": officer}, max_redirects=0)
    return context


async def _shoot(context: BrowserContext, address: str, file: Path, *, whole: bool) -> None:
    page = await context.new_page()
    await page.goto(address)
    await page.wait_for_timeout(1500)
    await page.screenshot(path=file, full_page=whole)
    await context.close()


if __name__ == "__main__":
    target = Path(sys.argv[1]) if len(sys.argv) > 1 else ROOT / "docs" / "images"
    target.mkdir(parents=True, exist_ok=True)
    asyncio.run(take(target))
