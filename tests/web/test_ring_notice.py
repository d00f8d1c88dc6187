"""A ring reaches its officer on whatever page he is, nobody else, and takes nothing from under his hands."""

import re

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect
from redis import Redis

from office.events import Outcome
from tests.support.contrast import WEAK_TEXTS
from tests.support.feed import DEPUTY, DESK
from tests.support.live_call import LiveCall
from tests.support.memo import MemoService, RedisServer
from tests.web.conftest import COUNT_BELLS, Seated, say_link

ELSEWHERE = (
    "/",
    "/calls",
    "/transfers",
    "/callbacks",
    "/memos",
    "/memos/new",
    "/absences",
    "/directory",
    "/guide",
)
HEARD = """window.heard = []; addEventListener("DOMContentLoaded", () => {
const say = document.getElementById("ring-say"); if (say)
new MutationObserver(() => window.heard.push(say.textContent)).observe(say, {childList: true}); });"""

READY = """new BroadcastChannel("charterline-softphone").postMessage(
{type: "state", officer: "kim_ms", state: {line: "ready", calls: []}})"""
"""As softphone.js says it once its line is ready."""


def opened(seated: Seated, path: str, officer: str = "kim_ms") -> Page:
    page = seated(officer)
    page.add_init_script(HEARD)
    page.goto(path)
    return page


def test_every_page_of_the_right_officer_tells_of_it_and_no_other(seated: Seated, redis: Redis) -> None:
    first = opened(seated, ELSEWHERE[0])
    mine = [first]
    for path in ELSEWHERE[1:]:
        mine.append(first.context.new_page())
        mine[-1].goto(path)
    other = opened(seated, "/calls", "lee_sy")
    call = LiveCall(redis).ring()
    for page in mine:
        notice = page.locator(f'[id="ring-{call.id}"]')
        expect(notice).to_contain_text("전화 왔습니다")
        expect(notice).to_contain_text("010-2468-5739")
    call.answer()
    for page in mine:
        expect(page.locator(".toast-ring")).to_have_count(0)
    call.end()
    theirs = LiveCall(redis, exten="2203", officer="lee_sy").ring(DEPUTY)
    expect(other.locator(f'[id="ring-{theirs.id}"]')).to_be_visible()
    # the other page was told last of all, and of the first call it knows nothing
    assert [text for text in other.evaluate("window.heard") if "010-2468-5739" in text][1:] == []
    assert all(page.locator(".toast-ring").count() == 0 for page in mine)


def test_the_screen_reader_hears_one_line_at_the_ring_and_one_at_the_limit(
    seated: Seated, redis: Redis
) -> None:
    page = opened(seated, "/memos")
    call = LiveCall(redis).ring(waited_ms=3_000)
    expect(page.locator(f'[id="ring-{call.id}"] [data-apology]')).to_be_visible()
    heard = page.evaluate("window.heard")
    assert len(heard) == 2, heard
    assert heard[0].startswith("전화 왔습니다. 010-2468-5739")
    assert heard[1] == "사과 인사로 받아 주세요."


def test_it_takes_no_focus_and_no_letter(seated: Seated, redis: Redis) -> None:
    page = opened(seated, "/memos/new")
    matter = page.get_by_label("용건", exact=False).first
    matter.click()
    page.keyboard.type("진부면에 사시는 ")
    call = LiveCall(redis).ring()
    notice = page.locator(f'[id="ring-{call.id}"]')
    expect(notice).to_be_visible()
    page.keyboard.type("분")
    expect(matter).to_be_focused()
    expect(matter).to_have_value("진부면에 사시는 분")
    with page.context.expect_page() as tab:  # what he typed is not left
        page.keyboard.press("Alt+j")
    expect(tab.value.locator(call.card)).to_be_visible()
    expect(matter).to_have_value("진부면에 사시는 분")


def test_a_key_leads_to_the_desk_where_the_card_stands(seated: Seated, redis: Redis) -> None:
    page = opened(seated, "/directory")
    page.keyboard.press("Alt+j")  # no ring, no way
    call = LiveCall(redis).ring()
    expect(page.locator(f'[id="ring-{call.id}"]')).to_be_visible()
    expect(page).to_have_url(re.compile("/directory$"))
    page.keyboard.press("Alt+j")
    expect(page).to_have_url(re.compile("/my$"))
    expect(page.locator(call.card)).to_contain_text("전화 왔습니다")
    expect(page.locator(".toast-ring")).to_have_count(0)


def test_a_notice_that_the_keyboard_stood_on_leaves_it_in_the_page(seated: Seated, redis: Redis) -> None:
    page = opened(seated, "/calls")
    call = LiveCall(redis).ring()
    page.locator(f'[id="ring-{call.id}"] a').focus()
    call.stop(DESK, "b", Outcome.CALLER_GONE).end()
    expect(page.locator(".toast-ring")).to_have_count(0)
    expect(page.locator("main")).to_be_focused()


def test_a_page_opened_while_it_rings_tells_of_it(seated: Seated, redis: Redis) -> None:
    desk = opened(seated, "/my")
    call = LiveCall(redis).ring()
    expect(desk.locator(call.card)).to_be_visible()
    page = opened(seated, "/callbacks")
    expect(page.locator(f'[id="ring-{call.id}"]')).to_be_visible()


def test_a_line_that_was_cut_leaves_no_ghost(
    seated: Seated, redis: Redis, service: MemoService, redis_server: RedisServer
) -> None:
    page = opened(seated, "/memos")
    call = LiveCall(redis).ring()
    notice = page.locator(f'[id="ring-{call.id}"]')
    expect(notice).to_be_visible()
    service.stop()
    expect(notice).to_be_hidden()
    call.stop(DESK, "b", Outcome.CALLER_GONE).end()
    later = LiveCall(redis, caller="01055556666").ring()
    service.start()
    expect(page.locator(f'[id="ring-{later.id}"]')).to_be_visible()
    expect(notice).to_have_count(0)
    say_link(redis_server, "up")


def test_one_bell_for_all_his_pages_and_none_beside_the_softphones(seated: Seated, redis: Redis) -> None:
    first = seated()
    tabs = [first, *(first.context.new_page() for _ in range(2))]
    for tab, path in zip(tabs, ("/my", "/memos", "/calls"), strict=True):
        tab.add_init_script(COUNT_BELLS)
        tab.goto(path)
    call = LiveCall(redis).ring()
    expect(tabs[1].locator(f'[id="ring-{call.id}"]')).to_be_visible()
    expect(tabs[0].locator(call.card)).to_be_visible()
    call.end()
    for tab in tabs:
        expect(tab.locator(".toast-ring, .my-card[data-call]")).to_have_count(0)
    assert sum(tab.evaluate("window.bells") for tab in tabs) == 1
    softphone = first.context.new_page()
    softphone.goto("/static/icon.svg")
    softphone.evaluate(READY)
    again = LiveCall(redis, caller="01055556666").ring()
    expect(tabs[1].locator(f'[id="ring-{again.id}"]')).to_be_visible()
    expect(tabs[0].locator(again.card)).to_be_visible()
    again.end()
    expect(tabs[0].locator(again.card)).to_have_count(0)
    assert sum(tab.evaluate("window.bells") for tab in tabs) == 1


@pytest.mark.parametrize("theme", ["light", "dark", "contrast"])
def test_it_is_for_everybody_to_read(seated: Seated, redis: Redis, theme: str) -> None:
    page = seated("kim_ms", viewport={"width": 375, "height": 700})
    page.add_init_script(f"localStorage.setItem('charterline-theme', '{theme}')")
    page.goto("/calls")
    LiveCall(redis, caller=None, withheld=True).ring(waited_ms=8_000)
    expect(page.locator(".toast-ring.is-late")).to_be_visible()
    tags = ["wcag2a", "wcag2aa", "wcag21aa", "wcag22aa", "best-practice"]
    found = Axe().run(page, options={"runOnly": {"type": "tag", "values": tags}})
    assert found.response["violations"] == []
    assert page.evaluate(WEAK_TEXTS) == []
    assert page.evaluate("document.documentElement.scrollWidth") <= 375
