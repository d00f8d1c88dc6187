"""The pages by which somebody comes in and goes out: sign-in, one-time code, password, sign-out.

Every one is a form that works without scripts and says what went wrong and what to do. On the demo a desk is
chosen from a list besides.
"""

from collections.abc import Callable
from functools import partial
from typing import Annotated, Any, TypeVar
from urllib.parse import quote

from anyio import CapacityLimiter, to_thread
from fastapi import APIRouter, Depends, HTTPException, Request
from starlette.concurrency import run_in_threadpool
from starlette.responses import HTMLResponse, JSONResponse, RedirectResponse, Response

from memo_service.access import words
from memo_service.access.entry import SignInRefusedError
from memo_service.access.passwords import SHORTEST, PasswordRefusedError
from memo_service.context import Context
from memo_service.errors import NotAtDeskError
from memo_service.web.forms import Form, read_form

FormOf = Annotated[Form, Depends(read_form)]
T = TypeVar("T")
_HASHING = CapacityLimiter(2)
"""Threads that look at passwords: of their own, so that a flood of attempts leaves the pages theirs."""


def sign_in_pages(context: Context) -> APIRouter:
    """Routes of the pages."""
    router = APIRouter(include_in_schema=False, default_response_class=HTMLResponse)
    _add_sign_in(router, context)
    _add_code(router, context)
    _add_password(router, context)
    _add_demo(router, context)

    @router.get("/session", response_class=JSONResponse)
    async def session() -> JSONResponse:
        """The session stands. A page whose stream was refused asks here why (401: it has ended)."""
        return JSONResponse({"signed_in": True})

    @router.post("/sign-out")
    async def sign_out(request: Request) -> RedirectResponse:
        identity = context.desk.signed_in(request)
        ended = await run_in_threadpool(context.desk.sessions.end, identity)
        context.hub.end(ended)
        answer = RedirectResponse("/sign-in", 303)
        context.desk.leave(request, answer)
        return answer

    return router


def sign_in_page(context: Context, *, status: int = 200, then: str = "", **more: Any) -> HTMLResponse:
    """How to come in; on the demo, the desks to choose from as well."""
    directory = context.office.directory
    return _page(
        context,
        "sign_in.html",
        status=status,
        then=then,
        demo=context.settings.demo,
        departments=directory.departments,
        officers=directory.officers,
        **{"told": "", "needed": False, "login": ""} | more,
    )


def sign_in_needed(context: Context, request: Request) -> Response:
    """The answer to a stranger: for programs a line, for people the way in, which leads back to the page."""
    if request.url.path.startswith("/api/") or request.url.path in ("/events", "/session"):
        return JSONResponse({"detail": "sign in first (/sign-in)"}, status_code=401)
    if "X-Part" in request.headers or "HX-Request" in request.headers:
        return Response(status_code=401, headers={"HX-Redirect": "/sign-in"})
    asked = request.url.path + (f"?{request.url.query}" if request.url.query else "")
    then = asked if request.method == "GET" and asked != "/" else ""
    return sign_in_page(context, status=401, then=then, needed=True)


def _add_sign_in(router: APIRouter, context: Context) -> None:
    @router.get("/sign-in")
    def page(then: str = "") -> HTMLResponse:
        return sign_in_page(context, then=then)

    @router.post("/sign-in", response_model=None)
    async def sign_in(request: Request, form: FormOf) -> Response:
        login, password, then = (form.get(name, "") for name in ("login", "password", "then"))
        try:
            token = await _hashing(context.entry.sign_in, login, password, _address(request))
        except SignInRefusedError as error:
            return _refused(error, partial(sign_in_page, context, then=then, login=login))
        return await _seated(context, request, token, then)


def _add_code(router: APIRouter, context: Context) -> None:
    def page(code: str, told: str = "", status: int = 200, fault: str = "") -> HTMLResponse:
        who = None
        if code:
            try:
                who = context.entry.owner_of(code)
            except SignInRefusedError:
                told, status = words.WRONG_CODE, 410
        login, actor = who or ("", None)
        return _page(
            context, "sign_in_code.html", status=status, code=code if who else "", login=login, actor=actor,
            told=told, fault=fault, shortest=SHORTEST,
        )  # fmt: skip

    @router.get("/sign-in/code")
    def ask(code: str = "") -> HTMLResponse:
        return page(code)

    @router.post("/sign-in/code", response_model=None)
    async def use(request: Request, form: FormOf) -> Response:
        code, password = form.get("code", ""), form.get("password", "")
        if "password" not in form:
            return await run_in_threadpool(page, code)
        if password != form.get("again", ""):
            return await run_in_threadpool(page, code, "", 422, words.REFUSED["differ"])
        try:
            token, ended = await _hashing(context.entry.redeem, code, password, _address(request))
        except PasswordRefusedError as error:
            return await run_in_threadpool(page, code, "", 422, words.REFUSED[error.reason])
        except SignInRefusedError:
            return await run_in_threadpool(page, "", words.WRONG_CODE, 410)
        context.hub.end(ended)
        return await _seated(context, request, token, "")


def _add_password(router: APIRouter, context: Context) -> None:
    def page(request: Request, status: int = 200, **more: Any) -> HTMLResponse:
        identity = context.desk.signed_in(request)
        values = {"told": "", "fault": "", "done": False} | more
        return _page(context, "password.html", status=status, who=identity, shortest=SHORTEST, **values)

    @router.get("/password")
    async def ask(request: Request, done: str = "") -> HTMLResponse:
        return page(request, done=bool(done))

    @router.post("/password", response_model=None)
    async def change(request: Request, form: FormOf) -> Response:
        identity, new = context.desk.signed_in(request), form.get("password", "")
        if new != form.get("again", ""):
            return page(request, 422, fault=words.REFUSED["differ"])
        try:
            old, address = form.get("old", ""), _address(request)
            token, ended = await _hashing(context.entry.change_password, identity, old, new, address)
        except PasswordRefusedError as error:
            return page(request, 422, fault=words.REFUSED[error.reason])
        except SignInRefusedError as error:
            return _refused(error, partial(page, request), words.WRONG_OLD)
        context.hub.end(ended)
        answer = RedirectResponse("/password?done=1", 303)
        context.desk.seat(request, answer, token)
        return answer


def _add_demo(router: APIRouter, context: Context) -> None:
    @router.get("/desk", response_model=None)
    def choose_page(then: str = "") -> Response:
        if not context.settings.demo:
            return RedirectResponse("/sign-in", 303)
        return sign_in_page(context, then=then)

    @router.post("/desk")
    async def choose(request: Request, form: FormOf) -> Response:
        if not context.settings.demo:
            raise HTTPException(403, "a desk is chosen on the demo only; sign in (/sign-in)")
        token = await run_in_threadpool(context.desk.sessions.choose, form.get("officer", ""))
        if token is None:
            raise NotAtDeskError
        # who comes by the page of desks is shown around once; whoever knew where he goes is not
        return await _seated(context, request, token, form.get("then", "") or "/my?tour=1")


async def _hashing(work: Callable[..., T], *given: object) -> T:
    return await to_thread.run_sync(partial(work, *given), limiter=_HASHING)


async def _seated(context: Context, request: Request, token: str, then: str) -> RedirectResponse:
    """Lead on with the new session; the one this browser had before ends."""
    sessions, before = context.desk.sessions, context.desk.identity(request)
    if before is not None:
        context.hub.end(await run_in_threadpool(sessions.end, before))
    found = await run_in_threadpool(sessions.find, token)
    home = "/my" if found is None or found.actor else "/accounts"
    # only a path of our own: "//other" and "/\other" would lead elsewhere
    inside = then.startswith("/") and not then.startswith(("//", "/\\"))
    answer = RedirectResponse(quote(then, safe="/?=&%") if inside else home, 303)
    context.desk.seat(request, answer, token)
    return answer


def _refused(
    error: SignInRefusedError, page: Callable[..., HTMLResponse], wrong: str = words.WRONG
) -> HTMLResponse:
    if not error.wait:
        return page(status=401, told=wrong)
    answer = page(status=429, told=words.paused(error.wait))
    answer.headers["Retry-After"] = str(int(error.wait.total_seconds()) + 1)
    return answer


def _page(context: Context, name: str, *, status: int, **values: Any) -> HTMLResponse:
    state = context.state
    return context.pages.page(name, status=status, banners=state.banners(), observed=state.observed, **values)


def _address(request: Request) -> str:
    return request.client.host if request.client else ""
