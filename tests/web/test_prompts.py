"""The prompt studio in real browsers: one with a microphone that says a tone, one without."""

import io
import os
import re
import wave
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, BrowserContext, Page, Playwright, expect

from rehearsal.browser import executable
from tests.support.fake_voice import FakeVoice, VoiceServer, tone, voice_server
from tests.support.memo import MemoService, RedisServer, eventually
from tests.support.slow_page import SlowPage
from tests.web.conftest import open_office, say_link
from tests.web.test_accessible import RULES

GREETING, NOTICE, LATE = "dept/haengjeong/greeting", "office/notice", "office/transfer-late"
OWN = "officer/kim_ms/greeting"
MIC_HZ = 1000
_SHIFTS = """window.shifted = 0;
new PerformanceObserver((list) => {
  for (const entry of list.getEntries()) if (!entry.hadRecentInput) window.shifted += entry.value;
}).observe({ type: "layout-shift", buffered: false });"""
Tab = Callable[..., Page]


@pytest.fixture(scope="module")
def server() -> Iterator[VoiceServer]:
    with voice_server() as running:
        yield running


@pytest.fixture(scope="module")
def studio(server: VoiceServer, tmp_path_factory: pytest.TempPathFactory) -> Iterator[MemoService]:
    """One service for all tests here; each has a prompt of its own."""
    folder = tmp_path_factory.mktemp("studio")
    redis = RedisServer(folder).start()
    say_link(redis, "up")
    env = {"CHARTERLINE_DEMO": "1", "CHARTERLINE_OFFICE": str(open_office(folder / "office")), **server.env}
    service = MemoService(redis.url, folder / "state", env)
    try:
        yield service.start()
    finally:
        service.close()
        redis.stop()


@pytest.fixture
def voice(server: VoiceServer) -> FakeVoice:
    return server.voice


@pytest.fixture(scope="module")
def mic_browser(playwright: Playwright, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    """A Chromium whose microphone says MIC_HZ over and over."""
    said = tmp_path_factory.mktemp("mic") / "said.wav"
    said.write_bytes(tone(1.0, hz=MIC_HZ, rate=48_000))
    arguments = [
        "--use-fake-device-for-media-stream",
        f"--use-file-for-fake-audio-capture={said}",
        *(["--no-sandbox"] if os.getuid() == 0 else []),
    ]
    launched = playwright.chromium.launch(executable_path=executable(voice=True), args=arguments)
    yield launched
    launched.close()


@pytest.fixture
def tab(browser: Browser, studio: MemoService) -> Iterator[Tab]:
    """Opens tabs of officers at their desks; any error in a console fails the test."""
    contexts: list[BrowserContext] = []
    faults: list[str] = []

    def open_tab(officer: str, path: str, using: Browser = browser, **options: Any) -> Page:
        size = {"width": 1280, "height": 900}
        context = using.new_context(base_url=studio.url, **{"viewport": size, **options})
        contexts.append(context)
        assert context.request.post("/desk", form={"officer": officer}, max_redirects=0).status == 303
        page = context.new_page()
        page.on("pageerror", lambda error: faults.append(str(error)))
        page.on("console", lambda said: faults.append(said.text) if said.type == "error" else None)
        page.goto(path)
        return page

    yield open_tab
    for context in contexts:
        context.close()
    assert [fault for fault in faults if "status of " not in fault] == []


def test_a_file_chosen_before_the_scripts_are_there_is_taken(tab: Tab, tmp_path: Path) -> None:
    recording = tmp_path / "인사.wav"
    recording.write_bytes(tone(2.0))
    page = tab("kim_ms", "/prompts/mine")
    slowly = SlowPage(page, "/prompts/mine")
    card = page.get_by_role("region", name="인사", exact=True)
    card.locator("[data-file]").set_input_files(recording)
    slowly.come()
    expect(card.locator("[data-told]")).to_contain_text("인사.wav을(를) 골랐습니다.")
    expect(card.locator("[data-send]")).to_be_enabled()


def samples(raw: bytes) -> "tuple[np.ndarray[Any, np.dtype[np.int16]], int]":
    with wave.open(io.BytesIO(raw)) as file:
        assert (file.getnchannels(), file.getsampwidth()) == (1, 2)
        return np.frombuffer(file.readframes(file.getnframes()), "<i2"), file.getframerate()


def listen(page: Page, row: str) -> None:
    """Hear a prompt of the list to its end, by keyboard."""
    play = page.locator(f"#p-{row.replace('/', '-')}").get_by_role("button", name=re.compile("듣기$"))
    play.focus()
    page.keyboard.press("Enter")


def test_an_officer_records_listens_and_sends_and_it_is_approved(
    tab: Tab, mic_browser: Browser, voice: FakeVoice
) -> None:
    page = tab("kim_ms", "/prompts/mine", mic_browser, permissions=["microphone"])
    card = page.get_by_role("region", name="인사", exact=True)
    expect(card).to_contain_text("안녕하십니까, 행정과 김민수입니다.")
    expect(card).to_contain_text("아직 녹음하지 않았습니다")
    card.get_by_role("button", name="녹음 시작").click()
    expect(card.get_by_role("button", name="멈추기")).to_be_focused()
    expect(card.locator("[data-time]")).to_have_text(re.compile(r"^[1-9]\d*\.\d초$"))
    assert float(card.locator("[data-level]").evaluate("meter => meter.value")) > 0.2
    card.get_by_role("button", name="멈추기").click()
    assert OWN not in voice.recordings, "nothing is sent before he says so"
    card.get_by_role("button", name="들어 보기").click()
    expect(card.get_by_role("button", name="들어 보기")).to_be_visible()
    card.get_by_role("button", name="다시 녹음").click()
    expect(card.get_by_role("button", name="멈추기")).to_be_focused()
    expect(card.locator("[data-time]")).to_have_text(re.compile(r"^[1-9]\d*\.\d초$"))
    card.get_by_role("button", name="멈추기").click()
    card.get_by_role("button", name="이 녹음 쓰기").click()
    expect(page.get_by_text("녹음을 받았습니다.")).to_be_visible()
    expect(card).to_contain_text("승인을 기다립니다")
    heard, rate = samples(voice.recordings[OWN])
    assert len(heard) > 0.9 * rate
    spectrum = np.abs(np.fft.rfft(heard))
    assert abs(int(spectrum.argmax()) * rate / len(heard) - MIC_HZ) < 10, "the microphone's tone"
    admin = tab("choi_jh", f"/prompts/one?name={OWN}")
    admin.get_by_role("button", name="이대로 승인").click()
    expect(admin.get_by_text("승인했습니다.")).to_be_visible()
    page.reload()
    expect(card).to_contain_text("지금 들립니다")
    expect(card).to_contain_text("최준호 주무관")


@pytest.mark.parametrize(
    ("has_microphone", "told"), [(True, "‘허용’으로 바꾸고 다시"), (False, "마이크나 헤드셋을 꽂고")]
)
def test_a_microphone_refused_or_absent_is_told_with_the_remedy(
    tab: Tab, browser: Browser, mic_browser: Browser, told: str, *, has_microphone: bool
) -> None:
    allowed = [] if has_microphone else ["microphone"]
    page = tab("kim_ms", "/prompts/mine", mic_browser if has_microphone else browser, permissions=allowed)
    card = page.get_by_role("region", name="늦은 인사")
    card.get_by_role("button", name="녹음 시작").click()
    expect(card.get_by_role("status")).to_contain_text(told)
    expect(card.get_by_role("button", name="녹음 시작")).to_be_enabled()


def test_a_file_that_is_refused_leaves_what_there_is(tab: Tab, voice: FakeVoice, tmp_path: Path) -> None:
    page = tab("lee_sy", f"/prompts/one?name={LATE}")
    refused, good = tmp_path / "loud.wav", tmp_path / "good.mp3"
    refused.write_bytes(tone(1.0, level=3.0))
    good.write_bytes(b"ID3" + bytes(400))
    page.get_by_label("또는 파일 올리기").set_input_files(refused)
    page.get_by_role("button", name="이 녹음 쓰기").click()
    told = page.locator("[data-told]")
    expect(told).to_contain_text(re.compile(r"찌그러졌어요 \(\d+곳\)\. 마이크에서 조금 떨어지거나"))
    assert LATE not in voice.recordings
    page.get_by_label("또는 파일 올리기").set_input_files(good)
    page.get_by_role("button", name="이 녹음 쓰기").click()
    expect(page.get_by_text("녹음을 받았습니다.")).to_be_visible()
    assert voice.recordings[LATE] == good.read_bytes()
    page.get_by_role("button", name="녹음 지우기").click()
    expect(page.get_by_text("녹음을 지웠습니다.")).to_be_visible()


def test_a_text_is_checked_at_once_heard_saved_and_put_back(tab: Tab, voice: FakeVoice) -> None:
    page = tab("lee_sy", f"/prompts/one?name={GREETING}")
    text, fault = page.get_by_label("들려줄 문장"), page.locator("#text-fault")
    text.fill("반갑습니다, {office} {name}입니다.")
    expect(fault).to_contain_text("쓸 수 없는 칸이 있어요: {name}")
    text.fill("반갑습니다, {office}입니다.")
    expect(fault).to_contain_text("빠진 칸이 있어요: {dept}")
    page.get_by_role("button", name="문장 저장").click()
    expect(text).to_be_focused()
    text.fill("반갑습니다, {office} {dept}입니다.")
    expect(fault).to_be_empty()
    page.locator("select[name=of]").select_option("dept:minwon")
    page.get_by_role("button", name="미리 듣기").click()
    expect(page.locator("[data-said]")).to_have_text("읽은 말: 반갑습니다, 평창군청 민원과입니다.")
    page.get_by_role("button", name="문장 저장").click()
    expect(page.locator(".said-ok")).to_contain_text("다시 듣고 승인해야")
    expect(page.locator(".prompt-spoken")).to_have_text("반갑습니다, 평창군청 행정과입니다.")
    page.get_by_role("button", name="0판으로 되돌리기").click()
    expect(page.locator(".prompt-spoken")).to_have_text("안녕하십니까, 평창군청 행정과입니다.")
    assert "greet-noname" not in voice.texts


def test_two_who_edit_the_same_text_see_each_others(tab: Tab) -> None:
    first = tab("lee_sy", "/prompts/one?name=transfer/2202/notice")
    second = tab("choi_jh", "/prompts/one?name=transfer/2202/notice")
    mine, theirs = (
        "{duty} 담당자를 찾습니다. {number}번입니다.",
        "{duty} 담당자에게 잇습니다. {number}번입니다.",
    )
    first.get_by_label("들려줄 문장").fill(theirs)
    first.get_by_role("button", name="문장 저장").click()
    expect(first.locator(".said-ok")).to_be_visible()
    second.get_by_label("들려줄 문장").fill(mine)
    second.get_by_role("button", name="문장 저장").click()
    expect(second.get_by_role("alert")).to_contain_text("이서연 주무관님이")
    expect(second.get_by_role("alert")).to_contain_text(theirs)
    expect(second.get_by_label("들려줄 문장")).to_have_value(mine)
    second.get_by_role("button", name="문장 저장").click()
    expect(second.locator(".said-ok")).to_be_visible()
    expect(second.locator(".versions").first).to_contain_text("2판")


def test_what_was_heard_to_its_end_is_approved_together(tab: Tab, voice: FakeVoice) -> None:
    page = tab("choi_jh", "/prompts?show=approve&of=office")
    together = page.locator("#approve-heard")
    expect(together).to_be_disabled()
    listen(page, NOTICE)
    expect(together).to_have_text("끝까지 들은 1개 모두 승인")
    expect(page.locator(f"#p-{NOTICE.replace('/', '-')}")).to_contain_text("들음")
    together.click()
    expect(page.locator(".said-ok")).to_have_text("승인했습니다.")
    assert voice.named(NOTICE)["live"]
    assert not voice.named("dept/minwon/greeting")["live"]
    expect(page.locator(f"#p-{NOTICE.replace('/', '-')}")).to_have_count(0)


def test_rendering_is_shown_as_it_goes_and_nothing_moves(tab: Tab, voice: FakeVoice) -> None:
    voice.unrendered = {"dept/minwon/greeting"}
    page = tab("choi_jh", "/prompts")
    expect(page.locator("#p-dept-minwon-greeting")).to_contain_text("음성을 만드는 중입니다")
    page.get_by_role("button", name="음성 모두 만들기").click()
    expect(page.locator(".said-ok")).to_be_visible()
    page.evaluate(_SHIFTS)
    voice.progress = {"done": 2, "of": 4, "name": "dept/minwon/greeting"}
    expect(page.locator("#render-text")).to_have_text("4개 가운데 2개")
    expect(page.locator("#prompts-told")).to_have_text("음성을 만드는 중: 4개 가운데 2개")
    voice.unrendered = set()
    voice.progress = {"done": 4, "of": 4, "name": None}
    expect(page.locator("#render-text")).to_have_text("4개를 모두 만들었습니다.")
    expect(page.locator("#p-dept-minwon-greeting")).to_contain_text("승인을 기다립니다")
    assert page.evaluate("window.shifted") < 0.01
    voice.progress = {"done": 0, "of": 0, "name": None}


def test_a_voice_service_that_dies_is_told_and_its_return_too(tab: Tab, server: VoiceServer) -> None:
    page = tab("choi_jh", "/prompts")
    expect(page.get_by_text("음성 서비스와 이어져 있습니다.")).to_be_visible()
    server.stop()
    expect(page.locator("#voice-state")).to_contain_text("음성 서비스가 멈춰 있습니다.")
    expect(page.get_by_text("음성 서비스와 이어져 있습니다.")).to_be_hidden()
    expect(page.get_by_role("button", name="음성 모두 만들기")).to_be_disabled()
    server.start()
    expect(page.get_by_text("음성 서비스와 이어져 있습니다.")).to_be_visible()
    expect(page.get_by_role("button", name="음성 모두 만들기")).to_be_enabled()


def test_the_list_is_filtered_and_searched(tab: Tab) -> None:
    page = tab("lee_sy", "/")
    page.get_by_role("link", name="안내 음성").click()
    page.get_by_label("어디의 안내").select_option("민원과")
    page.get_by_role("search").get_by_role("button", name="보기").click()
    expect(page.locator(".prompt-row")).to_have_count(1)
    expect(page.get_by_text("지금 음성(espeak)은 전화로 알아듣기 어렵습니다.")).to_be_visible()
    page.get_by_role("searchbox", name="찾기").fill("없는 말")
    page.keyboard.press("Enter")
    expect(page.get_by_text("맞는 안내가 없습니다.")).to_be_visible()


@pytest.mark.parametrize("theme", ["light", "dark", "contrast"])
def test_the_pages_pass_axe_and_fit_a_telephone(tab: Tab, theme: str) -> None:
    faults = []
    pages = {"choi_jh": ("/prompts", f"/prompts/one?name={GREETING}"), "kim_ms": ("/prompts/mine",)}
    for officer, paths in pages.items():
        page = tab(officer, "/desk", viewport={"width": 375, "height": 800})
        page.add_init_script(f"localStorage.setItem('charterline-theme', '{theme}')")
        for path in paths:
            page.goto(path)
            wide = page.evaluate("document.documentElement.scrollWidth")
            assert wide <= 375, path
            found = Axe().run(page, options=RULES).response["violations"]
            faults += [(path, f["id"], [node["target"] for node in f["nodes"][:3]]) for f in found]
    assert faults == []


def test_no_script_of_the_studio_is_heavy(studio: MemoService) -> None:
    with studio.at_desk("choi_jh") as desk:
        page = eventually(lambda: desk.get(f"/prompts/one?name={GREETING}")).text
        weights = [len(desk.get(path).content) for path in re.findall(r'<script src="([^"]+)"', page)]
    assert len(weights) > 5
    assert max(weights) < 150_000
