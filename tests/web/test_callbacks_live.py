"""The callback queue left open: time, reminders, many rows, every window; and who is refused."""

import re
from datetime import datetime, timedelta

import httpx
import pytest
from playwright.sync_api import Browser, expect

from office.calendar import KST
from tests.support.contrast import WEAK_TEXTS
from tests.support.memo import MemoService, RedisServer
from tests.support.queue_seed import Seed, ago, row, seeding
from tests.web.conftest import Seated, open_office, say_link


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
        shown = page.locator(row(callback)).locator(".cb-clock")
        expect(shown).to_have_text(re.compile(r"5[89]분 남음"))
        page.clock.fast_forward("30:00")
        expect(shown).to_have_text(re.compile(r"39분 근무시간 아님 · 멈춤 · 다시 시작 13:00"))
        page.clock.fast_forward("30:00")
        expect(shown).to_have_text(re.compile(r"39분 근무시간 아님 · 멈춤 · 다시 시작 13:00"))
        page.clock.fast_forward("30:00")
        expect(shown).to_have_text(re.compile(r"2[89]분 남음"))
        page.clock.fast_forward("25:00")
        expect(page.locator(row(callback)).locator(".cb-label")).to_have_text("기한 임박")
        page.clock.fast_forward("10:00")
        expect(page.locator(row(callback)).locator(".cb-label")).to_have_text("기한 지남")
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
        expect(toast).to_contain_text("나급해")
        expect(toast).to_contain_text("회신기한 15분 전입니다.")
        expect(other.locator(".toast")).to_have_count(0)
        toast.get_by_role("button").click()
        expect(toast).to_have_count(0)
        with seeding(second) as seed:
            many = [seed.callback(ago(44.9), name=f"나급해{number}") for number in range(4)]
        mine.context.request.post(f"/callbacks/{many[0]}/note", form={"text": "곧 걸 것"})
        # those that come one after the other are put together once there are more than three
        expect(mine.locator(".toast")).to_have_count(1)
        expect(mine.locator(".toast")).to_have_text(
            re.compile("기한이 임박한 회신이 [45]건 있습니다."), timeout=15_000
        )
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
    expect(page.locator(row(callback)).locator(".cb-label")).to_have_text("전화 거는 중")
    address, seat = f"{service.url}/events?after={position}", service.cookie()
    with httpx.stream("GET", address, trust_env=False, headers=seat) as answer:
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
        # none comes to be 15 or 5 minutes before its end meanwhile, when he is reminded of it
        since_min = (50.5 if number < 40 else 42) - number / 10
        seed.callback(ago(since_min), name=f"민원인{number}")
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
    expect(page.locator("#browser-lost")).to_be_visible()
    page.locator(f"#call-{callback}").click()
    expect(page.locator("#told")).to_contain_text("연결이 끊겨 보내지 못했습니다.")
    later = seed.callback(ago(1), name="그새 온 사람")
    service.start()
    expect(page.locator("#browser-lost")).to_be_hidden()
    expect(page.locator(row(later))).to_be_visible()
    say_link(redis_server, "up")
