"""Wakes when the next thing is due, and has it done (charter T7).

Owns the timer: one, set to the earliest moment on an indexed column, set anew by every change. It waits in
parts and reads the wall clock again after each, so that a clock put forward or back moves nothing else
(TIM-01). Other processes set timers of their own; each due row is taken by one.
"""

import asyncio
import logging
import time
from collections.abc import Callable
from datetime import datetime

from sqlalchemy.exc import InterfaceError, OperationalError

from memo_service.callbacks.clockwork import Clockwork

_LOOK_AGAIN_S = 20.0
_AT_HAND_S = 0.02
_PAUSE_S = 1.0
_log = logging.getLogger(__name__)


class Scheduler:
    """The task of the timer. `ring` tells it that a nearer moment may have come in."""

    def __init__(self, clockwork: Clockwork, now: Callable[[], datetime]) -> None:
        self._clockwork = clockwork
        self._now = now
        self._changed = asyncio.Event()

    def ring(self) -> None:
        """Something changed. On the event loop."""
        self._changed.set()

    async def run(self) -> None:
        """Recount by the calendar in force, then work for ever. Database away: try again."""
        recounted = False
        while True:
            try:
                if not recounted:
                    await asyncio.to_thread(self._clockwork.recompute, self._now())
                    recounted = True
                await self._turn()
            except (OperationalError, InterfaceError) as error:
                _log.warning("the callbacks' timer waits: %s", type(error.orig).__name__)
                await asyncio.sleep(_PAUSE_S)

    async def _turn(self) -> None:
        """Do what is due, or wait for it, a change, or the next look at the clock."""
        self._changed.clear()
        due = await asyncio.to_thread(self._clockwork.next_at)
        left = _LOOK_AGAIN_S if due is None else (due - self._now()).total_seconds()
        rest = left - _AT_HAND_S
        if rest > 0 and (await self._changes_within(min(rest, _LOOK_AGAIN_S)) or rest > _LOOK_AGAIN_S):
            return  # a nearer moment may have come in, or the clock is to be read again
        await asyncio.to_thread(self._run_at, due)

    def _run_at(self, due: datetime | None) -> None:
        """On a thread that is at hand before the moment, so that no hand-over comes between the two."""
        left = 0.0 if due is None else (due - self._now()).total_seconds()
        if left > 0:
            time.sleep(min(left, _AT_HAND_S))
        self._clockwork.run_due(self._now())

    async def _changes_within(self, seconds: float) -> bool:
        """Wait; True if something changed before the time was over."""
        try:
            async with asyncio.timeout(seconds):
                await self._changed.wait()
        except TimeoutError:
            return False
        return True
