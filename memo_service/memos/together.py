"""Memos that come at the same time share one commit; each is acknowledged after it.

Owns who waits for which commit and for how long (TIM-04). Nobody waits for others to come: whoever finds the
database free is kept at once, alone; those who come meanwhile go together, next. On the event loop; the
database is worked on by one thread at a time.
"""

import asyncio
import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

from sqlalchemy.exc import InterfaceError, OperationalError

MOST = 64
"""Memos in one commit: few enough that the last of them waits some tens of milliseconds."""
_PAUSE_S = 0.2
_log = logging.getLogger(__name__)
W = TypeVar("W")


class MemoNotSavedError(Exception):
    """The database was locked or away for 30 s; the text is still with whoever typed it."""


@dataclass(frozen=True, slots=True)
class _Waiting(Generic[W]):
    wish: W
    until: float
    """By the loop's clock."""
    kept: asyncio.Future[None]

    def tell(self, fault: BaseException | None) -> None:
        """Wake who waits, unless he has gone."""
        if self.kept.done():
            return
        if fault is None:
            self.kept.set_result(None)
        else:
            self.kept.set_exception(fault)


class Together(Generic[W]):
    """Keeps wishes by `keep`, which commits them all and returns the fault of each, None for one kept.

    An OperationalError or InterfaceError from `keep` leaves open which were kept: all are tried again until
    their time is over, so `keep` must bear being given one twice.
    """

    def __init__(self, keep: Callable[[Sequence[W]], Sequence[Exception | None]]) -> None:
        self._keep = keep
        self._waiting: list[_Waiting[W]] = []
        self._work: asyncio.Task[None] | None = None

    async def add(self, wish: W, within_s: float) -> None:
        """Returns after the commit; raises the wish's own fault, or MemoNotSavedError after `within_s`."""
        loop = asyncio.get_running_loop()
        mine = _Waiting(wish, loop.time() + within_s, loop.create_future())
        self._waiting.append(mine)
        if self._work is None or self._work.done():
            self._work = loop.create_task(self._keep_all())
        await mine.kept

    async def _keep_all(self) -> None:
        while self._waiting:
            batch, self._waiting = self._waiting[:MOST], self._waiting[MOST:]
            try:
                await self._keep_some(batch)
            except BaseException as error:
                for one in (*batch, *self._waiting):
                    one.tell(error)
                self._waiting.clear()
                raise

    async def _keep_some(self, batch: Sequence[_Waiting[W]]) -> None:
        try:
            faults = await asyncio.to_thread(self._keep, [one.wish for one in batch])
        except (OperationalError, InterfaceError) as error:
            _log.warning("%d memos not saved yet: %s", len(batch), type(error.orig).__name__)
            await self._put_off(batch, error)
            return
        for one, fault in zip(batch, faults, strict=True):
            one.tell(fault)

    async def _put_off(self, batch: Sequence[_Waiting[W]], error: Exception) -> None:
        """Try again, after a pause, what has time left: not only locks, for which SQLite waits 5 s itself."""
        now = asyncio.get_running_loop().time()
        for one in batch:
            if one.until <= now:
                fault = MemoNotSavedError()
                fault.__cause__ = error
                one.tell(fault)
        self._waiting[:0] = [one for one in batch if one.until > now]
        await asyncio.sleep(_PAUSE_S)
