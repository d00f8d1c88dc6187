"""Call page, list and what all pages share, in a real browser."""

import re

import pytest
from playwright.sync_api import Page, expect

from office.events import Outcome, Side
from tests.support.contrast import WEAK_TEXTS
from tests.support.feed import DEPUTY, Script, abandoned, answered, publish
from tests.support.memo import MemoService, RedisServer, eventually
from tests.web.conftest import Seated

WIDTHS = (375, 768, 1280, 1920)


@pytest.fixture
def hunted(redis_server: RedisServer, service: MemoService) -> Script:
    """Officer did not answer; the deputy did, on her first bell, late for the citizen."""
    call = Script().arrive("01024685739").dial().ring(50, "a").stop(12_050, "a", outcome=Outcome.NO_ANSWER)
    call.dial(12_100, "2203", "deputy", 1).ring(12_200, "b", DEPUTY).answer(13_900, "b", DEPUTY)
    call.words(13_920, "apology", "late", 13_870).prompt(13_921, "note", 900, to=Side.OFFICER)
    call.prompt(13_922, "apology", 4000).talk(17_930, 318_000, "b", DEPUTY)
    call.hangup(318_000, Side.CITIZEN).end(318_002)
    store(redis_server, service, call)
    return call


def store(server: RedisServer, service: MemoService, *calls: Script) -> None:
    with server.client() as redis:
        for call in calls:
            publish(redis, call.events)
    eventually(lambda: all(service.get("/api/verdicts", call_id=call.call_id) for call in calls))


def test_the_call_page_tells_verdicts_figures_and_readings(page: Page, hunted: Script) -> None:
    page.goto(f"/calls/{hunted.call_id}")
    first = page.locator("#verdict-T1")
    expect(first.locator(".result")).to_contain_text("불이행")
    expect(first).to_contain_text("5번째 벨 · 13.8초")
    expect(first).to_contain_text("1번째 벨 · 1.7초")
    expect(page.locator("#verdict-T3 .result")).to_contain_text("이행")
    expect(page.locator("#verdict-T8")).to_contain_text("민원인이 먼저 끊음")
    expect(page.locator(".readings tbody tr")).to_have_count(3)
    expect(page.locator(".readings .chosen")).to_contain_text("6.0초")
    expect(page.locator(".facts")).to_contain_text("010-****-5739")
    expect(page.locator(".facts")).to_contain_text("휴대전화")


def test_the_timeline_has_a_lane_for_each_phone_and_the_limit(page: Page, hunted: Script) -> None:
    page.goto(f"/calls/{hunted.call_id}")
    drawing = page.locator("svg.timeline")
    expect(drawing.locator(".lane-name")).to_have_text(
        ["민원인", "김민수 주무관 (2202)", "이서연 주무관 (2203)"]
    )
    expect(drawing.locator(".k-limit")).to_have_count(1)
    bells = drawing.locator("g").nth(1).locator(".k-bell")
    expect(bells).to_have_count(5)
    limit = float(drawing.locator(".k-limit").get_attribute("x1") or 0)
    third = float(bells.nth(2).get_attribute("x") or 0)
    assert abs(limit - third) < 5, "the limit stands at the third bell"
    expect(drawing).to_have_attribute("aria-label", re.compile("표"))


def test_the_events_stand_as_a_table_with_their_raw_form_folded(page: Page, hunted: Script) -> None:
    page.goto(f"/calls/{hunted.call_id}")
    rows = page.locator(".events tbody tr")
    expect(rows).to_have_count(len(hunted.events))
    raw = rows.first.locator("pre")
    expect(raw).to_be_hidden()
    rows.first.locator("summary").press("Enter")
    expect(raw).to_be_visible()
    expect(raw).to_contain_text('"kind": "call_started"')


def test_a_call_that_is_up_waits_for_its_verdicts(
    page: Page, redis_server: RedisServer, service: MemoService
) -> None:
    call = Script().arrive().dial().ring(50, "b")
    with redis_server.client() as redis:
        publish(redis, call.events)
    eventually(lambda: service.get("/api/calls")["calls"])
    page.goto(f"/calls/{call.call_id}")
    expect(page.get_by_text("통화가 끝나면 판정합니다.")).to_be_visible()


def test_the_list_filters_and_turns_pages(
    page: Page, redis_server: RedisServer, service: MemoService
) -> None:
    store(redis_server, service, *[answered(2000) for _ in range(27)], abandoned(9000))
    page.goto("/calls")
    expect(page.locator(".line")).to_have_count(25)
    page.get_by_role("link", name="다음 쪽").click()
    expect(page.locator(".line")).to_have_count(3)
    page.goto("/calls")
    page.get_by_label("판정").select_option("T1:broken")
    expect(page.locator(".line")).to_have_count(1)
    expect(page).to_have_url(re.compile("verdict=T1%3Abroken"))
    page.locator(".line a").click()
    expect(page.locator("#verdict-T1 .result")).to_contain_text("불이행")


def test_the_list_filters_without_scripts(
    seated: Seated, redis_server: RedisServer, service: MemoService
) -> None:
    store(redis_server, service, answered(2000), abandoned(9000))
    page = seated("kim_ms", java_script_enabled=False)
    page.goto("/calls")
    page.get_by_label("받은 때").select_option("yes")
    page.get_by_role("button", name="찾기").click()
    expect(page.locator(".line")).to_have_count(1)


def test_a_page_that_is_not_there_says_so(page: Page) -> None:
    answer = page.goto("/calls/none")
    assert answer is not None
    assert answer.status == 404
    expect(page.get_by_role("heading", name="찾는 화면이 없습니다.")).to_be_visible()


@pytest.mark.parametrize("width", WIDTHS)
def test_no_page_is_wider_than_its_window(page: Page, hunted: Script, width: int) -> None:
    page.set_viewport_size({"width": width, "height": 900})
    for path in ("/", "/calls", f"/calls/{hunted.call_id}", "/docs"):
        page.goto(path)
        assert page.evaluate("document.documentElement.scrollWidth") <= width, path


def test_everything_comes_from_our_own_address(page: Page, service: MemoService, hunted: Script) -> None:
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    for path in ("/", "/calls", f"/calls/{hunted.call_id}", "/docs"):
        page.goto(path)
    assert asked
    assert [url for url in asked if not url.startswith(service.url)] == []


def test_the_keyboard_reaches_the_content_and_the_colours(page: Page) -> None:
    page.goto("/")
    page.keyboard.press("Tab")
    expect(page.get_by_text("본문으로 건너뛰기")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.locator("main")).to_be_focused()
    contrast = page.get_by_role("button", name="고대비")
    contrast.focus()
    page.keyboard.press("Enter")
    expect(page.locator("html")).to_have_attribute("data-theme", "contrast")
    expect(contrast).to_have_attribute("aria-pressed", "true")
    page.reload()
    expect(page.locator("html")).to_have_attribute("data-theme", "contrast")


@pytest.mark.parametrize("theme", ["light", "dark", "contrast"])
def test_every_text_stands_out_from_its_ground(page: Page, hunted: Script, theme: str) -> None:
    for path in ("/", "/calls", f"/calls/{hunted.call_id}"):
        page.goto(path)
        page.evaluate("theme => { document.documentElement.dataset.theme = theme; }", theme)
        assert page.evaluate(WEAK_TEXTS) == [], path
