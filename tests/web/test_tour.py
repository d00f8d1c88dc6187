"""The look around the desk page: once at the first start on the demo, by keyboard alone, gone with a ring."""

import re

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect
from redis import Redis

from tests.support.contrast import WEAK_TEXTS
from tests.support.live_call import LiveCall
from tests.web.conftest import Seated
from tests.web.test_accessible import RULES


def chosen(page: Page) -> Page:
    """He chooses his desk from the demo's list, as at his first start."""
    page.goto("/desk")
    page.get_by_role("button", name=re.compile("김민수")).click()
    expect(page.get_by_role("heading", name="내 자리", exact=False).first).to_be_visible()
    return page


def test_at_the_first_start_it_opens_by_itself_and_once(stranger: Page) -> None:
    page = chosen(stranger)
    tour = page.get_by_role("dialog", name="내 자리를 둘러보시겠습니까?")
    expect(tour).to_contain_text("연습용 자료입니다.")
    expect(page).to_have_url(re.compile("/my$"))
    page.keyboard.press("Escape")
    expect(page.locator("#my-tour")).to_be_hidden()
    chosen(page)
    expect(page.locator("#my-tour")).to_be_hidden()


def test_whoever_knew_where_he_goes_is_not_held_up(stranger: Page) -> None:
    stranger.goto("/callbacks")
    stranger.get_by_role("button", name=re.compile("김민수")).click()
    expect(stranger).to_have_url(re.compile("/callbacks$"))
    stranger.goto("/my")
    expect(stranger.locator("#my-tour")).to_be_hidden()


def test_it_is_walked_by_keyboard_and_shows_what_it_speaks_of(stranger: Page) -> None:
    page = chosen(stranger)
    steps = page.locator("#my-tour [data-step]").count()
    for _ in range(steps):
        heading = page.locator("#my-tour [data-step]:not([hidden]) h2")
        expect(heading).to_be_focused()
        selector = page.locator("#my-tour [data-step]:not([hidden])").get_attribute("data-at")
        expect(page.locator(".my-tour-at")).to_have_count(1 if selector else 0)
        page.keyboard.press("Tab")
        expect(page.locator("#my-tour-next")).to_be_focused()
        page.keyboard.press("Enter")
    expect(page.locator("#my-tour")).to_be_hidden()
    expect(page.locator(".my-tour-at")).to_have_count(0)  # `close` is told after the dialog is gone


def test_it_is_seen_again_from_the_help_sheet_and_gives_the_keyboard_back(seated: Seated) -> None:
    page = seated()
    page.goto("/my")
    page.keyboard.press("?")
    page.get_by_role("button", name="둘러보기 다시 보기").click()
    expect(page.locator("#my-help")).to_be_hidden()
    expect(page.get_by_role("dialog", name="내 자리를 둘러보시겠습니까?")).to_be_visible()
    page.get_by_role("button", name="다음").click()
    page.get_by_role("button", name="이전").click()
    expect(page.locator("#my-tour-1")).to_be_focused()
    page.get_by_role("button", name="그만 보기").click()
    page.keyboard.press("?")  # the keys of the page work again
    expect(page.locator("#my-help")).to_be_visible()


def test_a_ring_ends_it(stranger: Page, redis: Redis) -> None:
    page = chosen(stranger)
    expect(page.locator("#my-tour")).to_be_visible()
    call = LiveCall(redis).ring()
    expect(page.locator(call.card)).to_be_visible()
    expect(page.locator("#my-tour")).to_be_hidden()


@pytest.mark.parametrize("theme", ["light", "dark", "contrast"])
def test_every_step_is_for_everybody_to_read(seated: Seated, theme: str) -> None:
    page = seated("kim_ms", viewport={"width": 375, "height": 700})
    page.add_init_script(f"localStorage.setItem('charterline-theme', '{theme}')")
    page.goto("/my?tour=1")
    for _ in range(page.locator("#my-tour [data-step]").count()):
        expect(page.locator("#my-tour")).to_be_visible()
        assert Axe().run(page, options=RULES).response["violations"] == []
        assert page.evaluate(WEAK_TEXTS) == []
        assert page.evaluate("document.documentElement.scrollWidth") <= 375
        page.locator("#my-tour-next").click()
    expect(page.locator("#my-tour")).to_be_hidden()
