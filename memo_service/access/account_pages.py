"""The administrator's page of accounts: who may sign in, and codes to hand over.

A code is shown once, on the answer to the button that made it, and stands nowhere afterwards.
"""

from typing import Annotated, Any

from fastapi import APIRouter, Depends, Request
from starlette.concurrency import run_in_threadpool
from starlette.responses import HTMLResponse, RedirectResponse, Response

from memo_service.access import words
from memo_service.access.accounts import AccountRefusedError
from memo_service.access.codes import HANDED_TERM
from memo_service.context import Context
from memo_service.memos.present import moment
from memo_service.web.forms import Form, read_form

FormOf = Annotated[Form, Depends(read_form)]


def account_pages(context: Context) -> APIRouter:
    """Routes below /accounts; the gate lets administrators in alone."""
    router = APIRouter(prefix="/accounts", include_in_schema=False, default_response_class=HTMLResponse)
    accounts, desk = context.accounts, context.desk

    @router.get("")
    def page(request: Request) -> HTMLResponse:
        return _page(context, request)

    @router.post("")
    def create(request: Request, form: FormOf) -> Response:
        officer = form.get("officer", "")
        try:
            code = accounts.create(desk.signed_in(request), officer)
        except AccountRefusedError as error:
            return _page(context, request, status=409, told=words.ACCOUNTS_REFUSED[error.reason])
        return _handed(context, request, officer, code)

    @router.post("/{account}/code")
    def new_code(request: Request, account: str) -> HTMLResponse:
        found, code = accounts.new_code(desk.signed_in(request), account)
        return _handed(context, request, found.login, code)

    @router.post("/{account}/deactivate")
    async def deactivate(request: Request, account: str) -> Response:
        try:
            ended = await run_in_threadpool(accounts.deactivate, desk.signed_in(request), account)
        except AccountRefusedError as error:
            told = words.ACCOUNTS_REFUSED[error.reason]
            return await run_in_threadpool(_page, context, request, status=409, told=told)
        context.hub.end(ended)
        return RedirectResponse("/accounts", 303)

    @router.post("/{account}/activate")
    def activate(request: Request, account: str) -> RedirectResponse:
        accounts.activate(desk.signed_in(request), account)
        return RedirectResponse("/accounts", 303)

    return router


def _handed(context: Context, request: Request, login: str, code: str) -> HTMLResponse:
    link = f"{context.settings.pages_url}/sign-in/code?code={code}"
    hours = int(HANDED_TERM.total_seconds()) // 3600
    return _page(context, request, handed={"login": login, "code": code, "link": link, "hours": hours})


def _page(context: Context, request: Request, *, status: int = 200, **more: Any) -> HTMLResponse:
    """Everybody who may sign in, and the officers who may not yet."""
    directory, now, state = context.office.directory, context.now(), context.state
    listed = context.accounts.listed()
    have = {one.officer for one in listed}
    without = [o for o in directory.officers.values() if o.id not in have]
    values = {"told": "", "handed": None} | more
    return context.pages.page(
        "accounts.html",
        status=status,
        accounts=listed,
        officers=directory.officers,
        departments=directory.departments,
        without=[
            (department, [o for o in without if o.department == department.id])
            for department in directory.departments.values()
        ],
        mine=context.desk.signed_in(request).account,
        roles=words.ROLES,
        when=lambda at: moment(at, now) if at else "",
        banners=state.banners(),
        observed=state.observed,
        **values,
    )
