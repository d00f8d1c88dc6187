"""The callback queue in a real browser: by mouse, by keyboard, live, on small and large windows."""

import re
from datetime import UTC, datetime, timedelta

from playwright.sync_api import expect
from sqlalchemy import func, select

from memo_service.callbacks.models import OutboxRow
from memo_service.db.session import reading
from office import events as ev
from tests.support.feed import Script, publish
from tests.support.memo import RedisServer, eventually
from tests.support.queue_seed import Seed, ago, row
from tests.web.conftest import Seated


def on_its_way(seed: Seed) -> int:
    """How many commands are not on the stream yet."""
    with reading(seed.parts.engine) as session:
        return session.execute(select(func.count()).select_from(OutboxRow)).scalar_one()


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
    expect(page.locator(row(late))).to_contain_text(re.compile(r"1[45]분 지남"))
    expect(page.locator(row(soon))).to_contain_text(re.compile(r"9분 \d+초 남음"))
    expect(page.locator(row(waiting))).to_contain_text(re.compile(r"5[45]분 남음"))
    expect(page.locator(row(waiting))).to_contain_text(re.compile(r"0102?-?\*{4}|010-\*{4}-\d{4}"))
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
        expect(page.locator(row(callback)).locator(".cb-label")).to_have_text("전화 거는 중")
    told = [page.locator("#told").inner_text() for page in (first, second)]
    lost = [text for text in told if text]
    assert len(lost) == 1, told
    assert re.fullmatch(r"(김민수|이서연) 주무관님이 먼저 맡았습니다\.", lost[0])
    winner = lost[0].split("님")[0]
    won, beaten = (first, second) if told[1] else (second, first)
    expect(won.locator(row(callback))).to_contain_text("내 전화 울림")
    expect(beaten.locator(row(callback))).to_contain_text(f"{winner}님이 거는 중입니다")
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
    expect(page.locator(row(first))).to_have_count(0)
    expect(page.locator(row(second))).to_have_count(1)
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
    expect(page.locator(row(callback)).locator(".cb-label")).to_have_text("회신 대기")


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
    expect(page.locator(row(callback)).locator(".cb-label")).to_have_text("통화함")
    expect(page.locator("#opened .cb-history")).to_contain_text("57초 통화")
    expect(page.locator("#opened details[open] > summary")).to_have_text(["마치기"])


def test_a_call_of_unknown_fate_is_not_placed_again_unasked(seated: Seated, seed: Seed) -> None:
    callback = seed.callback(ago(5))
    page = seated()
    page.context.request.post(f"/callbacks/{callback}/call")
    eventually(lambda: on_its_way(seed) == 0)  # sent to a bridge that never answers
    seed.callbacks.clockwork.run_due(datetime.now(UTC) + timedelta(minutes=1))
    page.goto("/callbacks")
    expect(page.locator(row(callback)).locator(".cb-label")).to_have_text("결과 모름")
    page.locator(f"#call-{callback}").click()
    dialog = page.get_by_role("dialog", name="다시 걸기 전에")
    expect(dialog).to_contain_text("앞선 전화의 결과를 모릅니다.")
    dialog.get_by_role("button", name="그만두기").click()
    expect(dialog).to_be_hidden()
    page.locator(f"#call-{callback}").click()
    dialog.get_by_role("button", name="확인하고 걸기").click()
    expect(page.locator(row(callback)).locator(".cb-label")).to_have_text("전화 거는 중")


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
    expect(mine.locator(row(callback))).to_contain_text("이서연 주무관")
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
        expect(page.locator(row(callback)).locator(".cb-owner")).to_contain_text(owner)
    expect(page.locator("#bulk")).to_be_hidden()


def test_a_call_is_put_off_within_the_promise_alone(seated: Seated, seed: Seed) -> None:
    callback = seed.callback(ago(5))
    page = seated()
    page.goto(f"/callbacks/{callback}")
    page.locator("summary", has_text="미루기").click()
    choices = page.get_by_role("group", name="언제 걸까요").get_by_role("radio")
    # in 10 and 30 minutes, and shortly before midnight the next day's begin; an hour would be beyond it
    expect(choices).not_to_have_count(0)
    offered = [datetime.fromisoformat(c.get_attribute("value") or "") for c in choices.all()]
    assert len(offered) >= 2
    assert max(offered) <= datetime.now(UTC) + timedelta(minutes=55)
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
    expect(page.locator(row(callback))).to_contain_text("전화 거는 중")


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
