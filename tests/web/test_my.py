"""The officer's desk page: his calls as they come, what he types, and a page that was away."""

import pytest
from playwright.sync_api import Browser, Page, Route, expect
from redis import Redis

from office.events import Outcome
from tests.support.contrast import WEAK_TEXTS
from tests.support.feed import DEPUTY, DESK
from tests.support.live_call import LiveCall
from tests.support.memo import MemoService, RedisServer
from tests.web.conftest import COUNT_BELLS, Seated, say_link

WATCH_SHIFTS = """window.moved = []; new PerformanceObserver((list) => { for (const e of list.getEntries())
if (!e.hadRecentInput) window.moved.push([e.value, e.sources.map((s) => s.node?.outerHTML?.slice(0, 200))]);
}).observe({type: "layout-shift", buffered: true});"""


def cut(route: Route) -> None:
    """A line that is down."""
    route.abort()


def opened(seated: Seated, officer: str = "kim_ms") -> Page:
    """His desk; what moves by itself on it is watched."""
    page = seated(officer)
    page.add_init_script(WATCH_SHIFTS)
    page.goto("/my")
    expect(page.get_by_role("heading", name="내 자리")).to_be_visible()
    return page


def talking(seated: Seated, redis: Redis) -> tuple[Page, LiveCall]:
    """His desk, with a citizen on the line."""
    page, call = opened(seated), LiveCall(redis).ring().answer()
    expect(page.locator(call.card)).to_contain_text("통화 중")
    return page, call


def test_a_ring_opens_a_card_on_his_desk_and_on_no_other(seated: Seated, redis: Redis) -> None:
    mine, other = opened(seated), opened(seated, "lee_sy")
    expect(mine.locator("#my-empty")).to_be_visible()
    call = LiveCall(redis).ring()
    card = mine.locator(call.card)
    expect(card).to_contain_text("전화 왔습니다")
    expect(card).to_contain_text("010-2468-5739")
    expect(card.locator("[data-ring]")).to_contain_text("번째 벨")
    expect(card.locator('[data-say="greeting"]')).to_contain_text("행정과 김민수입니다.")
    expect(mine.locator("#my-say")).to_contain_text("전화 왔습니다. 010-2468-5739")
    expect(mine.locator("#my-empty")).to_be_hidden()
    expect(other.locator(".my-card")).to_have_count(0)
    expect(other.locator("#my-empty")).to_be_visible()


def test_from_the_late_limit_on_the_apology_stands_in_the_same_place(seated: Seated, redis: Redis) -> None:
    page = opened(seated)
    call = LiveCall(redis).ring(waited_ms=1_000)
    greeting, apology = (page.locator(f'{call.card} [data-say="{key}"]') for key in ("greeting", "apology"))
    expect(greeting).to_be_visible()
    before = greeting.bounding_box()
    expect(apology).to_be_visible()
    expect(apology).to_contain_text("늦게 받아 죄송합니다. 평창군청 행정과 김민수입니다.")
    expect(greeting).to_be_hidden()
    after = apology.bounding_box()
    assert before is not None
    assert after is not None
    assert (after["x"], after["y"]) == (before["x"], before["y"])
    expect(page.locator("#my-say")).to_have_text("사과 인사로 받아 주세요.")
    expect(page.locator(f"{call.card} [data-ring]")).to_contain_text("3번째 벨")


def test_who_loses_a_group_ring_is_left_with_nothing(seated: Seated, redis: Redis) -> None:
    loser, winner = opened(seated), opened(seated, "lee_sy")
    call = LiveCall(redis).ring().ring(DEPUTY, "c")
    for page in (loser, winner):
        expect(page.locator(call.card)).to_contain_text("전화 왔습니다")
    call.stop(DESK, "b", Outcome.ANSWERED_ELSEWHERE).answer(DEPUTY, "c")
    expect(winner.locator(call.card)).to_contain_text("통화 중")
    expect(loser.locator(".my-card")).to_have_count(0)
    expect(loser.locator("#my-empty")).to_be_visible()


def test_of_two_tabs_one_rings(seated: Seated, redis: Redis) -> None:
    first = opened(seated)
    second = first.context.new_page()
    for tab in (first, second):
        tab.add_init_script(COUNT_BELLS)
        tab.goto("/my")
    for _ in range(3):
        call = LiveCall(redis).ring()
        for tab in (first, second):
            expect(tab.locator(call.card)).to_be_visible()
        call.end()
        for tab in (first, second):
            expect(tab.locator(call.card)).to_have_count(0)
    assert sum(tab.evaluate("window.bells") for tab in (first, second)) == 3


def test_sound_is_off_and_no_permission_is_asked_for_unless_he_says_so(seated: Seated, redis: Redis) -> None:
    page = seated()
    page.add_init_script(COUNT_BELLS + 'localStorage.removeItem("charterline-sound"); window.asked = 0;')
    page.add_init_script("Notification.requestPermission = async () => { window.asked += 1; };")
    page.goto("/my")
    call = LiveCall(redis).ring()
    expect(page.locator(call.card)).to_be_visible()
    assert page.evaluate("[window.bells, window.asked]") == [0, 0]


def test_a_ring_takes_no_focus_and_no_letter_from_where_he_types(seated: Seated, redis: Redis) -> None:
    page, call = talking(seated, redis)
    notes = page.locator(f"{call.card} [name=notes]")
    notes.click()
    page.keyboard.type("진부면에 사시는 ")
    other = LiveCall(redis, caller="01055556666").ring()
    expect(page.locator(other.card)).to_be_visible()
    page.keyboard.type("분")
    expect(notes).to_be_focused()
    expect(notes).to_have_value("진부면에 사시는 분")


def test_nothing_moves_by_itself_while_a_call_comes_rings_and_talks(seated: Seated, redis: Redis) -> None:
    page = opened(seated)
    call = LiveCall(redis).ring(waited_ms=5_000)
    expect(page.locator(f'{call.card} [data-say="apology"]')).to_be_visible()
    call.answer()
    clock = page.locator(f"{call.card} [data-talk]")
    expect(clock).to_have_text("0:01")
    moved = page.evaluate("window.moved")
    assert sum(by for by, _ in moved) < 0.01, moved


def test_the_read_back_is_stamped_by_one_key_and_kept(seated: Seated, redis: Redis) -> None:
    page, call = talking(seated, redis)
    page.keyboard.press("r")
    page.keyboard.type("여권 재발급, 내일 오후에 방문")
    page.keyboard.press("Enter")
    expect(page.locator(f"{call.card} [data-stamped-text]")).to_contain_text("되짚어 확인함")
    page.reload()
    expect(page.locator(f"{call.card} [name=read_back]")).to_have_value("여권 재발급, 내일 오후에 방문")
    expect(page.locator(f"{call.card} [data-stamped-text]")).to_contain_text("되짚어 확인함")


def test_what_was_typed_while_the_line_was_down_comes_back_after_a_reload(
    seated: Seated, redis: Redis
) -> None:
    page, call = talking(seated, redis)
    page.route("**/api/calls/*/talk", cut)
    page.locator(f"{call.card} [name=notes]").fill("끊어진 동안 적은 글")
    expect(page.locator(f"{call.card} [data-kept]")).to_contain_text("이 컴퓨터에만 저장했습니다.")
    page.reload()
    expect(page.locator(f"{call.card} [name=notes]")).to_have_value("끊어진 동안 적은 글")
    page.unroute("**/api/calls/*/talk")
    expect(page.locator(f"{call.card} [data-kept]")).to_have_text("저장됨")
    saved = page.context.request.get(f"/api/calls/{call.id}/talk").json()
    assert saved["notes"] == "끊어진 동안 적은 글"


def test_what_was_typed_in_a_call_that_ended_while_the_line_was_down_is_brought_later(
    seated: Seated, redis: Redis
) -> None:
    page, call = talking(seated, redis)
    page.route("**/api/calls/*/talk", cut)
    page.locator(f"{call.card} [name=notes]").fill("끝난 통화의 글")
    expect(page.locator(f"{call.card} [data-kept]")).to_contain_text("이 컴퓨터에만 저장했습니다.")
    call.end()
    expect(page.locator(call.card)).to_have_count(0)
    page.unroute("**/api/calls/*/talk")
    with page.expect_response(lambda answer: answer.url.endswith("/talk")) as brought:
        page.reload()
    assert brought.value.ok
    assert page.context.request.get(f"/api/calls/{call.id}/talk").json()["notes"] == "끝난 통화의 글"


@pytest.mark.parametrize(
    ("choice", "kept"),
    [("mine", "이 창의 글"), ("theirs", "저 창의 글"), ("both", "저 창의 글\n이 창의 글")],
)
def test_two_texts_are_shown_and_he_chooses(seated: Seated, redis: Redis, choice: str, kept: str) -> None:
    page, call = talking(seated, redis)
    other = page.context.new_page()
    other.goto("/my")
    page.route("**/api/calls/*/talk", cut)
    page.locator(f"{call.card} [name=notes]").fill("이 창의 글")
    other.locator(f"{call.card} [name=notes]").fill("저 창의 글")
    expect(other.locator(f"{call.card} [data-kept]")).to_have_text("저장됨")
    conflict = page.locator(f"{call.card} [data-conflict]")
    page.unroute("**/api/calls/*/talk")
    expect(conflict).to_be_visible()
    expect(conflict).to_contain_text("저 창의 글")
    expect(page.locator(f"{call.card} [name=notes]")).to_have_value("이 창의 글")
    conflict.locator(f"[data-keep={choice}]").click()
    expect(conflict).to_be_hidden()
    expect(page.locator(f"{call.card} [name=notes]")).to_have_value(kept)
    expect(other.locator(f"{call.card} [name=notes]")).to_have_value(kept)


def test_a_line_that_was_cut_is_told_and_leaves_no_ghost(
    seated: Seated, redis: Redis, service: MemoService, redis_server: RedisServer
) -> None:
    page = opened(seated)
    call = LiveCall(redis).ring()
    expect(page.locator(call.card)).to_contain_text("전화 왔습니다")
    service.stop()
    expect(page.locator("#my-link")).to_contain_text("서버와 연결이 끊겼습니다.")
    expect(page.locator(f"{call.card} .my-clock")).to_be_hidden()
    call.stop(DESK, "b", Outcome.CALLER_GONE).end()
    later = LiveCall(redis, caller="01055556666").ring()
    service.start()
    expect(page.locator("#my-link")).to_contain_text("전화를 기다리고 있습니다.")
    expect(page.locator(later.card)).to_contain_text("010-5555-6666")
    expect(page.locator(call.card)).to_have_count(0)
    say_link(redis_server, "up")


def test_a_page_that_slept_shows_nothing_old(seated: Seated, redis: Redis) -> None:
    page = opened(seated)
    call = LiveCall(redis).ring()
    expect(page.locator(call.card)).to_be_visible()
    page.route("**/my/cards", cut)
    page.clock.install()
    page.reload()
    expect(page.locator(f"{call.card} .my-clock")).to_be_visible()
    page.evaluate("document.dispatchEvent(new Event('resume'))")
    expect(page.locator(f"{call.card} .my-clock")).to_be_hidden()
    page.unroute("**/my/cards")
    call.stop(DESK, "b", Outcome.CALLER_GONE).end()
    page.clock.run_for(5_000)
    expect(page.locator(call.card)).to_have_count(0)
    expect(page.locator("#my-link")).to_contain_text("전화를 기다리고 있습니다.")


def test_a_name_with_markup_and_turned_letters_stays_a_name(
    seated: Seated, redis: Redis, service: MemoService
) -> None:
    page = opened(seated)
    name = "<b>홍</b>\u202e길동"
    form = {
        "to": "officer:kim_ms",
        "channel": "call",
        "name": name,
        "number": "01024685739",
        "matter": "여권",
    }
    assert page.context.request.post("/memos/new", form={**form, "reply_wanted": "yes"}).ok
    call = LiveCall(redis).ring()
    shown = page.locator(f"{call.card} .my-maybe bdi")
    expect(shown).to_have_text(name)
    assert page.locator(f"{call.card} .my-who b").count() == 0


def test_a_withheld_number_is_nobodys(seated: Seated, redis: Redis) -> None:
    page = opened(seated)
    call = LiveCall(redis, caller=None, withheld=True).ring()
    expect(page.locator(f"{call.card} .my-who")).to_have_text("번호 표시 없음")
    expect(page.locator(call.card)).to_contain_text("번호가 표시되지 않아 지난 기록을 찾지 않았습니다.")


@pytest.mark.parametrize("width", [320, 375, 640, 1280])
def test_no_window_scrolls_sideways(seated: Seated, redis: Redis, width: int) -> None:
    """640 is a window of 1280 at 200 %."""
    page, call = talking(seated, redis)
    page.set_viewport_size({"width": width, "height": 800})
    page.locator(f"{call.card} [name=read_back]").fill("아주긴요점" * 40)
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    page.keyboard.press("Escape")
    page.keyboard.press("t")
    expect(page.locator("#my-transfer [role=option]").first).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth") <= width


@pytest.mark.parametrize("theme", ["light", "dark", "contrast"])
def test_every_text_stands_out_from_its_ground(seated: Seated, redis: Redis, theme: str) -> None:
    page, _ = talking(seated, redis)
    ringing = LiveCall(redis, caller="01055556666").ring(waited_ms=8_000)
    expect(page.locator(f"{ringing.card}.is-late")).to_be_visible()
    page.evaluate("theme => { document.documentElement.dataset.theme = theme; }", theme)
    assert page.evaluate(WEAK_TEXTS) == []


def test_the_help_sheet_opens_on_its_key_and_not_in_a_field(seated: Seated, redis: Redis) -> None:
    page, call = talking(seated, redis)
    page.keyboard.press("?")
    expect(page.locator("#my-help")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.locator("#my-help")).to_be_hidden()
    notes = page.locator(f"{call.card} [name=notes]")
    notes.click()
    page.keyboard.type("왜요?t")
    expect(notes).to_have_value("왜요?t")
    expect(page.locator("dialog[open]")).to_have_count(0)


def test_strangers_are_sent_to_take_a_desk(browser: Browser, service: MemoService) -> None:
    page = browser.new_page()
    for path in ("/my", "/my/cards", "/my/side", "/my/targets", "/my/waiting"):
        answer = page.request.get(f"{service.url}{path}", max_redirects=0)
        assert answer.status in (401, 303), path
    page.close()


def test_who_leaves_finds_the_page_closed(seated: Seated, redis: Redis) -> None:
    page = opened(seated)
    page.context.request.post("/sign-out", max_redirects=0)
    LiveCall(redis).ring()
    expect(page.get_by_role("alert").filter(has_text="로그인이 끝났습니다.")).to_be_visible()
    expect(page.locator("main")).to_be_hidden()
