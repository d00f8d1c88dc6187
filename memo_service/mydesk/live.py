"""Sends an officer his cards the moment they change, so that his page need not ask for them first (T2, T5).

Owns that cards are made one officer after another, of whose bell rings at once and before the rest, and each
officer's newest last. Whose page is open is `ahead`'s to know; the others look when they open theirs.
"""

import asyncio
import logging
from collections.abc import Callable, Iterable
from contextlib import suppress

from sqlalchemy.exc import DBAPIError

from memo_service.transfers.ahead import Ahead
from memo_service.web.hub import Hub

_log = logging.getLogger(__name__)
_LONGEST_S = 0.03
"""For so long the ledger leaves the processor to the cards of who is rung (`made`)."""
_LATER_S = 0.02
"""So long after a change the cards of who is not rung are made: what the same moment brings is in them."""


class LiveCards:
    """The cards of officers whose desk page is open. On the event loop alone."""

    def __init__(self, hub: Hub, ahead: Ahead, render: Callable[[str], str]) -> None:
        """`render` gives the HTML of an officer's cards as they stand; it is called in a thread."""
        self._hub = hub
        self._ahead = ahead
        self._render = render
        self._first: dict[str, None] = {}
        self._later: dict[str, None] = {}
        self._due = 0.0
        self._at: str | None = None
        self._task: asyncio.Task[None] | None = None
        self._one_made = asyncio.Event()
        self._hurry = asyncio.Event()

    def send(self, officers: Iterable[str], first: frozenset[str]) -> list[str]:
        """Have the cards of these made and sent, of `first` before all others that wait.

        Returns those who will get them (whose page is open).
        """
        looking = self._ahead.looking(officers)
        for officer in sorted(looking & first):
            self._later.pop(officer, None)
            self._first[officer] = None
        if not self._later:
            self._due = asyncio.get_running_loop().time() + _LATER_S
        for officer in sorted(looking - self._first.keys()):
            self._later[officer] = None
        if looking and self._task is None:
            self._task = asyncio.create_task(self._run(), name="cards")
        if looking & first:
            self._hurry.set()
        return sorted(looking)

    async def made(self, officers: frozenset[str]) -> None:
        """Until the cards of these are on their way, and never for long.

        Cards are made in Python beside a ledger in Python: who makes both at once has both late.
        """
        with suppress(TimeoutError):
            async with asyncio.timeout(_LONGEST_S):
                while self._at in officers or not officers.isdisjoint(self._first):
                    await self._one_made.wait()

    async def settled(self) -> None:
        """Until nobody's cards are being made."""
        while self._task is not None:
            await self._one_made.wait()

    async def _run(self) -> None:
        try:
            while self._first or self._later:
                if not self._first:
                    await self._a_moment()
                waiting = self._first or self._later
                self._at = next(iter(waiting))
                del waiting[self._at]
                # in a task of its own: a fault in one officer's cards must not cost the others theirs
                await asyncio.wait({asyncio.create_task(self._make(self._at))})
                self._tell_made()
        finally:
            self._task = None
            self._tell_made()

    async def _a_moment(self) -> None:
        """Until the rest of this moment has come, or somebody is rung."""
        self._hurry.clear()
        with suppress(TimeoutError):
            async with asyncio.timeout_at(self._due):
                await self._hurry.wait()

    def _tell_made(self) -> None:
        self._at = None
        told, self._one_made = self._one_made, asyncio.Event()
        told.set()

    async def _make(self, officer: str) -> None:
        try:
            html = await asyncio.to_thread(self._render, officer)
            self._hub.publish("cards", {"html": html}, officers=(officer,))
        except DBAPIError as error:
            # his page asks by itself, again and again until it is answered
            _log.warning("cards not made: %s", type(error.orig).__name__)
            self._hub.publish("desk", {"officers": [officer], "cards": []}, officers=(officer,))
