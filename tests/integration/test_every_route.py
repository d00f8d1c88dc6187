"""Every route of the application has a declared rule, and strangers come to the named public ones alone."""

import re
from collections.abc import AsyncIterator, Iterator, Sequence
from pathlib import Path

import httpx
import pytest
from fastapi import APIRouter, FastAPI
from starlette.routing import BaseRoute, Mount, Route
from starlette.types import Message, Scope

from memo_service.access.rules import Rule, Rules
from memo_service.app import make_app, make_context
from memo_service.context import Context
from memo_service.parts import open_parts
from memo_service.service import Service
from memo_service.settings import Settings
from memo_service.web.templating import static_url
from tests.support.memo import ROOT

PUBLIC = {
    "/healthz",
    "/readyz",
    "/metrics",
    "/static",
    "/assets",
    "/sign-in",
    "/sign-in/code",
    "/desk",
}
"""What a stranger may open, in full."""


@pytest.fixture
def context(tmp_path: Path) -> Iterator[Context]:
    settings = Settings(office=ROOT / "examples" / "pyeongchang", state=tmp_path)
    parts = open_parts(settings)
    yield make_context(settings, parts)
    parts.engine.dispose()


@pytest.fixture
def app(context: Context) -> FastAPI:
    parts = open_parts(context.settings)
    made = make_app(context, Service(context, parts.ledger), lambda: None)
    parts.engine.dispose()
    return made


@pytest.fixture
async def client(app: FastAPI) -> AsyncIterator[httpx.AsyncClient]:
    transport = httpx.ASGITransport(app)
    async with httpx.AsyncClient(transport=transport, base_url="http://office.test") as made:
        yield made


def paths(app: FastAPI) -> list[tuple[str, Route | Mount]]:
    return [(route.path, route) for route in walked(app.routes)]


def walked(routes: Sequence[BaseRoute]) -> Iterator[Route | Mount]:
    for route in routes:
        included = getattr(route, "original_router", None)  # FastAPI keeps a router that was included whole
        if isinstance(included, APIRouter):
            context = getattr(route, "include_context", None)
            assert getattr(context, "prefix", None) == ""
            yield from walked(included.routes)
        else:
            assert isinstance(route, Route | Mount), f"{route!r} is of a kind that this test does not know"
            yield route


def test_every_route_has_a_declared_rule(app: FastAPI) -> None:
    rules = Rules(guide_public=False)
    undeclared = [path for path, _ in paths(app) if rules.of(path) is None]
    assert undeclared == [], "add them to memo_service/access/rules.py"
    assert len(paths(app)) > 50  # the walk finds what is there


def test_the_public_ones_are_these_and_no_more(app: FastAPI) -> None:
    rules = Rules(guide_public=False)
    assert {path for path, _ in paths(app) if rules.of(path) in (Rule.BARE, Rule.PUBLIC)} == PUBLIC


async def test_a_stranger_is_refused_everywhere_else_by_every_method(
    app: FastAPI, client: httpx.AsyncClient
) -> None:
    asked = 0
    for path, route in paths(app):
        if path in PUBLIC or not isinstance(route, Route):
            continue
        for method in route.methods or ():
            answer = await client.request(method, re.sub(r"\{[^}]*\}", "x", path))
            assert answer.status_code == 401, (method, path)
            assert "set-cookie" not in answer.headers
            asked += 1
    assert asked > 60


async def test_what_declares_nothing_is_refused_to_everybody(
    app: FastAPI, context: Context, client: httpx.AsyncClient
) -> None:
    @app.get("/forgotten")
    async def forgotten() -> str:
        return "a secret"

    assert (await client.get("/forgotten")).status_code == 401
    code = context.accounts.administrator_code()
    token, _ = context.entry.redeem(code, "감자밭에 첫눈이 내렸다", "192.0.2.10")
    client.cookies.set("charterline_session", token)
    assert (await client.get("/accounts")).status_code == 200
    refused = await client.get("/forgotten")
    assert refused.status_code == 404
    assert "a secret" not in refused.text


async def test_an_account_without_a_desk_manages_accounts_and_sees_no_citizen(
    app: FastAPI, context: Context, client: httpx.AsyncClient
) -> None:
    code = context.accounts.administrator_code()
    token, _ = context.entry.redeem(code, "감자밭에 첫눈이 내렸다", "192.0.2.10")
    client.cookies.set("charterline_session", token)
    rules = Rules(guide_public=False)
    for path, route in paths(app):
        if isinstance(route, Route) and rules.of(path) is Rule.OFFICER and "GET" in (route.methods or ()):
            answer = await client.get(re.sub(r"\{[^}]*\}", "x", path))
            assert answer.status_code == 403, path
    for path in ("/start", "/guide", "/directory/hours", "/accounts", "/password"):
        assert (await client.get(path)).status_code == 200, path


async def test_the_offices_prompts_are_kept_by_two_roles_alone(
    app: FastAPI, context: Context, client: httpx.AsyncClient
) -> None:
    token, _ = context.entry.redeem(
        context.accounts.administrator_code(), "감자밭에 첫눈이 내렸다", "192.0.2.10"
    )
    manager = context.desk.sessions.find(token)
    assert manager
    rules = Rules(guide_public=False)
    kept = [(path, route) for path, route in paths(app) if rules.of(path) is Rule.PROMPTS]
    assert len(kept) > 10
    expected = {"admin": 403, "kim_ms": 403, "park_kj": 403, "lee_sy": 200, "choi_jh": 200}
    for officer, status in expected.items():
        if officer != "admin":
            code = context.accounts.create(manager, officer)
            token, _ = context.entry.redeem(code, "메밀꽃 필 무렵 봉평", "192.0.2.11")
        client.cookies.set("charterline_session", token)
        assert (await client.get("/prompts")).status_code == status, officer
        for path, route in kept if status == 403 else []:
            assert isinstance(route, Route)
            for method in route.methods or ():
                assert (await client.request(method, path)).status_code == 403, (officer, method, path)


async def test_no_answer_is_kept_by_a_browser_but_files(client: httpx.AsyncClient) -> None:
    for path in ("/sign-in", "/sign-in/code", "/", "/accounts", "/api/calls", "/nothing"):
        assert (await client.get(path)).headers["cache-control"] == "no-store", path


async def test_files_are_kept_for_good_only_under_their_own_hash(client: httpx.AsyncClient) -> None:
    address = static_url("my.js")
    kept = await client.get(address)
    assert kept.headers["cache-control"] == "public, max-age=31536000, immutable"
    assert (await client.get(address, headers={"If-None-Match": kept.headers["etag"]})).status_code == 304
    for other in (
        "/static/my.js",
        "/static/my.js?v=0123456789",
        f"/static/style.css?{address.split('?')[1]}",
    ):
        answer = await client.get(other)
        assert answer.status_code == 200
        assert "cache-control" not in answer.headers, other
    assert (await client.get("/static/none.js?v=1")).status_code == 404


async def test_a_websocket_is_closed(app: FastAPI) -> None:
    sent: list[str] = []

    async def receive() -> Message:
        return {"type": "websocket.connect"}

    async def send(message: Message) -> None:
        sent.append(str(message["type"]))

    scope: Scope = {"type": "websocket", "path": "/events", "headers": [], "query_string": b""}
    await app(scope, receive, send)
    assert sent == ["websocket.close"]
