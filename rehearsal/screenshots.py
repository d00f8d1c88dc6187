"""`scripts/screenshots [DIR]`: pictures of the pages with virtual citizens calling, for the README.

Owns which pages, widths and themes are taken. Needs the browser that `scripts/setup --dev` provides.
"""

import asyncio
import shutil
import sys
import tempfile
from pathlib import Path

import httpx
from playwright.async_api import Browser, async_playwright

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
            path = await _late_call(stack.url)
            browser = await playwright.chromium.launch(
                executable_path=shutil.which("chromium"), args=["--no-sandbox", "--disable-quic"]
            )
            for name, page, width, theme in _SHOTS:
                address = stack.url.rstrip("/") + (path if page == "CALL" else page)
                await _shoot(browser, address, folder / f"{name}.png", width, theme)
            await browser.close()


async def _late_call(url: str) -> str:
    """Page of a call that was answered late, the newest; else of any call."""
    async with httpx.AsyncClient(base_url=url, trust_env=False) as client:
        for asked in ({"promise": "T3", "result": "kept"}, {}):
            calls = (await client.get("/api/calls", params=asked)).json()["calls"]
            if calls:
                return f"/calls/{calls[0]['call_id']}"
    return "/calls"


async def _shoot(browser: Browser, address: str, file: Path, width: int, theme: str) -> None:
    context = await browser.new_context(
        viewport={"width": width, "height": 800},
        color_scheme="dark" if theme == "dark" else "light",
        locale="ko-KR",
    )
    page = await context.new_page()
    await page.goto(address)
    await page.wait_for_timeout(1500)
    await page.screenshot(path=file, full_page=width > 1000)
    await context.close()


if __name__ == "__main__":
    target = Path(sys.argv[1]) if len(sys.argv) > 1 else ROOT / "docs" / "images"
    target.mkdir(parents=True, exist_ok=True)
    asyncio.run(take(target))
