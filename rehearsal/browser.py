"""A real browser for rehearsals, benches and pictures."""

import os
import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from playwright.async_api import Browser, async_playwright


def executable(*, voice: bool = False) -> str | None:
    """Debian's Chromium; None: there is none.

    Pages go to its headless shell where there is one: the same engine for half the processor. Its microphone
    is none that a page may be allowed or refused, so what is spoken into (`voice`) is the whole browser.
    """
    return (None if voice else shutil.which("chromium-headless-shell")) or shutil.which("chromium")


@asynccontextmanager
async def chromium(*arguments: str, voice: bool = False) -> AsyncIterator[Browser]:
    """A headless Chromium. Raises playwright's Error where there is none."""
    sandbox = ["--no-sandbox"] if os.getuid() == 0 else []
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(
            executable_path=executable(voice=voice), args=["--disable-quic", *arguments, *sandbox]
        )
        try:
            yield browser
        finally:
            await browser.close()
