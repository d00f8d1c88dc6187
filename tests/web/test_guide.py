"""The pages for citizens: by duty, and the seat plan, in a real browser (charter V1)."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from memo_service.callbacks.queue import QueueFilter
from tests.support.memo import MemoService, RedisServer
from tests.support.queue_seed import seeding
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
    shown = charter.read_text(encoding="utf-8")
    for choice in ("public", "names", "photos", "call_me_back"):
        shown = shown.replace(f"\n{choice} = false", f"\n{choice} = true")
    charter.write_text(shown.replace("asks_per_hour = 20", "asks_per_hour = 10"), encoding="utf-8")
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


def test_a_stranger_is_let_in_only_where_the_office_chose_so(stranger: Page) -> None:
    page = stranger
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


def ask(page: Page, number: str = "010-2468-1357", matter: str = "여권 재발급 문의") -> None:
    page.get_by_label("어떤 업무입니까?").select_option("2202")
    page.get_by_label("용건").fill(matter)
    page.get_by_label("전화번호").fill(number)
    page.get_by_label("동의합니다").check()
    page.get_by_role("button", name="전화 부탁하기").click()


def test_a_citizen_asks_to_be_called_and_the_officer_has_it_in_his_queue(
    page: Page, open_guide: MemoService
) -> None:
    page.goto(f"{open_guide.url}/guide")
    page.get_by_role("link", name="전화 부탁하기").click()
    ask(page)
    expect(page.get_by_text(re.compile("까지 전화드리겠습니다."))).to_be_visible()
    with seeding(open_guide) as seed:
        (row,) = seed.callbacks.queue.rows(QueueFilter(), seed.actor("kim_ms"), seed.clock(), limit=10)
        found = seed.memos.reader.memo(row.memo_id)
    assert found is not None
    assert (found.row.taken_by, found.row.channel, found.row.officer) == ("citizen", "web", "kim_ms")
    assert found.number is not None
    assert found.number.reveal() == "01024681357"


def test_the_form_says_what_is_wrong_and_keeps_what_was_typed(page: Page, open_guide: MemoService) -> None:
    page.goto(f"{open_guide.url}/guide/callback?exten=2202")
    ask(page, number="119")
    expect(page.get_by_role("alert")).to_be_visible()
    expect(page.get_by_text("전화번호를 알아볼 수 없습니다.")).to_be_visible()
    expect(page.get_by_label("용건")).to_have_value("여권 재발급 문의")
    for number in ("060-700-1234", "+1 202 555 0123", "2201", "abc"):
        page.get_by_label("전화번호").fill(number)
        page.get_by_role("button", name="전화 부탁하기").click()
        expect(page.get_by_text("전화번호를 알아볼 수 없습니다.")).to_be_visible()


def test_one_address_cannot_fill_the_queue(page: Page, open_guide: MemoService) -> None:
    for _ in range(2):  # a fifth of ten
        page.goto(f"{open_guide.url}/guide/callback")
        ask(page)
        expect(page.get_by_text(re.compile("까지 전화드리겠습니다."))).to_be_visible()
    page.goto(f"{open_guide.url}/guide/callback")
    ask(page)
    expect(page.get_by_role("alert")).to_contain_text("신청이 많아")
    expect(page.get_by_label("용건")).to_have_value("여권 재발급 문의")


def test_where_the_office_does_not_offer_it_there_is_no_form(seated: Seated) -> None:
    page = seated()
    assert page.request.get("/guide/callback").status == 404
    assert page.request.post("/guide/callback", form={"matter": "x"}).status == 404
    page.goto("/guide")
    expect(page.get_by_role("link", name="전화 부탁하기")).to_have_count(0)
