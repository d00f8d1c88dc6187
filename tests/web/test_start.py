"""The administrator's first page, in a real browser."""

from playwright.sync_api import expect

from tests.web.conftest import Seated


def test_the_administrator_sees_what_is_not_set_up_and_how_it_is(seated: Seated) -> None:
    page = seated("choi_jh")
    page.goto("/")
    page.get_by_role("link", name="시작 점검").click()
    first = (
        page.get_by_role("region", name="먼저 하실 일").get_by_role("listitem").filter(has_text="안내 음성")
    )
    expect(first.filter(has_text="안내 음성")).to_contain_text("recordings에 녹음 파일을 넣고")
    expect(page.get_by_role("region", name="끝난 일")).to_contain_text("전화교환기 연결")


def test_nobody_else_does(seated: Seated) -> None:
    page = seated("kim_ms")
    answer = page.goto("/start")
    assert answer
    assert answer.status == 403
    expect(page.get_by_text("관리자만 볼 수 있는 화면입니다.")).to_be_visible()
    page.goto("/")
    expect(page.get_by_role("link", name="시작 점검")).to_have_count(0)
