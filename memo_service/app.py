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

from memo_service.access.viewer import Access
from memo_service.calls import labels
from memo_service.calls.api import call_api
from memo_service.calls.board import Board
from memo_service.calls.pages import call_pages
from memo_service.calls.present import Presenter
from memo_service.context import Context
from memo_service.errors import NotFoundError
from memo_service.health import ServiceCollector, health_routes
from memo_service.ledger.verdicts import CallRecord
from memo_service.parts import Parts
from memo_service.service import Service
from memo_service.settings import Settings
from memo_service.state import State
from memo_service.web.hub import Hub
from memo_service.web.security import SecurityHeaders
from memo_service.web.templating import STATIC, Pages


def make_context(settings: Settings, parts: Parts) -> Context:
    """The parts of the service, for the office in `parts`."""
    office, hub = parts.office, Hub()
    access = Access(office.charter, office.directory, demo=settings.demo)
    now = office_clock(settings.clock_shift_s)
    present = Presenter(access, office.charter.ring)
    pages = Pages(office=office.charter.office, charter=office.charter, labels=labels)

    def render(record: CallRecord) -> tuple[str, str]:
        row = present.row(access.stranger(), record, now())
        return row.group, pages.fragment("_row.html", row=row, ring=office.charter.ring)

    context = Context(
        settings=settings,
        office=office,
        access=access,
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
    app.add_middleware(SecurityHeaders)
    app.include_router(call_api(context))
    app.include_router(health_routes(context, app))
    app.include_router(call_pages(context))
    app.mount("/static", StaticFiles(directory=STATIC))
    app.mount("/assets", StaticFiles(directory=context.settings.assets, check_dir=False))
    _add_error_pages(app, context)
    return app


def _add_error_pages(app: FastAPI, context: Context) -> None:
    def answer(request: Request, status: int, detail: str) -> Response:
        if request.url.path.startswith(("/api/", "/assets/", "/static/")):
            return JSONResponse({"detail": detail}, status_code=status)
        banners, observed = context.state.banners(), context.state.observed
        return context.pages.page(
            "error.html", status=status, code=status, banners=banners, observed=observed
        )

    @app.exception_handler(NotFoundError)
    async def not_found(request: Request, _: Exception) -> Response:
        return answer(request, 404, "not found")

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
