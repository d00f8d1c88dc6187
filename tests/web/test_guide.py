"""The pages for citizens: by duty, and the seat plan, in a real browser (charter V1)."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.support.memo import MemoService, RedisServer
from tests.web.conftest import Seated, open_office, say_link

PIXEL = bytes.fromhex(
    "89504e470d0a1a0a0000000d4948445200000001000000010802000000907753de0000000c4944415408d763f8cfc0000003010100"
    "18dd8db00000000049454e44ae426082"
)


@pytest.fixture
def open_guide(redis_server: RedisServer, tmp_path: Path) -> Iterator[MemoService]:
    """An office that shows everything it may."""
    office = open_office(tmp_path / "open-office")
    charter = office / "charter.toml"
    shown = "\n[guide]\npublic = true\nnames = true\nphotos = true\n"
    charter.write_text(charter.read_text(encoding="utf-8") + shown, encoding="utf-8")
    people = (office / "directory.toml").read_text(encoding="utf-8")
    agreed = people.replace('id = "kim_ms"\n', 'id = "kim_ms"\npublish_name = true\n', 1)
    (office / "directory.toml").write_text(agreed, encoding="utf-8")
    (office / "photos").mkdir()
    (office / "photos" / "kim_ms.png").write_bytes(PIXEL)
    memo = MemoService(redis_server.url, tmp_path / "open-state", {"CHARTERLINE_OFFICE": str(office)})
    say_link(redis_server, "up")
    memo.start()
    yield memo
    memo.close()


def test_a_stranger_is_let_in_only_where_the_office_chose_so(page: Page) -> None:
    answer = page.goto("/guide")
    assert answer
    assert answer.status == 401
    assert page.request.get("/guide/plan/haengjeong.svg").status == 401


def test_officers_see_it_as_citizens_would(seated: Seated) -> None:
    page = seated()
    page.goto("/guide")
    expect(page.get_by_text("직원에게만 보이는 화면입니다.")).to_be_visible()
    expect(page.get_by_role("heading", name="행정과")).to_be_visible()
    # nobody's name without his and the office's leave
    expect(page.locator("#guide-list")).not_to_contain_text("김민수")


def test_a_citizen_finds_who_does_it(page: Page, open_guide: MemoService) -> None:
    page.goto(f"{open_guide.url}/guide")
    page.get_by_label("무슨 일로 찾으십니까?").fill("민방위")
    expect(page.get_by_role("status").filter(has_text="‘민방위’")).to_be_visible()
    number = page.locator(".guide-number a")
    expect(number).to_have_count(1)
    expect(number).to_have_attribute("href", re.compile(r"^tel:033330\d{4}$"))
    page.get_by_label("무슨 일로 찾으십니까?").fill("없는업무")
    expect(page.get_by_text("찾는 업무가 없습니다.")).to_be_visible()


def test_the_plan_names_those_who_agreed_and_fits_one_sheet(page: Page, open_guide: MemoService) -> None:
    page.goto(f"{open_guide.url}/guide/plan/haengjeong")
    plan = page.get_by_role("img", name="행정과 자리 배치도")
    expect(plan.get_by_text("김민수 주무관")).to_be_attached()
    expect(plan).not_to_contain_text("박경준")
    assert plan.locator("image").count() == 1
    assert page.pdf(prefer_css_page_size=True).count(b"/Type /Page\n") == 1
    drawing = page.request.get(f"{open_guide.url}/guide/plan/haengjeong.svg")
    assert drawing.headers["content-type"].startswith("image/svg+xml")
    assert drawing.text().startswith("<svg")


def test_no_text_leaves_its_seat(page: Page, open_guide: MemoService) -> None:
    for department in ("haengjeong", "minwon", "jinbu"):
        page.goto(f"{open_guide.url}/guide/plan/{department}")
        outside = page.evaluate(
            """() => [...document.querySelectorAll('.plan g')].flatMap((seat) => {
                const box = seat.querySelector('rect').getBoundingClientRect();
                return [...seat.querySelectorAll('text')]
                    .filter((text) => text.getBoundingClientRect().right > box.right + 0.5
                        || text.getBoundingClientRect().bottom > box.bottom + 0.5)
                    .map((text) => text.textContent);
            })"""
        )
        assert outside == [], department


def test_a_department_that_is_not_there(page: Page, open_guide: MemoService) -> None:
    answer = page.goto(f"{open_guide.url}/guide/plan/none")
    assert answer
    assert answer.status == 404
