"""Who types and chooses before a page's scripts are there: nothing of it is lost, and lists follow it."""

import re
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path
from urllib.parse import urlencode

import pytest
from playwright.sync_api import expect
from redis import Redis

from office.calendar import KST
from tests.support.live_call import LiveCall
from tests.support.slow_page import SlowPage
from tests.web.conftest import Seated

Slow = Callable[[str], SlowPage]


@pytest.fixture
def slow(seated: Seated) -> Slow:
    return lambda path: SlowPage(seated(), path)


@pytest.mark.parametrize(
    ("path", "listed", "found"),
    [("/directory", ".person", "정하은"), ("/guide", ".guide-entries li", "여권")],
)
def test_a_search(slow: Slow, path: str, listed: str, found: str) -> None:
    slowly = slow(path)
    page = slowly.page
    page.locator("#q").fill("여권")
    assert page.locator(listed).count() > 1
    slowly.come()
    expect(page.locator(listed)).to_have_count(1)
    expect(page.locator(listed)).to_contain_text(found)
    expect(page).to_have_url(re.compile("q="))


@pytest.mark.parametrize(("path", "name"), [("/calls", "verdict"), ("/transfers", "department")])
def test_a_choice(slow: Slow, path: str, name: str) -> None:
    slowly = slow(path)
    page = slowly.page
    value = page.locator(f"[name={name}] option").nth(1).get_attribute("value") or ""
    page.locator(f"[name={name}]").select_option(value)
    slowly.come()
    expect(page).to_have_url(re.compile(re.escape(urlencode({name: value}))))


def test_what_nobody_touched_is_not_asked_for_again(slow: Slow) -> None:
    slowly = slow("/directory?q=여권")
    page = slowly.page
    expect(page.locator(".person")).to_have_count(1)
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    slowly.come()
    page.wait_for_timeout(500)
    assert [url for url in asked if "/directory" in url] == []


def test_a_file_to_look_at_first(slow: Slow, tmp_path: Path) -> None:
    table = tmp_path / "휴가.csv"
    today = f"{datetime.now(KST):%Y-%m-%d}"
    table.write_text(f"직원,종류,시작,끝\n김민수,연가,{today},{today}\n", encoding="utf-8")
    slowly = slow("/absences/import")
    page = slowly.page
    page.get_by_label("파일").set_input_files(table)
    slowly.come()
    page.get_by_role("button", name="먼저 보기").first.click()
    expect(page.locator("#preview-title")).to_be_visible()


def test_the_days_of_an_absence_whose_deputies_are_listed(slow: Slow) -> None:
    slowly = slow("/absences")
    slowly.page.locator("[name=ends]").first.fill(f"{datetime.now(KST).date() + timedelta(days=9)}T18:00")
    with slowly.page.expect_request(re.compile(r"/absences/deputies\?.*ends=")):
        slowly.come()


def test_a_memo_beside_what_was_left_of_another(slow: Slow) -> None:
    slowly = slow("/memos/new")
    page = slowly.page
    page.evaluate(
        """localStorage.setItem("charterline-memo", JSON.stringify({at: Date.now(),
        fields: {name: "옛 이름", matter: "옛 용건", reply_wanted: "no"}}))"""
    )
    page.locator("#name").fill("홍길동")
    slowly.come()
    expect(page.locator("#name")).to_have_value("홍길동")
    expect(page.locator("[name=matter]")).to_have_value("옛 용건")
    expect(page.locator("[name=reply_wanted][value=no]")).to_be_checked()
    page.reload()
    expect(page.locator("#name")).to_have_value("홍길동")


def test_the_notes_of_a_call(slow: Slow, seated: Seated, redis: Redis) -> None:
    before = seated()
    before.goto("/my")
    call = LiveCall(redis).ring().answer()
    expect(before.locator(call.card)).to_contain_text("통화 중")
    slowly = slow("/my")
    page = slowly.page
    page.locator(f"{call.card} [name=notes]").fill("여권 두 권")
    slowly.come()
    expect(page.locator(f"{call.card} [data-kept]")).to_have_text("저장됨")
    expect(before.locator(f"{call.card} [name=notes]")).to_have_value("여권 두 권")


@pytest.mark.parametrize(("typed", "target"), [("홍길동", "_blank"), ("", "")])
def test_who_typed_is_led_by_a_ring_to_a_tab_beside(
    slow: Slow, redis: Redis, typed: str, target: str
) -> None:
    slowly = slow("/memos/new")
    slowly.page.locator("#name").fill(typed)
    slowly.come()
    call = LiveCall(redis).ring()
    way = slowly.page.locator(f'[id="ring-{call.id}"] a')
    expect(way).to_have_attribute("target", target)
