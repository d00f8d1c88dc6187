"""An Asterisk Manager Interface that plays recorded traffic: `python -m rehearsal.replay FILE… --port N`.

Owns the stand-in for a PBX: login, the answers to lists, and the pace of what is played. Captures are read in
capture.py. Carries nothing out: no call is placed, whatever is asked.
"""

import argparse
import asyncio
import contextlib
import heapq
import itertools
import sys
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from types import TracebackType
from typing import Self

from rehearsal.capture import Capture, CaptureError, Copy, read_capture

_GREETING = b"Asterisk Call Manager/11.0.0\r\n"
# the end of each list that a bridge asks for, and the header that counts its items (Asterisk 22)
_LISTS = {
    "CoreShowChannels": ("CoreShowChannelsComplete", "ListItems"),
    "Status": ("StatusComplete", "Items"),
    "BridgeList": ("BridgeListComplete", "ListItems"),
}
_SETTLE_S = 0.5  # between a login and the first event: the bridge takes its (empty) snapshot then
_GAP_S = 1.0  # between the end of a capture and its next copy
_WATER_BYTES = 1 << 20


class ReplayServer:
    """Plays captures to every client that is logged in, from the first login on. Use with `async with`.

    `rate` None keeps the recorded pace; else copies of a timed capture begin so often that `rate` calls a
    second start, and an untimed one is spread evenly at that rate. `fast` sends without pause. `loops` is how
    often all files are played, None for ever. With `rewrite` times are of now and ids never repeat; without
    it the recorded bytes are sent. `secret` None lets everyone in.
    """

    def __init__(
        self,
        files: Sequence[Path],
        *,
        port: int = 0,
        rate: float | None = None,
        fast: bool = False,
        loops: int | None = 1,
        rewrite: bool = True,
        everything: bool = False,
        secret: str | None = None,
    ) -> None:
        """Reads the files; raises CaptureError. `everything` keeps events the bridge's account never gets."""
        self.captures = [read_capture(file, everything=everything) for file in files]
        untimed = [str(capture.file) for capture in self.captures if not capture.timed]
        if untimed and rate is None and not fast:
            raise CaptureError(f"{', '.join(untimed)}: no Timestamp headers to keep the pace by; give a rate")
        self.port = port
        self.calls = self.events = 0  # begun and sent so far
        self._rate, self._fast, self._loops, self._rewrite = rate, fast, loops, rewrite
        self._secret = secret
        self._clients: set[asyncio.StreamWriter] = set()
        self._someone = asyncio.Event()
        self._begun_at = 0.0

    async def __aenter__(self) -> Self:
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", self.port)
        self.port = self._server.sockets[0].getsockname()[1]
        self._player = asyncio.create_task(self._play())
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._player.cancel()
        self._server.close()
        for client in tuple(self._clients):
            client.close()
        await asyncio.gather(self._player, return_exceptions=True)
        await self._server.wait_closed()

    async def finished(self) -> None:
        """Wait until all has been played."""
        await asyncio.shield(self._player)

    # -- playing --

    async def _play(self) -> None:
        await self._someone.wait()
        await asyncio.sleep(_SETTLE_S)
        self._begun_at = time.time()
        began = time.monotonic()
        batch: list[bytes] = []
        for due_s, copy, index in self._schedule():
            if not self._fast and due_s > time.monotonic() - began:
                await self._send(batch)
                await asyncio.sleep(began + due_s - time.monotonic())
            batch.append(copy.block(index) if self._rewrite else copy.capture.blocks[index].data)
            if len(batch) >= 500:
                await self._send(batch)
        await self._send(batch)

    def _schedule(self) -> Iterator[tuple[float, Copy, int]]:
        """(seconds after the beginning, copy, number of the block), in order of time."""
        return heapq.merge(*()) if not self.captures else self._merged()

    def _merged(self) -> Iterator[tuple[float, Copy, int]]:
        waiting: list[tuple[float, int, int, Copy]] = []
        starts = self._starts()
        next_start = next(starts, None)
        while waiting or next_start is not None:
            if next_start is not None and (not waiting or next_start[0] <= waiting[0][0]):
                start_s, copy = next_start
                heapq.heappush(waiting, (start_s, copy.number, 0, copy))
                next_start = next(starts, None)
            due_s, number, index, copy = waiting[0]
            yield due_s, copy, index
            if index + 1 < len(copy.capture.blocks):
                following = copy.start_s + copy.offset_s(index + 1)
                heapq.heapreplace(waiting, (following, number, index + 1, copy))
            else:
                heapq.heappop(waiting)
