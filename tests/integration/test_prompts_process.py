"""The studio in a running service: who is let in, what each answer is, and a voice service that dies."""

from collections.abc import Iterator

import httpx
import pytest

from tests.support.fake_voice import VoiceServer, tone, voice_server
from tests.support.memo import MemoService, RedisServer, eventually

GREETING, OWN = "dept/haengjeong/greeting", "officer/kim_ms/greeting"
KEY, NEW = "greet-noname", "반갑습니다, {office} {dept}입니다."
LATE, LATE_KEY, LATER = "office/transfer-late", "transfer-late", "연결이 늦습니다. 기다려 주십시오."
WAV = {"Content-Type": "audio/wav"}


@pytest.fixture(scope="module")
def server() -> Iterator[VoiceServer]:
    with voice_server() as running:
        yield running


@pytest.fixture(scope="module")
def running(server: VoiceServer, tmp_path_factory: pytest.TempPathFactory) -> Iterator[MemoService]:
    """One for all tests here: each has a text or a prompt of its own."""
    folder = tmp_path_factory.mktemp("prompts")
    redis = RedisServer(folder).start()
    service = MemoService(redis.url, folder / "state", {"CHARTERLINE_DEMO": "1", **server.env})
    try:
        service.start()
        with service.at_desk("choi_jh") as desk:
            eventually(lambda: GREETING in desk.get("/prompts").text)
        yield service
    finally:
        service.close()
        redis.stop()


@pytest.fixture
def admin(running: MemoService) -> Iterator[httpx.Client]:
    with running.at_desk("choi_jh") as desk:
        yield desk


@pytest.fixture
def officer(running: MemoService) -> Iterator[httpx.Client]:
    with running.at_desk("kim_ms") as desk:
        yield desk


def content(server: VoiceServer, name: str = GREETING) -> str:
    found: str = server.voice.named(name)["content"]
    return found


def log(service: MemoService) -> str:
    with service.at_desk("choi_jh") as desk:
        return desk.get("/access-log").text


def test_an_officer_sees_his_own_voice_and_nothing_of_the_office(
    officer: httpx.Client, server: VoiceServer
) -> None:
    for path in ("/prompts", f"/prompts/one?name={GREETING}", f"/prompts/audio?name={GREETING}"):
        assert officer.get(path).status_code == 403, path
    for path in ("text", "approve", "approve-heard", "withdraw", "say", "render", "remove", "heard"):
        assert officer.post(f"/prompts/{path}").status_code == 403, path
    assert officer.post(f"/prompts/recording?name={OWN}", content=tone()).status_code == 403
    assert officer.get("/prompts/mine").status_code == 200
    assert officer.post("/prompts/mine/recording?which=../x", content=tone()).status_code == 422
    assert server.voice.recordings == {}


def test_his_greeting_is_heard_once_somebody_approved_it(
    officer: httpx.Client, admin: httpx.Client, server: VoiceServer, running: MemoService
) -> None:
    sent = officer.post("/prompts/mine/recording?which=greeting", content=tone(), headers=WAV)
    assert sent.status_code == 201
    assert server.voice.recordings == {OWN: tone()}
    page = officer.get("/prompts/mine").text
    assert "승인을 기다립니다" in page
    assert "안녕하십니까, 행정과 김민수입니다." in page
    heard = officer.get("/prompts/mine/audio?which=greeting", headers={"Range": "bytes=0-3"})
    assert (heard.status_code, heard.content) == (206, b"RIFF")
    form = {"name": OWN, "content": content(server, OWN)}
    assert admin.post("/prompts/approve", data=form).status_code == 303
    assert server.voice.named(OWN)["live"]
    assert "최준호 주무관" in officer.get("/prompts/mine").text
    told = log(running)
    assert "안내 음성 녹음" in told
    assert "안내 음성 승인" in told
    assert officer.post("/prompts/mine/remove", data={"which": "greeting"}).status_code == 303
    assert server.voice.recordings == {}


@pytest.mark.parametrize(
    ("sound", "status", "told"),
    [
        (tone(level=3.0), 422, "찌그러졌어요"),
        (tone(level=0.01), 422, "너무 작아요 (-40 dB)"),
        (tone(0.1), 422, "너무 짧아요 (0.1초)"),
        (b"no sound", 422, "읽을 수 없는 파일"),
        (bytes(10_000_001), 413, "10 MB까지"),
    ],
)
def test_a_refused_recording_names_figure_and_remedy(
    admin: httpx.Client, server: VoiceServer, sound: bytes, status: int, told: str
) -> None:
    answer = admin.post(f"/prompts/recording?name={GREETING}", content=sound, headers=WAV)
    assert answer.status_code == status
    assert told in answer.json()["told"]
    assert server.voice.recordings == {}


def test_a_text_is_saved_refused_and_disputed(admin: httpx.Client, server: VoiceServer) -> None:
    form = {"name": GREETING, "key": KEY, "over": "0", "text": NEW}
    assert admin.post("/prompts/text", data=form | {"text": "{nobody}"}).status_code == 422
    assert admin.post("/prompts/text", data=form).status_code == 303
    assert server.voice.texts == {KEY: NEW}
    other = admin.post("/prompts/text", data=form | {"text": "{office} {dept}"})
    assert other.status_code == 409
    assert "최준호 주무관님이" in other.text
    assert NEW in other.text
    assert '<input type="hidden" name="over" value="1">' in other.text
    back = {"name": GREETING, "key": KEY, "over": "1", "restore": "0"}
    assert admin.post("/prompts/text", data=back).status_code == 303
    assert server.voice.texts == {}
    for nonsense in ("", "-1", "x", "99999999999"):
        assert admin.post("/prompts/text", data=form | {"over": nonsense}).status_code == 409


def test_a_text_is_heard_for_anybody_before_it_is_saved(admin: httpx.Client, server: VoiceServer) -> None:
    form = {"key": KEY, "text": NEW, "of": "dept:minwon"}
    said = admin.post("/prompts/say", data=form)
    assert (said.status_code, said.headers["content-type"]) == (200, "audio/wav")
    assert server.voice.said == ["반갑습니다, 평창군청 민원과입니다."]
    assert admin.post("/prompts/say", data=form | {"text": "{name}"}).status_code == 422
    server.voice.silent = True
    silent = admin.post("/prompts/say", data=form)
    server.voice.silent = False
    assert silent.status_code == 503
    assert "합성 음성이 없어" in silent.json()["told"]


def test_what_changed_since_is_not_approved(admin: httpx.Client, server: VoiceServer) -> None:
    answer = admin.post("/prompts/approve", data={"name": GREETING, "content": "0" * 64})
    assert answer.status_code == 409
    assert "다시 듣고 승인해" in answer.text
    assert admin.get(f"/prompts/audio?name={GREETING}&content={'0' * 64}").status_code == 409
    assert admin.get(f"/prompts/audio?name={GREETING}&content={content(server)}").status_code == 200
    assert admin.get("/prompts/audio?name=office/none").status_code == 404
    assert admin.get(f"/prompts/audio?name={OWN}").status_code == 404, "nothing recorded"


def test_the_first_page_tells_what_waits(admin: httpx.Client, server: VoiceServer) -> None:
    page = admin.get("/start").text
    prompts = server.voice.listing()["prompts"]
    waiting = sum(prompt["waits"] == "approval" for prompt in prompts)
    spoken = sum(prompt["source"] == "synthetic" for prompt in prompts)
    assert waiting
    assert f"안내 {waiting}개가 승인을 기다립니다." in page
    assert f"안내 {spoken}개가 espeak 합성 음성입니다." in page


def test_without_the_voice_service_nothing_acknowledged_is_lost(
    running: MemoService, server: VoiceServer, admin: httpx.Client
) -> None:
    seen = content(server, LATE)
    server.stop()
    eventually(lambda: "음성 서비스가 멈춰 있습니다." in admin.get("/prompts").text)
    assert GREETING in admin.get("/prompts").text
    form = {"name": LATE, "key": LATE_KEY, "over": "0", "text": LATER}
    saved = admin.post("/prompts/text", data=form)
    assert saved.headers["location"].endswith("done=later")
    assert admin.post("/prompts/approve", data={"name": LATE, "content": seen}).status_code == 303
    assert "전하는 중입니다" in admin.get("/prompts").text
    assert admin.post(f"/prompts/recording?name={GREETING}", content=tone()).status_code == 503
    assert admin.post("/prompts/render").status_code == 503
    assert admin.get(f"/prompts/audio?name={GREETING}").status_code == 503
    assert "음성 서비스" in admin.get("/start").text
    running.stop()
    running.start()  # before the voice service is back: the last list is still shown
    with running.at_desk("choi_jh") as desk:
        assert GREETING in desk.get("/prompts").text
        server.start()
        eventually(lambda: server.voice.texts.get(LATE_KEY) == LATER)
        assert server.voice.approved[LATE] == seen


def test_where_no_voice_service_is_set_up_the_pages_say_how(service: MemoService) -> None:
    service.start()
    with service.at_desk("choi_jh") as desk:
        page = desk.get("/prompts")
        assert page.status_code == 200
        assert "CHARTERLINE_VOICE_URL" in page.text
        assert desk.post("/prompts/render").status_code == 404
        assert desk.get(f"/prompts/one?name={GREETING}").status_code == 404
    with service.at_desk("kim_ms") as desk:
        assert "관리자에게 말씀해" in desk.get("/prompts/mine").text
