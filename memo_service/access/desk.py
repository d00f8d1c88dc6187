"""Who is at the desk: the session's cookie, and the officer behind a request.

Owns the cookie. What an officer may do is `access.actor`'s; sessions are `access.sessions`'s.
"""

from typing import cast

from fastapi import Request
from sqlalchemy.exc import DBAPIError
from starlette.concurrency import run_in_threadpool
from starlette.responses import Response

from memo_service.access.actor import Actor
from memo_service.access.identity import Identity
from memo_service.access.sessions import Sessions
from memo_service.errors import ForbiddenError, NotAtDeskError
from memo_service.web.hub import Reader

COOKIE = "charterline_session"
SECURE_COOKIE = "__Host-charterline"
"""Over HTTPS: a browser takes this name from this very host alone, and never gives it to plain HTTP."""
SCOPE_KEY = "charterline.identity"
"""Where the gate leaves whom it found, in the ASGI scope."""
NO_DESK = "이 계정에는 자리가 없어 전화와 메모를 볼 수 없습니다. 위의 메뉴에 있는 화면만 열립니다."


class Desk:
    """The desks of one office: who sits where."""

    def __init__(self, sessions: Sessions) -> None:
        self.sessions = sessions

    def identity(self, request: Request) -> Identity | None:
        """Whoever asks, as the gate found him; None for a stranger."""
        return cast(Identity | None, request.scope.get(SCOPE_KEY))

    def signed_in(self, request: Request) -> Identity:
        """Whoever asks; raises NotAtDeskError for a stranger."""
        found = self.identity(request)
        if found is None:
            raise NotAtDeskError
        return found

    def actor(self, request: Request) -> Actor:
        """The officer who asks; raises NotAtDeskError, ForbiddenError for an account without a desk."""
        found = self.signed_in(request)
        if found.actor is None:
            raise ForbiddenError(NO_DESK)
        return found.actor

    def reader(self, request: Request, scope: str) -> Reader:
        """Who reads the event stream, until his session ends; a database that cannot be asked ends none."""
        identity = self.signed_in(request)

        async def stands() -> bool:
            try:
                return await run_in_threadpool(self.sessions.stands, identity)
            except DBAPIError:
                return True

        officer = identity.actor.officer if identity.actor else ""
        return Reader(identity.session, scope, officer, stands)

    def seat(self, request: Request, response: Response, token: str) -> None:
        """Give `response` the cookie of a session; `Secure` where the page came by HTTPS.

        Lax, not Strict: a link in a mail leads an officer who is signed in to its page. Changes are asked for
        by our own pages alone, whatever the cookie (web.security).
        """
        secure = request.url.scheme == "https"
        response.set_cookie(
            SECURE_COOKIE if secure else COOKIE,
            token,
            max_age=int(self.sessions.terms.longest.total_seconds()),
            httponly=True,
            samesite="lax",
            secure=secure,
        )

    def leave(self, request: Request, response: Response) -> None:
        """Take the cookie back."""
        secure = request.url.scheme == "https"
        name = SECURE_COOKIE if secure else COOKIE
        response.delete_cookie(name, httponly=True, samesite="lax", secure=secure)


def token_of(request: Request) -> str:
    """What the session's cookie holds; empty without one. Plain HTTP never stands in for HTTPS."""
    return request.cookies.get(SECURE_COOKIE if request.url.scheme == "https" else COOKIE, "")
