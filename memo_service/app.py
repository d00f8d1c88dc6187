"""Puts the service together. The composition root: everything is made here and passed on."""

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta

from fastapi import FastAPI, Request
from fastapi.staticfiles import StaticFiles
from prometheus_client import CollectorRegistry
from sqlalchemy.exc import DBAPIError
from starlette.exceptions import HTTPException
from starlette.responses import JSONResponse, Response

from memo_service.absences.api import absence_api
from memo_service.absences.directory_pages import directory_pages
from memo_service.absences.import_pages import import_pages
from memo_service.absences.pages import absence_pages
from memo_service.absences.service import Absences
from memo_service.access.desk import Desk, SeatedPages, desk_seals, seated
from memo_service.access.pages import desk_needed, desk_pages
from memo_service.access.viewer import Access
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
from memo_service.context import Context
from memo_service.errors import ForbiddenError, NotAtDeskError, NotFoundError
from memo_service.guide.pages import guide_pages
from memo_service.health import ServiceCollector, health_routes
from memo_service.ledger.verdicts import CallRecord
from memo_service.memos.api import memo_api
from memo_service.memos.feature import make_memos
from memo_service.memos.metrics import MemoCollector
from memo_service.memos.pages import memo_pages
from memo_service.parts import Parts
from memo_service.service import Service
from memo_service.settings import Settings
from memo_service.state import State
from memo_service.web.hub import Hub
from memo_service.web.security import OwnSiteOnly, SecurityHeaders
from memo_service.web.templating import STATIC, Pages


def make_context(settings: Settings, parts: Parts) -> Context:
    """The parts of the service, for the office in `parts`."""
    office, hub = parts.office, Hub()
    access = Access(office.charter, office.directory, demo=settings.demo)
    now = office_clock(settings.clock_shift_s)
    present = Presenter(access, office.charter.ring)
    pages = Pages(
        office=office.charter.office,
        charter=office.charter,
        labels=labels,
        seated=seated,
        stream_position=lambda: hub.position,
    )

    def render(record: CallRecord) -> tuple[str, str]:
        row = present.row(access.stranger(), record, now())
        return row.group, pages.fragment("_row.html", row=row, ring=office.charter.ring)

    absences = Absences(parts.engine, parts.keys, office.directory, now)
    callbacks = make_callbacks(settings, office, parts.engine, parts.keys, absences, now)
    context = Context(
        settings=settings,
        office=office,
        access=access,
        desk=Desk(desk_seals(parts.keys, lambda: datetime.now(UTC)), office.directory, parts.engine),
        absences=absences,
        memos=make_memos(settings, office, parts.engine, parts.keys, callbacks, now),
        callbacks=callbacks,
        live_callbacks=LiveCallbacks(hub, parts.engine),
        reader=parts.reader,
        present=present,
        board=Board(hub, render),
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
    app.add_middleware(SeatedPages, desk=context.desk)
    app.add_middleware(OwnSiteOnly)
    app.add_middleware(SecurityHeaders)
    app.include_router(call_api(context))
    app.include_router(absence_api(context))
    app.include_router(callback_api(context))
    app.add_exception_handler(CallbackRefusedError, refusal_answer)
    app.include_router(health_routes(context, app))
    app.include_router(call_pages(context))
    app.include_router(desk_pages(context))
    app.include_router(import_pages(context))  # before the pages that take any word for an absence
    app.include_router(absence_pages(context))
    app.include_router(directory_pages(context))
    app.include_router(callback_pages(context))
    app.include_router(guide_pages(context))
    app.include_router(memo_api(context))
    app.include_router(memo_pages(context))
    app.mount("/static", StaticFiles(directory=STATIC))
    app.mount("/assets", StaticFiles(directory=context.settings.assets, check_dir=False))
    _add_error_pages(app, context)
    return app


def _add_error_pages(app: FastAPI, context: Context) -> None:
    def answer(request: Request, status: int, detail: str, told: str = "") -> Response:
        if request.url.path.startswith(("/api/", "/assets/", "/static/")):
            return JSONResponse({"detail": detail}, status_code=status)
        banners, observed = context.state.banners(), context.state.observed
        return context.pages.page(
            "error.html", status=status, code=status, told=told, banners=banners, observed=observed
        )

    @app.exception_handler(NotFoundError)
    async def not_found(request: Request, _: Exception) -> Response:
        return answer(request, 404, "not found")

    @app.exception_handler(NotAtDeskError)
    async def not_at_desk(request: Request, _: Exception) -> Response:
        if request.url.path.startswith("/api/"):
            return JSONResponse({"detail": "take a desk first (/desk)"}, status_code=401)
        return desk_needed(context, request)

    @app.exception_handler(ForbiddenError)
    async def forbidden(request: Request, error: Exception) -> Response:
        return answer(request, 403, str(error), told=str(error))

    @app.exception_handler(HTTPException)
    async def http_error(request: Request, error: HTTPException) -> Response:
        return answer(request, error.status_code, str(error.detail))

    @app.exception_handler(DBAPIError)
    async def database_error(request: Request, _: Exception) -> Response:
        return answer(request, 503, "the database cannot be read at the moment")


def office_clock(shift_s: int) -> Callable[[], datetime]:
    """The office's clock (aware UTC): the machine's, but for the shift of a demonstration."""
    shift = timedelta(seconds=shift_s)
    return lambda: datetime.now(UTC) + shift
