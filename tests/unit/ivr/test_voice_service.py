"""The voice service over HTTP, with a voice of tones: what is heard, what waits, what is refused."""

import asyncio
import shutil
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import httpx
import numpy as np
import pytest

from ivr.prompts import sound
from ivr.prompts.korean.wordlist import word_list
from ivr.prompts.studio import Studio, places, studio_with
from ivr.prompts.voices.choice import Means
from ivr.voice.app import create_app
from ivr.voice.recordings import clipped
from ivr.voice.watch import signature
from ivr.voice.workshop import Workshop
from office.folder import Office, load_office
from rehearsal.scenarios.waiting import arrives
from tests.support.tone_voice import ToneVoice

ROOT = Path(__file__).parents[3]
OFFICE = ROOT / "tests" / "data" / "softphone-office"
GREETING = "officer/o5001/greeting"


def spoken(seconds: float, level: float = 0.3, rate: int = 22_050) -> bytes:
    """A WAV that sounds for so long; no two halves of it are alike."""
    at = np.arange(round(seconds * rate)) / rate
    swept = np.sin(2 * np.pi * (400 + 300 * at) * at) * np.sin(2 * np.pi * 1.7 * at) ** 2
    return sound.wav((level * swept).astype(np.float32), rate)


@dataclass
class Service:
    """The API of one workshop, and what it works on."""

    http: httpx.AsyncClient
    workshop: Workshop
    voice: ToneVoice
    office: Path
    state: Path

    async def prompts(self) -> dict[str, dict[str, Any]]:
        listed = (await self.http.get("/prompts")).json()["prompts"]
        return {prompt["name"]: prompt for prompt in listed}

    async def idle(self) -> None:
        async def done() -> bool:
            progress = (await self.http.get("/healthz")).json()["progress"]
            return bool(progress["done"] == progress["of"])

        await arrives("the end of rendering", done, 60)

    def heard(self, name: str) -> bytes | None:
        path = self.state / "prompts" / f"{name}.wav"
        return path.read_bytes() if path.is_file() else None


Start = Callable[[str], "Service"]


@pytest.fixture
async def start(tmp_path: Path) -> AsyncIterator[Start]:
    """Starts a service whose charter says `synthetic` so."""
    started: list[Service] = []

    def begin(synthetic: str) -> Service:
        office, state, voice = tmp_path / "office", tmp_path / "state", ToneVoice()
        shutil.copytree(OFFICE, office)
        charter = office / "charter.toml"
        charter.write_text(charter.read_text("utf-8").replace('"always"', f'"{synthetic}"'), "utf-8")
        means = Means(espeak=tmp_path / "none", words=word_list())
        where = places(office, state)

        def opened() -> tuple[Office, Studio]:
            read = load_office(office)
            return read, studio_with(read, where, means, voice)

        workshop = Workshop(where, opened, niceness=0)
        app = create_app(workshop, office, "secret of a test")
        http = httpx.AsyncClient(
            transport=httpx.ASGITransport(app),
            base_url="http://voice",
            headers={"Authorization": "Bearer secret of a test"},
        )
        workshop.start()
        service = Service(http, workshop, voice, office, state)
        started.append(service)
        return service

    yield begin
    for service in started:
        await asyncio.to_thread(service.workshop.stop)
        await service.http.aclose()


async def test_without_the_token_only_the_health_is_told(start: Start) -> None:
    service = start("always")
    nobody = {"Authorization": "Bearer another"}
    assert (await service.http.get("/prompts", headers=nobody)).json()["code"] == "unauthorised"
    assert (await service.http.put("/wanted", json={}, headers=nobody)).status_code == 401
    assert (await service.http.get("/healthz", headers=nobody)).json()["voice"] == "tone"


async def test_everything_is_rendered_and_heard_where_no_approval_is_needed(start: Start) -> None:
    service = start("always")
    await service.idle()
    prompts = await service.prompts()
    shown = prompts["dept/window/greeting"]
    assert shown["spoken"] == "안녕하십니까, 전화군청 창구과입니다."
    assert (shown["key"], shown["slots"]) == ("greet-noname", ["office", "dept"])
    assert (shown["source"], shown["voice"], shown["live"], shown["waits"]) == (
        "synthetic",
        "tone",
        True,
        None,
    )
    assert shown["length_ms"] > 250
    assert {name for name, prompt in prompts.items() if not prompt["live"]} == {
        name for name in prompts if name.startswith("officer/")
    }
    assert prompts[GREETING]["waits"] == "recording"
    assert prompts["office/duty-call"]["audience"] == "officer"
    audio = await service.http.get("/prompts/audio", params={"name": "dept/window/greeting"})
    assert audio.content == service.heard("dept/window/greeting") == service.heard("desk/5001/greeting")
    assert audio.headers["etag"].strip('"') == shown["content"]


async def test_what_waits_for_approval_can_be_listened_to_and_is_not_heard(start: Start) -> None:
    service = start("approved")
    await service.idle()
    shown = (await service.prompts())["office/greeting"]
    assert (shown["live"], shown["waits"]) == (False, "approval")
    assert service.heard("office/greeting") is None
    audio = await service.http.get("/prompts/audio", params={"name": "office/greeting"})
    assert audio.status_code == 200
    wanted = {"texts": {}, "approved": {"office/greeting": shown["content"]}}
    told = await service.http.put("/wanted", json=wanted)
    assert told.json() == {"changed": ["office/greeting"]}
    assert service.heard("office/greeting") == audio.content == service.heard("desk/5001/greeting")
    assert (await service.http.put("/wanted", json=wanted)).json() == {"changed": []}
    await service.http.put("/wanted", json={"texts": {}, "approved": {}})
    assert service.heard("desk/5001/greeting") is None


async def test_a_sentence_of_the_studios_own_is_spoken(start: Start) -> None:
    service = start("always")
    await service.idle()
    wanted = {"texts": {"hold": "곧 돌아오겠습니다."}, "approved": {}}
    assert (await service.http.put("/wanted", json=wanted)).json() == {"changed": ["office/hold"]}
    await service.idle()
    assert "곧 돌아오겠습니다." in service.voice.said
    assert (await service.prompts())["office/hold"]["live"]


@pytest.mark.parametrize(
    ("key", "text"),
    [
        ("greet-noname", "안녕하십니까, {office}입니다."),
        ("greet-noname", "안녕하십니까, {office} {dept} {name}입니다."),
        ("hold", "{ 잠시만 }"),
        ("hold", " "),
        ("memo-done", "전화드리겠습니다. {when}까지"),
        ("nothing", "없는 문장"),
    ],
)
async def test_a_sentence_that_does_not_fit_is_refused_by_its_key(start: Start, key: str, text: str) -> None:
    service = start("always")
    told = await service.http.put(
        "/wanted", json={"texts": {"hold": "곧 옵니다.", key: text}, "approved": {}}
    )
    assert (told.status_code, told.json()["key"]) == (422, key)
    assert (await service.prompts())["office/hold"]["text"] != "곧 옵니다."


async def test_an_officers_recording_is_heard_at_once_and_can_be_taken_back(start: Start) -> None:
    service = start("always")
    await service.idle()
    before = service.heard("desk/5001/greeting")
    told = await service.http.post("/recordings", params={"name": GREETING}, content=spoken(3.0))
    assert told.status_code == 201
    assert 2700 < told.json()["length_ms"] < 3200
    assert abs(told.json()["loudness_db"] + 18) < 1.5
    shown = (await service.prompts())[GREETING]
    assert (shown["source"], shown["live"], shown["voice"]) == ("recorded", True, None)
    assert service.heard("desk/5001/greeting") == service.heard(GREETING) != before
    assert service.heard("desk/5002/greeting") == before
    kept = service.state / "voice" / "recordings" / f"{GREETING}.wav"
    assert sound.read_wav(kept.read_bytes())[1] == sound.WIDE
    assert (await service.http.delete("/recordings", params={"name": GREETING})).status_code == 204
    assert service.heard("desk/5001/greeting") == before
    assert (await service.http.delete("/recordings", params={"name": GREETING})).status_code == 404


async def test_a_recording_of_the_studio_waits_for_approval_and_the_one_before_goes_on(start: Start) -> None:
    service = start("approved")
    await service.idle()
    await service.http.post("/recordings", params={"name": GREETING}, content=spoken(3.0))
    first = (await service.prompts())[GREETING]
    assert (first["source"], first["live"], first["waits"]) == ("recorded", False, "approval")
    assert service.heard("desk/5001/greeting") is None
    assert (await service.http.get("/prompts/audio", params={"name": GREETING})).status_code == 200
    await service.http.put("/wanted", json={"approved": {GREETING: first["content"]}})
    heard = service.heard("desk/5001/greeting")
    assert heard
    await service.http.post("/recordings", params={"name": GREETING}, content=spoken(4.0))
    second = (await service.prompts())[GREETING]
    assert (second["live"], second["waits"]) == (False, "approval")
    assert service.heard("desk/5001/greeting") == heard
    await service.http.put("/wanted", json={"approved": {GREETING: second["content"]}})
    assert service.heard("desk/5001/greeting") != heard
    await service.http.delete("/recordings", params={"name": GREETING})
    assert service.heard("desk/5001/greeting") is None, "what was taken back is not heard, approved or not"


async def test_a_recording_of_the_folder_is_heard_while_the_studios_waits(start: Start) -> None:
    service = start("approved")
    folder = service.office / "recordings" / f"{GREETING}.wav"
    folder.parent.mkdir(parents=True)
    folder.write_bytes(spoken(3.0))
    await asyncio.to_thread(service.workshop.refresh)
    heard = service.heard("desk/5001/greeting")
    assert heard
    await service.http.post("/recordings", params={"name": GREETING}, content=spoken(4.0))
    assert (await service.prompts())[GREETING]["waits"] == "approval"
    assert service.heard("desk/5001/greeting") == heard


async def test_an_mp3_is_taken_like_a_wav(start: Start) -> None:
    service = start("always")
    raw = (ROOT / "tests" / "data" / "voice" / "hello.mp3").read_bytes()
    told = await service.http.post("/recordings", params={"name": "office/hold-again"}, content=raw)
    assert told.status_code == 201
    assert 1000 < told.json()["length_ms"] < 2200


@pytest.mark.parametrize(
    ("raw", "code"),
    [
        (b"no sound", "unreadable"),
        (spoken(3.0, level=4.0), "clipped"),
        (spoken(3.0, level=0.004), "too_quiet"),
        (sound.wav(sound.silence(2)), "too_quiet"),
        (spoken(0.4), "too_short"),
        (spoken(75.0, rate=8000), "too_long"),
    ],
)
async def test_a_recording_that_cannot_be_used_is_refused_with_its_figure(
    start: Start, raw: bytes, code: str
) -> None:
    service = start("always")
    told = await service.http.post("/recordings", params={"name": GREETING}, content=raw)
    assert (told.status_code, told.json()["code"]) == (422, code)
    assert ("figure" in told.json()) == (code != "unreadable")
    assert service.heard(GREETING) is None


async def test_nothing_is_kept_under_a_name_that_is_no_prompt(start: Start) -> None:
    service = start("always")
    for name in ("officer/nobody/greeting", "../../x", ""):
        told = await service.http.post("/recordings", params={"name": name}, content=spoken(3.0))
        assert (told.status_code, told.json()["code"]) == (404, "unknown")
    assert not list((service.state / "voice" / "recordings").rglob("*.wav"))


async def test_parts_can_be_recorded(start: Start) -> None:
    service = start("always")
    await service.idle()
    for part in ("greet-noname.a", "office", "dept/window", "greet-noname.b"):
        told = await service.http.post("/recordings", params={"name": f"parts/{part}"}, content=spoken(0.6))
        assert told.status_code == 201
    shown = (await service.prompts())["dept/window/greeting"]
    assert (shown["source"], shown["live"]) == ("assembled", True)


async def test_a_sentence_is_said_once_and_kept_nowhere(start: Start) -> None:
    service = start("always")
    await service.idle()
    files = sorted(service.state.rglob("*.wav"))
    told = await service.http.post("/say", json={"text": "KT 2번, 3시입니다.", "rate": 16000})
    assert unquote(told.headers["x-spoken"]) == "케이티 이번, 세 시입니다."
    assert sound.read_wav(told.content)[1] == 16000
    assert sorted(service.state.rglob("*.wav")) == files
    for asked in ({"text": ""}, {"text": "가", "rate": 44100}, {}):
        assert (await service.http.post("/say", json=asked)).json()["code"] in ("text", "malformed")
    missing = await service.http.post("/say", json={"text": "가", "voice": "supertonic"})
    assert (missing.status_code, missing.json()["code"]) == (503, "no_voice")


async def test_a_sentence_that_cannot_be_said_stops_no_other(start: Start) -> None:
    service = start("always")
    await service.idle()
    service.voice.dumb = {"못해"}
    wanted = {"texts": {"hold": "못해요.", "hold-again": "고맙습니다."}, "approved": {}}
    await service.http.put("/wanted", json=wanted)
    await service.idle()
    prompts = await service.prompts()
    assert prompts["office/hold"]["waits"] == "rendering"
    assert prompts["office/hold-again"]["live"]
    service.voice.dumb = set()
    assert (await service.http.post("/render")).status_code == 202
    await service.idle()
    assert (await service.prompts())["office/hold"]["live"]


async def test_a_new_officer_in_the_folder_is_spoken_for_at_once(start: Start) -> None:
    service = start("always")
    await service.idle()
    seen = signature(service.office)
    directory = service.office / "directory.toml"
    text = directory.read_text("utf-8")
    directory.write_text(text.replace('name = "창구과"', 'name = "민원과"'), "utf-8")
    recording = service.office / "recordings" / "officer" / "o5002" / "greeting.wav"
    recording.parent.mkdir(parents=True)
    recording.write_bytes(spoken(3.0))
    assert signature(service.office) != seen
    await asyncio.to_thread(service.workshop.refresh)
    await service.idle()
    assert "안녕하십니까, 전화군청 민원과입니다." in service.voice.said
    assert service.heard("desk/5001/greeting") == service.heard("dept/window/greeting")
    assert service.heard("desk/5002/greeting") == service.heard("officer/o5002/greeting")


async def test_a_folder_that_cannot_be_used_changes_nothing_and_is_told(start: Start) -> None:
    service = start("always")
    await service.idle()
    before = service.heard("desk/5001/greeting")
    directory = service.office / "directory.toml"
    text = directory.read_text("utf-8")
    directory.write_text("[[department]", "utf-8")
    await asyncio.to_thread(service.workshop.refresh)
    health = (await service.http.get("/healthz")).json()
    assert health["state"] == "problem"
    assert "directory.toml:1" in health["problem"]
    assert service.heard("desk/5001/greeting") == before
    directory.write_text(text, "utf-8")
    await asyncio.to_thread(service.workshop.refresh)
    assert (await service.http.get("/healthz")).json()["state"] == "up"


def test_a_peak_is_clipped_where_it_is_flat() -> None:
    sine = np.sin(np.linspace(0, 20 * np.pi, 8000)).astype(np.float32)
    assert clipped(0.9 * sine) == 0
    assert clipped(np.clip(2 * sine, -1, 1)) == 20
