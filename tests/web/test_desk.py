"""Taking a desk, leaving it, and what strangers and other sites are refused."""

import re

import httpx
import pytest
from playwright.sync_api import Browser, Page, expect

from tests.support.memo import MemoService, RedisServer

CLOSED = ("/callbacks", "/memos", "/absences")


def link_for(service: MemoService, officer: str) -> str:
    """What scripts/desk prints."""
    made = service.run("desk", officer)
    assert made.returncode == 0, made.stderr
    return made.stdout.strip()


def test_a_link_takes_the_desk_once(page: Page, service: MemoService) -> None:
    link = link_for(service, "kim_ms")
    page.goto(link)
    expect(page.get_by_role("heading", name="김민수 주무관님 자리")).to_be_visible()
    page.get_by_role("button", name="자리 들어가기").click()
    expect(page).to_have_url(re.compile("/callbacks$"))
    expect(page.locator(".desk-name")).to_have_text("김민수 주무관")
    page.get_by_role("button", name="자리 나가기").click()
    expect(page.locator(".desk-name")).to_have_count(0)
    page.goto(link)
    page.get_by_role("button", name="자리 들어가기").click()
    expect(page.get_by_text("이 링크는 이미 썼거나 10분이 지났습니다.")).to_be_visible()


def test_looking_into_a_link_does_not_use_it_up(page: Page, service: MemoService) -> None:
    link = link_for(service, "lee_sy")
    for _ in range(3):
        assert httpx.get(link, trust_env=False).status_code == 200
    page.goto(link)
    page.get_by_role("button", name="자리 들어가기").click()
    expect(page.locator(".desk-name")).to_have_text("이서연 주무관")


def test_a_link_followed_from_another_site_seats_as_well(page: Page, service: MemoService) -> None:
    link = link_for(service, "kim_ms")
    elsewhere = service.url.replace("127.0.0.1", "localhost")  # to the browser, another site
    page.goto(f"{elsewhere}/desk")
    page.evaluate("link => { location.href = link; }", link)
    page.get_by_role("button", name="자리 들어가기").click()
    expect(page.locator(".desk-name")).to_have_text("김민수 주무관")


def test_an_unknown_officer_is_named_with_the_remedy(service: MemoService) -> None:
    made = service.run("desk", "nobody")
    assert made.returncode == 2
    assert "'nobody' is no officer" in made.stderr
    assert "kim_ms" in made.stderr


def test_on_the_demo_a_desk_is_chosen_and_leads_back(page: Page) -> None:
    page.goto("/callbacks?scope=team")
    expect(page.get_by_text("자기 자리에 들어온 담당자만 봅니다.")).to_be_visible()
    page.get_by_role("button", name=re.compile("김민수")).click()
    expect(page).to_have_url(re.compile("/callbacks$"))
    nav = page.get_by_role("navigation", name="주 메뉴").get_by_role("link")
    expect(nav).to_have_text(["지금 통화", "통화 기록", "회신", "메모", "부재"])
    expect(page.get_by_role("link", name="회신", exact=True)).to_have_attribute("aria-current", "page")


@pytest.mark.parametrize(
    "then", ["//elsewhere.example/", "/\\elsewhere.example", "https://elsewhere.example/"]
)
def test_a_desk_never_leads_elsewhere(service: MemoService, then: str) -> None:
    answer = httpx.post(f"{service.url}/desk", data={"officer": "kim_ms", "then": then}, trust_env=False)
    assert answer.headers["location"] == "/callbacks"


def test_strangers_see_what_they_always_saw_and_nothing_more(page: Page, service: MemoService) -> None:
    for path in CLOSED:
        answer = page.goto(path)
        assert answer is not None
        assert answer.status == 401, path
        expect(page.get_by_role("heading", name="자리 들어가기", exact=True)).to_be_visible()
    page.goto("/")
    expect(page.get_by_role("heading", name="지금 통화")).to_be_visible()
    expect(page.get_by_role("navigation", name="주 메뉴").get_by_role("link")).to_have_count(2)
    acted = httpx.post(f"{service.url}/callbacks/x/call", trust_env=False)
    assert acted.status_code == 401


def test_without_the_demo_no_desk_is_given_away(redis_server: RedisServer, service: MemoService) -> None:
    plain = MemoService(redis_server.url, service.state.parent / "plain", {"CHARTERLINE_DEMO": "0"})
    plain.start()
    try:
        shown = httpx.get(f"{plain.url}/desk", trust_env=False)
        assert "scripts/desk" in shown.text
        assert "김민수" not in shown.text
        taken = httpx.post(f"{plain.url}/desk", data={"officer": "kim_ms"}, trust_env=False)
        assert taken.status_code == 403
        assert "set-cookie" not in taken.headers
    finally:
        plain.close()


@pytest.mark.parametrize(
    "headers",
    [
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
        {"Sec-Fetch-Site": "none"},
        {"Origin": "https://elsewhere.example"},
        {"Origin": "null"},
    ],
)
def test_another_sites_form_is_refused(service: MemoService, headers: dict[str, str]) -> None:
    answer = httpx.post(f"{service.url}/desk", data={"officer": "kim_ms"}, headers=headers, trust_env=False)
    assert answer.status_code == 403
    assert "set-cookie" not in answer.headers


def test_a_browser_is_refused_what_another_site_made_it_send(browser: Browser, service: MemoService) -> None:
    context = browser.new_context()
    tab = context.new_page()
    hidden = '<input type="hidden" name="officer" value="kim_ms">'
    tab.set_content(
        f'<form method="post" action="{service.url}/desk">{hidden}<button>a prize</button></form>'
    )
    with tab.expect_response(f"{service.url}/desk") as sent:
        tab.get_by_role("button").click()
    assert sent.value.status == 403
    assert context.cookies(service.url) == []
    context.close()


def test_a_form_that_is_too_large_or_no_form_is_refused(service: MemoService) -> None:
    large = httpx.post(f"{service.url}/desk", content=b"officer=" + b"x" * 300_000, trust_env=False)
    assert large.status_code == 413
    broken = httpx.post(f"{service.url}/desk", content=b"officer=%ff\xff", trust_env=False)
    assert broken.status_code == 400


def test_the_cookie_is_kept_from_scripts_and_other_sites(service: MemoService) -> None:
    taken = httpx.post(f"{service.url}/desk", data={"officer": "kim_ms"}, trust_env=False)
    flags = {part.strip().lower() for part in taken.headers["set-cookie"].split(";")}
    assert {"httponly", "samesite=strict", "max-age=43200"} <= flags
