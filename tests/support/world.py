"""A running office for browser tests: the whole stack, desk phones, browsers whose microphones say a tone."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from playwright.async_api import Browser, BrowserContext, Page, expect

from office.folder import load_office
from rehearsal.demo import line_of
from rehearsal.phone import Answering, Call, answers
from rehearsal.phone.audio import hears_tone
from rehearsal.scenarios.stage import Stage
from rehearsal.softphone import Softphone, browser_with_voice, softphone_of
from stack.settings import StackSettings
from stack.stack import Stack

expect.set_options(timeout=45_000)  # a busy machine is slow, not wrong
VOICE_HZ = 1000
"""What an officer at a softphone says."""


@dataclass(slots=True)
class World:
    """The parts of it. An officer's id is "o" and his extension."""

    stack: Stack
    stage: Stage
    browser: Browser
    faults: list[str] = field(default_factory=list)
    """Errors in the consoles of tabs."""

    async def softphone(self, officer: str) -> Softphone:
        """A browser of his own in which this officer has taken his desk; its window is not open yet."""
        return await softphone_of(self.browser, self.stack.url, officer)

    async def ready(self, extension: str) -> Softphone:
        """The softphone of an extension, registered."""
        window = await self.softphone(f"o{extension}")
        await window.ready()
        return window

    async def desk_phone(self, extension: str, plan: Answering | None = None) -> str:
        """A desk phone that answers; returns its extension."""
        await self.stage.phone(extension, plan or answers(0.2))
        return extension

    def tone(self, extension: str) -> int:
        """What the desk phone of an extension says."""
        return self.stage.phones[extension].tone_hz or 0

    @property
    def citizens_tone(self) -> int:
        """What citizens say."""
        return self.stage.carrier.tone_hz or 0

    async def seated(self, extension: str, **options: Any) -> BrowserContext:
        """A browser at an officer's desk, without a microphone."""
        size = {"width": 1280, "height": 900}
        context = await self.browser.new_context(base_url=self.stack.url, **{"viewport": size, **options})
        await context.request.post("/desk", form={"officer": f"o{extension}"}, max_redirects=0)
        return context

    async def tab(self, context: BrowserContext, path: str = "/my", script: str = "") -> Page:
        """Another tab of that browser; an error in its console is a fault of the world."""
        page = await context.new_page()
        page.on("pageerror", lambda error: self.faults.append(str(error)))
        if script:
            await page.add_init_script(script)
        await page.goto(path)
        return page


@asynccontextmanager
async def running_world(folder: Path, office: Path) -> AsyncIterator[World]:
    """The stack of `office`, always open; its state is below `folder`."""
    async with AsyncExitStack() as exits:
        settings = StackSettings(office=office, state=folder / "s", demo=True, always_open=True)
        stack = await exits.enter_async_context(Stack(settings))
        stage = Stage(load_office(office), line_of(stack), stack.state / "prompts")
        await exits.enter_async_context(stage)
        browser = await exits.enter_async_context(browser_with_voice(folder, VOICE_HZ))
        yield World(stack, stage, browser)


async def two_way(window: Softphone, call: Call, hz: int) -> None:
    """Both hear each other's tone."""
    await window.hears(hz)
    await call.until(lambda: hears_tone(call, VOICE_HZ), 60.0)
