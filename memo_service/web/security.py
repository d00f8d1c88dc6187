"""Headers that every answer carries, and whose forms are taken.

Owns the refusal of requests that another site makes a browser send (CSRF).
"""

from urllib.parse import urlsplit

from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

_HEADERS = {
    "Content-Security-Policy": "default-src 'self'; img-src 'self' data:; frame-ancestors 'none'; "
    "form-action 'self'; base-uri 'none'",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
}


class SecurityHeaders:
    """Nothing is loaded from elsewhere, and no other site may frame us."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request (ASGI)."""

        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                MutableHeaders(scope=message).update(_HEADERS)
            await send(message)

        await self._app(scope, receive, send_with_headers if scope["type"] == "http" else send)


class OwnSiteOnly:
    """Changes are taken from our own pages alone.

    Browsers say where a request comes from in Sec-Fetch-Site (over HTTPS and on localhost) and Origin; a
    program that is no browser says neither, and no other site can make it send anything.
    """

    _READING = frozenset({"GET", "HEAD", "OPTIONS"})

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request (ASGI); 403 for another site's."""
        if (
            scope["type"] == "http"
            and scope["method"] not in self._READING
            and not _is_own(Headers(scope=scope))
        ):
            refusal = PlainTextResponse("다른 사이트에서 온 요청이라 받지 않았습니다.", 403)
            await refusal(scope, receive, send)
            return
        await self._app(scope, receive, send)


def _is_own(headers: Headers) -> bool:
    site, origin = headers.get("sec-fetch-site"), headers.get("origin")
    if site is not None:
        return site == "same-origin"
    return origin is None or urlsplit(origin).netloc == headers.get("host")
