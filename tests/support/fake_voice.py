"""A voice service as docs/contracts.md says, in a thread of the test; it can go away and come back.

Owns no sound worth hearing: what it synthesises is a tone, and it measures recordings as the real one does.
"""

import array
import hashlib
import io
import json
import math
import secrets
import threading
import wave
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, quote, urlsplit

from memo_service.prompts.slots import slots_of

TOKEN = secrets.token_urlsafe(12)
OFFICE, DEPT = "평창군청", "행정과"
GREETING = "안녕하십니까, {office} {dept}입니다."
BUILT_IN = {
    "notice-recording": "{office}입니다. 담당자 보호를 위해 통화 내용이 녹음됩니다.",
    "greet-noname": GREETING,
    "greet": "안녕하십니까, {dept} {name}입니다.",
    "apology": "늦게 받아 죄송합니다. {office} {dept} {name}입니다.",
    "note-late": "늦은 전화입니다.",
    "transfer-notice": "{duty} 담당자에게 연결합니다. 끊어지면 {number}번으로 전화해 주십시오.",
    "transfer-late": "연결이 늦어 죄송합니다. 조금만 더 기다려 주십시오.",
}
SAID = {
    "office": OFFICE,
    "dept": DEPT,
    "name": "김민수",
    "duty": "문서",
    "number": "공삼삼에 삼삼공에 이이공이",
}


def tone(seconds: float = 0.3, level: float = 0.4, hz: int = 440, rate: int = 8000) -> bytes:
    """A WAV of a sine; above level 1 it is clipped."""
    sine = (level * math.sin(2 * math.pi * hz * n / rate) for n in range(int(seconds * rate)))
    samples = array.array("h", (round(32767 * max(-1.0, min(1.0, sample))) for sample in sine))
    packed = io.BytesIO()
    with wave.open(packed, "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(rate)
        file.writeframes(samples.tobytes())
    return packed.getvalue()


class RefusedError(Exception):
    """What is answered instead."""

    def __init__(self, status: int, code: str, **more: Any) -> None:
        super().__init__(code)
        self.status = status
        self.told = {"code": code, "detail": code, **more}


@dataclass
class _Made:
    """One prompt as planned."""

    name: str
    key: str
    audience: str = "citizen"
    voice: str = "espeak"

    @property
    def own(self) -> bool:
        """In the officer's own voice or not at all."""
        return self.name.startswith("officer/")


PLAN = (
    _Made("office/notice", "notice-recording"),
    _Made("office/transfer-late", "transfer-late"),
    _Made("office/note-apology", "note-late", audience="officer"),
    _Made("dept/haengjeong/greeting", "greet-noname"),
    _Made("dept/minwon/greeting", "greet-noname"),
    _Made("transfer/2202/notice", "transfer-notice"),
    _Made("officer/kim_ms/greeting", "greet"),
    _Made("officer/kim_ms/apology", "apology"),
    _Made("officer/lee_sy/greeting", "greet"),
)


@dataclass
class FakeVoice:
    """The state of one voice service. `asked`: the requests that came, in order."""

    plan: tuple[_Made, ...] = PLAN
    texts: dict[str, str] = field(default_factory=dict)
    approved: dict[str, str] = field(default_factory=dict)
    recordings: dict[str, bytes] = field(default_factory=dict)
    unrendered: set[str] = field(default_factory=set)
    refuse_keys: set[str] = field(default_factory=set)
    silent: bool = False
    progress: dict[str, Any] = field(default_factory=lambda: {"done": 0, "of": 0, "name": None})
    asked: list[str] = field(default_factory=list)
    puts: list[dict[str, Any]] = field(default_factory=list)
    said: list[str] = field(default_factory=list)

    def prompt(self, made: _Made) -> dict[str, Any]:
        text = self.texts.get(made.key, BUILT_IN[made.key])
        spoken, slots = text.format(**SAID), sorted(slots_of(BUILT_IN[made.key]) or ())
        raw = self.recordings.get(made.name)
        told: dict[str, Any] = {
            "name": made.name, "key": made.key, "text": text, "spoken": spoken, "slots": slots,
            "source": "none", "voice": None, "length_ms": None, "peak_db": None, "loudness_db": None,
            "content": None, "live": False, "waits": "recording", "audience": made.audience,
        }  # fmt: skip
        if raw is None and made.own:
            return told
        made_from = raw if raw is not None else f"{made.voice}\0{text}".encode()
        content = hashlib.sha256(made.name.encode() + b"\0" + made_from).hexdigest()
        if raw is None and made.name in self.unrendered:
            return told | {"source": "synthetic", "content": content, "waits": "rendering"}
        waits = made.audience == "citizen" and self.approved.get(made.name) != content
        return told | {
            "source": "recorded" if raw is not None else "synthetic",
            "voice": None if raw is not None else made.voice,
            "length_ms": 300, "peak_db": -3.0, "loudness_db": -20.4, "content": content,
            "live": not waits, "waits": "approval" if waits else None,
        }  # fmt: skip

    def named(self, name: str) -> dict[str, Any]:
        for made in self.plan:
            if made.name == name:
                return self.prompt(made)
        raise RefusedError(404, "unknown")

    def listing(self) -> dict[str, Any]:
        warning = "전화로는 알아듣기 어려운 목소리입니다."
        voices = [
            {"name": "espeak", "usable": True, "why": None, "warning": warning},
            {"name": "kokoro", "usable": False, "why": "모델 파일이 없습니다.", "warning": None},
        ]
        prompts = [self.prompt(made) for made in self.plan]
        return {"prompts": prompts, "progress": self.progress, "voices": voices}

    def want(self, wanted: dict[str, Any]) -> dict[str, Any]:
        self.puts.append(wanted)
        for key, text in wanted["texts"].items():
            if key in self.refuse_keys or slots_of(text) != slots_of(BUILT_IN[key]):
                raise RefusedError(422, "text", key=key)
        before = self.listing()["prompts"]
        self.texts, self.approved = dict(wanted["texts"]), dict(wanted["approved"])
        after = self.listing()["prompts"]
        changed = [new["name"] for old, new in zip(before, after, strict=True) if old != new]
        return {"changed": changed}

    def record(self, name: str, raw: bytes) -> dict[str, Any]:
        self.named(name)
        if not raw.startswith((b"ID3", b"\xff\xfb")):
            _measured(raw)
        self.recordings[name] = raw
        return self.named(name)


def _measured(raw: bytes) -> None:
    try:
        with wave.open(io.BytesIO(raw)) as file:
            seconds = file.getnframes() / file.getframerate()
            samples = array.array("h", file.readframes(file.getnframes()))
    except (wave.Error, EOFError):
        raise RefusedError(422, "unreadable") from None
    if seconds < 0.25:
        raise RefusedError(422, "too_short", figure=round(seconds, 2))
    if places := sum(abs(sample) >= 32700 for sample in samples):
        raise RefusedError(422, "clipped", figure=places)
    loud = 20 * math.log10(max(1e-5, max(map(abs, samples)) / 32768))
    if loud < -30:
        raise RefusedError(422, "too_quiet", figure=round(loud, 1))


class VoiceServer:
    """The fake on a port of its own; `stop` and `start` are it dying and coming back with its state."""

    def __init__(self) -> None:
        self.voice = FakeVoice()
        self.port = 0
        self._server: ThreadingHTTPServer | None = None

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def env(self) -> dict[str, str]:
        """What memo_service is given."""
        return {"CHARTERLINE_VOICE_URL": self.url, "CHARTERLINE_VOICE_TOKEN": TOKEN}

    def start(self) -> "VoiceServer":
        handler = type("Handler", (_Handler,), {"voice": self.voice})
        self._server = _Server(("127.0.0.1", self.port), handler)
        self.port = self._server.server_address[1]
        threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True).start()
        return self

    def stop(self) -> None:
        if self._server is not None:
            self._server.shutdown()
            self._server.server_close()
            self._server = None


@contextmanager
def voice_server() -> Iterator[VoiceServer]:
    """A running one."""
    server = VoiceServer().start()
    try:
        yield server
    finally:
        server.stop()


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    allow_reuse_address = True


class _Handler(BaseHTTPRequestHandler):
    voice: FakeVoice

    def do_GET(self) -> None:
        self._answer()

    def do_POST(self) -> None:
        self._answer()

    def do_PUT(self) -> None:
        self._answer()

    def do_DELETE(self) -> None:
        self._answer()

    def log_request(self, code: int | str = "-", size: int | str = "-") -> None:
        """Nothing is written."""

    def _answer(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        path = urlsplit(self.path).path
        name = parse_qs(urlsplit(self.path).query).get("name", [""])[0]
        self.voice.asked.append(f"{self.command} {path}")
        try:
            self._admit()
            self._route(f"{self.command} {path}", name, body)
        except RefusedError as refused:
            self._send(refused.status, json.dumps(refused.told).encode())

    def _admit(self) -> None:
        if self.headers.get("Authorization") != f"Bearer {TOKEN}":
            raise RefusedError(401, "token")

    def _route(self, what: str, name: str, body: bytes) -> None:
        voice = self.voice
        if what == "GET /prompts":
            self._json(200, voice.listing())
        elif what == "GET /prompts/audio":
            found = voice.named(name)
            if not found["content"]:
                raise RefusedError(404, "unknown")
            sound = voice.recordings.get(name) or tone()
            self._send(200, sound, {"Content-Type": "audio/wav", "ETag": f'"{found["content"]}"'})
        elif what == "POST /say":
            self._say(json.loads(body)["text"])
        elif what == "POST /recordings":
            self._json(201, voice.record(name, body))
        elif what == "DELETE /recordings":
            if voice.recordings.pop(name, None) is None:
                raise RefusedError(404, "unknown")
            self._send(204, b"")
        elif what == "PUT /wanted":
            self._json(200, voice.want(json.loads(body)))
        elif what == "POST /render":
            waiting = len(voice.unrendered)
            voice.progress = {"done": 0, "of": waiting, "name": None}
            self._json(202, {})
        else:
            raise RefusedError(404, "unknown")

    def _say(self, text: str) -> None:
        if self.voice.silent:
            raise RefusedError(503, "voice")
        self.voice.said.append(text)
        self._send(200, tone(), {"Content-Type": "audio/wav", "X-Spoken": quote(text)})

    def _json(self, status: int, told: object) -> None:
        self._send(status, json.dumps(told).encode(), {"Content-Type": "application/json"})

    def _send(self, status: int, body: bytes, headers: dict[str, str] | None = None) -> None:
        self.send_response(status)
        for header, value in (headers or {}).items():
            self.send_header(header, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)
