"""The voice service's HTTP API (docs/contracts.md, "Voice service"): translates what the workshop does."""

import asyncio
import hmac
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import asdict
from pathlib import Path
from typing import Annotated
from urllib.parse import quote

from fastapi import APIRouter, Depends, FastAPI, Header, Query, Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from pydantic import BaseModel, Field

from ivr.prompts.sound import RATE, WIDE, SoundRefusedError
from ivr.prompts.voices import VoiceError
from ivr.prompts.wanted import TextRefusedError, Wanted
from ivr.voice.recordings import MOST_BYTES
from ivr.voice.watch import watch
from ivr.voice.workshop import UnknownPromptError, Workshop

Json = dict[str, object]


class RefusedError(Exception):
    """A refusal as the contract has it."""

    def __init__(self, status: int, code: str, detail: str, **more: float | str | None) -> None:
        """`more`: the `figure` that decided, or the `key` of a text."""
        super().__init__(detail)
        self.status = status
        told = {name: value for name, value in more.items() if value is not None}
        self.content: Json = {"code": code, "detail": detail, **told}


class Say(BaseModel):
    """A sentence to be said once."""

    text: Annotated[str, Field(min_length=1, max_length=1000)]
    voice: str | None = None
    rate: int = RATE


def create_app(workshop: Workshop, office: Path, token: str) -> FastAPI:
    """The service for one workshop; it watches the office's folder while it is up."""

    async def changed() -> None:
        await asyncio.to_thread(workshop.refresh)

    @asynccontextmanager
    async def up(_: FastAPI) -> AsyncIterator[None]:
        await asyncio.to_thread(workshop.start)
        watching = asyncio.create_task(watch(office, changed))
        yield
        watching.cancel()
        await asyncio.gather(watching, return_exceptions=True)
        await asyncio.to_thread(workshop.stop)

    app = FastAPI(title="charterline voice", lifespan=up, docs_url=None, redoc_url=None, openapi_url=None)
    app.include_router(_health(workshop))
    app.include_router(_prompts(workshop), dependencies=[Depends(_bearer(token))])
    app.include_router(_changes(workshop), dependencies=[Depends(_bearer(token))])
    _explain(app)
    return app


def _bearer(token: str) -> Callable[[str], Awaitable[None]]:
    async def check(authorization: Annotated[str, Header()] = "") -> None:
        if not hmac.compare_digest(authorization.encode(), f"Bearer {token}".encode()):
            raise RefusedError(401, "unauthorised", "the token of STATE/voice/token is needed")

    return check


def _explain(app: FastAPI) -> None:
    @app.exception_handler(RefusedError)
    async def refused(_: Request, error: RefusedError) -> JSONResponse:
        return JSONResponse(error.content, error.status)

    @app.exception_handler(RequestValidationError)
    async def malformed(_: Request, error: RequestValidationError) -> JSONResponse:
        found = error.errors()[0]
        where = ".".join(str(part) for part in found["loc"][1:])
        code = "text" if where == "text" else "malformed"
        return JSONResponse({"code": code, "detail": f"{where}: {found['msg']}"}, 422)

    @app.exception_handler(UnknownPromptError)
    async def unknown(_: Request, error: UnknownPromptError) -> JSONResponse:
        return JSONResponse({"code": "unknown", "detail": f"there is no {error.args[0]}"}, 404)


def _health(workshop: Workshop) -> APIRouter:
    router = APIRouter()

    @router.get("/healthz")
    def healthz() -> Json:
        """Without a token: nothing here is secret."""
        return {
            "state": "problem" if workshop.problem else "up",
            "problem": workshop.problem,
            "voice": workshop.voice,
            "progress": asdict(workshop.progress),
            "waiting_for_approval": workshop.waiting,
        }

    return router


def _prompts(workshop: Workshop) -> APIRouter:
    router = APIRouter()

    @router.get("/prompts")
    def prompts() -> Json:
        return {
            "prompts": [asdict(shown) for shown in workshop.prompts()],
            "progress": asdict(workshop.progress),
            "voices": [asdict(offer) for offer in workshop.voices()],
        }

    @router.get("/prompts/audio")
    def audio(name: str) -> Response:
        wav, content = workshop.audio(name)
        return Response(wav, media_type="audio/wav", headers={"ETag": f'"{content}"'})

    @router.post("/say")
    def say(asked: Say) -> Response:
        if asked.rate not in (RATE, WIDE):
            raise RefusedError(422, "text", f"rate {asked.rate}: {RATE} or {WIDE}")
        try:
            wav, words = workshop.say(asked.text, asked.voice or "", asked.rate)
        except VoiceError as error:
            raise RefusedError(503, "no_voice", str(error)) from error
        except SoundRefusedError as error:
            raise RefusedError(422, "text", f"nothing is heard of it: {error}") from error
        return Response(wav, media_type="audio/wav", headers={"X-Spoken": quote(words)})

    return router


def _changes(workshop: Workshop) -> APIRouter:
    router = APIRouter()

    @router.post("/recordings", status_code=201)
    async def record(request: Request, name: Annotated[str, Query(max_length=200)]) -> Json:
        raw = await _body(request)
        try:
            accepted = await asyncio.to_thread(workshop.record, name, raw)
        except SoundRefusedError as error:
            raise RefusedError(422, error.code, str(error), figure=error.figure) from error
        return {
            "name": name,
            "length_ms": accepted.length_ms,
            "peak_db": accepted.peak_db,
            "loudness_db": accepted.loudness_db,
        }

    @router.delete("/recordings", status_code=204)
    def unrecord(name: str) -> None:
        workshop.unrecord(name)

    @router.put("/wanted")
    def want(wanted: Wanted) -> Json:
        try:
            return {"changed": workshop.want(wanted)}
        except TextRefusedError as error:
            raise RefusedError(422, "text", str(error), key=error.key) from error

    @router.post("/render", status_code=202)
    def render() -> Json:
        workshop.render()
        return {"progress": asdict(workshop.progress)}

    return router


async def _body(request: Request) -> bytes:
    """The body, no longer than a recording may be."""
    raw = bytearray()
    async for chunk in request.stream():
        raw += chunk
        if len(raw) > MOST_BYTES:
            raise RefusedError(413, "too_long", f"more than {MOST_BYTES // 1_000_000} MB", figure=len(raw))
    return bytes(raw)
