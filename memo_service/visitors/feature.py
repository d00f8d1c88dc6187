"""Visitors in one process, put together: what the keys do, who is told, and the clocks that nobody ended.

Owns the wiring, and which call a visitor waited for: the one that the officer has on the line.
"""

import asyncio
import logging
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy.exc import DBAPIError

from memo_service.access.actor import Actor
from memo_service.aftercall.feature import AfterFeature
from memo_service.calls.board import Board
from memo_service.errors import NotFoundError
from memo_service.parts import Parts
from memo_service.transfers import stations
from memo_service.visitors.service import Clock, Visitors
from memo_service.visitors.verdict import Ending

_LOOK_S = 30.0
_log = logging.getLogger(__name__)


@dataclass(slots=True)
class VisitorFeature:
    """The clocks of one office."""

    clocks: Visitors
    after: AfterFeature
    board: Board
    on_judged: Callable[[], None] = field(default=lambda: None)
    """Called on the event loop when a verdict came or may have come."""

    async def begin(self, actor: Actor, clock_id: str, call_id: str | None) -> None:
        """A visitor waits. A call that he does not have on the line is not the reason."""
        named = call_id if self.has_on_line(actor, call_id) else None
        await asyncio.to_thread(self.clocks.begin, actor, clock_id, named)
        self.after.tell(frozenset({actor.officer}))

    async def end(self, actor: Actor, clock_id: str, ending: Ending) -> bool:
        """End one clock; False if it had ended already."""
        ended = await asyncio.to_thread(self.clocks.end, actor, clock_id, ending)
        self.after.tell(frozenset({actor.officer}))
        self.on_judged()
        return ended

    async def promise(self, actor: Actor, clock_id: str, asked_at: datetime) -> str:
        """The caller of the clock's call is to be called back at that time; the id of the memo.

        Raises NotFoundError (no such clock of his runs, or it has no call), and as `AfterCalls.finish`.
        """
        clock = await asyncio.to_thread(self._running, actor, clock_id)
        if clock is None or clock.call_id is None:
            raise NotFoundError
        return await self.after.promise(actor, clock.call_id, asked_at)

    def has_on_line(self, actor: Actor, call_id: str | None) -> bool:
        """Whether he is in this call now."""
        record = self.board.records.get(call_id or "")
        return record is not None and stations.leg_of(record, actor.officer) is not None

    async def run(self) -> None:
        """Give up the clocks that nobody ended, until cancelled."""
        while True:
            try:
                if officers := await asyncio.to_thread(self.clocks.give_up_forgotten):
                    self.after.tell(officers)
                    self.on_judged()
            except DBAPIError as error:
                _log.warning("no clock given up, trying again: %s", type(error.orig).__name__)
            await asyncio.sleep(_LOOK_S)

    def _running(self, actor: Actor, clock_id: str) -> Clock | None:
        return next((c for c in self.clocks.running(actor.officer) if c.id == clock_id), None)


def make_visitors(
    parts: Parts, after: AfterFeature, board: Board, now: Callable[[], datetime]
) -> VisitorFeature:
    """The parts for the office in `parts`."""
    return VisitorFeature(Visitors(parts.engine, parts.office.charter.visitor, now), after, board)
