"""The callback queue in a real browser: by mouse, by keyboard, live, on small and large windows."""

import re
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta

import httpx
import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect
from sqlalchemy import func, select

from memo_service.callbacks.models import OutboxRow
from memo_service.db.session import reading
from office import events as ev
from office.calendar import KST
from tests.support.contrast import WEAK_TEXTS
from tests.support.feed import Script, publish
from tests.support.memo import MemoService, RedisServer, eventually
from tests.support.queue_seed import Seed, seeding
from tests.web.conftest import open_office, say_link

Seated = Callable[..., Page]


def ago(minutes: float) -> datetime:
    return datetime.now(UTC) - timedelta(minutes=minutes)


def row(page: Page, callback: str) -> str:
    return f"#cb-{callback}"


def on_its_way(seed: Seed) -> int:
    """How many commands are not on the stream yet."""
    with reading(seed.parts.engine) as session:
        return session.execute(select(func.count()).select_from(OutboxRow)).scalar_one()


@pytest.fixture
def seed(service: MemoService) -> Iterator[Seed]:
    with seeding(service) as seed:
        yield seed


@pytest.fixture
def seated(browser: Browser, service: MemoService) -> Iterator[Seated]:
    """Opens tabs of officers at their desks; any error in a console fails the test."""
    contexts: list[BrowserContext] = []
    faults: list[str] = []

    def open_tab(officer: str = "kim_ms", url: str = "", **options: object) -> Page:
        size = {"width": 1440, "height": 900}
        context = browser.new_context(base_url=url or service.url, **{"viewport": size, **options})  # type: ignore[arg-type]
        contexts.append(context)
        taken = context.request.post("/desk", form={"officer": officer}, max_redirects=0)
        assert taken.status == 303
        tab = context.new_page()
        tab.on("pageerror", lambda error: faults.append(str(error)))
        tab.on("console", lambda said: faults.append(said.text) if said.type == "error" else None)
        return tab

    yield open_tab
    for context in contexts:
        context.close()
    assert [fault for fault in faults if "ERR_" not in fault and "status of 4" not in fault] == []


def test_an_empty_queue_says_what_will_stand_there(seated: Seated) -> None:
    page = seated()
    page.goto("/callbacks")
    expect(page.get_by_text("회신할 전화가 없습니다.")).to_be_visible()
    expect(page.get_by_text("받은 때부터 근무시간 60분, 또는 원하신 시각입니다.")).to_be_visible()
    expect(page.locator("#queue")).to_be_hidden()


def test_the_oldest_due_stands_first_and_states_are_told_by_words(seated: Seated, seed: Seed) -> None:
    waiting = seed.callback(ago(5))
    late = seed.callback(ago(75))
    soon = seed.callback(ago(50))
    page = seated()
    page.goto("/callbacks")
    rows = page.locator("tr.cb")
    expect(rows).to_have_count(3)
    assert [r.get_attribute("data-id") for r in rows.all()] == [late, soon, waiting]
    expect(page.locator("tr.cb .cb-label")).to_have_text(["기한 지남", "기한 임박", "회신 대기"])
    expect(page.locator(row(page, late))).to_contain_text(re.compile(r"1[45]분 지남"))
    expect(page.locator(row(page, soon))).to_contain_text(re.compile(r"9분 \d+초 남음"))
    expect(page.locator(row(page, waiting))).to_contain_text(re.compile(r"5[45]분 남음"))
    expect(page.locator(row(page, waiting))).to_contain_text(re.compile(r"0102?-?\*{4}|010-\*{4}-\d{4}"))
    expect(page.locator(".tally")).to_contain_text("3 미회신")


def test_filters_show_mine_my_teams_my_departments_and_what_is_late_or_asked(
    seated: Seated, seed: Seed
) -> None:
    seed.callback(ago(5), "kim_ms", name="가")
    seed.callback(ago(70), "lee_sy", name="나")
    seed.callback(ago(10), None, name="다")
    seed.callback(ago(3), "kim_ms", name="라", asked_at=datetime.now(UTC) + timedelta(hours=3))
    page = seated()
    shown = {
        "scope=mine": {"가", "라"},
        "scope=department": {"가", "나", "다", "라"},
        "scope=all&when=late": {"나"},
        "scope=all&when=asked": {"라"},
        "scope=all&when=closed": set(),
        "scope=nonsense&when=nonsense": {"가", "라"},
    }
    for query, names in shown.items():
        page.goto(f"/callbacks?{query}")
        assert set(page.locator(".cb-link").all_inner_texts()) == names, query
    page.goto("/callbacks")
    page.get_by_role("link", name="우리 부서", exact=True).click()
    expect(page.get_by_role("link", name="우리 부서", exact=True)).to_have_attribute("aria-current", "true")
    expect(page.locator("tr.cb")).to_have_count(4)


def test_two_press_call_at_once_and_one_is_told_who_was_first(seated: Seated, seed: Seed) -> None:
    callback = seed.callback(ago(5), None)
    first, second = seated("kim_ms"), seated("lee_sy")
    for page in (first, second):
        page.goto("/callbacks?scope=department")
        expect(page.locator(f"#call-{callback}")).to_be_visible()
    for page in (first, second):
        page.evaluate(f"setTimeout(() => document.getElementById('call-{callback}').click(), 400)")
    for page in (first, second):
        expect(page.locator(row(page, callback)).locator(".cb-label")).to_have_text("전화 거는 중")
    told = [page.locator("#told").inner_text() for page in (first, second)]
    lost = [text for text in told if text]
    assert len(lost) == 1, told
    assert re.fullmatch(r"(김민수|이서연) 주무관님이 먼저 맡았습니다\.", lost[0])
    winner = lost[0].split("님")[0]
    won, beaten = (first, second) if told[1] else (second, first)
    expect(won.locator(row(won, callback))).to_contain_text("내 전화 울림")
    expect(beaten.locator(row(beaten, callback))).to_contain_text(f"{winner}님이 거는 중입니다")
    detail = seed.callbacks.queue.one(callback, None, datetime.now(UTC))
    assert len(detail.attempts) == 1


def test_the_whole_work_is_done_by_keyboard(seated: Seated, seed: Seed) -> None:
    first, second = seed.callback(ago(40), name="가"), seed.callback(ago(20), name="나")
    page = seated()
    page.goto("/callbacks")
    page.keyboard.press("j")
    expect(page.locator(f"#open-{first}")).to_be_focused()
    page.keyboard.press("j")
    expect(page.locator(f"#open-{second}")).to_be_focused()
    page.keyboard.press("k")
    page.keyboard.press("Enter")
    expect(page.locator("#opened-title")).to_be_focused()
    expect(page.locator("#opened-title")).to_contain_text("가")
    page.keyboard.press("n")
    expect(page.get_by_label("덧붙일 말")).to_be_focused()
    page.keyboard.type("jkc 오전에 서류를 보냄")  # letters in a text field are letters
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(page.locator(".cb-history")).to_contain_text("jkc 오전에 서류를 보냄")
    page.keyboard.press("Escape")
    expect(page.locator(f"#open-{first}")).to_be_focused()
    page.keyboard.press("x")
    page.keyboard.press("Space")
    page.keyboard.press("Tab")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(page.locator(row(page, first))).to_have_count(0)
    expect(page.locator(row(page, second))).to_have_count(1)
    closed = seed.callbacks.queue.one(first, None, datetime.now(UTC))
    assert closed.row.closed_at is not None


def test_keys_act_with_hangul_switched_on_and_can_be_switched_off(seated: Seated, seed: Seed) -> None:
    callback = seed.callback(ago(5))
    page = seated()
    page.goto("/callbacks")
    # what a Hangul keyboard sends for the key at the place of j
    press = "key => document.body.dispatchEvent(new KeyboardEvent('keydown', {...key, bubbles: true}))"
    page.evaluate(press, {"code": "KeyJ", "key": "ㅓ"})
    expect(page.locator(f"#open-{callback}")).to_be_focused()
    page.keyboard.press("Shift+?")
    expect(page.get_by_role("dialog", name="단축키")).to_be_visible()
    page.get_by_label("단축키 쓰기").uncheck()
    page.get_by_role("button", name="닫기").click()
    page.keyboard.press("c")
    page.reload()
    page.keyboard.press("j")
    expect(page.locator(f"#open-{callback}")).not_to_be_focused()
    expect(page.locator(row(page, callback)).locator(".cb-label")).to_have_text("회신 대기")


def test_a_call_is_followed_from_the_own_phone_to_its_result(
    seated: Seated, seed: Seed, redis_server: RedisServer
) -> None:
    callback = seed.callback(ago(5))
    page = seated()
    page.goto("/callbacks")
    page.locator(f"#open-{callback}").click()
    page.locator(f"#call-{callback}").click()
    now_step = page.locator("#opened .cb-progress .now")
    expect(now_step).to_have_text("내 전화 울림")
    attempt = seed.callbacks.queue.one(callback, None, datetime.now(UTC)).attempts[0]
    call = Script(start=datetime.now(UTC), call_id=attempt.call_id)
    call.arrive(call_class=ev.CallClass.CALLBACK, exten="2202")
    steps = [(ev.CallbackStep.OFFICER_ANSWERED, "연결 중"), (ev.CallbackStep.CITIZEN_ANSWERED, "통화 중")]
    for number, (step, shown) in enumerate(steps, 1):
        call.add(ev.CallbackTold, number * 1000, step.value, attempt=attempt.id, step=step)
        with redis_server.client() as redis:
            publish(redis, call.events)
        expect(now_step).to_have_text(shown)
    call.add(ev.CallbackTold, 60_000, "ended", attempt=attempt.id, step=ev.CallbackStep.ENDED, talk_ms=57_000)
    with redis_server.client() as redis:
        publish(redis, call.events)
    expect(page.locator(row(page, callback)).locator(".cb-label")).to_have_text("통화함")
    expect(page.locator("#opened .cb-history")).to_contain_text("57초 통화")
    expect(page.locator("#opened details[open] > summary")).to_have_text(["마치기"])


def test_a_call_of_unknown_fate_is_not_placed_again_unasked(seated: Seated, seed: Seed) -> None:
    callback = seed.callback(ago(5))
    page = seated()
    page.context.request.post(f"/callbacks/{callback}/call")
    eventually(lambda: on_its_way(seed) == 0)  # sent to a bridge that never answers
    seed.callbacks.clockwork.run_due(datetime.now(UTC) + timedelta(minutes=1))
    page.goto("/callbacks")
    expect(page.locator(row(page, callback)).locator(".cb-label")).to_have_text("결과 모름")
    page.locator(f"#call-{callback}").click()
    dialog = page.get_by_role("dialog", name="다시 걸기 전에")
    expect(dialog).to_contain_text("앞선 전화의 결과를 모릅니다.")
    dialog.get_by_role("button", name="그만두기").click()
    expect(dialog).to_be_hidden()
    page.locator(f"#call-{callback}").click()
    dialog.get_by_role("button", name="확인하고 걸기").click()
    expect(page.locator(row(page, callback)).locator(".cb-label")).to_have_text("전화 거는 중")


def test_a_row_that_changes_keeps_its_focus_and_choice(seated: Seated, seed: Seed) -> None:
    callback = seed.callback(ago(5), None)
    mine, other = seated("kim_ms"), seated("lee_sy")
    for page in (mine, other):
        page.goto("/callbacks?scope=department")
    mine.locator(f"#pick-{callback}").check()
    mine.locator(f"#open-{callback}").focus()
    other.locator(f"#open-{callback}").click()
    other.locator("#opened summary", has_text="배정").click()
    other.get_by_label("맡을 사람").select_option("lee_sy")
    other.locator("#opened").get_by_role("button", name="배정").click()
    expect(mine.locator(row(mine, callback))).to_contain_text("이서연 주무관")
    expect(mine.locator(f"#open-{callback}")).to_be_focused()
    expect(mine.locator(f"#pick-{callback}")).to_be_checked()


def test_what_is_being_written_is_never_taken_away(seated: Seated, seed: Seed) -> None:
    callback = seed.callback(ago(5), None)
    mine, other = seated("kim_ms"), seated("lee_sy")
    for page in (mine, other):
        page.goto("/callbacks?scope=department")
        page.locator(f"#open-{callback}").click()
        expect(page.locator("#opened")).to_be_visible()
    mine.keyboard.press("n")
    mine.keyboard.type("쓰다 만 글")
    other.keyboard.press("n")
    other.keyboard.type("다른 사람의 글")
    other.locator("#opened").get_by_role("button", name="덧붙이기").click()
    expect(mine.locator(".cb-history")).to_contain_text("다른 사람의 글")
    expect(mine.get_by_label("덧붙일 말")).to_be_focused()
    expect(mine.get_by_label("덧붙일 말")).to_have_value("쓰다 만 글")


def test_many_are_given_to_a_colleague_at_once(seated: Seated, seed: Seed) -> None:
    callbacks = [seed.callback(ago(minutes)) for minutes in (30, 20, 10)]
    page = seated()
    page.goto("/callbacks?scope=department")
    expect(page.locator("#bulk")).to_be_hidden()
    for callback in callbacks[:2]:
        page.locator(f"#pick-{callback}").check()
    expect(page.locator("#picked")).to_have_text("2")
    page.get_by_label("배정할 사람").select_option("lee_sy")
    page.locator("#bulk").get_by_role("button", name="배정", exact=True).click()
    for callback, owner in zip(callbacks, ("이서연", "이서연", "김민수"), strict=True):
        expect(page.locator(row(page, callback)).locator(".cb-owner")).to_contain_text(owner)
    expect(page.locator("#bulk")).to_be_hidden()


def test_a_call_is_put_off_within_the_promise_alone(seated: Seated, seed: Seed) -> None:
    callback = seed.callback(ago(5))
    page = seated()
    page.goto(f"/callbacks/{callback}")
    page.locator("summary", has_text="미루기").click()
    choices = page.get_by_role("group", name="언제 걸까요").get_by_role("radio")
    expect(choices).to_have_count(2)  # in 10 and 30 minutes; an hour would be beyond it
    choices.last.check()
    page.get_by_label("까닭", exact=True).fill("서류를 찾는 중")
    page.locator("#part-acts").get_by_role("button", name="미루기").click()
    expect(page.locator(".cb-now")).to_contain_text("미룸")
    expect(page.locator(".cb-history")).to_contain_text("서류를 찾는 중")


def test_everything_works_without_scripts(seated: Seated, seed: Seed) -> None:
    callback = seed.callback(ago(5))
    page = seated(java_script_enabled=False)
    page.goto("/callbacks")
    page.locator(f"#call-{callback}").click()
    expect(page).to_have_url(re.compile(f"/callbacks/{callback}$"))
    expect(page.locator(".cb-progress .now")).to_have_text("내 전화 울림")
    page.goto("/callbacks")
    expect(page.locator(row(page, callback))).to_contain_text("전화 거는 중")


def test_a_refusal_names_cause_and_remedy_without_scripts_too(seated: Seated, seed: Seed) -> None:
    callback = seed.callback(ago(5), None)
    other, page = seated("lee_sy", java_script_enabled=False), seated(java_script_enabled=False)
    for tab in (other, page):
        tab.goto("/callbacks?scope=department")
    other.locator(f"#call-{callback}").click()
    page.locator(f"#call-{callback}").click()
    expect(page.get_by_role("alert")).to_have_text("이서연 주무관님이 먼저 맡았습니다.")


def test_why_this_time_is_told_step_by_step(seated: Seated, seed: Seed) -> None:
    callback = seed.callback(ago(5))
    page = seated()
    page.goto(f"/callbacks/{callback}")
    page.get_by_text("왜 이 시각인가요?").click()
    told = page.locator(".cb-why")
    expect(told).to_contain_text("받은 때부터 근무시간 60분 안에 회신합니다.")
    expect(told.locator("li").first).to_contain_text(re.compile(r"\d\d:\d\d–\d\d:\d\d · \d+분 셈"))


def test_the_time_stands_still_over_lunch_and_goes_on_after_it(
    browser: Browser, redis_server: RedisServer, service: MemoService, seated: Seated
) -> None:
    """A page opened at 11:40 of a working day and left open: its own clock is moved, the server not asked."""
    opened = datetime.now(KST).replace(hour=11, minute=40, second=0, microsecond=0)
    while opened.weekday() > 4:
        opened += timedelta(days=1)
    env = {
        "CHARTERLINE_DEMO": "1",
        "CHARTERLINE_CLOCK_SHIFT_S": str(round((opened - datetime.now(KST)).total_seconds())),
    }
    ordinary = MemoService(redis_server.url, service.state.parent / "ordinary", env)
    with seeding(ordinary) as seed:
        callback = seed.callback(opened - timedelta(minutes=1))
    ordinary.start()
    try:
        page = seated(url=ordinary.url)
        page.clock.install()
        page.goto("/callbacks")
        shown = page.locator(row(page, callback)).locator(".cb-clock")
        expect(shown).to_have_text(re.compile(r"5[89]분 남음"))
        page.clock.fast_forward("30:00")
        expect(shown).to_have_text(re.compile(r"39분 근무시간 아님 · 멈춤 · 다시 시작 13:00"))
        page.clock.fast_forward("30:00")
        expect(shown).to_have_text(re.compile(r"39분 근무시간 아님 · 멈춤 · 다시 시작 13:00"))
        page.clock.fast_forward("30:00")
        expect(shown).to_have_text(re.compile(r"2[89]분 남음"))
        page.clock.fast_forward("25:00")
        expect(page.locator(row(page, callback)).locator(".cb-label")).to_have_text("기한 임박")
        page.clock.fast_forward("10:00")
        expect(page.locator(row(page, callback)).locator(".cb-label")).to_have_text("기한 지남")
    finally:
        ordinary.close()


def test_a_reminder_comes_to_its_officer_on_any_page(
    redis_server: RedisServer, service: MemoService, seated: Seated
) -> None:
    office = open_office(service.state.parent / "second")
    env = {"CHARTERLINE_DEMO": "1", "CHARTERLINE_OFFICE": str(office)}
    second = MemoService(redis_server.url, service.state.parent / "second-state", env)
    service.stop()
    second.start()
    try:
        mine, other = seated("kim_ms", url=second.url), seated("lee_sy", url=second.url)
        for page in (mine, other):
            page.goto("/calls")
        with seeding(second) as seed:
            callback = seed.callback(ago(44.95), name="나급해")
        # the running service is told of it by an act on the same callback
        taken = mine.context.request.post(f"/callbacks/{callback}/note", form={"text": "곧 걸 것"})
        assert taken.ok
        toast = mine.locator(f"#toast-{callback}")
        expect(toast).to_contain_text("나급해", timeout=15_000)
        expect(toast).to_contain_text("회신기한 15분 전입니다.")
        expect(other.locator(".toast")).to_have_count(0)
        toast.get_by_role("button").click()
        expect(toast).to_have_count(0)
    finally:
        second.close()


def test_strangers_and_other_departments_are_refused(
    seated: Seated, service: MemoService, seed: Seed
) -> None:
    callback = seed.callback(ago(5))
    for path in ("", "/rows", f"/{callback}", f"/{callback}/pane", "/reminders"):
        assert httpx.get(f"{service.url}/callbacks{path}", trust_env=False).status_code == 401, path
    for act in ("call", "note", "close", "assign"):
        answer = httpx.post(f"{service.url}/callbacks/{callback}/{act}", trust_env=False)
        assert answer.status_code == 401, act
    stranger = next(
        o
        for o in seed.parts.office.directory.officers.values()
        if o.department != "haengjeong" and o.role.value == "officer"
    )
    request = seated(stranger.id).context.request
    assert request.get(f"/callbacks/{callback}").status == 404
    assert request.post(f"/callbacks/{callback}/call").status in (403, 404)
    assert request.get(f"/callbacks/rows?scope=all&ids={callback}").json()["put"] == []


def test_the_stream_says_nothing_of_a_citizen_or_officer(
    seated: Seated, service: MemoService, seed: Seed
) -> None:
    callback = seed.callback(ago(5), name="홍길동")
    page = seated()
    page.goto("/callbacks")
    position = page.locator("script[data-position]").get_attribute("data-position")
    page.locator(f"#call-{callback}").click()
    expect(page.locator(row(page, callback)).locator(".cb-label")).to_have_text("전화 거는 중")
    with httpx.stream("GET", f"{service.url}/events?after={position}", trust_env=False) as answer:
        text = ""
        for chunk in answer.iter_text():
            text += chunk
            if "event: callbacks" in text and text.endswith("\n\n"):
                break
    assert callback in text
    assert not any(word in text for word in ("홍길동", "kim_ms", "김민수", "0102468", "****"))


@pytest.mark.parametrize("width", [320, 375, 640, 1280, 1920])
def test_no_window_scrolls_sideways(seated: Seated, seed: Seed, width: int) -> None:
    """640 is a window of 1280 at 200 %."""
    callback = seed.callback(ago(5), matter="아주 긴 용건 " * 30, name="이름이아주긴사람" * 3)
    page = seated(viewport={"width": width, "height": 900})
    for path in ("/callbacks", f"/callbacks/{callback}", "/desk"):
        page.goto(path)
        assert page.evaluate("document.documentElement.scrollWidth") <= width, path
    page.goto("/callbacks")
    box = page.locator(f"#call-{callback}").bounding_box()
    assert box is not None
    assert box["height"] >= 44
    assert box["x"] + box["width"] <= width


@pytest.mark.parametrize("theme", ["light", "dark", "contrast"])
def test_every_text_stands_out_from_its_ground(seated: Seated, seed: Seed, theme: str) -> None:
    opened, *_ = [seed.callback(ago(minutes)) for minutes in (5, 50, 75)]
    page = seated()
    page.goto("/callbacks")
    page.locator(f"#open-{opened}").click()
    page.locator("#opened").wait_for()
    for path in ("", "/desk"):
        if path:
            page.goto(path)
        page.evaluate("theme => { document.documentElement.dataset.theme = theme; }", theme)
        assert page.evaluate(WEAK_TEXTS) == [], path


def test_five_hundred_rows_stand_in_order_and_do_not_move(seated: Seated, seed: Seed) -> None:
    for number in range(500):
        seed.callback(ago(55 - number / 10), name=f"민원인{number}")
    page = seated()
    page.add_init_script(
        """window.moved = []; new PerformanceObserver((list) => { for (const e of list.getEntries())
        if (!e.hadRecentInput) window.moved.push([e.value, e.sources.map((s) => s.node?.outerHTML)]);
        }).observe({type: "layout-shift", buffered: true});"""
    )
    page.goto("/callbacks")
    rows = page.locator("tr.cb")
    expect(rows).to_have_count(500)
    turns = page.evaluate("[...document.querySelectorAll('tr.cb')].map((row) => Number(row.dataset.turn))")
    assert turns == sorted(turns)
    last = rows.last.get_attribute("data-id")
    page.context.request.post(f"/callbacks/{last}/note", form={"text": "맨 아래"})
    page.context.request.post(f"/callbacks/{last}/call")
    expect(rows.last.locator(".cb-label")).to_have_text("전화 거는 중")
    text = rows.first.locator(".cb-big").inner_text()
    expect(rows.first.locator(".cb-big")).not_to_have_text(text)  # it counts
    moved = page.evaluate("window.moved")
    assert sum(by for by, _ in moved) < 0.01, moved


def test_a_lost_line_is_told_and_what_changed_meanwhile_is_caught_up(
    seated: Seated, seed: Seed, service: MemoService, redis_server: RedisServer
) -> None:
    callback = seed.callback(ago(5))
    page = seated()
    page.goto("/callbacks")
    expect(page.locator("tr.cb")).to_have_count(1)
    service.stop()
    expect(page.locator("#browser-lost")).to_be_visible(timeout=10_000)
    page.locator(f"#call-{callback}").click()
    expect(page.locator("#told")).to_contain_text("연결이 끊겨 보내지 못했습니다.")
    later = seed.callback(ago(1), name="그새 온 사람")
    service.start()
    expect(page.locator("#browser-lost")).to_be_hidden(timeout=15_000)
    expect(page.locator(row(page, later))).to_be_visible(timeout=10_000)
    say_link(redis_server, "up")
