"""Memos in a real browser: the list that lives, the player, a number opened for a reason, the form."""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, Route, expect

from tests.support.contrast import WEAK_TEXTS
from tests.support.feed import Script, abandoned, moved, publish
from tests.support.memo import MemoService, RedisServer, eventually
from tests.support.memo_desk import spoken
from tests.support.sounds import silence, voice
from tests.web.conftest import Seated


def ago(minutes: float) -> datetime:
    return datetime.now(UTC) - timedelta(minutes=minutes)


def tell(server: RedisServer, service: MemoService, call: Script) -> str:
    """Publish a call that leaves word; the memo's id."""
    with server.client() as redis:
        publish(redis, call.events)
    return eventually(lambda: "".join(m["id"] for m in memos(service) if m["call_id"] == call.call_id))


def memos(service: MemoService) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = service.get("/api/memos")["memos"]
    return found


@pytest.fixture
def memo(redis_server: RedisServer, service: MemoService) -> str:
    """One memo with a recording of 4 s, fetched."""
    leave(service, "take.wav", voice(4))
    memo_id = tell(redis_server, service, spoken(ago(3)))
    eventually(lambda: service.get(f"/api/memos/{memo_id}")["recording"]["state"] == "kept")
    return memo_id


def leave(service: MemoService, name: str, content: bytes) -> Path:
    spool = service.state / "asterisk" / "spool" / "memo"
    spool.mkdir(parents=True, exist_ok=True)
    path = spool / name
    path.write_bytes(content)
    return path


def test_without_memos_the_list_says_what_will_stand_there(seated: Seated) -> None:
    page = seated()
    page.goto("/memos")
    expect(page.get_by_text("새 메모가 없습니다.")).to_be_visible()


def test_a_new_memo_appears_by_itself_and_is_delivered(
    seated: Seated, redis_server: RedisServer, service: MemoService
) -> None:
    page = seated()
    page.goto("/memos")
    memo_id = tell(redis_server, service, spoken(ago(2)))
    expect(page.locator(f"#memo-{memo_id}")).to_be_visible()
    expect(page.locator(f"#memo-{memo_id} .memo-state")).to_have_text("새 메모")
    expect(page.locator("#memo-told")).to_have_text("새 메모 1건이 왔습니다.")
    eventually(lambda: service.get(f"/api/memos/{memo_id}")["receipts"]["delivered"])
    assert service.get(f"/api/memos/{memo_id}")["receipts"]["read"] is None


def test_a_memo_read_is_read_on_a_colleagues_page_too(
    seated: Seated, memo: str, service: MemoService
) -> None:
    colleague = seated("lee_sy")
    colleague.goto("/memos?view=department")
    expect(colleague.locator(f"#memo-{memo} .memo-state")).to_have_text("새 메모")
    page = seated()
    page.goto("/memos")
    page.locator(f"#link-{memo}").press("Enter")
    expect(page.locator(".memo-receipts")).to_contain_text("읽음")
    expect(colleague.locator(f"#memo-{memo} .memo-state")).to_have_text("읽음")
    call_id = service.get(f"/api/memos/{memo}")["call_id"]
    results = {v["promise"]: v["result"] for v in service.get("/api/verdicts", call_id=call_id)}
    assert results["T6"] == "kept"


def test_the_page_shows_every_field_of_the_charter(seated: Seated, memo: str) -> None:
    page = seated()
    page.goto(f"/memos/{memo}")
    names = page.locator(".memo-facts dt").all_inner_texts()
    for wanted in ("성함", "전화번호", "받은 때", "받은 사람", "담당자", "회신", "회신기한"):
        assert wanted in names
    expect(page.locator(".memo-facts")).to_contain_text("음성 안내")
    expect(page.locator(".memo-facts")).to_contain_text("010-****-5739")


def test_the_number_is_opened_for_a_reason_and_that_is_logged(seated: Seated, memo: str) -> None:
    page = seated()
    page.goto(f"/memos/{memo}")
    assert "010-2468-5739" not in page.content()
    page.locator(".memo-open summary").click()
    page.get_by_label("열람 사유").select_option("callback")
    page.get_by_role("button", name="번호 보기").click()
    expect(page.locator(".memo-number")).to_have_text("010-2468-5739")
    expect(page.locator(".memo-number")).to_be_focused()
    page.goto("/access-log")
    expect(page.locator("tbody tr").first).to_contain_text("회신 전화를 걸기 위해")
    expect(page.locator("tbody tr").first).to_contain_text("김민수 주무관")


def test_the_player_plays_seeks_and_tells_where_it_is(seated: Seated, memo: str) -> None:
    page = seated()
    page.goto(f"/memos/{memo}")
    wave = page.get_by_role("slider")
    expect(wave).to_have_attribute("aria-valuemax", "4")
    assert page.locator(".player-wave rect").count() == 120
    page.get_by_role("button", name="용건 녹음 듣기").click()
    expect(page.get_by_role("button", name="용건 녹음 멈추기")).to_be_visible()
    expect(page.locator(".player-wave rect.played").nth(5)).to_be_attached()
    page.get_by_role("button", name="용건 녹음 멈추기").click()
    wave.press("Home")
    wave.press("ArrowRight")
    expect(wave).to_have_attribute("aria-valuetext", "2초")
    assert page.locator(".player-wave rect.played").count() in range(58, 63)
    page.get_by_role("button", name="빠르기").click()
    assert page.evaluate("document.querySelector('audio').playbackRate") == 1.25


def test_without_a_voice_there_is_no_play_button(
    seated: Seated, redis_server: RedisServer, service: MemoService
) -> None:
    leave(service, "take.wav", b"")
    memo_id = tell(redis_server, service, spoken(ago(3)))
    eventually(lambda: service.get(f"/api/memos/{memo_id}")["recording"]["state"] == "lost")
    page = seated()
    page.goto(f"/memos/{memo_id}")
    expect(page.get_by_text("녹음 파일을 찾지 못했습니다.")).to_be_visible()
    expect(page.locator(".player-play")).to_have_count(0)


def test_a_silent_recording_says_so_and_can_be_heard(
    seated: Seated, redis_server: RedisServer, service: MemoService
) -> None:
    leave(service, "take.wav", silence(2))
    memo_id = tell(redis_server, service, spoken(ago(3)))
    eventually(lambda: service.get(f"/api/memos/{memo_id}")["recording"]["state"] == "silent")
    page = seated()
    page.goto(f"/memos/{memo_id}")
    expect(page.get_by_text("말씀이 들리지 않는 녹음입니다.")).to_be_visible()
    expect(page.locator(".player-play")).to_have_count(1)


def fill(page: Page) -> None:
    page.get_by_label("누구에게").select_option("officer:kim_ms")
    page.get_by_label("성함").fill("홍길순")
    page.get_by_label("전화번호").fill("010 2468 5739")
    page.get_by_label("용건").fill("여권 재발급 서류를 물으심")


def test_a_colleague_takes_a_memo_by_hand(seated: Seated, service: MemoService) -> None:
    page = seated("yoon_mk")
    page.goto("/memos/new?channel=visit")
    expect(page.get_by_text("실례지만 성함과 연락처를 여쭤봐도 되겠습니까?")).to_be_visible()
    page.get_by_role("button", name="저장").click()
    expect(page.get_by_label("누구에게")).to_be_focused()
    expect(page.get_by_text("용건을 적어 주세요.")).to_be_visible()
    fill(page)
    page.get_by_role("button", name="저장").dblclick()
    expect(page.locator(".memo-matter")).to_be_visible()
    (memo,) = eventually(lambda: memos(service))
    assert (memo["taken_by"], memo["officer"], memo["channel"]) == ("yoon_mk", "kim_ms", "visit")
    assert memo["due_at"]


def test_tim_04_what_was_typed_stays_in_the_browser_until_it_is_kept(
    seated: Seated, service: MemoService
) -> None:
    page = seated("lee_sy")
    page.goto("/memos/new")

    def cut(route: Route) -> None:
        if route.request.method == "POST":
            route.abort()
        else:
            route.continue_()

    page.route("**/memos/new", cut)
    fill(page)
    page.get_by_role("button", name="저장").click()
    expect(page.get_by_text("아직 저장하지 못했어요.")).to_be_visible()
    page.reload()
    expect(page.get_by_label("용건")).to_have_value("여권 재발급 서류를 물으심")
    page.unroute_all()
    page.get_by_role("button", name="저장").click()
    expect(page.locator(".memo-matter")).to_have_text("여권 재발급 서류를 물으심")
    assert len(memos(service)) == 1
    page.goto("/memos/new")
    expect(page.get_by_label("용건")).to_have_value("")


def test_by_hand_without_scripts(seated: Seated, service: MemoService) -> None:
    page = seated("lee_sy", java_script_enabled=False)
    page.goto("/memos/new")
    page.get_by_label("용건").fill("서류를 두고 가심")
    page.get_by_role("button", name="저장").click()
    expect(page.get_by_text("누구에게 전할 메모인지 골라 주세요.")).to_be_visible()
    expect(page.get_by_label("용건")).to_have_value("서류를 두고 가심")
    fill(page)
    page.get_by_role("button", name="저장").click()
    expect(page.locator(".memo-matter")).to_have_text("여권 재발급 서류를 물으심")
    page.locator(".memo-open summary").click()
    page.get_by_role("button", name="번호 보기").click()
    expect(page.locator(".memo-number")).to_have_text("010-2468-5739")


def test_a_note_and_the_mark_of_done(seated: Seated, memo: str, service: MemoService) -> None:
    page = seated()
    page.goto(f"/memos/{memo}")
    page.get_by_label("덧붙일 말").fill("담당 부서를 안내함")
    page.get_by_role("button", name="덧붙이기").click()
    expect(page.locator(".memo-receipts")).to_contain_text("담당 부서를 안내함")
    page.get_by_role("button", name="조치함").click()
    expect(page.locator(".memo-receipts")).to_contain_text("처리됨")
    expect(page.get_by_role("button", name="조치함")).to_have_count(0)
    assert service.get(f"/api/memos/{memo}")["state"] == "acted"


def test_the_slip_fits_an_a6_sheet(seated: Seated, memo: str) -> None:
    page = seated()
    page.goto(f"/memos/{memo}/slip")
    expect(page.locator(".slip")).to_contain_text("010-2468-5739")
    page.emulate_media(media="print")
    expect(page.locator(".top")).to_be_hidden()
    expect(page.get_by_role("button", name="인쇄")).to_be_hidden()
    sheet = page.pdf(prefer_css_page_size=True)
    assert sheet.count(b"/Type /Page\n") == 1
    page.goto("/access-log")
    expect(page.locator("tbody tr").first).to_contain_text("메모지 인쇄")


def test_another_departments_officer_is_told_no(seated: Seated, memo: str) -> None:
    page = seated("yoon_mk")
    page.goto(f"/memos/{memo}")
    expect(page.get_by_text("다른 부서의 것이라 볼 수 없어요")).to_be_visible()
    for path in ("", "/recording", "/slip", "/card"):
        assert page.request.get(f"/memos/{memo}{path}").status == 403, path


@pytest.mark.parametrize("width", [375, 768, 1920])
def test_no_page_is_wider_than_its_window(
    seated: Seated, memo: str, redis_server: RedisServer, service: MemoService, width: int
) -> None:
    missed = abandoned(9000)
    missed.events = moved(missed.events, ago(9))
    tell(redis_server, service, missed)
    page = seated(viewport={"width": width, "height": 900})
    for path in ("/memos", f"/memos/{memo}", "/memos/new", f"/memos/{memo}/slip", "/access-log"):
        page.goto(path)
        assert page.evaluate("document.documentElement.scrollWidth") <= width, path


@pytest.mark.parametrize("theme", ["light", "dark", "contrast"])
def test_every_text_stands_out_from_its_ground(seated: Seated, memo: str, theme: str) -> None:
    page = seated()
    page.add_init_script(f"localStorage.setItem('charterline-theme', '{theme}')")
    for path in ("/memos", f"/memos/{memo}", "/memos/new", "/access-log"):
        page.goto(path)
        assert page.evaluate("document.documentElement.dataset.theme") == theme
        assert page.evaluate(WEAK_TEXTS) == [], path
