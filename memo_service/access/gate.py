"""The gate before every page, API function and stream: finds out who asks, lets in by `access.rules` alone.

Owns that nothing is answered before the rule was asked, and that browsers keep no page of what was let out.
"""

import logging
from collections.abc import Callable

from fastapi import Request
from sqlalchemy.exc import DBAPIError
from starlette.concurrency import run_in_threadpool
from starlette.datastructures import MutableHeaders
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from memo_service.access.desk import SCOPE_KEY, token_of
from memo_service.access.identity import asking
from memo_service.access.rules import Rule, Rules
from memo_service.access.sessions import Sessions

_log = logging.getLogger(__name__)

Refuse = Callable[[Request, int], Response]
"""Makes the answer for who is not let in: 401 unknown, 403 not his, 404 no such page, 503 no database."""


class Gate:
    """Middleware (ASGI) around the whole application."""

    def __init__(self, app: ASGIApp, rules: Rules, sessions: Sessions, refuse: Refuse) -> None:
        self._app = app
        self._rules = rules
        self._sessions = sessions
        self._refuse = refuse

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] == "lifespan":
            await self._app(scope, receive, send)
        elif scope["type"] == "http":
            await self._admit(scope, receive, send)
        else:
            await send({"type": "websocket.close", "code": 1008})  # there is none, and none slips by

    async def _admit(self, scope: Scope, receive: Receive, send: Send) -> None:
        rule = self._rules.of(scope["path"])
        if rule is Rule.BARE:
            await self._app(scope, receive, send)
            return
        if rule is Rule.BRIDGE:
            await self._app(scope, receive, _kept_by_nobody(send))
            return
        request = Request(scope)
        try:
            identity = await run_in_threadpool(self._sessions.find, token_of(request))
        except DBAPIError as error:
            _log.warning("nobody can be let in: %s", type(error.orig).__name__)
            await self._refuse(request, 503)(scope, receive, send)
            return
        scope[SCOPE_KEY] = identity
        before = asking.set(identity)
        try:
            answer = self._app
            if rule is None or not rule.admits(identity):
                answer = self._refuse(request, 401 if identity is None else 403 if rule else 404)
            await answer(scope, receive, _kept_by_nobody(send))
        finally:
            asking.reset(before)


def _kept_by_nobody(send: Send) -> Send:
    async def send_with_header(message: Message) -> None:
        if message["type"] == "http.response.start":
            MutableHeaders(scope=message).setdefault("Cache-Control", "no-store")
        await send(message)

    return send_with_header
