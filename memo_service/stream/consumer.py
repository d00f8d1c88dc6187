"""Reads `calls:<pbx>` as consumer group `ledger` and hands batches on; acknowledges after they are kept.

Owns delivery: nothing is acknowledged before the commit, nothing is lost or blocks the rest when it cannot be
read, and a Redis that goes away or forgets the group (TIM-04) is waited for and joined again.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Any

from pydantic import ValidationError
from redis.asyncio import Redis
from redis.exceptions import RedisError, ResponseError
from sqlalchemy.exc import DBAPIError, InterfaceError, OperationalError

from memo_service.stream.trim import trim
from office.events import CallEvent, decode, stream_of

GROUP = "ledger"
_BATCH = 500
_BLOCK_MS = 1_000
_STALE_MS = 30_000
_CLAIM_EVERY_S = 15.0
_TRIM_EVERY_S = 5.0
_PAUSES_S = (0.1, 0.2, 0.5, 1.0, 2.0, 5.0)

_log = logging.getLogger(__name__)
Keep = Callable[[Sequence[CallEvent]], Awaitable[None]]
Entry = tuple[bytes, dict[bytes, bytes]]


@dataclass(slots=True)
class StreamState:
    """How reading goes, for pages, readiness and metrics."""

    redis_up: bool = False
    database_up: bool = True
    kept: int = 0
    dead: int = 0
    failures: int = 0
    lag: int = 0
    """Entries that wait in the stream, as of the last look."""


class Consumer:
    """Reads one PBX's stream for ever. `keep` must return only once the events are committed."""

    def __init__(
        self,
        redis: Redis,
        *,
        state: StreamState,
        pbx: str,
        name: str,
        keep: Keep,
        on_change: Callable[[], None],
    ) -> None:
        self._redis = redis
        self._stream = stream_of(pbx)
        self._name = name
        self._keep = keep
        self._on_change = on_change
        self._claim_at = 0.0
        self._trim_at = 0.0
        self.state = state

    async def run(self) -> None:
        """Read until cancelled. Redis away: try again with growing pauses."""
        failed = 0
        while True:
            try:
                await self._join()
                self._note(redis_up=True)
                failed = 0
                await self._read_for_ever()
            except RedisError as error:
                self._note(redis_up=False)
                self.state.failures += 1
                pause = _PAUSES_S[min(failed, len(_PAUSES_S) - 1)]
                failed += 1
                _log.warning(
                    "redis not usable, trying again: %s", type(error).__name__, extra={"pause": pause}
                )
                await asyncio.sleep(pause)

    async def _join(self) -> None:
        """Make the group if there is none, from the stream's beginning: what is known already is dropped."""
        try:
            await self._redis.xgroup_create(self._stream, GROUP, id="0", mkstream=True)
        except ResponseError as error:
            if "BUSYGROUP" not in str(error):
                raise

    async def _read_for_ever(self) -> None:
        # our own entries from before a crash come first: they were read, perhaps not kept
        await self._drain_own()
        while True:
            await self._claim_stale()
            entries = await self._read(">", _BLOCK_MS)
            if entries:
                await self._take(entries)
            await self._tidy()

    async def _drain_own(self) -> None:
        while entries := await self._read("0", None):
            await self._take(entries)

    async def _read(self, start: str, block_ms: int | None) -> list[Entry]:
        answer = await self._redis.xreadgroup(
            GROUP, self._name, {self._stream: start}, count=_BATCH, block=block_ms
        )
        return _entries(answer)

    async def _claim_stale(self) -> None:
        """Take over what another consumer read and never finished."""
        now = asyncio.get_running_loop().time()
        if now < self._claim_at:
            return
        self._claim_at = now + _CLAIM_EVERY_S
        start = b"0-0"
        while True:
            answer = await self._redis.xautoclaim(
                self._stream, GROUP, self._name, min_idle_time=_STALE_MS, start_id=start, count=_BATCH
            )
            start, entries = answer[0], answer[1]
            if entries:
                await self._take(entries)
            if start in (b"0-0", "0-0"):
                return

    async def _take(self, entries: Sequence[Entry]) -> None:
        """Keep what can be read, put the rest aside, then acknowledge."""
        events: list[CallEvent] = []
        for entry_id, fields in entries:
            try:
                events.append(decode(fields[b"e"]))
            except (ValidationError, KeyError) as error:
                await self._bury(entry_id, fields, error)
        if events:
            await self._keep_all(events)
        await self._redis.xack(self._stream, GROUP, *(entry_id for entry_id, _ in entries))

    async def _keep_all(self, events: Sequence[CallEvent]) -> None:
        """Keep a batch. Refused by the database for what it holds: keep one by one, bury what it refuses."""
        try:
            await self._keep_patiently(events)
            self.state.kept += len(events)
        except DBAPIError as error:
            if len(events) == 1:
                await self._bury(b"", {b"e": events[0].model_dump_json().encode()}, error)
                return
            for event in events:
                await self._keep_all([event])

    async def _keep_patiently(self, events: Sequence[CallEvent]) -> None:
        """Keep; while the database is away or locked, try again with growing pauses, for ever."""
        failed = 0
        while True:
            try:
                await self._keep(events)
            except (OperationalError, InterfaceError) as error:
                self._note(database_up=False)
                self.state.failures += 1
                pause = _PAUSES_S[min(failed, len(_PAUSES_S) - 1)]
                failed += 1
                _log.warning("database not usable, trying again: %s", type(error.orig).__name__)
                await asyncio.sleep(pause)
            else:
                self._note(database_up=True)
                return

    async def _bury(self, entry_id: bytes, fields: dict[bytes, bytes], error: Exception) -> None:
        """Put an entry aside on the dead-letter stream, with the kind of error and no more of its content."""
        self.state.dead += 1
        _log.error("event put aside: %s", type(error).__name__, extra={"entry": entry_id.decode()})
        letter: dict[Any, Any] = {**fields, b"error": type(error).__name__.encode(), b"entry": entry_id}
        await self._redis.xadd(f"{self._stream}:dead", letter)

    async def _tidy(self) -> None:
        now = asyncio.get_running_loop().time()
        if now < self._trim_at:
            return
        self._trim_at = now + _TRIM_EVERY_S
        self.state.lag = await trim(self._redis, self._stream, GROUP)

    def _note(self, *, redis_up: bool | None = None, database_up: bool | None = None) -> None:
        before = (self.state.redis_up, self.state.database_up)
        if redis_up is not None:
            self.state.redis_up = redis_up
        if database_up is not None:
            self.state.database_up = database_up
        if before != (self.state.redis_up, self.state.database_up):
            self._on_change()


def _entries(answer: Any) -> list[Entry]:
    """The entries of the one stream asked for; redis-py gives a list (RESP2) or a map of chunks (RESP3)."""
    if not answer:
        return []
    if isinstance(answer, dict):
        return [entry for chunks in answer.values() for chunk in chunks for entry in chunk]
    entries: list[Entry] = answer[0][1]
    return entries
