"""What the studio's routes share: the feature, words for the reader, and answers to what went wrong."""

from typing import Any

from fastapi import HTTPException, Request
from sqlalchemy.orm import Session
from starlette.responses import HTMLResponse, JSONResponse, Response

from memo_service.context import Context
from memo_service.errors import NotFoundError
from memo_service.prompts import labels, store
from memo_service.prompts.catalog import Prompt
from memo_service.prompts.feature import PromptFeature
from memo_service.prompts.present import Line, PromptPresenter
from memo_service.prompts.service import heard_contents
from memo_service.prompts.voice import MOST_BYTES, Sound, VoiceAwayError, VoiceRefusedError
from memo_service.recordings.ranges import ranged

MEDIA = {
    "audio/wav": "audio/wav",
    "audio/x-wav": "audio/wav",
    "audio/mpeg": "audio/mpeg",
    "audio/mp3": "audio/mpeg",
}


class StudioDesk:
    """Pages of the studio for one office."""

    def __init__(self, context: Context) -> None:
        self.context = context
        self.present = PromptPresenter(context.office.directory)

    @property
    def feature(self) -> PromptFeature:
        """The studio; raises NotFoundError where no voice service is set up."""
        if self.context.prompts is None:
            raise NotFoundError
        return self.context.prompts

    def page(self, template: str, *, status: int = 200, **values: Any) -> HTMLResponse:
        """A page, or a part of one."""
        state = self.context.state
        prompts = self.context.prompts
        return self.context.pages.page(
            template,
            status=status,
            banners=state.banners(),
            observed=state.observed,
            words=labels,
            set_up=prompts is not None,
            up=prompts is not None and prompts.keeper.seen.up,
            **values,
        )

    def lines(self, session: Session, officer: str, prompts: list[Prompt]) -> list[Line]:
        """Prompts as a reader sees them."""
        approvals = store.newest_acts(session, store.APPROVAL, [p.name for p in prompts])
        heard = heard_contents(session, officer, prompts)
        now = self.context.now()
        return [self.present.line(p, approvals.get(p.name), heard, now) for p in prompts]

    async def play(self, request: Request, name: str) -> Response:
        """The sound of a prompt, whole or in parts; 409 where it is not what the page was made for."""
        actor = self.context.desk.actor(request)
        try:
            sound = await self.feature.studio.sound(actor, name)
        except VoiceRefusedError:
            raise HTTPException(404, "there is no such sound") from None
        except VoiceAwayError:
            raise HTTPException(503, "the voice service is away") from None
        return _played(request, sound)

    async def record(self, request: Request, name: str) -> Response:
        """Take a recording: 201, 413 and 422 with cause and remedy in Korean, 503 while nobody takes it."""
        actor = self.context.desk.actor(request)
        media_type = MEDIA.get(request.headers.get("content-type", "").split(";")[0], "audio/wav")
        raw = await read_sound(request)
        if raw is None:
            return JSONResponse({"told": labels.RECORDING_FAULTS["large"]}, status_code=413)
        try:
            await self.feature.studio.record(actor, name, raw, media_type)
        except VoiceRefusedError as error:
            told = labels.recording_fault(error.code, error.figure)
            return JSONResponse({"told": told, "code": error.code}, status_code=422)
        except VoiceAwayError:
            return JSONResponse({"told": labels.AWAY}, status_code=503)
        return JSONResponse({"told": labels.TOLD["recorded"]}, status_code=201)

    async def remove(self, request: Request, name: str) -> str:
        """Take a recording out; returns what went wrong, empty where nothing did."""
        actor = self.context.desk.actor(request)
        try:
            await self.feature.studio.remove(actor, name)
        except VoiceRefusedError:
            return labels.NOT_REMOVED
        except VoiceAwayError:
            return labels.AWAY
        return ""


async def read_sound(request: Request) -> bytes | None:
    """A recording as it is; None for one larger than is taken."""
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > MOST_BYTES:
            return None
    return bytes(body)


def _played(request: Request, sound: Sound) -> Response:
    asked = request.query_params.get("content", "")
    if asked and sound.content and asked != sound.content:
        raise HTTPException(409, "the prompt has changed since")
    return ranged(sound.wav, request.headers.get("range"), "audio/wav")
