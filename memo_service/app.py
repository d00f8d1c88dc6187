"""Puts the service together. The composition root: everything is made here and passed on."""

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from functools import partial
from http import HTTPStatus

from fastapi import FastAPI, Request
from prometheus_client import CollectorRegistry
from sqlalchemy.exc import DBAPIError
from starlette.exceptions import HTTPException
from starlette.responses import JSONResponse, Response

from memo_service.absences.api import absence_api
from memo_service.absences.directory_pages import directory_pages
from memo_service.absences.import_pages import import_pages
from memo_service.absences.pages import absence_pages
from memo_service.absences.service import Absences
from memo_service.access.account_pages import account_pages
from memo_service.access.accounts import Accounts
from memo_service.access.desk import NO_DESK, Desk
from memo_service.access.entry import Entry
from memo_service.access.gate import Gate
from memo_service.access.identity import seated, signed_in
from memo_service.access.pages import sign_in_needed, sign_in_pages
from memo_service.access.rules import Rules
from memo_service.access.sessions import Sessions
from memo_service.access.viewer import Access
from memo_service.aftercall.feature import make_after
from memo_service.aftercall.refused import AfterRefusedError
from memo_service.callbacks.api import callback_api, refusal_answer
from memo_service.callbacks.feature import make_callbacks
from memo_service.callbacks.live import LiveCallbacks
from memo_service.callbacks.pages import callback_pages
from memo_service.callbacks.refused import CallbackRefusedError
from memo_service.calls import labels
from memo_service.calls.api import call_api
from memo_service.calls.board import Board
from memo_service.calls.pages import call_pages
from memo_service.calls.present import Presenter
from memo_service.calls.transfer_pages import transfer_pages
from memo_service.clock import machine_clock, office_clock
from memo_service.context import Context
from memo_service.errors import ForbiddenError, NotAtDeskError, NotFoundError
from memo_service.guide.ask_pages import ask_pages
from memo_service.guide.pages import guide_pages
from memo_service.health import ServiceCollector, health_routes
from memo_service.ledger.verdicts import CallRecord
from memo_service.memos.api import memo_api
from memo_service.memos.feature import make_memos
from memo_service.memos.metrics import MemoCollector
from memo_service.memos.pages import memo_pages
from memo_service.memos.together import MemoNotSavedError
from memo_service.menus.pages import menu_pages
from memo_service.mydesk import codes
from memo_service.mydesk.api import desk_api, desk_refusal_answer
from memo_service.mydesk.pages import my_pages
from memo_service.parts import Parts
from memo_service.phone.api import phone_api
from memo_service.phone.feature import Features, make_phone
from memo_service.prompts.feature import make_prompts
from memo_service.prompts.mine_pages import own_prompt_pages
from memo_service.prompts.pages import prompt_pages
from memo_service.service import Service
from memo_service.settings import Settings
from memo_service.softphone.pages import softphone_pages
from memo_service.start.pages import start_pages
from memo_service.state import State
from memo_service.surveys.feature import make_surveys
from memo_service.surveys.pages import survey_pages
from memo_service.talk.said import Said
from memo_service.talk.service import TalkConflictError
from memo_service.transfers.api import talk_conflict_answer, transfer_api, transfer_refusal_answer
from memo_service.transfers.feature import make_transfers
from memo_service.transfers.refused import TransferRefusedError
from memo_service.transfers.stations import ringing_now
from memo_service.visitors.feature import make_visitors
from memo_service.visitors.service import TooManyVisitorsError
from memo_service.web.files import Assets, HashedFiles
from memo_service.web.hub import Hub
from memo_service.web.security import OwnSiteOnly, SecurityHeaders
from memo_service.web.templating import STATIC, Pages

_ADMINISTRATORS_ONLY = "관리자만 볼 수 있는 화면입니다."


def make_context(settings: Settings, parts: Parts) -> Context:
    """The parts of the service, for the office in `parts`."""
    office, hub = parts.office, Hub()
    access = Access(office.charter, office.directory, demo=settings.demo)
    now = office_clock(settings.clock_shift_s)
    present = Presenter(access, office.charter.ring)
    board: Board  # made last: it shows its calls by the pages
    pages = Pages(
        office=office.charter.office,
        charter=office.charter,
        labels=labels,
        codes=codes,
        seated=seated,
        signed_in=signed_in,
        stream_position=lambda: hub.position,
        rings_at=lambda officer: officer in ringing_now(list(board.records.values())),
    )

    def render(record: CallRecord) -> tuple[str, str]:
        row = present.row(access.everybody(), record, now())
        return row.group, pages.fragment("_row.html", row=row, ring=office.charter.ring)

    terms = settings.session_terms
    sessions = Sessions(parts.engine, office.directory, machine_clock, terms, demo=settings.demo)
    absences = Absences(parts.engine, parts.keys, office.directory, now)
    callbacks = make_callbacks(settings, office, parts.engine, parts.keys, absences, now)
    board = Board(hub, render)
    transfers = make_transfers(settings, parts, absences, board, hub, now)
    memos = make_memos(settings, office, parts.engine, parts.keys, callbacks, now)
    after = make_after(parts, transfers, memos, hub, now)
    visitors = make_visitors(parts, after, board, now)
    features = Features(absences, callbacks, memos, transfers, after, visitors)
    phone = make_phone(settings, parts, features, hub, now)
    context = Context(
        settings=settings,
        office=office,
        access=access,
        desk=Desk(sessions),
        entry=Entry(parts.engine, office, parts.keys, sessions, machine_clock),
        accounts=Accounts(parts.engine, office.directory, machine_clock),
        absences=absences,
        memos=memos,
        callbacks=callbacks,
        live_callbacks=LiveCallbacks(hub, parts.engine),
        transfers=transfers,
        phone=phone,
        prompts=make_prompts(settings, parts.engine, now),
        surveys=make_surveys(settings, office, parts.engine, parts.keys, now),
        after=after,
        visitors=visitors,
        said=Said(parts.reader, now),
        reader=parts.reader,
        present=present,
        board=board,
        hub=hub,
        pages=pages,
        state=State.of(settings, office.directory),
        registry=CollectorRegistry(),
        now=now,
    )
    context.registry.register(ServiceCollector(context))
    context.registry.register(MemoCollector(context.memos))
    return context


def make_app(context: Context, service: Service, on_failure: Callable[[], None]) -> FastAPI:
    """The web application; its lifespan runs `service`."""

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        await service.start(on_failure)
        try:
            yield
        finally:
            context.hub.close()
            await service.stop()

    app = FastAPI(title="charterline", version="1", docs_url=None, redoc_url=None, lifespan=lifespan)
    rules = Rules(guide_public=context.office.charter.guide.public)
    refuse = partial(_refused, context)
    app.add_middleware(Gate, rules=rules, sessions=context.desk.sessions, refuse=refuse)
    app.add_middleware(OwnSiteOnly)
    app.add_middleware(SecurityHeaders)
    app.include_router(transfer_api(context))  # found first: a citizen is on the line
    app.include_router(call_api(context))
    app.include_router(absence_api(context))
    app.include_router(callback_api(context))
    app.add_exception_handler(CallbackRefusedError, refusal_answer)
    app.include_router(phone_api(context))
    app.add_exception_handler(TransferRefusedError, transfer_refusal_answer)
    app.add_exception_handler(TalkConflictError, talk_conflict_answer)
    app.include_router(desk_api(context))
    for refusal in (AfterRefusedError, TooManyVisitorsError, MemoNotSavedError):
        app.add_exception_handler(refusal, desk_refusal_answer)
    app.include_router(health_routes(context, app))
    app.include_router(call_pages(context))
    app.include_router(transfer_pages(context))
    app.include_router(menu_pages(context))
    app.include_router(survey_pages(context))
    app.include_router(my_pages(context))
    app.include_router(sign_in_pages(context))
    app.include_router(account_pages(context))
    app.include_router(import_pages(context))  # before the pages that take any word for an absence
    app.include_router(absence_pages(context))
    app.include_router(directory_pages(context))
    app.include_router(callback_pages(context))
    app.include_router(ask_pages(context))
    app.include_router(guide_pages(context))
    app.include_router(start_pages(context))
    app.include_router(memo_api(context))
    app.include_router(memo_pages(context))
    app.include_router(softphone_pages(context))
    app.include_router(own_prompt_pages(context))
    app.include_router(prompt_pages(context))
    app.mount("/static", HashedFiles(directory=STATIC))
    app.mount("/assets", Assets(directory=context.settings.assets, check_dir=False))
    _add_error_pages(app, context)
    return app


def _answer(context: Context, request: Request, status: int, detail: str, told: str = "") -> Response:
    """What went wrong: for programs a line, for people a page."""
    if request.url.path.startswith(("/api/", "/assets/", "/static/")):
        return JSONResponse({"detail": detail}, status_code=status)
    banners, observed = context.state.banners(), context.state.observed
    return context.pages.page(
        "error.html", status=status, code=status, told=told, banners=banners, observed=observed
    )


def _refused(context: Context, request: Request, status: int) -> Response:
    """The gate's answer to who is not let in."""
    if status == HTTPStatus.UNAUTHORIZED:
        return sign_in_needed(context, request)
    told = ""
    if status == HTTPStatus.FORBIDDEN:
        told = _ADMINISTRATORS_ONLY if context.desk.signed_in(request).actor else NO_DESK
    return _answer(context, request, status, HTTPStatus(status).phrase.lower(), told)


def _add_error_pages(app: FastAPI, context: Context) -> None:
    answer = partial(_answer, context)

    @app.exception_handler(NotFoundError)
    async def not_found(request: Request, _: Exception) -> Response:
        return answer(request, 404, "not found")

    @app.exception_handler(NotAtDeskError)
    async def not_at_desk(request: Request, _: Exception) -> Response:
        return sign_in_needed(context, request)

    @app.exception_handler(ForbiddenError)
    async def forbidden(request: Request, error: Exception) -> Response:
        return answer(request, 403, str(error), told=str(error))

    @app.exception_handler(HTTPException)
    async def http_error(request: Request, error: HTTPException) -> Response:
        return answer(request, error.status_code, str(error.detail))

    @app.exception_handler(DBAPIError)
    async def database_error(request: Request, _: Exception) -> Response:
        return answer(request, 503, "the database cannot be read at the moment")
