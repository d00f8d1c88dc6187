"""An officer's own greeting and apology, at /prompts/mine: he records and hears them, somebody else approves.

Nothing else of the studio is shown here.
"""

from typing import Annotated, Literal

from fastapi import APIRouter, Depends, Request
from starlette.concurrency import run_in_threadpool
from starlette.responses import HTMLResponse, RedirectResponse, Response

from memo_service.access.actor import Actor
from memo_service.context import Context
from memo_service.db.session import reading
from memo_service.errors import NotFoundError
from memo_service.prompts import labels
from memo_service.prompts.desk import StudioDesk
from memo_service.prompts.rights import OWN, own_prompts
from memo_service.web.forms import Form, read_form

Sent = Annotated[Form, Depends(read_form)]
Which = Literal["greeting", "apology"]


def own_prompt_pages(context: Context) -> APIRouter:
    """Routes below /prompts/mine; all need a desk."""
    router = APIRouter(prefix="/prompts/mine", include_in_schema=False, default_response_class=HTMLResponse)
    desk = StudioDesk(context)

    def name_of(request: Request, which: str) -> str:
        return f"officer/{context.desk.actor(request).officer}/{which}"

    @router.get("")
    def mine(request: Request, done: str = "") -> HTMLResponse:
        return _page(desk, context.desk.actor(request), labels.TOLD.get(done, ""))

    @router.get("/audio")
    async def audio(request: Request, which: Which) -> Response:
        return await desk.play(request, name_of(request, which))

    @router.post("/recording")
    async def record(request: Request, which: Which) -> Response:
        return await desk.record(request, name_of(request, which))

    @router.post("/remove")
    async def remove(request: Request, form: Sent) -> Response:
        actor, which = context.desk.actor(request), form.get("which", "")
        if which not in OWN:
            raise NotFoundError
        if fault := await desk.remove(request, name_of(request, which)):
            return await run_in_threadpool(_page, desk, actor, fault=fault, status=409)
        return RedirectResponse("/prompts/mine?done=removed", 303)

    return router


def _page(
    desk: StudioDesk, actor: Actor, done: str = "", *, fault: str = "", status: int = 200
) -> HTMLResponse:
    context = desk.context
    if context.prompts is None:
        return desk.page("prompts_mine.html", cards=[], done="", fault="")
    listing = context.prompts.keeper.seen.listing
    prompts = [p for p in (listing.find(name) for name in own_prompts(actor)) if p]
    with reading(context.prompts.engine) as session:
        lines = desk.lines(session, actor.officer, prompts)
    cards = [(line.prompt.name.rsplit("/", 1)[-1], line) for line in lines]
    return desk.page("prompts_mine.html", status=status, cards=cards, done=done, fault=fault)
