"""What waits at the officer's desk: visitors with their clocks, calls to finish, words he says himself."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import uuid4

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect
from redis import Redis

from memo_service.db.session import writing
from memo_service.visitors.models import VisitorRow
from tests.support.contrast import WEAK_TEXTS
from tests.support.feed import DEPUTY, Script, publish
from tests.support.live_call import LiveCall
from tests.support.memo import MemoService, RedisServer, eventually
from tests.support.queue_seed import Seed
from tests.web.conftest import Seated, on_the_demo, open_office
from tests.web.test_accessible import RULES
from tests.web.test_my import WATCH_SHIFTS, opened, talking

LINK = "https://www.law.go.kr/"


@pytest.fixture
def service(redis_server: RedisServer, tmp_path: Path) -> Iterator[MemoService]:
    """An office with a rule for long calls, a look-up, and an officer who greets himself."""
    office = open_office(tmp_path / "office")
    directory = (office / "directory.toml").read_text(encoding="utf-8")
    own = directory.replace('id = "lee_sy"\n', 'id = "lee_sy"\nown_voice = true\n')
    (office / "directory.toml").write_text(own, encoding="utf-8")
    charter = (office / "charter.toml").read_text(encoding="utf-8")
    for before, after in (
        ("warn_after = 0\nend_after = 0\n", "warn_after = 1\nend_after = 2\n"),
        ("[knowledge.links]\n", f'[knowledge.links]\n"{duty_of(directory)}" = "{LINK}"\n'),
    ):
        assert before in charter
        charter = charter.replace(before, after)
    (office / "charter.toml").write_text(charter, encoding="utf-8")
    with on_the_demo(redis_server, tmp_path / "state", office) as memo:
        yield memo


def duty_of(directory: str) -> str:
    """A duty of kim_ms."""
    own = directory.partition('id = "kim_ms"')[2]
    return own.partition('duties = ["')[2].partition('"')[0]


def visitor(seed: Seed, waited_s: float, call: str | None = None) -> str:
    """A clock of kim_ms that runs for so long; its id."""
    row = VisitorRow(
        id=uuid4().hex,
        officer="kim_ms",
        department="haengjeong",
        call_id=call,
        began_at=datetime.now(UTC) - timedelta(seconds=waited_s),
        limit_s=180,
    )
    clock_id = row.id
    with writing(seed.parts.engine) as session:
        session.add(row)
    return clock_id


def up_for(redis: Redis, seconds: float) -> str:
    """A citizen who talks with kim_ms for so long already; the card of his call."""
    start = datetime.now(UTC) - timedelta(seconds=seconds)
    call = Script(start=start).arrive().dial().ring(50, "b").answer(2_000, "b").talk(2_010, None, "b")
    publish(redis, call.events)
    return f'[id="card-{call.call_id}"]'


def test_a_visitors_clock_begins_and_ends_by_a_key_in_every_tab_and_over_a_restart(
    seated: Seated, redis: Redis, service: MemoService
) -> None:
    page = opened(seated)
    other = page.context.new_page()
    other.goto("/my")
    page.keyboard.press("v")
    mine, theirs = page.locator("[data-visitor]"), other.locator("[data-visitor]")
    expect(mine).to_contain_text("통화를 마치는 대로 도와드리겠습니다.")
    expect(mine.locator("[data-waited]")).to_contain_text("0:0")
    expect(page.locator("#my-say")).to_contain_text("방문하신 분의 시계가 갑니다.")
    expect(theirs).to_have_count(1)
    service.stop()
    service.start()
    page.reload()
    expect(mine).to_have_count(1)
    expect(page.locator("#my-link")).to_contain_text("전화를 기다리고 있습니다.")
    page.keyboard.press("d")
    expect(mine).to_have_count(0)
    expect(theirs).to_have_count(0)
    expect(page.locator("#my-say")).to_have_text("도와드림으로 적었습니다.")
    page.goto("/")
    column = page.locator("table.figures thead th").all_inner_texts().index("방문하신 분")
    expect(page.locator("table.figures .office-row > *").nth(column)).to_contain_text("1/1")


def test_one_press_ends_one_clock_however_it_bounces(seated: Seated, seed: Seed, redis: Redis) -> None:
    first, second = visitor(seed, 60), visitor(seed, 30)
    page = opened(seated)
    expect(page.locator("[data-visitor]")).to_have_count(2)
    page.locator(f"#visitor-{first} [data-visitor-end=helped]").dblclick()
    expect(page.locator("[data-visitor]")).to_have_count(1)
    page.keyboard.press("d")
    expect(page.locator("#my-say")).to_have_text("도와드림으로 적었습니다.")
    expect(page.locator(f"#visitor-{second}")).to_be_visible()


def test_near_the_limit_the_words_to_the_caller_stand_and_one_key_promises_a_call(
    seated: Seated, seed: Seed, redis: Redis
) -> None:
    page, call = talking(seated, redis)
    one = page.locator(f"#visitor-{visitor(seed, 117, call.id)}")
    page.reload()
    expect(one).to_be_visible()
    expect(one).to_have_class("my-visitor is-near")
    expect(one.locator("[data-near]")).to_contain_text("방문하신 분이 기다리고 계셔서, ")
    expect(page.locator("#my-cry")).to_contain_text("방문하신 분이 2:0")
    page.keyboard.press("c")
    expect(one).to_contain_text("에 회신하기로 했습니다.")
    [callback] = page.context.request.get("/api/callbacks?officer=kim_ms").json()["callbacks"]
    assert callback["asked_at"] is not None
    call.end()
    expect(page.locator("[data-after]")).to_contain_text("에 회신하기로 했습니다.")
    expect(one.locator("[data-near]")).to_have_count(0)


def test_beyond_the_limit_it_is_told_once(seated: Seated, seed: Seed, redis: Redis) -> None:
    one = f"#visitor-{visitor(seed, 185)}"
    page = opened(seated)
    expect(page.locator(one)).to_contain_text("3분 지났습니다")
    expect(page.locator("#my-cry")).to_contain_text("방문하신 분이 3:0")
    page.evaluate("document.getElementById('my-cry').textContent = ''")
    expect(page.locator(f"{one} [data-waited]")).to_contain_text("3:1")
    assert page.locator("#my-cry").inner_text() == ""


def test_a_call_that_is_over_waits_until_it_is_finished_oldest_first(seated: Seated, redis: Redis) -> None:
    page, call = talking(seated, redis)
    page.keyboard.press("r")
    page.keyboard.type("여권 재발급")
    page.keyboard.press("Enter")
    expect(page.locator(f"{call.card} [data-stamped-text]")).to_contain_text("되짚어 확인함")
    call.end()
    after = page.locator("[data-after]")
    expect(after).to_contain_text("민원인이 먼저 끊으셨습니다.")
    later = LiveCall(redis, caller="01055556666").ring().answer().end()
    expect(after).to_have_count(2)
    page.reload()
    expect(after.first).to_have_attribute("data-after", call.id)
    page.keyboard.press("2")
    expect(after.first.locator(".tag")).to_have_text("후속 필요")
    page.keyboard.press("3")
    expect(after).to_have_count(1)
    expect(after).to_have_attribute("data-after", later.id)
    page.locator("#my-undo a").click()
    expect(page.locator("main")).to_contain_text("여권 재발급")


def test_done_is_one_key_and_can_be_taken_back_in_every_tab(seated: Seated, redis: Redis) -> None:
    page, call = talking(seated, redis)
    other = page.context.new_page()
    other.goto("/my")
    call.end()
    mine, theirs = page.locator("[data-after]"), other.locator("[data-after]")
    expect(mine).to_contain_text("끊으셨습니다.")
    page.keyboard.press("1")
    expect(mine).to_have_count(0)
    expect(theirs).to_have_count(0)
    expect(page.locator("#my-after")).to_contain_text("마무리할 통화가 없습니다.")
    page.get_by_role("button", name="되돌리기").click()
    expect(theirs).to_have_count(1)
    colleague = seated("lee_sy").context.request
    answer = colleague.post(f"/api/calls/{call.id}/after", data={"how": "done"})
    assert answer.status == 403


def test_a_callback_is_promised_after_the_call_by_keyboard_alone(seated: Seated, redis: Redis) -> None:
    page, call = talking(seated, redis)
    call.end()
    expect(page.locator("[data-after]")).to_be_visible()
    page.keyboard.press("4")
    soon = page.get_by_role("button", name="되도록 빨리")
    expect(soon).to_be_focused()
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(page.locator("[data-after]")).to_have_count(0)
    [callback] = page.context.request.get("/api/callbacks?officer=kim_ms").json()["callbacks"]
    assert callback["asked_at"] is not None


def test_a_long_call_is_told_once_and_nothing_moves(seated: Seated, redis: Redis) -> None:
    page = opened(seated)
    card = page.locator(up_for(redis, 55))
    expect(card).to_contain_text("통화 중")
    expect(card.locator(".my-long-warn")).to_be_hidden()
    page.evaluate(WATCH_SHIFTS)
    expect(card.locator(".my-long-warn")).to_be_visible()
    expect(card.locator(".my-long-warn")).to_contain_text("상담 권장 시간이 1분 남았습니다.")
    expect(page.locator("#my-say")).to_contain_text("상담 권장 시간이 1분 남았습니다.")
    expect(card.locator(".my-long-end")).to_be_hidden()
    moved = page.evaluate("window.moved")
    assert sum(by for by, _ in moved) < 0.01, moved
    over = page.locator(up_for(redis, 130))
    expect(over.locator(".my-long-end")).to_contain_text("상담 권장 시간이 지나 통화를 마치겠습니다.")
    expect(over.locator(".my-long-end")).to_be_visible()


def test_a_look_up_of_his_duty_opens_in_a_window_of_its_own(seated: Seated, redis: Redis) -> None:
    page, call = talking(seated, redis)
    link = page.locator(f"{call.card} .my-known a[href='{LINK}']")
    expect(link).to_be_visible()
    assert "noopener" in (link.get_attribute("rel") or "")
    assert link.get_attribute("target") == "_blank"


def test_an_officer_who_greets_himself_ticks_what_he_said(seated: Seated, redis: Redis) -> None:
    page = opened(seated, "lee_sy")
    call = LiveCall(redis, exten="2203", officer="lee_sy").ring(DEPUTY)
    card = page.locator(call.card)
    expect(card).to_contain_text("받자마자 직접 말씀하세요.")
    call.answer_own(DEPUTY)
    expect(card).to_contain_text("먼저 이렇게 말씀하세요")
    expect(card.locator(".my-words q")).to_contain_text("행정과 이서연입니다.")
    page.keyboard.press("w")
    expect(card).to_contain_text("마칠 때")
    expect(page.locator("#my-say")).to_have_text("인사했다고 적었습니다.")
    assert seated("kim_ms").context.request.post(f"/api/calls/{call.id}/words").status == 403
    call.end(phone=DEPUTY)
    expect(page.locator("[data-after]")).to_be_visible()

    def verdict() -> str:
        told = page.context.request.get(f"/api/calls/{call.id}").json()["verdicts"]
        return next((f"{v['result']} {v['reason']}" for v in told if v["promise"] == "T2"), "")

    assert eventually(verdict) == "kept by_officer"


def full(seated: Seated, seed: Seed, redis: Redis) -> Page:
    """A desk with all of it: a long call, a visitor beyond the limit, a call to finish."""
    page, call = talking(seated, redis)
    call.end()
    expect(page.locator("[data-after]")).to_be_visible()
    card = up_for(redis, 130)
    expect(page.locator(f"{card} .my-long-end")).to_be_visible()
    up = card.removeprefix('[id="card-').removesuffix('"]')
    one = visitor(seed, 185, up)
    page.reload()
    expect(page.locator(f"#visitor-{one} .my-visitor-over")).to_be_visible()
    page.keyboard.press("4")
    expect(page.get_by_role("button", name="되도록 빨리")).to_be_focused()
    return page


def test_all_of_it_can_be_read_by_everybody(seated: Seated, seed: Seed, redis: Redis) -> None:
    page, axe = full(seated, seed, redis), Axe()
    for theme in ("light", "dark", "contrast"):
        page.evaluate("theme => { document.documentElement.dataset.theme = theme; }", theme)
        assert page.evaluate(WEAK_TEXTS) == [], theme
        assert [f["id"] for f in axe.run(page, options=RULES).response["violations"]] == [], theme
    for width in (320, 375, 640):
        page.set_viewport_size({"width": width, "height": 800})
        assert page.evaluate("document.documentElement.scrollWidth") <= width
