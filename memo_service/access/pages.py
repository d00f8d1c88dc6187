"""The pages by which a desk is taken and left.

A link shows a page with a button first, and only the button uses it up: programs that look into links before
people do (mail filters, previews) must not spend it, and a SameSite cookie is set by our own form alone.
"""

from typing import Annotated, Any
from urllib.parse import quote

from fastapi import APIRouter, Depends, HTTPException, Request
from starlette.responses import HTMLResponse, RedirectResponse

from memo_service.access.actor import Actor
from memo_service.access.desk import LinkRefusedError
from memo_service.context import Context
from memo_service.web.forms import Form, read_form

FormOf = Annotated[Form, Depends(read_form)]


def desk_pages(context: Context) -> APIRouter:
    """Routes of the pages."""
    router = APIRouter(include_in_schema=False, default_response_class=HTMLResponse)

    @router.get("/desk")
    def desk_page(then: str = "") -> HTMLResponse:
        return choose_page(context, then=then)

    @router.post("/desk")
    def choose_desk(request: Request, form: FormOf) -> RedirectResponse:
        if not context.settings.demo:
            raise HTTPException(403, "a desk is chosen on the demo only; ask for a link")
        actor = context.desk.choose(form.get("officer", ""))
        return _seated(context, request, actor, form.get("then", ""))

    @router.get("/desk/enter")
    def link_page(link: str = "") -> HTMLResponse:
        try:
            guest = context.desk.guest_of(link)
        except LinkRefusedError:
            return choose_page(context, status=410, refused=True)
        return context.pages.page("desk_enter.html", guest=guest, link=link, **_shared(context))

    @router.post("/desk/enter", response_model=None)
    def use_link(request: Request, form: FormOf) -> HTMLResponse | RedirectResponse:
        try:
            actor = context.desk.enter(form.get("link", ""))
        except LinkRefusedError:
            return choose_page(context, status=410, refused=True)
        return _seated(context, request, actor, "")

    @router.post("/desk/leave")
    def leave_desk() -> RedirectResponse:
        answer = RedirectResponse("/", 303)
        context.desk.leave(answer)
        return answer

    return router


def choose_page(
    context: Context, *, status: int = 200, then: str = "", refused: bool = False, needed: bool = False
) -> HTMLResponse:
    """How to come to a desk; on the demo, the desks to choose from. `needed`: a page asked for one."""
    directory = context.office.directory
    return context.pages.page(
        "desk.html",
        status=status,
        demo=context.settings.demo,
        then=then,
        refused=refused,
        needed=needed,
        departments=directory.departments,
        officers=directory.officers,
        **_shared(context),
    )


def desk_needed(context: Context, request: Request) -> HTMLResponse:
    """The answer to a page that only an officer at his desk may see."""
    path = request.url.path if request.method == "GET" else ""
    return choose_page(context, status=401, then=path, needed=True)


def _seated(context: Context, request: Request, actor: Actor, then: str) -> RedirectResponse:
    # only a path of our own: "//other" and "/\other" would lead elsewhere
    inside = then.startswith("/") and not then.startswith(("//", "/\\"))
    answer = RedirectResponse(quote(then, safe="/") if inside else "/callbacks", 303)
    context.desk.seat(answer, actor, secure=request.url.scheme == "https")
    return answer


def _shared(context: Context) -> dict[str, Any]:
    return {"banners": context.state.banners(), "observed": context.state.observed}
