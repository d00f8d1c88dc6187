"""One stream of messages for all who look at a page, with a bounded memory to resume from (WEB-01).

Owns ids, resuming, and dropping readers that no longer read. What the messages mean is the sender's business.
"""

import asyncio
import secrets
from collections import deque
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass
from typing import NamedTuple

import orjson
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

PING_S = 15.0
SEND_TIMEOUT_S = 10.0
_REMEMBERED = 2_000
_REMEMBERED_BYTES = 8_000_000


@dataclass(frozen=True, slots=True)
class Reader:
    """Who reads a stream. `session` is its id; `stands` tells whether that goes on (asked with each ping).

    `scope`: besides what is for all he gets what was published to this scope, and to him as `officer`.
    """

    session: str
    scope: str
    officer: str
    stands: Callable[[], Awaitable[bool]]


class _Message(NamedTuple):
    """What is sent, and to whom: to all, to a scope, or to officers."""

    text: bytes
    scope: str
    officers: frozenset[str]

    def is_for(self, scope: str, officer: str) -> bool:
        if self.officers:
            return officer in self.officers
        return self.scope in ("", scope)


class Hub:
    """Messages `id: <boot>-<n>`. The boot part differs after each start, so an old id is known as old."""

    def __init__(self, remembered: int = _REMEMBERED) -> None:
        self._boot = secrets.token_hex(4)
        self._messages: deque[_Message] = deque()
        self._remembered = remembered
        self._bytes = 0
        self._last = 0
        self._streams: set[EventStream] = set()
        self.scopes: set[str] = set()
        """Scopes that had a page or a reader since the start; what is for no one need not be made."""
        self.closed = False

    @property
    def clients(self) -> int:
        """How many streams are open."""
        return len(self._streams)

    @property
    def position(self) -> str:
        """Id of the newest message; a page made now goes on from here."""
        return f"{self._boot}-{self._last}"

    def publish(self, event: str, content: object, scope: str = "", *, officers: Iterable[str] = ()) -> None:
        """Send `content` as JSON to everybody, to the readers of `scope`, or to `officers`. Never waits."""
        self._last += 1
        data = orjson.dumps(content)
        message = b"id: %b\nevent: %b\ndata: %b\n\n" % (self.position.encode(), event.encode(), data)
        sent = _Message(message, scope, frozenset(officers))
        self._messages.append(sent)
        self._bytes += len(message)
        while len(self._messages) > self._remembered or self._bytes > _REMEMBERED_BYTES:
            self._bytes -= len(self._messages.popleft().text)
        for stream in self._streams:
            if sent.is_for(stream.reader.scope, stream.reader.officer):
                stream.wake()

    def expect(self, scope: str) -> None:
        """A page is made whose reader will come: what changes from now on is made for his scope, too."""
        self.scopes.add(scope)

    def joined(self, stream: "EventStream") -> None:
        """A stream begins."""
        self._streams.add(stream)
        self.expect(stream.reader.scope)

    def left(self, stream: "EventStream") -> None:
        """A stream is over."""
        self._streams.discard(stream)

    def end(self, sessions: Iterable[str]) -> None:
        """End the streams of sessions that have ended. Called on the event loop."""
        ended = frozenset(sessions)
        for stream in self._streams:
            if stream.reader.session in ended:
                stream.over = True
                stream.wake()

    def close(self) -> None:
        """End every stream (the process stops)."""
        self.closed = True
        for stream in self._streams:
            stream.wake()

    def after(self, position: str, scope: str = "", officer: str = "") -> tuple[bytes, str]:
        """All messages after `position` for this scope, this officer and all, joined; the new position.

        A position from before the last start, or older than what is remembered, gets one `reset` message: the
        reader must fetch the page's state anew.
        """
        boot, _, number = position.partition("-")
        seen = int(number) if number.isdecimal() else -1
        oldest = self._last - len(self._messages)
        if boot != self._boot or not oldest <= seen <= self._last:
            return b"id: %b\nevent: reset\ndata: {}\n\n" % self.position.encode(), self.position
        missing = self._last - seen
        if not missing:
            return b"", self.position
        # by their places at the end: 300 pages must not copy 2,000 messages each for one that is new
        newer = (self._messages[place] for place in range(-missing, 0))
        return b"".join(m.text for m in newer if m.is_for(scope, officer)), self.position


class EventStream(Response):
    """A server-sent event stream of one hub, from `position` on.

    Pings every 15 s and asks then whether the reader's session goes on; a session that ended in this process
    ends its streams at once. A reader that takes nothing for 10 s is dropped. (A reader whose network is gone
    without a word is dropped by TCP_USER_TIMEOUT on the socket: see `memo_service.server`.)
    """

    media_type = "text/event-stream"

    def __init__(self, hub: Hub, position: str, reader: Reader) -> None:
        super().__init__(headers={"Cache-Control": "no-store", "X-Accel-Buffering": "no"})
        del self.headers["content-length"]
        self._hub = hub
        self._position = position
        self.reader = reader
        self.over = False
        self._news = asyncio.Event()

    def wake(self) -> None:
        """There is something for its reader, or it is over."""
        self._news.set()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request (ASGI)."""
        self._hub.joined(self)
        writer = asyncio.create_task(self._write(send))
        gone = asyncio.create_task(_disconnected(receive))
        try:
            await asyncio.wait((writer, gone), return_when=asyncio.FIRST_COMPLETED)
        finally:
            self._hub.left(self)
            for task in (writer, gone):
                task.cancel()
            await asyncio.gather(writer, gone, return_exceptions=True)

    async def _write(self, send: Send) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": self.raw_headers})
        # the first message answers at once where the reader stands, so that the page knows the stream is up
        body = b"retry: 2000\n\n" + _PING
        while not self._hub.closed and not self.over:
            self._news.clear()
            chunk, self._position = self._hub.after(self._position, self.reader.scope, self.reader.officer)
            if body or chunk:
                async with asyncio.timeout(SEND_TIMEOUT_S):
                    await send({"type": "http.response.body", "body": body + chunk, "more_body": True})
            body = b""
            try:
                async with asyncio.timeout(PING_S):
                    await self._news.wait()
            except TimeoutError:
                body = _PING
                self.over = self.over or not await self.reader.stands()
        await send({"type": "http.response.body", "body": b"", "more_body": False})


_PING = b"event: ping\ndata: {}\n\n"


async def _disconnected(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass
