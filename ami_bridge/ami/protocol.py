"""panoramisk's protocol with our own reading of bytes.

Owns how bytes of one connection are shared out: call events to our feed, answers to the library. Decides
nothing.
"""

import asyncio
from collections.abc import Callable
from typing import Any

from panoramisk.ami_protocol import AMIProtocol
from panoramisk.message import Message as LibraryMessage

from ami_bridge.ami.feed import Feed
from ami_bridge.ami.framing import header, text
from ami_bridge.ami.originate import Originated, originated
from ami_bridge.call.facts import Fact
from ami_bridge.call.notes import number

_BOOTED, _SHUTDOWN, _ORIGINATED = b"FullyBooted", b"Shutdown", b"OriginateResponse"
_LISTS = (
    b"CoreShowChannel", b"CoreShowChannelsComplete", b"Status", b"StatusComplete",
    b"DBGetTreeResponse", b"DBGetTreeComplete",
)  # fmt: skip


class BridgeProtocol(AMIProtocol):  # type: ignore[misc]  # panoramisk has no types
    """One connection. `on_fault` is told of messages that could not be read; the stream goes on."""

    def __init__(
        self,
        on_fact: Callable[[Fact], object],
        now: Callable[[], int],
        on_fault: Callable[[Exception], object],
        on_originated: Callable[[Originated], object],
    ) -> None:
        loop = asyncio.get_running_loop()
        self._loop = loop
        self._on_originated = on_originated
        self.lost: asyncio.Future[str] = loop.create_future()
        self.booted: asyncio.Future[int] = loop.create_future()
        self.last_bytes = loop.time()
        self.strays = 0
        self.reading = Feed(
            on_fact,
            now=now,
            others=(*_LISTS, _BOOTED, _SHUTDOWN, _ORIGINATED),
            on_other=self._other,
            on_fault=on_fault,
        )

    def data_received(self, data: bytes) -> None:
        """Bytes from the PBX; never blocks and never raises."""
        self.last_bytes = self._loop.time()
        self.reading.feed(data)

    def _other(self, name: bytes, raw: bytes) -> None:
        if name == _BOOTED:
            if not self.booted.done():
                self.booted.set_result(number(header(raw, b"\nUptime: ")))
        elif name == _SHUTDOWN:
            self._end("pbx_shutdown")
            self.transport.abort()
        elif name == _ORIGINATED and (told := originated(raw)) is not None:
            self._on_originated(told)
        else:
            message: Any = LibraryMessage.from_line(text(raw).replace("\n", "\r\n"))
            if message is not None:
                self._answer(message)

    def _answer(self, message: Any) -> None:
        """Hand an answer to the library; one that nobody waits for is counted, no more (AMI-04)."""
        known = message.id in self.responses or message.action_id in self.responses
        if known:
            self.handle_message(message)
        else:
            self.strays += 1

    def connection_lost(self, exc: Exception | None) -> None:
        """The end of this connection; the library's own reconnect is never asked for."""
        self._end(type(exc).__name__ if exc else "closed_by_pbx")
        if not self.closed:
            self.close()

    def abort(self, reason: str) -> None:
        """Give the connection up, without waiting for the other side."""
        self._end(reason)
        self.transport.abort()

    def _end(self, reason: str) -> None:
        if not self.lost.done():
            self.lost.set_result(reason)
