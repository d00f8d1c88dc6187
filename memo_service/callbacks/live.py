"""Tells the pages which callbacks changed, and the desks which are due soon.

Owns that the stream carries ids alone: it is open to everybody who may see the board, so what stands behind
an id is asked for by each page with its own right.
"""

import asyncio
import logging

from sqlalchemy import Engine, func, select
from sqlalchemy.exc import DBAPIError

from memo_service.callbacks.models import StepRow
from memo_service.callbacks.turn import Wake
from memo_service.db.session import reading
from memo_service.web.hub import Hub

_GATHER_S = 0.05
_log = logging.getLogger(__name__)


class LiveCallbacks:
    """Hears of changes on any thread, speaks on the event loop it was started on."""

    def __init__(self, hub: Hub, engine: Engine) -> None:
        self._hub = hub
        self._engine = engine
        self._changed: set[str] = set()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._wake = asyncio.Event()
        self._seen = 0

    def heard(self, ids: frozenset[str]) -> None:
        """An ear of `callbacks.changed`; before `run` nobody looks, so nothing is lost."""
        if self._loop is not None:
            self._loop.call_soon_threadsafe(self._take, ids)

    async def run(self) -> None:
        """Publish changes, those of a moment together, until cancelled."""
        self._loop = asyncio.get_running_loop()
        _, self._seen = await asyncio.to_thread(self._reminders)
        while True:
            await self._wake.wait()
            await asyncio.sleep(_GATHER_S)
            self._wake.clear()
            ids, self._changed = sorted(self._changed), set()
            self._hub.publish("callbacks", {"ids": ids})
            try:
                reminded, self._seen = await asyncio.to_thread(self._reminders)
            except DBAPIError as error:
                _log.warning("reminders not read: %s", type(error.orig).__name__)
            else:
                if reminded:
                    self._hub.publish("reminders", {"ids": reminded})

    def _take(self, ids: frozenset[str]) -> None:
        self._changed |= ids
        self._wake.set()

    def _reminders(self) -> tuple[list[str], int]:
        """Callbacks reminded of since the last look, and how far the history was read."""
        with reading(self._engine) as session:
            last = session.execute(select(func.coalesce(func.max(StepRow.seq), 0))).scalar_one()
            query = select(StepRow.callback_id).where(
                StepRow.seq > self._seen, StepRow.seq <= last, StepRow.kind == Wake.REMIND.value
            )
            found = session.scalars(query.distinct()).all() if self._seen else []
        return sorted(found), max(last, 1)
