"""An officer's own greeting and apology, at /prompts/mine: he records and hears them, somebody else approves.

Nothing else of the studio is shown here.
"""

from typing import Annotated, Literal

from fastapi import APIRouter, Depends, Request
from starlette.responses import HTMLResponse, RedirectResponse, Response

from memo_service.access.actor import Actor
from memo_service.context import Context
from memo_service.db.session import reading
from memo_service.prompts import labels, slots
from memo_service.prompts.catalog import Prompt
from memo_service.prompts.desk import StudioDesk
from memo_service.prompts.rights import OWN, own_prompts
from memo_service.web.forms import Form, read_form
from office.charter import Charter

Sent = Annotated[Form, Depends(read_form)]
Which = Literal["greeting", "apology"]
_THANKS = "감사합니다, {dept} {name}입니다."
_GREETING = "안녕하십니까, {dept} {name}입니다."
_APOLOGY = "늦게 받아 죄송합니다. {office} {dept} {name}입니다."


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
        which = form.get("which", "")
        done = which in OWN and await desk.remove(request, name_of(request, which))
        if done:
            return RedirectResponse("/prompts/mine?done=removed", 303)
        return _page(desk, context.desk.actor(request), fault=labels.AWAY, status=503)

    return router


def _page(
    desk: StudioDesk, actor: Actor, done: str = "", *, fault: str = "", status: int = 200
) -> HTMLResponse:
    context = desk.context
    if context.prompts is None:
        return desk.page("prompts_mine.html", cards=[], done="", fault="")
    listing = context.prompts.keeper.seen.listing
    prompts = [p for p in (listing.find(name) for name in own_prompts(actor)) if p]
    values = slots.values(context.office, officer=actor.officer)
    with reading(context.prompts.engine) as session:
        lines = desk.lines(session, actor.officer, prompts)
    cards = [
        {
            "line": line,
            "which": which,
            "title": labels.OWN[which],
            "say_this": _words(line.prompt, values, which, context.office.charter),
        }
        for line in lines
        for which in [line.prompt.name.rsplit("/", 1)[-1]]
    ]
    return desk.page("prompts_mine.html", status=status, cards=cards, done=done, fault=fault)


def _words(prompt: Prompt, values: dict[str, str], which: str, charter: Charter) -> str:
    """What he should say: the text where there is one, else the charter's own words."""
    usual = _THANKS if charter.words.greeting.startswith("greet-thanks") else _GREETING
    return prompt.spoken or slots.filled(prompt.text or (_APOLOGY if which == "apology" else usual), values)
