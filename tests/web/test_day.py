"""A day at the desk on a real PBX: real phones, real browsers, and what goes wrong between them.

One office for all; each test has desks of its own. What a browser does when it hides a tab is played by the
page's own signals, because a headless one hides none; freezing is the browser's own.
"""

import re
import time
from collections.abc import Iterator
from contextlib import AsyncExitStack
from pathlib import Path

import httpx
import pytest
from playwright.async_api import BrowserContext, Locator, Page, expect

from rehearsal.phone import answers, rings_on
from rehearsal.phone.audio import hears_tone
from rehearsal.scenarios.ledger import Ledger
from rehearsal.scenarios.waiting import arrives
from tests.support.aside import Aside
from tests.support.world import World, running_world, two_way
from tests.web.conftest import COUNT_BELLS

pytestmark = pytest.mark.pbx
_OFFICERS = range(6001, 6035)
_BROWSER_ONLY = (6001, 6008)
_CUT_S = 20.0
_CHARTER = 'version = "day"\n[office]\nid = "day"\nname = "하루군청"\n[words]\nsynthetic = "always"\n'
_DIRECTORY = """[trunk]
endpoint = "trunk"
area = "033"
exchange = "330"
main_number = "6000"
[[department]]
id = "window"
name = "창구과"
[[extension]]
number = "6000"
kind = "operator"
name = "대표전화"
[[extension]]
number = "6100"
kind = "shared"
name = "창구 공용"
department = "window"
phones = ["6003", "6004"]
"""
_NOTES = """window.notes = []; let hidden = false;
window.Notification = class { static permission = "granted";
  constructor(title, { body }) { window.notes.push(`${title} ${body}`); } close() {} };
Object.defineProperty(document, "hidden", { get: () => hidden });
Object.defineProperty(document, "visibilityState", { get: () => hidden ? "hidden" : "visible" });
window.hide = (is) => { hidden = is; document.dispatchEvent(new Event("visibilitychange")); };"""


@pytest.fixture(scope="module")
def world(aside: Aside, tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    folder = tmp_path_factory.mktemp("day")
    exits = AsyncExitStack()
    try:
        yield aside.run(exits.enter_async_context(running_world(folder, _office(folder / "office"))))
    finally:
        aside.run(exits.aclose())


@pytest.fixture(autouse=True)
def no_faults(world: World) -> Iterator[None]:
    yield
    assert world.faults == []


def _office(folder: Path) -> Path:
    folder.mkdir()
    (folder / "charter.toml").write_text(_CHARTER, encoding="utf-8")
    people = [
        f'[[officer]]\nid = "o{number}"\nname = "가나다"\ndepartment = "window"\nextension = "{number}"\n'
        + ("softphone = true\nphones = []\n" if number in _BROWSER_ONLY else "")
        for number in _OFFICERS
    ]
    (folder / "directory.toml").write_text(_DIRECTORY + "".join(people), encoding="utf-8")
    return folder


def card(page: Page) -> Locator:
    """The cards of calls on a desk page."""
    return page.locator(".my-card[data-call]")


async def desk_of(world: World, extension: str, script: str = "") -> Page:
    """An officer's desk page in a browser of his own, waiting for calls."""
    page = await world.tab(await world.seated(extension), script=script)
    await expect(page.locator("#my-empty")).to_be_visible()
    return page


def test_from_the_ring_to_the_close(aside: Aside, world: World) -> None:
    async def scene() -> None:
        window = await world.ready("6001")
        mine = await window.desk()
        await world.desk_phone("6002", answers(1.5))
        theirs = await desk_of(world, "6002")
        seen = world.stage.citizen("6001")
        await expect(card(mine)).to_contain_text("전화 왔습니다")
        await mine.keyboard.press("a")
        await seen.call.answered()
        await two_way(window, seen.call, world.citizens_tone)
        await expect(card(mine)).to_contain_text("통화 중")
        await mine.keyboard.press("r")
        await mine.keyboard.type("여권 재발급, 내일 오후 방문")
        await mine.keyboard.press("Enter")
        await expect(mine.locator("[data-stamped-text]")).to_contain_text("되짚어 확인함")
        await mine.keyboard.press("Escape")
        await mine.keyboard.press("t")
        await mine.keyboard.type("6002")
        await expect(mine.locator('#my-targets [aria-selected="true"]')).to_contain_text("6002")
        await mine.keyboard.press("Enter")
        await mine.keyboard.press("Enter")
        await expect(card(theirs).locator(".my-gist")).to_contain_text("여권 재발급, 내일 오후 방문")
        await expect(card(theirs)).to_contain_text("통화 중")
        await expect(card(mine)).to_contain_text("이어짐")
        await window.over()
        await seen.call.until(lambda: hears_tone(seen.call, world.tone("6002")), 60.0)
        await seen.call.hang_up()
        after = theirs.locator("[data-after]")
        await expect(after).to_contain_text("민원인이 먼저 끊으셨습니다.")
        await theirs.keyboard.press("1")
        await expect(after).to_have_count(0)
        await expect(theirs.locator("#my-empty")).to_be_visible()
        ledger = Ledger(world.stack.url, "o6001")
        verdicts = await ledger.verdicts(seen)
        await ledger.close()
        assert (verdicts["T1"]["result"], verdicts["T5"]["result"]) == ("kept", "kept")

    aside.run(scene())


def test_who_loses_a_group_ring_is_left_with_nothing(aside: Aside, world: World) -> None:
    async def scene() -> None:
        await world.desk_phone("6003", rings_on())
        await world.desk_phone("6004", answers(4.0))
        loser, winner = await desk_of(world, "6003"), await desk_of(world, "6004")
        elsewhere = await world.tab(loser.context, "/memos")
        seen = world.stage.citizen("6100")
        for page in (loser, winner):
            await expect(card(page)).to_contain_text("전화 왔습니다")
        await expect(elsewhere.locator(".toast-ring")).to_be_visible()
        await seen.call.answered()
        await expect(card(winner)).to_contain_text("통화 중")
        for page in (loser, elsewhere):
            await expect(page.locator(".my-card, .toast-ring")).to_have_count(0)
        await seen.call.hang_up()

    aside.run(scene())


def test_a_hidden_tab_notifies_and_never_stops_listening(aside: Aside, world: World) -> None:
    async def scene() -> None:
        await world.desk_phone("6005", rings_on())
        context = await world.seated("6005")
        await context.grant_permissions(["notifications"])
        page = await world.tab(context, script=_NOTES)
        await page.evaluate("window.hide(true)")
        seen = world.stage.citizen("6005")
        await expect(card(page)).to_contain_text("전화 왔습니다")  # there before he looks
        await page.wait_for_function("() => window.notes.length === 1")
        told = await page.evaluate("window.notes[0]")
        assert told.startswith("전화 왔습니다 010-"), told
        await seen.call.hang_up()
        await expect(card(page)).to_have_count(0)
        await page.evaluate("window.hide(false)")
        await expect(page.locator("#my-link")).to_contain_text("전화를 기다리고 있습니다.")
        again = world.stage.citizen("6005")
        await expect(card(page)).to_contain_text("전화 왔습니다")
        assert await page.evaluate("window.notes.length") == 1  # he looks at it
        await again.call.hang_up()

    aside.run(scene())


def test_seven_tabs_share_one_stream_and_one_bell(aside: Aside, world: World) -> None:
    async def scene() -> None:
        await world.desk_phone("6006", rings_on())
        before = await _readers(world)
        context = await world.seated("6006")
        tabs = [await world.tab(context, script=COUNT_BELLS)]
        await expect(tabs[0].locator("#my-empty")).to_be_visible()
        more = ("/my", "/", "/memos", "/callbacks", "/calls", "/directory")
        tabs += [await world.tab(context, path, COUNT_BELLS) for path in more]
        seen = world.stage.citizen("6006")
        for tab in tabs:
            await expect(tab.locator(".my-card[data-call], .toast-ring")).to_have_count(1)
        assert await _readers(world) <= before + 1  # those of scenes before may be gone by now
        await seen.call.hang_up()
        for tab in tabs:
            await expect(tab.locator(".my-card[data-call], .toast-ring")).to_have_count(0)
        assert sum([await tab.evaluate("window.bells") for tab in tabs]) == 1
        await context.close()

    aside.run(scene())


def test_a_reload_and_a_restart_of_the_service_lose_nothing_of_a_talk(aside: Aside, world: World) -> None:
    async def scene() -> None:
        await world.desk_phone("6007", answers(0.5))
        page = await desk_of(world, "6007")
        seen = world.stage.citizen("6007")
        await expect(card(page)).to_contain_text("통화 중")
        await page.locator("[name=notes]").fill("진부면 도로")
        await expect(page.locator("[data-kept]")).to_have_text("저장됨")
        await page.reload()
        await expect(card(page)).to_contain_text("통화 중")
        await expect(page.locator("[name=notes]")).to_have_value("진부면 도로")
        await world.stack.kill("memo_service")
        await expect(page.locator("#my-link")).to_contain_text("서버와 연결이 끊겼습니다.")
        await page.locator("[name=notes]").fill("진부면 도로 파임")
        await world.stack.start_part("memo_service")
        await expect(page.locator("#my-link")).to_contain_text("전화를 기다리고 있습니다.")
        await expect(card(page)).to_contain_text("통화 중")
        await expect(page.locator("[data-kept]")).to_have_text("저장됨")
        await seen.call.until(lambda: hears_tone(seen.call, world.tone("6007")), 60.0)
        await seen.call.hang_up()
        await expect(page.locator("[data-after]")).to_contain_text("민원인이 먼저 끊으셨습니다.")

    aside.run(scene())


def test_a_network_that_is_away_for_twenty_seconds_ends_no_talk_and_leaves_no_ghost(
    aside: Aside, world: World
) -> None:
    async def scene() -> None:
        window = await world.ready("6008")
        page = await window.desk()
        await world.desk_phone("6009", rings_on())
        other = await desk_of(world, "6009")
        seen = world.stage.citizen("6008")
        await window.phase("ringing")
        await window.press("answer")
        await two_way(window, seen.call, world.citizens_tone)
        gone = world.stage.citizen("6009")
        await expect(card(other)).to_contain_text("전화 왔습니다")
        cut = time.monotonic()
        await world.stack.kill("proxy")
        await expect(page.locator("#my-link")).to_contain_text("서버와 연결이 끊겼습니다.")
        await expect(card(other).locator(".my-clock")).to_be_hidden()
        await gone.call.hang_up()
        await seen.call.until(lambda: time.monotonic() - cut > _CUT_S, 60.0)
        await two_way(window, seen.call, world.citizens_tone)
        await world.stack.start_part("proxy")
        await window.line("ready")
        for tab in (page, other):
            await expect(tab.locator("#my-link")).to_contain_text("전화를 기다리고 있습니다.")
        await expect(card(other)).to_have_count(0)
        await expect(card(page)).to_contain_text("통화 중")
        await expect(page.locator("[data-talk]")).to_have_text(re.compile(r"^([1-9]|0:[2-5])"))
        await two_way(window, seen.call, world.citizens_tone)
        await window.press("hang_up")
        await seen.call.ended()

    aside.run(scene())


def test_a_frozen_tab_wakes_without_a_ghost(aside: Aside, world: World) -> None:
    async def scene() -> None:
        await world.desk_phone("6010", rings_on())
        page = await desk_of(world, "6010")
        seen = world.stage.citizen("6010")
        await expect(card(page)).to_contain_text("전화 왔습니다")
        session = await page.context.new_cdp_session(page)
        await session.send("Page.setWebLifecycleState", {"state": "frozen"})
        await seen.call.hang_up()
        later = world.stage.citizen("6010")
        await later.call.ringing()
        await session.send("Page.setWebLifecycleState", {"state": "active"})
        await expect(card(page)).to_have_count(1)
        await expect(card(page).locator(".my-who")).to_contain_text(later.caller[-4:])
        await later.call.hang_up()
        await expect(card(page)).to_have_count(0)

    aside.run(scene())


def test_a_name_with_markup_and_turned_letters_stays_a_name(aside: Aside, world: World) -> None:
    async def scene() -> None:
        name, number = "<b>홍</b>\u202e길동", "01024681357"
        await world.desk_phone("6011", rings_on())
        page = await desk_of(world, "6011")
        elsewhere = await world.tab(page.context, "/calls")
        memo = {"to": "officer:o6011", "channel": "call", "name": name, "number": number, "matter": "여권"}
        kept = await page.context.request.post("/memos/new", form={**memo, "reply_wanted": "yes"})
        assert kept.ok
        seen = world.stage.citizen("6011", number=number)
        for at in (
            card(page).locator(".my-maybe bdi"),
            elsewhere.locator(".toast-ring [data-who] small bdi"),
        ):
            await expect(at).to_have_text(name)
        assert await page.locator(".my-who b").count() == 0
        assert await elsewhere.locator("[data-who] b").count() == 0
        await seen.call.hang_up()

    aside.run(scene())


def test_of_thirty_officers_pages_the_right_one_shows_the_ring(aside: Aside, world: World) -> None:
    async def scene() -> None:
        called = "6020"
        await world.desk_phone(called, rings_on())
        contexts: list[BrowserContext] = []
        pages: dict[str, Page] = {}
        for number in map(str, list(_OFFICERS)[-30:]):
            contexts.append(await world.seated(number))
            pages[number] = await world.tab(contexts[-1], "/my" if int(number) % 2 == 0 else "/memos")
        seen = world.stage.citizen(called)
        await expect(card(pages[called])).to_contain_text("전화 왔습니다")
        await expect(card(pages[called]).locator("[data-ring]")).to_contain_text("2번째 벨")
        shown = {
            number: await page.locator(".my-card[data-call], .toast-ring").count()
            for number, page in pages.items()
        }
        assert {number for number, count in shown.items() if count} == {called}
        await seen.call.hang_up()
        await expect(card(pages[called])).to_have_count(0)
        for context in contexts:
            await context.close()

    aside.run(scene(), timeout_s=300.0)


async def _readers(world: World) -> int:
    """How many event streams are open, once the figure is there."""

    async def look() -> int | None:
        async with httpx.AsyncClient(trust_env=False) as client:
            told = await client.get(f"http://127.0.0.1:{world.stack.ports.http.number}/metrics")
        found = re.search(r"^charterline_readers (\d+)", told.text, re.MULTILINE)
        return int(found[1]) if found else None

    return await arrives("the number of readers", look)
