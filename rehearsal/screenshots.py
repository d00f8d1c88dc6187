"""`scripts/screenshots [DIR] [--every] [--empty]`: pictures of the pages with virtual citizens calling.

Without more, the few that the README shows; `--every`: each page, light, dark and 375 wide, to be looked at;
`--empty`: in an office that nobody has called yet. Needs the browser that `scripts/setup --dev` provides.
"""

import argparse
import asyncio
import sys
import tempfile
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

import httpx
from playwright.async_api import Browser, Page

from rehearsal.browser import chromium
from rehearsal.scenarios.desks import take_desk
from rehearsal.scenarios.waiting import NotSeenError, arrives
from stack.settings import DEFAULT_OFFICE, ROOT, StackSettings
from stack.stack import Stack

_LIVED_S = 60.0
_PATIENCE_S = 90.0
_SETTLE_MS = 1000
_PAGES = {
    "my": "/my",
    "board": "/",
    "calls": "/calls",
    "call": "/calls/{call}",
    "transfers": "/transfers",
    "callbacks": "/callbacks?scope=all",
    "callback": "/callbacks/{callback}",
    "memos": "/memos?view=department",
    "memo": "/memos/{memo}",
    "memo-new": "/memos/new",
    "memo-slip": "/memos/{memo}/slip",
    "absences": "/absences",
    "absences-import": "/absences/import",
    "directory": "/directory",
    "hours": "/directory/hours",
    "access-log": "/access-log",
    "guide": "/guide",
    "guide-plan": "/guide/plan/{department}",
    "start": "/start",
    "sign-in": "/sign-in",
    "nothing": "/nothing",
}

_OF_ALL = ("callbacks", "callback", "memos", "memo", "memo-slip", "start")
"""Pages that are shown to the administrator, whose business every department is."""


@dataclass(frozen=True, slots=True)
class Look:
    """How a page is looked at."""

    name: str
    width: int = 1280
    height: int = 800
    theme: str = "light"
    whole: bool = False


_EVERY = (
    Look("", whole=True),
    Look("-dark", theme="dark", whole=True),
    Look("-small", 375, 740, whole=True),
)
_FOR_README = (
    ("my", Look("")),
    ("my", Look("-small", 375, 740)),
    ("board", Look("", height=900)),
    ("board", Look("-dark", height=900, theme="dark")),
    ("call", Look("", height=900)),
    ("callbacks", Look("")),
    ("memos", Look("")),
    ("directory", Look("")),
    ("start", Look("")),
)


async def take(folder: Path, wanted: Iterable[tuple[str, Look]], *, lived: bool) -> None:
    """Let calls happen for a minute where `lived`, then take every wanted picture into `folder`."""
    with tempfile.TemporaryDirectory(prefix="charterline-shots-") as state:
        settings = StackSettings(
            office=DEFAULT_OFFICE, state=Path(state), demo=True, life=lived, always_open=True
        )
        async with Stack(settings) as stack, chromium() as browser:
            if lived:
                await asyncio.sleep(_LIVED_S)
            officers = list(stack.office.directory.officers)
            words = await _words(stack.url, officers[0])
            words["department"] = next(iter(stack.office.directory.departments))
            boss = next(o.id for o in stack.office.directory.officers.values() if o.role == "administrator")
            for name, look in wanted:
                if "{" in (path := _PAGES[name].format_map(_Missing(words))):
                    sys.stderr.write(f"screenshots: there is no {name} to show\n")
                    continue
                officer = boss if name in _OF_ALL else officers[0]
                if name == "my" and lived:
                    officer = await _busy(stack.url, officers)
                await _shoot(browser, stack.url, officer, path, look, folder / f"{name}{look.name}.png")


class _Missing(dict[str, str]):
    def __missing__(self, key: str) -> str:
        return "{" + key + "}"


async def _words(url: str, officer: str) -> dict[str, str]:
    """What stands for the words in braces: a call that was answered late if there is one, and so on."""
    async with httpx.AsyncClient(base_url=url, trust_env=False, timeout=30) as client:
        await take_desk(client, officer)

        async def first(path: str, asked: Mapping[str, str]) -> str:
            found = (await client.get(f"/api/{path}", params=asked)).json()[path]
            return str(found[0].get("id") or found[0]["call_id"]) if found else ""

        late = await first("calls", {"promise": "T3", "result": "kept"}) or await first("calls", {})
        found = {"call": late, "callback": await first("callbacks", {}), "memo": await first("memos", {})}
    return {word: value for word, value in found.items() if value}


async def _busy(url: str, officers: Iterable[str]) -> str:
    """An officer whose phone rings now; the first one if nobody's does for long."""
    officers = list(officers)
    async with httpx.AsyncClient(base_url=url, trust_env=False, timeout=30) as client:

        async def look() -> str:
            for officer in officers:
                await take_desk(client, officer)
                calls = (await client.get("/api/my")).json()["calls"]
                if any(call["phase"] == "ringing" for call in calls):
                    return officer
            return ""

        try:
            return await arrives("an officer whose phone rings", look, _PATIENCE_S)
        except NotSeenError:
            return officers[0]


async def _shoot(browser: Browser, url: str, officer: str, path: str, look: Look, file: Path) -> None:
    context = await browser.new_context(
        base_url=url,
        viewport={"width": look.width, "height": look.height},
        color_scheme="dark" if look.theme == "dark" else "light",
        locale="ko-KR",
        reduced_motion="reduce",
    )
    if path != "/sign-in":
        await context.request.post("/desk", form={"officer": officer}, max_redirects=0)
    page: Page = await context.new_page()
    await page.goto(path)
    await page.wait_for_timeout(_SETTLE_MS)
    await page.screenshot(path=file, full_page=look.whole)
    await context.close()


def main() -> None:
    """Exit 0, or with the error of the stack."""
    parser = argparse.ArgumentParser(prog="scripts/screenshots", description=__doc__)
    parser.add_argument("folder", nargs="?", type=Path, default=ROOT / "docs" / "images")
    parser.add_argument("--every", action="store_true", help="each page in each look")
    parser.add_argument("--empty", action="store_true", help="with no call ever made")
    given = parser.parse_args()
    given.folder.mkdir(parents=True, exist_ok=True)
    every = [(name, look) for name in _PAGES for look in _EVERY]
    asyncio.run(take(given.folder, every if given.every else _FOR_README, lived=not given.empty))


if __name__ == "__main__":
    main()
