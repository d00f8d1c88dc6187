"""Passing a citizen on from the desk page: the panel, the gist that stands ahead, and what became of it."""

from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect
from redis import Redis

from office import events as ev
from office.commands import TransferCall, commands_stream, decode
from tests.support.feed import DESK, PBX
from tests.support.live_call import TARGET, LiveCall, told_of
from tests.support.memo import eventually
from tests.web.conftest import Seated
from tests.web.test_accessible import RULES


def ordered(redis: Redis) -> list[TransferCall]:
    """The orders on their way to the PBX."""
    entries: Any = redis.xrange(commands_stream(PBX))
    commands = [decode(fields[b"c"]) for _, fields in entries]
    return [command for command in commands if isinstance(command, TransferCall)]


def at_desk(seated: Seated, officer: str) -> Page:
    page = seated(officer)
    page.goto("/my")
    expect(page.locator("#my-link")).to_be_visible()
    return page


def talking(seated: Seated, redis: Redis) -> tuple[Page, LiveCall]:
    """The desk of kim_ms with a citizen on the line, and something written down."""
    page, call = at_desk(seated, "kim_ms"), LiveCall(redis).ring().answer()
    expect(page.locator(call.card)).to_contain_text("통화 중")
    page.keyboard.press("r")
    page.keyboard.type("여권 재발급")
    page.keyboard.press("Enter")
    expect(page.locator(f"{call.card} [data-stamped-text]")).to_contain_text("되짚어 확인함")
    page.keyboard.press("Escape")
    return page, call


def test_the_citizen_is_passed_on_by_keyboard_alone_and_the_gist_is_there_first(
    seated: Seated, redis: Redis
) -> None:
    page, call = talking(seated, redis)
    target = at_desk(seated, "jung_ha")
    page.keyboard.press("t")
    page.keyboard.type("여권")
    chosen = page.locator('#my-targets [aria-selected="true"]')
    expect(chosen).to_contain_text("정하은 팀장")
    expect(chosen).to_contain_text("통화 가능")
    expect(page.locator("#my-gist")).to_have_value("여권 재발급")
    page.keyboard.press("Enter")
    expect(page.locator("#my-transfer-go")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.locator("#my-transfer")).to_be_hidden()
    card = target.locator(call.card)
    expect(card).to_contain_text("돌려받을 전화")
    expect(card.locator(".my-gist")).to_have_text("여권 재발급")
    expect(card).to_contain_text("김민수 주무관")
    expect(card).to_contain_text("010-2468-5739")
    expect(card).to_contain_text("033-330-2211")
    [order] = eventually(lambda: ordered(redis))
    assert (order.exten, order.call_id, order.endpoint) == ("2211", call.id, "2202")
    told_of(redis, order.id, "accepted")
    call.passed_on("t1").leave().ring(TARGET, "d")
    expect(card).to_contain_text("전화 왔습니다")
    expect(page.locator(call.card)).to_contain_text("돌리는 중")
    call.told(ev.TransferAnswered, transfer="t1", leg=f"{call.id}d", phone=TARGET)
    call.answer(TARGET, "d").passing_ended("t1", ev.TransferResult.CONNECTED)
    expect(card).to_contain_text("통화 중")
    expect(card.locator(".my-gist")).to_have_text("여권 재발급")
    expect(page.locator(call.card)).to_contain_text("이어짐")


def test_the_gist_that_was_in_view_is_marked_as_opened(seated: Seated, redis: Redis) -> None:
    page, call = talking(seated, redis)
    target = at_desk(seated, "jung_ha")
    page.keyboard.press("t")
    page.keyboard.type("2211")
    page.keyboard.press("Control+Enter")
    expect(target.locator(call.card).locator(".my-gist")).to_be_visible()
    expect(target.locator(call.card)).to_contain_text("열어 봄")  # a second in view, without a key
    [order] = eventually(lambda: ordered(redis))
    call.passed_on("t1").leave()
    told_of(redis, order.id, "accepted")
    expect(page.locator(call.card)).to_contain_text("요점을 열어 봄")


def test_a_citizen_who_comes_back_is_told_at_once_and_why(seated: Seated, redis: Redis) -> None:
    page, call = talking(seated, redis)
    call.passed_on("t1").leave().ring(TARGET, "d").stop(TARGET, "d", ev.Outcome.BUSY)
    call.passing_ended("t1", ev.TransferResult.FAILED, ev.Outcome.BUSY)
    call.told(ev.DialStarted, exten="2202", role="back", hop=2).ring(DESK, "e")
    card = page.locator(call.card)
    expect(card).to_contain_text("되돌아온 전화가 울립니다")
    expect(card.locator(".my-why")).to_contain_text("통화 중")
    expect(page.locator("#my-cry")).to_contain_text("통화 중")
    expect(card.locator("[name=read_back]")).to_have_value("여권 재발급")


def test_a_transfer_by_the_phones_key_asks_for_the_gist(seated: Seated, redis: Redis) -> None:
    page, target = at_desk(seated, "kim_ms"), at_desk(seated, "jung_ha")
    call = LiveCall(redis).ring().answer()
    expect(page.locator(call.card)).to_contain_text("통화 중")
    call.passed_on("t1").leave().ring(TARGET, "d")
    expect(target.locator(call.card)).to_contain_text("적은 요점이 없습니다.")
    ask = page.locator(f"{call.card} .my-ask input")
    expect(ask).to_be_visible()
    page.keyboard.press("g")
    expect(ask).to_be_focused()
    page.keyboard.type("여권 사진 규격")
    expect(page.locator(call.card)).to_contain_text("요점을 열어 봄")  # the card is made anew meanwhile
    expect(ask).to_have_value("여권 사진 규격")
    page.keyboard.press("Enter")
    expect(target.locator(f"{call.card} .my-gist")).to_have_text("여권 사진 규격")
    expect(page.locator(f"{call.card} .my-ask")).to_have_count(0)


def test_whom_he_may_not_have_is_refused_with_the_reason(seated: Seated, redis: Redis) -> None:
    page, _ = talking(seated, redis)
    page.keyboard.press("t")
    page.keyboard.type("2202")  # himself
    expect(page.locator("#my-targets")).to_contain_text("찾는 분이 없습니다.")
    page.keyboard.press("Control+Enter")
    expect(page.locator("#my-transfer-told")).to_contain_text("자기 자신에게는 돌려줄 수 없습니다.")
    assert ordered(redis) == []


def test_the_third_hop_is_asked_about_first(seated: Seated, redis: Redis) -> None:
    page, target = at_desk(seated, "kim_ms"), at_desk(seated, "jung_ha")
    call = LiveCall(redis).ring().answer()
    for hop in (1, 2):
        transfer = f"t{hop}"
        call.passed_on(transfer, hop=hop)
        call.passing_ended(transfer, ev.TransferResult.FAILED, ev.Outcome.DECLINED)
    expect(page.locator(f"{call.card} .my-passing")).to_contain_text("받지 않음을 누름")
    page.keyboard.press("t")
    page.keyboard.type("2203")
    page.keyboard.press("Control+Enter")
    told = page.locator("#my-transfer-told")
    expect(told).to_contain_text("3번째로 돌리는 전화입니다(전화 돌림).")
    go = page.locator("#my-transfer-go")
    expect(go).to_have_text("그래도 돌려주기")
    expect(go).to_be_focused()
    assert ordered(redis) == []
    page.keyboard.press("Enter")
    [order] = eventually(lambda: ordered(redis))
    assert order.exten == "2203"
    expect(target.locator(call.card)).to_have_count(0)


def test_for_one_who_is_away_his_deputy_stands_ready(seated: Seated, redis: Redis) -> None:
    target = at_desk(seated, "jung_ha")
    assert target.context.request.post("/absences/quick", form={"quick": "today", "deputy": "yoon_mk"}).ok
    page, _ = talking(seated, redis)
    page.keyboard.press("t")
    page.keyboard.type("정하은")
    options = page.locator("#my-targets [role=option]")
    expect(options.first).to_contain_text("부재")
    expect(options.nth(1)).to_contain_text("윤미경")
    page.keyboard.press("Enter")
    expect(page.locator("#my-transfer-go")).to_be_focused()
    page.keyboard.press("Enter")
    [order] = eventually(lambda: ordered(redis))
    assert order.exten == "2212"


def test_an_absent_ones_own_number_leads_to_his_deputy(seated: Seated, redis: Redis) -> None:
    target = at_desk(seated, "jung_ha")
    assert target.context.request.post("/absences/quick", form={"quick": "today", "deputy": "yoon_mk"}).ok
    page, call = talking(seated, redis)
    answer = page.context.request.post(f"/api/calls/{call.id}/transfer", data={"exten": "2211"})
    assert answer.status == 409
    assert answer.json()["deputy"]["exten"] == "2212"


def test_the_panel_closes_when_the_citizen_hangs_up(seated: Seated, redis: Redis) -> None:
    page, call = talking(seated, redis)
    page.keyboard.press("t")
    expect(page.locator("#my-transfer")).to_be_visible()
    call.end()
    expect(page.locator("#my-transfer")).to_be_hidden()
    expect(page.locator("[data-after]")).to_contain_text("여권 재발급")


@pytest.mark.parametrize("theme", ["light", "dark", "contrast"])
def test_the_page_with_calls_and_the_panel_pass_axe(seated: Seated, redis: Redis, theme: str) -> None:
    page, call = talking(seated, redis)
    LiveCall(redis, caller="01055556666").ring()
    expect(page.locator(".my-card")).to_have_count(2)
    page.evaluate("theme => { document.documentElement.dataset.theme = theme; }", theme)
    for key in ("", "t"):
        if key:
            page.locator(call.card).focus()
            page.keyboard.press(key)
            expect(page.locator("#my-targets [role=option]").first).to_be_visible()
        found = Axe().run(page, options=RULES).response["violations"]
        assert [(fault["id"], fault["nodes"][0]["html"]) for fault in found] == []
