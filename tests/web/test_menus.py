"""The pages of menus and surveys: who may see them, that they fit, that everybody can read them."""

import pytest
from axe_playwright_python.sync_playwright import Axe

from office import events as ev
from tests.support.feed import DESK, Script, moved, publish
from tests.support.memo import MemoService, RedisServer, eventually
from tests.support.queue_seed import ago
from tests.web.conftest import Seated
from tests.web.test_accessible import RULES


def handed_over(service: MemoService, redis_server: RedisServer) -> None:
    """A talk of today whose citizen was satisfied."""
    call = Script().arrive().dial().ring(50, "b").answer(1000, "b").talk(2001, 9000, "b")
    call.add(ev.MenuBegan, 9001, "9001", menu="survey", purpose="survey", by=DESK)
    call.add(ev.MenuKept, 12_000, "score", name="score", value="3")
    call.hangup(20_000, ev.Side.CITIZEN).end(20_002)
    with redis_server.client() as redis:
        publish(redis, moved(call.events, ago(10)))
    eventually(lambda: service.get("/api/verdicts", call_id=call.call_id))


@pytest.mark.parametrize("theme", ["light", "dark", "contrast"])
def test_both_pages_pass_axe_with_something_on_them(
    seated: Seated, service: MemoService, redis_server: RedisServer, theme: str
) -> None:
    handed_over(service, redis_server)
    page = seated("choi_jh")
    page.add_init_script(f"localStorage.setItem('charterline-theme', '{theme}')")
    for path in ("/menus", "/surveys"):
        page.goto(path)
        assert Axe().run(page, options=RULES).response["violations"] == [], path


def test_the_diagram_and_its_list_say_the_same(seated: Seated) -> None:
    page = seated("choi_jh")
    page.goto("/menus")
    section = page.locator("main section").first
    section.locator("summary").click()
    lines = section.locator(".menu-lines > li")
    assert lines.count() == section.locator("svg rect").count() > 1
    assert "여권 담당자" in lines.nth(1).inner_text()


def test_an_officer_is_told_whose_page_it_is(seated: Seated) -> None:
    page = seated("jung_ms")
    answer = page.goto("/menus")
    assert answer is not None
    assert answer.status == 403
    assert "헌장 담당자와 관리자" in page.locator("main").inner_text()


def test_the_survey_stands_under_its_department(
    seated: Seated, service: MemoService, redis_server: RedisServer
) -> None:
    page = seated("choi_jh")
    page.goto("/surveys")
    assert "의견이 없습니다" in page.locator(".empty").inner_text()
    handed_over(service, redis_server)
    page.reload()
    row = page.locator("tbody tr").first.inner_text().split()
    assert row == ["행정과", "1", "1", "100%", "1/1", "1", "0", "0", "0", "0"]


@pytest.mark.parametrize("path", ["/menus", "/surveys"])
def test_nothing_is_wider_than_a_telephone(seated: Seated, path: str) -> None:
    page = seated("choi_jh", viewport={"width": 375, "height": 700})
    page.goto(path)
    assert page.evaluate("document.documentElement.scrollWidth") <= 375
