"""Many open pages without as many browsers: each holds the event stream as a page's worker does.

A page also asks for its cards when the stream names its officer; these officers get no calls.
"""

import asyncio
from collections.abc import Sequence
from types import TracebackType
from typing import Self
from urllib.parse import urlsplit

import httpx

from rehearsal.scenarios.desks import take_desk
from rehearsal.scenarios.waiting import NotSeenError

_PATIENCE_S = 60.0


class Crowd:
    """`size` streams of these officers in turn, open while it is used with `async with`."""

    def __init__(self, url: str, officers: Sequence[str], size: int) -> None:
        self._url = url
        self._officers = officers
        self._size = size
        self._streams: list[asyncio.Task[None]] = []
        self._writers: list[asyncio.StreamWriter] = []
        self._up = 0
        self._all_up = asyncio.Event()

    async def __aenter__(self) -> Self:
        if self._size:
            seats = [await self._cookie(officer) for officer in self._officers[: self._size]]
            self._streams = [
                asyncio.create_task(self._hold(seats[number % len(seats)])) for number in range(self._size)
            ]
            try:
                async with asyncio.timeout(_PATIENCE_S):
                    await self._all_up.wait()
            except TimeoutError:
                raise NotSeenError(f"{self._up} of {self._size} streams are open") from None
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for stream in self._streams:
            stream.cancel()
        await asyncio.gather(*self._streams, return_exceptions=True)
        for writer in self._writers:
            writer.close()

    @property
    def lost(self) -> int:
        """How many streams have ended by themselves."""
        return sum(stream.done() for stream in self._streams)

    async def _cookie(self, officer: str) -> str:
        async with httpx.AsyncClient(base_url=self._url, trust_env=False, timeout=30) as client:
            await take_desk(client, officer)
            return "; ".join(f"{one.name}={one.value}" for one in client.cookies.jar)

    async def _hold(self, cookie: str) -> None:
        at = urlsplit(self._url)
        reader, writer = await asyncio.open_connection(at.hostname, at.port)
        self._writers.append(writer)
        asked = f"GET /events HTTP/1.1\r\nHost: {at.netloc}\r\nCookie: {cookie}\r\n\r\n"
        writer.write(asked.encode())
        answer = await reader.readuntil(b"\r\n\r\n")
        if b" 200 " not in answer.split(b"\r\n", 1)[0]:
            raise NotSeenError(f"no stream: {answer[:60]!r}")
        self._up += 1
        if self._up == self._size:
            self._all_up.set()
        while await reader.read(65_536):
            pass
