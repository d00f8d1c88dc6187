"""Signing in and out, codes, accounts, and what strangers and other sites are refused, in a real browser."""

import re
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, BrowserContext, Page, expect

from tests.support.feed import answered, moved, publish
from tests.support.memo import MemoService, RedisServer, eventually
from tests.web.conftest import open_office, say_link

GOOD = "감자밭에 첫눈이 내렸다"
OTHER = "메밀꽃 필 무렵 봉평"
AXE = {"runOnly": {"type": "tag", "values": ["wcag2a", "wcag2aa", "wcag21aa", "wcag22aa", "best-practice"]}}
Open = Callable[..., Page]


@pytest.fixture
def plain(redis_server: RedisServer, tmp_path: Path) -> Iterator[MemoService]:
    """A service that is no demo."""
    office = open_office(tmp_path / "office")
    memo = MemoService(redis_server.url, tmp_path / "state", {"CHARTERLINE_OFFICE": str(office)})
    say_link(redis_server, "up")
    memo.start()
    yield memo
    memo.close()


@pytest.fixture
def tabs(browser: Browser, plain: MemoService) -> Iterator[Open]:
    """Opens browsers of their own; any error in a console fails the test."""
    contexts: list[BrowserContext] = []
    faults: list[str] = []

    def open_tab(**options: Any) -> Page:
        context = browser.new_context(base_url=plain.url, **options)
        contexts.append(context)
        tab = context.new_page()
        tab.on("pageerror", lambda error: faults.append(str(error)))
        tab.on("console", lambda said: faults.append(said.text) if said.type == "error" else None)
        return tab

    yield open_tab
    for context in contexts:
        context.close()
    assert [fault for fault in faults if "ERR_" not in fault and "status of 4" not in fault] == []


def link_of(service: MemoService, *words: str) -> str:
    """What scripts/administrator prints."""
    made = service.run("administrator", *words)
    assert made.returncode == 0, made.stderr
    return made.stdout.split()[-1] if made.stdout else ""


def set_password(page: Page, link: str, password: str = GOOD) -> None:
    page.goto(link)
    page.get_by_label("새 비밀번호", exact=True).fill(password)
    page.get_by_label("새 비밀번호 한 번 더").fill(password)
    page.get_by_role("button", name="비밀번호 정하고 로그인").click()


def sign_in(page: Page, login: str, password: str) -> None:
    page.get_by_label("아이디 또는 내선번호").fill(login)
    page.get_by_label("비밀번호").fill(password)
    page.get_by_role("button", name="로그인", exact=True).click()


def account_for(page: Page, officer: str) -> str:
    """The administrator makes an account; the link he hands over."""
    page.goto("/accounts")
    page.get_by_label("담당자", exact=True).select_option(officer)
    page.get_by_role("button", name="만들고 일회용 번호 받기").click()
    return page.get_by_label("링크").input_value()


def officer_tab(tabs: Open, service: MemoService, officer: str = "kim_ms") -> tuple[Page, Page]:
    """(the administrator's tab, the officer's, who has just set his password)."""
    boss, officer_page = tabs(), tabs()
    set_password(boss, link_of(service), OTHER)
    set_password(officer_page, account_for(boss, officer))
    expect(officer_page).to_have_url(re.compile("/my$"))
    return boss, officer_page


def test_an_administrator_without_a_desk_is_offered_what_opens_and_nothing_else(
    tabs: Open, plain: MemoService
) -> None:
    boss = tabs(viewport={"width": 375, "height": 800})
    set_password(boss, link_of(plain))
    for path in ("/accounts", "/start", "/directory/hours", "/guide", "/password"):
        boss.goto(path)
        links = boss.locator("a[href^='/']").evaluate_all("them => them.map((a) => a.getAttribute('href'))")
        assert "/start" in links, path
        assert {
            link: boss.request.get(link).status for link in links if boss.request.get(link).status != 200
        } == {}
        assert boss.evaluate("document.documentElement.scrollWidth") <= 375, path
        assert Axe().run(boss, options=AXE).response["violations"] == [], path
    answer = boss.goto("/memos")
    assert answer
    assert answer.status == 403
    expect(boss.get_by_text("이 계정에는 자리가 없어 전화와 메모를 볼 수 없습니다.")).to_be_visible()


def test_the_first_administrator_and_the_first_officer(tabs: Open, plain: MemoService) -> None:
    boss = tabs()
    link = link_of(plain, "--first")
    for _ in range(2):  # what looks into links before people do, spends none
        assert httpx.get(link, trust_env=False).status_code == 200
    set_password(boss, link, "1234567890")
    expect(boss.get_by_role("alert")).to_contain_text("누구나 먼저 넣어 보는 비밀번호")
    set_password(boss, link)
    expect(boss).to_have_url(re.compile("/accounts$"))
    assert link_of(plain, "--first") == ""
    boss.goto(link)
    expect(boss.get_by_role("alert")).to_contain_text("이미 썼거나")
    officer = tabs()
    handed = account_for(boss, "kim_ms")
    expect(boss.locator(".access-code")).to_have_text(re.compile("^([A-Z0-9]{4}-){4}[A-Z0-9]{4}$"))
    set_password(officer, handed)
    expect(officer.locator(".desk-name")).to_have_text("김민수 주무관")
    boss.goto("/accounts")
    expect(boss.locator("#account-kim_ms")).to_contain_text("사용 중")
    expect(boss.locator("#account-kim_ms")).to_contain_text("오늘")
    refused = officer.request.get("/accounts")
    assert refused.status == 403


def test_a_page_that_was_asked_for_opens_after_signing_in(tabs: Open, plain: MemoService) -> None:
    _, page = officer_tab(tabs, plain)
    page.get_by_role("button", name="로그아웃").click()
    expect(page.get_by_role("heading", name="로그인")).to_be_visible()
    page.goto("/calls?late=yes")
    expect(page.get_by_text("로그인한 직원만 보는 화면입니다.")).to_be_visible()
    sign_in(page, "2202", GOOD)
    expect(page).to_have_url(re.compile(r"/calls\?late=yes$"))


def test_a_wrong_password_is_told_and_pauses(tabs: Open, plain: MemoService) -> None:
    officer_tab(tabs, plain)
    page = tabs()
    page.goto("/sign-in")
    for _ in range(5):
        sign_in(page, "kim_ms", "wrong")
        expect(page.get_by_role("alert")).to_contain_text("아이디나 비밀번호가 맞지 않습니다.")
        expect(page.get_by_label("아이디 또는 내선번호")).to_have_value("kim_ms")
    asked = {"login": "kim_ms", "password": GOOD}
    answer = httpx.post(f"{plain.url}/sign-in", data=asked, trust_env=False)
    # a slow machine may have let the five seconds pass
    assert answer.status_code in (303, 429)
    if answer.status_code == 429:
        assert "잠시 막았습니다" in answer.text
        assert 1 <= int(answer.headers["retry-after"]) <= 6


def test_it_works_without_scripts_by_keyboard_and_on_a_small_screen(tabs: Open, plain: MemoService) -> None:
    boss = tabs()
    set_password(boss, link_of(plain), OTHER)
    link = account_for(boss, "kim_ms")
    page = tabs(java_script_enabled=False, viewport={"width": 375, "height": 700})
    page.goto("/sign-in/code")
    page.get_by_label("일회용 번호", exact=True).fill(link.split("code=")[1].lower())
    page.keyboard.press("Enter")
    page.get_by_label("새 비밀번호", exact=True).fill(GOOD)
    page.keyboard.press("Tab")
    page.keyboard.type("other")
    page.keyboard.press("Enter")
    expect(page.get_by_role("alert")).to_contain_text("두 번 입력한 비밀번호가 다릅니다.")
    page.get_by_label("새 비밀번호", exact=True).fill(GOOD)
    page.get_by_label("새 비밀번호 한 번 더").fill(GOOD)
    page.keyboard.press("Enter")
    expect(page.locator(".desk-name")).to_have_text("김민수 주무관")
    page.goto("/password")
    expect(page.get_by_label("지금 비밀번호")).to_be_visible()
    for path in ("/password", "/sign-in", "/sign-in/code"):
        page.goto(path)
        box = page.locator(".access-form").bounding_box()
        assert box
        assert box["x"] >= 0
        assert box["x"] + box["width"] <= 375, path


def test_a_session_that_ended_elsewhere_is_told(tabs: Open, plain: MemoService) -> None:
    boss, page = officer_tab(tabs, plain)
    page.goto("/callbacks")
    expect(page.locator("#session-ended")).to_have_count(0)
    boss.goto("/accounts")
    boss.locator("#account-kim_ms").get_by_role("button", name="사용 중지").click()
    expect(page.get_by_role("alert")).to_contain_text("로그인이 끝났습니다.")
    expect(page.locator("main")).to_be_hidden()
    page.get_by_role("link", name="다시 로그인하기").click()
    sign_in(page, "kim_ms", GOOD)
    expect(page.get_by_role("alert")).to_contain_text("맞지 않습니다")
    boss.locator("#account-kim_ms").get_by_role("button", name="다시 사용").click()
    expect(boss.locator("#account-kim_ms")).to_contain_text("사용 중")


def test_a_changed_password_signs_out_everywhere_else(tabs: Open, plain: MemoService) -> None:
    _, here = officer_tab(tabs, plain)
    there = tabs()
    there.goto("/sign-in?then=/callbacks")
    sign_in(there, "kim_ms", GOOD)
    expect(there).to_have_url(re.compile("/callbacks$"))
    here.goto("/password")
    here.get_by_label("지금 비밀번호").fill(GOOD)
    here.get_by_label("새 비밀번호", exact=True).fill(OTHER)
    here.get_by_label("새 비밀번호 한 번 더").fill(OTHER)
    here.get_by_role("button", name="비밀번호 바꾸기").click()
    expect(here.get_by_text("비밀번호를 바꿨습니다.")).to_be_visible()
    expect(there.get_by_role("alert")).to_contain_text("로그인이 끝났습니다.")
    here.goto("/callbacks")
    expect(here.locator(".desk-name")).to_have_text("김민수 주무관")


def test_each_sees_his_own_and_leaders_their_department(
    tabs: Open, plain: MemoService, redis_server: RedisServer
) -> None:
    """Charter, "Trust of the people measured": own figures to oneself, departments to their leaders."""
    boss, officer = officer_tab(tabs, plain)
    leader, stranger = tabs(), tabs()
    set_password(leader, account_for(boss, "park_kj"))
    set_password(stranger, account_for(boss, "oh_sj"))  # leads another department
    call = moved(answered(2000).events, datetime.now(UTC))
    where = f"/calls/{call[0].call_id}"
    with redis_server.client() as redis:
        publish(redis, call)
    eventually(lambda: officer.request.get("/api/calls").json()["calls"])
    officer.goto("/calls")
    expect(officer.locator(f'a[href="{where}"]')).to_be_visible()
    officer.goto(where)
    expect(officer.locator("main")).to_contain_text("김민수 주무관 (2202)")
    leader.goto(where)
    expect(leader.locator("main")).to_contain_text("김민수 주무관 (2202)")
    answer = stranger.goto(where)
    assert answer
    assert answer.status == 403
    expect(stranger.locator("main")).to_contain_text("다른 자리의 통화입니다.")
    assert stranger.request.get("/api/calls").json()["calls"] == []
    for page, sees in ((officer, False), (leader, True), (stranger, False)):
        page.goto("/")
        expect(page.locator("#figures")).to_contain_text("군청 전체")
        row = page.locator("#figures tbody").get_by_role("rowheader", name="행정과")
        expect(row).to_have_count(1 if sees else 0)


def test_the_pages_pass_axe(tabs: Open, plain: MemoService) -> None:
    boss, page = officer_tab(tabs, plain)
    account_for(boss, "lee_sy")
    out, axe, faults = tabs(), Axe(), []
    out.goto("/sign-in")
    sign_in(out, "kim_ms", "wrong")
    page.goto("/password")
    for tab in (boss, page, out):
        found = axe.run(tab, options=AXE).response["violations"]
        faults += [(tab.url, fault["id"], [node["target"] for node in fault["nodes"][:3]]) for fault in found]
    assert faults == []


def test_without_the_demo_no_desk_is_given_away(plain: MemoService) -> None:
    shown = httpx.get(f"{plain.url}/desk", trust_env=False, follow_redirects=True)
    assert "김민수" not in shown.text
    taken = httpx.post(f"{plain.url}/desk", data={"officer": "kim_ms"}, trust_env=False)
    assert taken.status_code == 403
    assert "set-cookie" not in taken.headers


def test_on_the_demo_a_desk_is_chosen_and_leads_back(stranger: Page) -> None:
    stranger.goto("/callbacks?scope=team")
    stranger.get_by_role("button", name=re.compile("김민수")).click()
    expect(stranger).to_have_url(re.compile(r"/callbacks\?scope=team$"))
    assert stranger.request.get("/accounts").status == 403


@pytest.mark.parametrize(
    "then", ["//elsewhere.example/", "/\\elsewhere.example", "https://elsewhere.example/"]
)
def test_signing_in_never_leads_elsewhere(service: MemoService, then: str) -> None:
    answer = httpx.post(f"{service.url}/desk", data={"officer": "kim_ms", "then": then}, trust_env=False)
    assert answer.headers["location"] == "/my"


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
    form = {"officer": "kim_ms"}
    for path in ("/desk", "/sign-in", "/sign-in/code", "/sign-out", "/password", "/accounts"):
        answer = httpx.post(f"{service.url}{path}", data=form, headers=headers, trust_env=False)
        assert answer.status_code == 403, path
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


def test_a_link_from_another_site_opens_for_who_is_signed_in(page: Page, service: MemoService) -> None:
    """As from a mail: the cookie comes along with a link, and with nothing else of another site."""
    elsewhere = service.url.replace("127.0.0.1", "localhost")  # to the browser, another site
    page.goto(f"{elsewhere}/sign-in")
    page.evaluate("link => { location.href = link; }", f"{service.url}/callbacks")
    expect(page.locator(".desk-name")).to_have_text("김민수 주무관")


def test_a_form_that_is_too_large_or_no_form_is_refused(service: MemoService) -> None:
    large = httpx.post(f"{service.url}/sign-in", content=b"login=" + b"x" * 300_000, trust_env=False)
    assert large.status_code == 413
    broken = httpx.post(f"{service.url}/sign-in", content=b"login=%ff\xff", trust_env=False)
    assert broken.status_code == 400


@pytest.mark.parametrize("scheme", ["http", "https"])
def test_the_cookie_is_kept_from_scripts_and_other_sites(service: MemoService, scheme: str) -> None:
    """Behind a proxy on this machine, which says whether the page came by HTTPS."""
    proxied = {"X-Forwarded-Proto": scheme}
    with httpx.Client(base_url=service.url, trust_env=False, headers=proxied) as client:
        taken = client.post("/desk", data={"officer": "kim_ms"})
        told = taken.headers["set-cookie"]
        flags = {part.strip().lower() for part in told.split(";")}
        assert {"httponly", "samesite=lax", "max-age=43200", "path=/"} <= flags
        assert ("secure" in flags, told.startswith("__Host-")) == (scheme == "https",) * 2
