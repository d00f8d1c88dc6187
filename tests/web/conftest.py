"""A real browser (Chromium) before a real service on a real Redis."""

import json
import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, Playwright, expect, sync_playwright
from redis import Redis

from office.events import bridge_key
from rehearsal.browser import executable
from tests.support.aside import Aside
from tests.support.feed import answered, publish
from tests.support.memo import ROOT, MemoService, RedisServer, eventually
from tests.support.queue_seed import Seed, ago, seeding

Seated = Callable[..., Page]
COUNT_BELLS = """window.bells = 0; window.AudioContext = class {
constructor() { window.bells += 1; } get currentTime() { return 0; } close() {}
createGain() { return {gain: {}, connect: (other) => other}; }
createOscillator() { return {frequency: {}, connect: (other) => other, start() {}, stop() {}}; } };
localStorage.setItem("charterline-sound", "on");"""
"""A page counts its bells in window.bells instead of ringing them; sound is on."""
expect.set_options(timeout=45_000)  # a busy machine is slow, not wrong


@pytest.fixture(scope="module")
def aside() -> Iterator[Aside]:
    with Aside() as loop:
        yield loop


@pytest.fixture(scope="session")
def playwright() -> Iterator[Playwright]:
    with sync_playwright() as started:
        yield started


@pytest.fixture(scope="session")
def browser(playwright: Playwright) -> Iterator[Browser]:
    """Debian's Chromium where it is installed, else the one Playwright fetched."""
    arguments = ["--no-sandbox"] if os.getuid() == 0 else []
    launched = playwright.chromium.launch(executable_path=executable(), args=arguments)
    yield launched
    launched.close()


@pytest.fixture
def redis_server(tmp_path: Path) -> Iterator[RedisServer]:
    server = RedisServer(tmp_path).start()
    yield server
    server.stop()


@pytest.fixture
def service(redis_server: RedisServer, tmp_path: Path) -> Iterator[MemoService]:
    """Started, on the demo, with a bridge that says it is up."""
    office = open_office(tmp_path / "office")
    with on_the_demo(redis_server, tmp_path / "state", office) as memo:
        yield memo


@contextmanager
def on_the_demo(server: RedisServer, state: Path, office: Path) -> Iterator[MemoService]:
    """memo_service of this office, with a bridge that says it is up."""
    env = {"CHARTERLINE_DEMO": "1", "CHARTERLINE_OFFICE": str(office)}
    memo = MemoService(server.url, state, env)
    say_link(server, "up")
    try:
        memo.start()
        eventually(lambda: memo.get("/api/board")["link"] == "up")
        yield memo
    finally:
        memo.close()


@pytest.fixture
def redis(redis_server: RedisServer, service: MemoService) -> Iterator[Redis]:
    with redis_server.client() as client:
        yield client


@pytest.fixture
def page(stranger: Page) -> Page:
    """A tab of an officer at his desk; any error in its console fails the test."""
    assert stranger.request.post("/desk", form={"officer": "kim_ms"}, max_redirects=0).status == 303
    return stranger


@pytest.fixture
def stranger(browser: Browser, service: MemoService) -> Iterator[Page]:
    """A tab of somebody who has not signed in; any error in its console fails the test."""
    context = browser.new_context(base_url=service.url, viewport={"width": 1280, "height": 900})
    tab = context.new_page()
    faults: list[str] = []
    tab.on("pageerror", lambda error: faults.append(str(error)))
    tab.on("console", lambda said: faults.append(said.text) if said.type == "error" else None)
    yield tab
    context.close()
    # what the network does while a test stops the service is no fault of the page
    assert [fault for fault in faults if "ERR_" not in fault and "status of 4" not in fault] == []


@pytest.fixture
def seed(service: MemoService) -> Iterator[Seed]:
    with seeding(service) as seed:
        yield seed


@pytest.fixture
def places(seed: Seed, redis_server: RedisServer, service: MemoService) -> dict[str, str]:
    """What stands for the words in braces in a page's address."""
    call = answered()
    with redis_server.client() as redis:
        publish(redis, call.events)
    eventually(lambda: service.get("/api/verdicts", call_id=call.call_id))
    callback = seed.callback(ago(30))
    memo = service.get("/api/memos")["memos"][0]["id"]
    return {"call": call.call_id, "callback": callback, "memo": memo}


@pytest.fixture
def seated(browser: Browser, service: MemoService) -> Iterator[Seated]:
    """Opens tabs of officers at their desks; any error in a console fails the test."""
    contexts: list[BrowserContext] = []
    faults: list[str] = []

    def open_tab(officer: str = "kim_ms", url: str = "", **options: Any) -> Page:
        size = {"width": 1440, "height": 900}
        context = browser.new_context(base_url=url or service.url, **{"viewport": size, **options})
        contexts.append(context)
        taken = context.request.post("/desk", form={"officer": officer}, max_redirects=0)
        assert taken.status == 303
        tab = context.new_page()
        tab.on("pageerror", lambda error: faults.append(str(error)))
        tab.on("console", lambda said: faults.append(said.text) if said.type == "error" else None)
        return tab

    yield open_tab
    for context in contexts:
        context.close()
    assert [fault for fault in faults if "ERR_" not in fault and "status of 4" not in fault] == []


def open_office(folder: Path) -> Path:
    """The example office, open at any hour, so that the tests judge alike at night."""
    shutil.copytree(ROOT / "examples" / "pyeongchang", folder)
    always = 'weekdays = [1, 2, 3, 4, 5, 6, 7]\nhours = [["00:00", "00:00"]]\non_holidays = true\n'
    (folder / "calendar.d" / "99-always.toml").write_text(f"[[hours]]\n{always}", encoding="utf-8")
    return folder


def say_link(server: RedisServer, state: str) -> None:
    """What the bridge would say of itself; it holds longer, so that tests need not renew it."""
    with server.client() as redis:
        redis.set(bridge_key("pbx1"), json.dumps({"state": state}), ex=600)
