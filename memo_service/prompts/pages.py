"""The pages of the studio below /prompts, for administrator and charter manager.

Every act but recording and preview is a form that works without scripts. Without a voice service the pages
say so; while it is away they show what was last seen, and what is saved is told to it later.
"""

import asyncio
from typing import Annotated, Any
from urllib.parse import quote

from fastapi import APIRouter, Depends, Query, Request
from starlette.responses import HTMLResponse, JSONResponse, RedirectResponse, Response

from memo_service.context import Context
from memo_service.prompts import labels
from memo_service.prompts.desk import StudioDesk
from memo_service.prompts.service import ChangedSinceError, NewText, TextConflictError, TextRefusedError
from memo_service.prompts.view import list_values, prompt_values, spoken_for
from memo_service.prompts.voice import VoiceAwayError, VoiceRefusedError
from memo_service.web.forms import Form, read_form

Sent = Annotated[Form, Depends(read_form)]
PageNumber = Annotated[int, Query(ge=1, le=1000)]


def prompt_pages(context: Context) -> APIRouter:
    """Routes of the studio."""
    router = APIRouter(prefix="/prompts", include_in_schema=False, default_response_class=HTMLResponse)
    desk = StudioDesk(context)
    _looking(router, desk)
    _texts(router, desk)
    _approvals(router, desk)
    _sounds(router, desk)
    return router


def _looking(router: APIRouter, desk: StudioDesk) -> None:
    @router.get("")
    def list_page(request: Request, page: PageNumber = 1, done: str = "") -> HTMLResponse:
        actor = desk.context.desk.actor(request)
        if desk.context.prompts is None:
            return desk.page("prompts.html", done="")
        values = list_values(desk, actor, request.query_params, page)
        template = "_prompts_list.html" if "X-Part" in request.headers else "prompts.html"
        return desk.page(template, done=labels.TOLD.get(done, ""), **values)

    @router.get("/one")
    def one_page(request: Request, name: str, done: str = "") -> HTMLResponse:
        return _one(desk, request, name, done=labels.TOLD.get(done, ""))

    @router.get("/audio")
    async def audio(request: Request, name: str) -> Response:
        return await desk.play(request, name)

    @router.post("/heard", status_code=204, response_class=Response)
    def heard(request: Request, form: Sent) -> None:
        actor = desk.context.desk.actor(request)
        desk.feature.studio.heard(actor, form.get("name", ""), form.get("content", ""))


def _one(desk: StudioDesk, request: Request, name: str, *, status: int = 200, **more: Any) -> HTMLResponse:
    actor = desk.context.desk.actor(request)
    values = {"done": "", "fault": "", "typed": None, "theirs": None}
    values |= prompt_values(desk, actor, name) | more
    return desk.page("prompt.html", status=status, **values)


def _texts(router: APIRouter, desk: StudioDesk) -> None:
    @router.post("/text")
    async def save(request: Request, form: Sent) -> Response:
        """Save a text: 303, 422 with what is wrong, 409 with what somebody else saved meanwhile."""
        actor, studio = desk.context.desk.actor(request), desk.feature.studio
        name, key, over = form.get("name", ""), form.get("key", ""), _number(form.get("over"))
        typed = " ".join(form.get("text", "").split())
        try:
            if "restore" in form:
                back = _number(form["restore"])
                await asyncio.to_thread(studio.restore, actor, key, back, over)
            else:
                await asyncio.to_thread(studio.change_text, actor, key, NewText(typed, over))
        except TextRefusedError as error:
            fault = labels.text_fault(error.fault.code, error.fault.about)
            return await _again(desk, request, name, 422, fault=fault, typed=typed)
        except TextConflictError as error:
            theirs = desk.present.version(error.theirs, desk.context.now())
            return await _again(desk, request, name, 409, theirs=theirs, typed=typed)
        told = await desk.feature.keeper.at_once()
        return _back(name, "text" if told else "later")

    @router.post("/say")
    async def say(request: Request, form: Sent) -> Response:
        """A text for somebody, once: WAV, and how it was read in X-Spoken; 422 and 503 with the reason."""
        actor = desk.context.desk.actor(request)
        text, fault = spoken_for(desk, form)
        if fault:
            return JSONResponse({"told": fault}, status_code=422)
        try:
            said = await desk.feature.studio.say(actor, text)
        except VoiceRefusedError as error:
            told = labels.NO_VOICE if error.status == 503 else error.detail
            return JSONResponse({"told": told}, status_code=503 if error.status == 503 else 422)
        except VoiceAwayError:
            return JSONResponse({"told": labels.AWAY}, status_code=503)
        spoken = {"X-Spoken": quote(said.spoken or text)}
        return Response(said.wav, media_type="audio/wav", headers=spoken)


async def _again(desk: StudioDesk, request: Request, name: str, status: int, **more: Any) -> HTMLResponse:
    return await asyncio.to_thread(lambda: _one(desk, request, name, status=status, **more))


def _approvals(router: APIRouter, desk: StudioDesk) -> None:
    @router.post("/approve")
    async def approve(request: Request, form: Sent) -> Response:
        """Approve what the page showed: 303, 409 where it has changed since."""
        actor, name = desk.context.desk.actor(request), form.get("name", "")
        try:
            content = form.get("content", "")
            await asyncio.to_thread(desk.feature.studio.approve, actor, name, content)
        except ChangedSinceError:
            return await _again(desk, request, name, 409, fault=labels.CHANGED_SINCE)
        told = await desk.feature.keeper.at_once()
        return _back(name, "approved" if told else "later")

    @router.post("/approve-heard")
    async def approve_heard(request: Request) -> Response:
        actor = desk.context.desk.actor(request)
        await asyncio.to_thread(desk.feature.studio.approve_heard, actor)
        told = await desk.feature.keeper.at_once()
        return RedirectResponse(f"/prompts?show=approve&done={'approved' if told else 'later'}", 303)

    @router.post("/withdraw")
    async def withdraw(request: Request, form: Sent) -> Response:
        actor, name = desk.context.desk.actor(request), form.get("name", "")
        await asyncio.to_thread(desk.feature.studio.withdraw, actor, name)
        told = await desk.feature.keeper.at_once()
        return _back(name, "withdrawn" if told else "later")


def _sounds(router: APIRouter, desk: StudioDesk) -> None:
    @router.post("/recording")
    async def record(request: Request, name: str) -> Response:
        return await desk.record(request, name)

    @router.post("/remove")
    async def remove(request: Request, form: Sent) -> Response:
        name = form.get("name", "")
        if fault := await desk.remove(request, name):
            return await _again(desk, request, name, 409, fault=fault)
        return _back(name, "removed")

    @router.post("/render")
    async def render(request: Request) -> Response:
        actor = desk.context.desk.actor(request)
        try:
            await desk.feature.studio.render(actor)
        except (VoiceRefusedError, VoiceAwayError):
            return await asyncio.to_thread(_not_rendered, desk, request)
        await desk.feature.keeper.at_once()
        desk.feature.keeper.touch()
        return RedirectResponse("/prompts?done=rendering", 303)


def _not_rendered(desk: StudioDesk, request: Request) -> HTMLResponse:
    values = list_values(desk, desk.context.desk.actor(request), {}, 1)
    return desk.page("prompts.html", status=503, done="", **(values | {"fault": labels.AWAY}))


def _back(name: str, done: str) -> RedirectResponse:
    return RedirectResponse(f"/prompts/one?name={quote(name, safe='')}&done={done}", 303)


def _number(text: str | None) -> int:
    """A version as a form sends it; one that nobody has where it is none."""
    return int(text) if text and text.isdecimal() and len(text) < 9 else -1
