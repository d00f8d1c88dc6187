"""Lets the gist arrive before the bell: an order waits, for a moment, until the target's page shows it (T5).

Owns how long an order may wait, and whose page is open. An open page says so again and again, and says when
it has painted the gist of a transfer. Nobody looking, nothing is waited for. On the event loop alone, but for
`looking`, which any thread may ask.
"""

import asyncio
import time
from collections.abc import Callable, Iterable

LONGEST_S = 0.15
"""A page that says nothing by then hinders no transfer."""
OPEN_FOR_S = 150.0
"""A page in the background may say that it is open no more than once a minute."""


class Ahead:
    """The pages of one office's officers, and the transfers whose gist is on its way to them."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._open: dict[str, float] = {}
        self._awaited: dict[str, tuple[frozenset[str], asyncio.Event]] = {}

    def opened(self, officer: str) -> None:
        """His desk page is open."""
        self._open[officer] = self._clock()

    def closed(self, officer: str) -> None:
        """He closed it. Another page of his that is still open says so soon."""
        self._open.pop(officer, None)

    def looking(self, officers: Iterable[str]) -> frozenset[str]:
        """Those of `officers` whose desk page is open."""
        since = self._clock() - OPEN_FOR_S
        return frozenset(officer for officer in officers if self._open.get(officer, since) > since)

    def expect(self, transfer: str, officers: Iterable[str]) -> None:
        """The gist of `transfer` is about to be told to these; call it before they are told."""
        if looking := self.looking(officers):
            self._awaited[transfer] = looking, asyncio.Event()

    def stands(self, transfer: str, officer: str) -> None:
        """His page has painted it."""
        looking, shown = self._awaited.get(transfer, (frozenset(), None))
        if shown is not None and officer in looking:
            shown.set()

    async def arrived(self, transfer: str) -> None:
        """Until one of them has it before his eyes; at once if nobody looks, and never for long."""
        _, shown = self._awaited.get(transfer, (frozenset(), None))
        if shown is None:
            return
        waits = asyncio.ensure_future(shown.wait())
        try:
            # the citizen is not kept waiting: later than that, the gist comes a moment after the bell
            await asyncio.wait((waits,), timeout=LONGEST_S)
        finally:
            waits.cancel()
            del self._awaited[transfer]
