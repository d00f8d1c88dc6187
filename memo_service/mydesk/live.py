"""Sends an officer his cards the moment they change, so that his page need not ask for them first (T2, T5).

Owns that each officer's cards are made one after another, the newest last. Whose page is open is `ahead`'s to
know; the others look when they open theirs.
"""

import asyncio
import logging
from collections.abc import Callable, Iterable

from sqlalchemy.exc import DBAPIError

from memo_service.transfers.ahead import Ahead
from memo_service.web.hub import Hub

_log = logging.getLogger(__name__)


class LiveCards:
    """The cards of officers whose desk page is open. On the event loop alone."""

    def __init__(self, hub: Hub, ahead: Ahead, render: Callable[[str], str]) -> None:
        """`render` gives the HTML of an officer's cards as they stand; it is called in a thread."""
        self._hub = hub
        self._ahead = ahead
        self._render = render
        self._again: dict[str, bool] = {}
        self._tasks: set[asyncio.Task[None]] = set()

    async def settled(self) -> None:
        """Until nobody's cards are being made."""
        await asyncio.gather(*self._tasks)

    def send(self, officers: Iterable[str]) -> list[str]:
        """Have the cards of these made and sent; returns those who will get them (whose page is open)."""
        looking = sorted(self._ahead.looking(officers))
        for officer in looking:
            if officer in self._again:
                self._again[officer] = True
                continue
            self._again[officer] = False
            task = asyncio.create_task(self._make(officer), name="cards")
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)
        return looking

    async def _make(self, officer: str) -> None:
        try:
            while True:
                html = await asyncio.to_thread(self._render, officer)
                self._hub.publish("cards", {"html": html}, officers=(officer,))
                if not self._again[officer]:
                    return
                self._again[officer] = False
        except DBAPIError as error:
            # his page asks by itself, again and again until it is answered
            _log.warning("cards not made: %s", type(error.orig).__name__)
            self._hub.publish("desk", {"officers": [officer], "cards": []}, officers=(officer,))
        finally:
            del self._again[officer]
