"""The live board in a real browser."""

import re
from datetime import UTC, datetime, timedelta

import httpx
import pytest
from playwright.sync_api import Browser, Page, expect

from office.events import CallClass, LinkLost, Phone, Side, bridge_key
from tests.support.feed import PBX, Script, abandoned, answered, moved, publish
from tests.support.memo import PLAIN, MemoService, RedisServer, eventually
from tests.web.conftest import say_link


def now(seconds_ago: float = 0.0) -> datetime:
    return datetime.now(UTC) - timedelta(seconds=seconds_ago)


def ringing(seconds_ago: float = 0.0) -> Script:
    return Script(start=now(seconds_ago)).arrive().dial().ring(50, "b")


def send(server: RedisServer, script: Script, part: slice = slice(None)) -> None:
    with server.client() as redis:
        publish(redis, script.events[part])


def row(page: Page, script: Script) -> str:
    return f'[id="call-{script.call_id}"]'


def test_an_empty_board_says_what_will_stand_here(page: Page) -> None:
    page.goto("/")
    expect(page.get_by_text("아직 끝난 통화가 없습니다.")).to_be_visible()
    expect(page.get_by_text("scripts/demo on-time")).to_be_visible()
    expect(page.locator(".department")).to_have_count(9)
    expect(page.locator(".department .quiet").first).to_have_text("통화 없음")


def test_a_call_comes_rings_counts_and_goes(page: Page, redis_server: RedisServer) -> None:
    page.goto("/")
    call = answered(2500, script=Script(start=now()))
    send(redis_server, call, slice(0, 3))
    shown = page.locator("#group-haengjeong").locator(row(page, call))
    expect(shown.locator(".phase")).to_have_text("벨 울림")
    expect(shown.locator(".ring-text")).to_have_text(re.compile(r"^1번째 벨 · \d\.\d초$"))
    expect(shown.locator(".ring-text")).to_have_text(re.compile(r"^2번째 벨"))
    send(redis_server, call, slice(3, -3))
    expect(shown.locator(".phase")).to_have_text("통화 중")
    expect(shown.locator(".said")).to_have_text("첫인사")
    send(redis_server, call, slice(-3, None))
    expect(shown).to_have_count(0)
    line = page.locator("#recent .line").first
    expect(line).to_contain_text("벨 3회 전에 받기 이행")
    expect(page.locator("#figures .office-row")).to_contain_text("1/1")


def test_a_late_call_is_marked_by_words_and_shape_and_announced_once(
    page: Page, redis_server: RedisServer
) -> None:
    page.goto("/")
    announcements = page.evaluate_handle(
        """() => { const told = []; const at = document.getElementById("announce");
        const watch = new MutationObserver(() => told.push(at.textContent));
        watch.observe(at, {childList: true, subtree: true, characterData: true});
        return told; }"""
    )
    call = ringing(5.5)
    send(redis_server, call)
    shown = page.locator(row(page, call))
    expect(shown.locator(".late-mark")).to_be_hidden()
    expect(shown.locator(".late-mark")).to_be_visible()
    expect(shown.locator(".late-mark")).to_have_text("늦음")
    expect(shown.locator(".ring-text")).to_have_text(re.compile("^4번째 벨"))
    assert announcements.json_value() == ["김민수 주무관 (2202) 전화가 늦어지고 있습니다."]


def test_an_internal_call_is_never_late(page: Page, redis_server: RedisServer) -> None:
    call = Script(start=now(20)).arrive("2201", call_class=CallClass.INTERNAL).ring(50, "b")
    send(redis_server, call)
    page.goto("/")
    shown = page.locator(row(page, call))
    expect(shown.get_by_text("내부 전화")).to_be_visible()
    expect(shown).not_to_have_class(re.compile("is-late"))


def test_a_call_without_a_department_stands_at_the_main_line(page: Page, redis_server: RedisServer) -> None:
    phone = Phone(endpoint="2001", extension="2000")
    call = Script(start=now()).arrive(exten="2000", desk_kind="operator", department=None, officer=None)
    send(redis_server, call.dial(exten="2000", role="operator").ring(50, "b", phone))
    page.goto("/")
    expect(page.locator("#group-main").locator(row(page, call))).to_contain_text("대표전화 (2000)")


def test_the_counter_does_not_move_what_is_around_it(page: Page, redis_server: RedisServer) -> None:
    call = ringing(4)
    send(redis_server, call)
    page.goto("/")
    shown = page.locator(row(page, call))
    expect(shown).to_contain_text("번째 벨")
    before = shown.bounding_box()
    expect(shown.locator(".late-mark")).to_be_visible()
    # a row that is being put anew has no place for a moment
    assert eventually(shown.bounding_box) == before


@pytest.mark.parametrize(
    ("state", "told"),
    [
        ("link_lost", "교환기와 연결이 끊겼습니다. 전화는 그대로 됩니다."),
        ("replay", "다시 틀어 보는 자료입니다. 실제 통화가 아닙니다."),
    ],
)
def test_the_links_state_comes_as_a_banner(
    page: Page, redis_server: RedisServer, state: str, told: str
) -> None:
    page.goto("/")
    expect(page.get_by_text("연습용 화면입니다.")).to_be_visible()
    say_link(redis_server, state)
    expect(page.locator("#banners")).to_contain_text(told)
    say_link(redis_server, "up")
    expect(page.locator("#banners")).not_to_contain_text(told)


def test_a_silent_bridge_is_a_lost_link(page: Page, redis_server: RedisServer) -> None:
    page.goto("/")
    with redis_server.client() as redis:
        redis.delete(bridge_key("pbx1"))
    expect(page.locator("#banners")).to_contain_text("이 시간의 기록은 ‘확인불가’로 남습니다.")


def test_a_gap_is_told_with_its_times_and_that_calls_are_uncounted(
    page: Page, redis_server: RedisServer
) -> None:
    page.goto("/")
    lost = LinkLost(id=f"{PBX}//link_lost/1", pbx=PBX, call_id="", at=now(60), reason="closed")
    with redis_server.client() as redis:
        publish(redis, [lost])
    expect(page.locator("#gaps")).to_contain_text(re.compile(r"\d\d:\d\d:\d\d–지금\s*통화 수 모름"))


def test_web_01_a_restarted_service_is_found_again_and_the_board_made_anew(
    page: Page, service: MemoService, redis_server: RedisServer
) -> None:
    gone, stays = ringing(), ringing()
    send(redis_server, gone)
    send(redis_server, stays)
    page.goto("/")
    expect(page.locator(row(page, gone))).to_be_visible()
    service.stop()
    expect(page.locator("#browser-lost")).to_be_visible()
    gone.hangup(3000, Side.CITIZEN).stop(3001, "b").end(3002)
    send(redis_server, gone, slice(-3, None))
    service.start()
    expect(page.locator("#browser-lost")).to_be_hidden()
    expect(page.locator(row(page, gone))).to_have_count(0)
    expect(page.locator(row(page, stays))).to_be_visible()


def test_web_02_eight_tabs_share_one_stream(
    browser: Browser, service: MemoService, redis_server: RedisServer
) -> None:
    context = browser.new_context(base_url=service.url)
    assert context.request.post("/desk", form={"officer": "kim_ms"}, max_redirects=0).status == 303
    tabs = [context.new_page() for _ in range(8)]
    for tab in tabs:
        tab.goto("/")
    call = ringing()
    send(redis_server, call)
    for tab in tabs:
        expect(tab.locator(row(tab, call))).to_be_visible()
    metrics = httpx.get(f"{service.url}/metrics", trust_env=False, verify=PLAIN).text
    assert "charterline_readers 1.0" in metrics
    for tab in tabs[:7]:
        tab.close()
    other = ringing()
    send(redis_server, other)
    expect(tabs[7].locator(row(tabs[7], other))).to_be_visible()
    context.close()
    eventually(
        lambda: (
            "charterline_readers 0.0"
            in httpx.get(f"{service.url}/metrics", trust_env=False, verify=PLAIN).text
        )
    )


def test_a_tab_opened_later_misses_nothing(
    browser: Browser, service: MemoService, redis_server: RedisServer
) -> None:
    context = browser.new_context(base_url=service.url)
    assert context.request.post("/desk", form={"officer": "kim_ms"}, max_redirects=0).status == 303
    first = context.new_page()
    first.goto("/")
    early = ringing()
    send(redis_server, early)
    expect(first.locator(row(first, early))).to_be_visible()
    second = context.new_page()
    second.goto("/")
    later = ringing()
    send(redis_server, later)
    for tab in (first, second):
        expect(tab.locator(row(tab, early))).to_have_count(1)
        expect(tab.locator(row(tab, later))).to_have_count(1)
    context.close()


def test_a_busy_minute_leaves_the_board_right(page: Page, redis_server: RedisServer) -> None:
    page.goto("/")
    with redis_server.client() as redis:
        for _ in range(60):
            publish(redis, moved(answered(2000).events, now()))
            publish(redis, moved(abandoned(8000).events, now()))
    last = ringing()
    send(redis_server, last)
    expect(page.locator(".call")).to_have_count(1)
    expect(page.locator("#figures .office-row")).to_contain_text("60/120")
