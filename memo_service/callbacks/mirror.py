"""Keeps `open_callbacks:<pbx>` in Redis: by which the memo menu knows that a citizen has a reply coming.

Owns the hash: a keyed hash of each number, and when its reply is due. It is made from SQL at start and
whenever Redis has lost it, and follows every change.
"""

import asyncio
import logging
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from redis.asyncio import Redis
from redis.exceptions import RedisError
from sqlalchemy import Engine, func, select
from sqlalchemy.exc import InterfaceError, OperationalError

from memo_service.callbacks.life import State
from memo_service.callbacks.models import CallbackRow
from memo_service.db.session import reading
from memo_service.ledger.parties import Parties
from office.commands import lookup_field, open_callbacks_key

_CHUNK = 500
_PAUSE_S = 1.0
_LOOK_AGAIN_S = 15.0
_MADE = "made"
"""A field of the hash itself: it is there, though nobody waits."""
_COMING = (
    CallbackRow.closed_at.is_(None),
    CallbackRow.state.in_([State.WAITING, State.CALLING, State.UNCONFIRMED, State.UNKNOWN]),
)
_WHOM = (CallbackRow.party_id, CallbackRow.caller_party_id)
_log = logging.getLogger(__name__)


class OpenCallbacks:
    """The SQL side: which numbers have a reply coming, and when it is due."""

    def __init__(self, engine: Engine, parties: Parties, key: str) -> None:
        """`key`: of `office.commands.lookup_field`, the same as the bridge's."""
        self._engine = engine
        self._parties = parties
        self._key = key

    def parties_after(self, last: str) -> list[str]:
        """The next parties with a reply coming, in order of id."""
        found: set[str] = set()
        with reading(self._engine) as session:
            for column in _WHOM:
                query = select(column).where(*_COMING, column > last).distinct().order_by(column)
                found.update(session.scalars(query.limit(_CHUNK)))
        return sorted(found)[:_CHUNK]

    def parties_of(self, callback_ids: Iterable[str]) -> list[str]:
        """Whom these callbacks are for, and who asked for them."""
        query = select(*_WHOM).where(CallbackRow.id.in_(list(callback_ids)))
        with reading(self._engine) as session:
            return sorted({party for row in session.execute(query) for party in row if party})

    def fields(self, parties: Iterable[str]) -> dict[str, int | None]:
        """The hash's fields of these parties: due time (epoch s), None where no reply is coming."""
        wanted = list(parties)
        due: dict[str, datetime] = {}
        with reading(self._engine) as session:
            for column in _WHOM:
                query = select(column, func.min(CallbackRow.turn_at)).where(*_COMING, column.in_(wanted))
                for party, at in session.execute(query.group_by(column)):
                    due[str(party)] = min(due.get(str(party), at), at)
            numbers = self._parties.numbers(session, wanted)
        return {
            lookup_field(self._key, number.reveal()): int(due[party].timestamp()) if party in due else None
            for party, number in numbers.items()
        }


class Mirror:
    """The task that keeps the hash. `ring` names callbacks that changed."""

    def __init__(self, source: OpenCallbacks, redis: Redis, pbx: str) -> None:
        self._source = source
        self._redis = redis
        self._key = open_callbacks_key(pbx)
        self._dirty: set[str] = set()
        self._wake = asyncio.Event()

    def ring(self, callback_ids: Iterable[str]) -> None:
        """These changed. On the event loop."""
        self._dirty.update(callback_ids)
        self._wake.set()

    async def run(self) -> None:
        """Make the hash anew, then keep it, for ever. Redis or database away: try again."""
        fresh = False
        while True:
            try:
                if not fresh or not await self._redis.hexists(self._key, _MADE):
                    await self._rebuild()
                    fresh = True
                await self._follow()
                await self._wait()
            except (RedisError, OperationalError, InterfaceError) as error:
                _log.warning("open callbacks wait: %s", type(error).__name__)
                await asyncio.sleep(_PAUSE_S)

    async def _rebuild(self) -> None:
        making = f"{self._key}:making"
        await self._redis.delete(making)
        await self._redis.hset(making, _MADE, "1")
        last = ""
        while parties := await asyncio.to_thread(self._source.parties_after, last):
            await self._write(making, await asyncio.to_thread(self._source.fields, parties))
            last = parties[-1]
        await self._redis.rename(making, self._key)

    async def _follow(self) -> None:
        changed, self._dirty = self._dirty, set()
        if not changed:
            return
        try:
            parties = await asyncio.to_thread(self._source.parties_of, changed)
            await self._write(self._key, await asyncio.to_thread(self._source.fields, parties))
        except BaseException:
            self._dirty |= changed
            raise

    async def _write(self, key: str, fields: Mapping[str, int | None]) -> None:
        coming: dict[Any, Any] = {field: due for field, due in fields.items() if due is not None}
        gone = [field for field, due in fields.items() if due is None]
        if coming:
            await self._redis.hset(key, mapping=coming)
        if gone:
            await self._redis.hdel(key, *gone)

    async def _wait(self) -> None:
        try:
            async with asyncio.timeout(_LOOK_AGAIN_S):
                await self._wake.wait()
        except TimeoutError:
            return
        finally:
            self._wake.clear()
