"""The absence pages and the directory in a real browser: set, refuse, import, come back, and see it live."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
from playwright.sync_api import Browser, Page, expect

from office.calendar import KST
from office.events import PresenceSet
from tests.support.feed import DEPUTY, PBX, Script, publish
from tests.support.memo import MemoService, RedisServer

PAGES = ("/absences", "/absences/import", "/directory", "/directory/hours")
WIDTHS = (375, 768, 1920)


def sit(page: Page, officer: str, then: str = "/absences") -> None:
    """Take a desk on the demo."""
    page.goto(f"/desk?then={then}")
    page.get_by_role("button", name=officer).click()
    expect(page).to_have_url(re.compile(f"{then}$"))


@contextmanager
def at_desk(service: MemoService, officer: str) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=service.url, trust_env=False) as client:
        assert client.post("/desk", data={"officer": officer}).status_code == 303
        yield client


def put(service: MemoService, officer: str, **more: Any) -> None:
    """An absence from an hour ago to five hours on, set by himself."""
    now = datetime.now(UTC)
    span = {"starts_at": now - timedelta(hours=1), "ends_at": now + timedelta(hours=5)}
    asked = {
        "officer": officer,
        "kind": "trip",
        **{name: at.isoformat() for name, at in span.items()},
        **more,
    }
    with at_desk(service, officer) as client:
        made = client.post("/api/absences", json=asked)
    assert made.status_code == 201, made.text


def typed(days: int, clock: str) -> str:
    return f"{datetime.now(KST) + timedelta(days=days):%Y-%m-%d}T{clock}"


def test_away_for_an_hour_and_back(page: Page) -> None:
    sit(page, "김민수")
    expect(page.get_by_text("정해 둔 부재가 없습니다.")).to_be_visible()
    page.get_by_role("button", name="1시간").click()
    expect(page.locator(".said-ok")).to_contain_text("저장했습니다. 자리 비움")
    expect(page.locator(".said-ok")).to_contain_text("대직 이서연 주무관")
    expect(page.locator(".away-now")).to_contain_text("자리 비움")
    expect(page.locator(".absence")).to_have_count(1)
    page.get_by_role("button", name="자리로 돌아옴").click()
    expect(page.locator(".away-now")).to_have_count(0)
    expect(page.locator(".absence")).to_have_count(0)


def test_an_absence_without_a_deputy_asks_for_one(page: Page) -> None:
    sit(page, "이서연")
    page.get_by_role("button", name="오늘").click()
    expect(page.locator(".said-ok")).to_contain_text("대직자가 정해지지 않았습니다. 지금 정해 주세요.")
    expect(page.locator(".absence")).to_contain_text("대직자 없음")


def test_a_ring_is_refused_and_the_form_keeps_what_was_typed(page: Page, service: MemoService) -> None:
    tomorrow = {"starts_at": f"{typed(1, '00:00')}+09:00", "ends_at": f"{typed(3, '00:00')}+09:00"}
    put(service, "lee_sy", deputy="kim_ms", **tomorrow)
    sit(page, "김민수")
    form = page.locator(".set-form")
    form.get_by_label("종류").select_option("병가")
    form.get_by_label("시작").fill(typed(2, "09:00"))
    form.get_by_label("끝").fill(typed(2, "18:00"))
    expect(form.get_by_label("대직자").locator("option:checked")).to_have_text(
        "이서연 주무관 (2203) · 그때 부재"
    )
    form.get_by_label("비고").fill("병원")
    form.get_by_role("button", name="저장").click()
    refused = page.get_by_role("alert").filter(has_text="저장하지 못했습니다.")
    expect(refused).to_contain_text("대직자가 서로를 가리킵니다: 김민수 → 이서연 → 김민수")
    expect(form.get_by_label("대직자")).to_have_attribute("aria-invalid", "true")
    expect(form.get_by_label("종류")).to_have_value("sick_leave")
    expect(form.get_by_label("시작")).to_have_value(typed(2, "09:00"))
    expect(form.get_by_label("비고")).to_have_value("병원")
    form.get_by_label("대직자").select_option(value="choi_jh")
    form.get_by_role("button", name="저장").click()
    expect(page.locator(".said-ok")).to_contain_text("저장했습니다. 병가")
    expect(page.locator(".absence")).to_contain_text("대직 최준호 주무관 · 병원")


def test_an_end_before_the_start_is_named(page: Page) -> None:
    sit(page, "김민수")
    form = page.locator(".set-form")
    form.get_by_label("시작").fill(typed(2, "18:00"))
    form.get_by_label("끝").fill(typed(2, "09:00"))
    form.get_by_role("button", name="저장").press("Enter")
    expect(page.get_by_role("alert").filter(has_text="저장하지")).to_contain_text(
        "끝나는 때가 시작하는 때보다 앞섭니다. 끝나는 때를 뒤로 정해 주세요."
    )
    expect(form.get_by_label("끝")).to_have_attribute("aria-invalid", "true")


def test_a_leader_sees_and_sets_his_team(page: Page, service: MemoService) -> None:
    put(service, "kim_ms", note="감사")
    sit(page, "박경준")
    row = page.locator(".week tbody tr").filter(has_text="김민수")
    expect(row.locator(".is-today .mark")).to_contain_text("출장")
    page.get_by_text("맡은 직원의 앞으로 부재 1건").click()
    expect(page.locator(".others .absence")).to_contain_text("감사")
    page.locator(".others").get_by_role("link", name=re.compile("바꾸기")).click()
    expect(page.get_by_role("heading", name="부재 바꾸기")).to_be_visible()
    page.get_by_text("지금까지 1번 정함").click()
    expect(page.locator(".history li")).to_contain_text("정함: 출장")
    expect(page.locator(".history li")).to_contain_text("(김민수 주무관)")
    page.locator(".set-form").get_by_label("종류").select_option("교육")
    page.get_by_role("button", name="바꾸기").click()
    expect(page.locator(".said-ok")).to_contain_text("교육")
    page.get_by_text("맡은 직원의 앞으로 부재 1건").click()
    page.locator(".others").get_by_role("button", name=re.compile("끝내기")).click()
    expect(page.locator(".others")).to_have_count(0)
    page.get_by_role("link", name="다음 주").click()
    expect(page.locator(".week .mark")).to_have_count(0)


def test_an_officer_sets_his_own_alone(page: Page) -> None:
    sit(page, "김민수")
    expect(page.get_by_label("누구")).to_have_count(0)
    expect(page.locator(".week tbody tr")).to_have_count(1)


TABLE = """직원,종류,시작,끝,대직자
김민수,{kind},2030-01-02,2030-01-03,
이서연,교육,2030-01-02 09:00,2030-01-02 12:00,없음
"""


def upload(page: Page, file: Path) -> None:
    page.get_by_label("파일").set_input_files(file)
    page.get_by_role("button", name="먼저 보기").first.click()


def test_a_table_from_excel_is_looked_at_first_and_saved_once(page: Page, tmp_path: Path) -> None:
    bad, good = tmp_path / "나쁨.csv", tmp_path / "휴가.csv"
    bad.write_bytes(TABLE.format(kind="낮잠").encode("cp949"))
    good.write_bytes(TABLE.format(kind="연가").encode("cp949"))
    sit(page, "박경준")
    page.get_by_role("link", name="달력·표 가져오기").click()
    upload(page, bad)
    expect(page.get_by_role("alert").filter(has_text="고쳐야")).to_contain_text("2번째 줄 부재 종류 ‘낮잠’")
    expect(page.locator("#confirm")).to_have_count(0)
    upload(page, good)
    expect(page.locator("#preview-title")).to_have_text("이렇게 저장합니다")
    expect(page.locator("#preview-title")).to_be_focused()
    expect(page.locator(".steps tbody tr")).to_have_count(2)
    expect(page.locator(".step-warning")).to_have_text("대직자가 정해지지 않았습니다. 지금 정해 주세요.")
    page.get_by_role("button", name="2건 저장").click()
    expect(page).to_have_url(re.compile("/absences$"))
    expect(page.get_by_text("맡은 직원의 앞으로 부재 2건")).to_be_visible()
    page.goto("/absences/import")
    upload(page, good)
    expect(page.locator(".counts")).to_have_text("2 그대로")


def test_a_calendar_is_pasted_in_without_scripts(browser: Browser, service: MemoService) -> None:
    context = browser.new_context(base_url=service.url, java_script_enabled=False)
    page = context.new_page()
    sit(page, "김민수", "/absences/import")
    day = f"{datetime.now(KST) + timedelta(days=3):%Y%m%d}"
    page.get_by_text("글로 붙여 넣기").click()
    page.get_by_label("내용").fill(
        f"BEGIN:VCALENDAR\nVERSION:2.0\nBEGIN:VEVENT\nUID:a\nDTSTART;VALUE=DATE:{day}\nSUMMARY:연가\n"
        "END:VEVENT\nEND:VCALENDAR\n"
    )
    page.locator(".paste").get_by_role("button", name="먼저 보기").click()
    page.get_by_role("button", name="1건 저장").click()
    expect(page.locator(".absence")).to_contain_text("연가")
    context.close()


def test_the_directory_finds_by_duty_name_and_extension(page: Page) -> None:
    sit(page, "김민수", "/directory")
    expect(page.locator(".person[data-officer]")).to_have_count(24)
    for query, found in (
        ("여권", "정하은"),
        ("2212", "윤미경"),
        ("진부 이장", "고태민"),
        ("한소영", "한소영"),
    ):
        page.get_by_label("이름, 담당업무").fill(query)
        expect(page.locator(".person")).to_have_count(1)
        expect(page.locator(".person")).to_contain_text(found)
    expect(page).to_have_url(re.compile("q="))
    page.get_by_label("이름, 담당업무").fill("없는 일")
    expect(page.get_by_text("찾는 직원이 없습니다.")).to_be_visible()


def person(page: Page, officer: str) -> Any:
    return page.locator(f".person[data-officer={officer}]")


def test_presence_changes_on_the_open_page(
    page: Page, service: MemoService, redis_server: RedisServer
) -> None:
    sit(page, "최준호", "/directory")
    expect(person(page, "kim_ms").locator(".state")).to_have_text("통화 가능")
    put(service, "kim_ms")
    expect(person(page, "kim_ms").locator(".state")).to_have_text("부재")
    expect(person(page, "kim_ms").locator(".person-now")).to_have_text("(지금 이서연 주무관)")
    expect(person(page, "kim_ms").locator(".person-back")).to_contain_text("까지")
    expect(person(page, "kim_ms")).not_to_contain_text("출장")
    call = Script(datetime.now(UTC)).arrive().dial().ring(50, "b", DEPUTY).answer(900, "b", DEPUTY)
    said = PresenceSet(
        id=f"{PBX}/8.1/presence_set",
        pbx=PBX,
        call_id="8.1",
        at=datetime.now(UTC),
        exten="2201",
        officer="park_kj",
        state="do_not_disturb",
    )
    with redis_server.client() as redis:
        publish(redis, [*call.events, said])
    expect(person(page, "lee_sy").locator(".state")).to_have_text("통화 중")
    expect(person(page, "park_kj").locator(".state")).to_have_text("부재")
    with redis_server.client() as redis:
        publish(redis, call.end(9000).events[-1:])
    expect(person(page, "lee_sy").locator(".state")).to_have_text("통화 가능")


def test_the_reason_is_shown_to_himself_and_his_leader(page: Page, service: MemoService) -> None:
    put(service, "kim_ms")
    for who, shown in (("박경준", True), ("김민수", True), ("이서연", False)):
        sit(page, who, "/directory")
        expect(person(page, "kim_ms").locator(".state")).to_have_text("부재")
        told = person(page, "kim_ms").locator(".person-back")
        expect(told).to_contain_text("출장") if shown else expect(told).not_to_contain_text("출장")


def test_back_dialled_at_the_phone_is_seen_on_the_open_page(
    page: Page, service: MemoService, redis_server: RedisServer
) -> None:
    put(service, "kim_ms")
    sit(page, "김민수")
    expect(page.locator(".away-now")).to_be_visible()
    said = PresenceSet(
        id=f"{PBX}/8.2/presence_set",
        pbx=PBX,
        call_id="8.2",
        at=datetime.now(UTC),
        exten="2202",
        officer="kim_ms",
        state="back",
    )
    with redis_server.client() as redis:
        publish(redis, [said])
    expect(page.locator(".away-now")).to_have_count(0)


def test_the_hours_page_says_what_it_rests_on(page: Page) -> None:
    sit(page, "김민수", "/directory/hours")
    expect(page.get_by_text(re.compile(r"휴일 자료 기준: holidays \d"))).to_be_visible()
    expect(page.locator(".hours tbody tr")).to_have_count(8)
    expect(page.get_by_role("alert")).to_have_count(0)


@pytest.mark.parametrize("width", WIDTHS)
def test_every_page_fits_its_window(page: Page, service: MemoService, width: int) -> None:
    put(service, "kim_ms", note="세로로 긴 비고 " * 8)
    page.set_viewport_size({"width": width, "height": 900})
    sit(page, "박경준")
    for path in PAGES:
        page.goto(path)
        page.evaluate("document.fonts.ready")
        assert page.evaluate("document.documentElement.scrollWidth") <= width, path


def test_every_field_has_a_name_and_the_form_is_done_by_keyboard(page: Page) -> None:
    sit(page, "김민수")
    for path in PAGES:
        page.goto(path)
        nameless = page.evaluate(
            "[...document.querySelectorAll('form :is(input:not([type=hidden]), select)')]"
            ".filter(field => !field.labels.length).length"
        )
        assert nameless == 0, path
    page.goto("/absences")
    page.locator(".quick").get_by_label("대직자").focus()
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(page.locator(".said-ok")).to_contain_text("자리 비움")
