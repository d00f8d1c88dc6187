"""Who is at the desk: finds the officer behind a request, until accounts with passwords come (decision 0012).

Owns the signed cookie and the links that give it once; what an officer may do is `access.actor`'s. Moments
here are the machine's, because a demonstration's shifted clock must not end a session.
"""

import base64
import hmac
import secrets
from collections.abc import Callable
from contextvars import ContextVar
from datetime import UTC, datetime, timedelta
from typing import Literal

from fastapi import Request
from sqlalchemy import Engine
from sqlalchemy.exc import IntegrityError
from starlette.responses import Response
from starlette.types import ASGIApp, Receive, Scope, Send

from memo_service.access.actor import Actor
from memo_service.db.models import DeskEntry
from memo_service.db.session import writing
from memo_service.errors import NotAtDeskError
from memo_service.protect import Keyring
from office.directory import Directory

COOKIE = "charterline_desk"
SESSION = timedelta(hours=12)
LINK = timedelta(minutes=10)

_Purpose = Literal["session", "link"]
_seated: ContextVar[Actor | None] = ContextVar("seated", default=None)


def seated() -> Actor | None:
    """The officer the page at hand is made for; None for a stranger, and outside a request."""
    return _seated.get()


class LinkRefusedError(Exception):
    """The desk link was used before, is older than 10 minutes, or is not ours."""


class Seals:
    """Signs who somebody is, for one purpose, with the moment it was signed. Nothing in it is secret."""

    def __init__(self, key: bytes, now: Callable[[], datetime]) -> None:
        self._key = key
        self._now = now

    def seal(self, purpose: _Purpose, officer: str) -> str:
        """`officer.epoch.nonce.signature`."""
        content = f"{officer}.{int(self._now().timestamp())}.{secrets.token_hex(8)}"
        return f"{content}.{self._signature(purpose, content)}"

    def open(self, purpose: _Purpose, sealed: str, valid: timedelta) -> tuple[str, str] | None:
        """(officer, nonce) if we signed it for `purpose` no longer than `valid` ago, else None."""
        content, _, signature = sealed.rpartition(".")
        if not hmac.compare_digest(self._signature(purpose, content).encode(), signature.encode()):
            return None
        officer, sealed_at, nonce = content.split(".")
        age = self._now() - datetime.fromtimestamp(int(sealed_at), UTC)
        return (officer, nonce) if age <= valid else None

    def _signature(self, purpose: _Purpose, content: str) -> str:
        digest = hmac.digest(self._key, f"{purpose}\0{content}".encode(), "sha256")
        return base64.urlsafe_b64encode(digest).decode().rstrip("=")


def desk_seals(keys: Keyring, now: Callable[[], datetime]) -> Seals:
    """Seals with this office's key; the command that makes links and the service that takes them share it."""
    return Seals(keys.signing_key(b"charterline desk"), now)


class Desk:
    """The desks of one office: who sits where, and the ways in."""

    def __init__(self, seals: Seals, directory: Directory, engine: Engine) -> None:
        self._seals = seals
        self._directory = directory
        self._engine = engine

    def actor(self, request: Request) -> Actor:
        """The officer who asks; raises NotAtDeskError."""
        found = self.maybe(request)
        if found is None:
            raise NotAtDeskError
        return found

    def maybe(self, request: Request) -> Actor | None:
        """The officer who asks, or None. An officer who left the directory has no desk any more."""
        opened = self._seals.open("session", request.cookies.get(COOKIE, ""), SESSION)
        return Actor.of(self._directory, opened[0]) if opened else None

    def guest_of(self, link: str) -> Actor:
        """Whose desk `link` opens, without opening it; raises LinkRefusedError."""
        return self._opened(link)[0]

    def enter(self, link: str) -> Actor:
        """Use `link` up, for good; raises LinkRefusedError."""
        actor, nonce = self._opened(link)
        try:
            self._note(actor, nonce, "link")
        except IntegrityError:
            raise LinkRefusedError from None
        return actor

    def choose(self, officer: str) -> Actor:
        """Take a desk without any proof (demonstration); raises NotAtDeskError for an unknown officer."""
        actor = Actor.of(self._directory, officer)
        if actor is None:
            raise NotAtDeskError
        self._note(actor, secrets.token_hex(8), "demo")
        return actor

    def seat(self, response: Response, actor: Actor, *, secure: bool) -> None:
        """Give `response` the cookie of `actor`'s desk; `secure` where the page came by HTTPS."""
        response.set_cookie(
            COOKIE,
            self._seals.seal("session", actor.officer),
            max_age=int(SESSION.total_seconds()),
            httponly=True,
            samesite="strict",
            secure=secure,
        )

    def leave(self, response: Response) -> None:
        """Take the cookie back."""
        response.delete_cookie(COOKIE, httponly=True, samesite="strict")

    def _opened(self, link: str) -> tuple[Actor, str]:
        opened = self._seals.open("link", link, LINK)
        actor = Actor.of(self._directory, opened[0]) if opened else None
        if opened is None or actor is None:
            raise LinkRefusedError
        return actor, opened[1]

    def _note(self, actor: Actor, nonce: str, way: Literal["link", "demo"]) -> None:
        with writing(self._engine) as session:
            session.add(DeskEntry(nonce=nonce, officer=actor.officer, entered_at=datetime.now(UTC), way=way))


class SeatedPages:
    """Middleware: lets every page know for whom it is made (`seated`), without each route passing it on."""

    def __init__(self, app: ASGIApp, desk: Desk) -> None:
        self._app = app
        self._desk = desk

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request (ASGI)."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        before = _seated.set(self._desk.maybe(Request(scope)))
        try:
            await self._app(scope, receive, send)
        finally:
            _seated.reset(before)
