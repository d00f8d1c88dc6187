"""Events onto the Redis stream: batches while Redis answers, the spool while it does not.

Owns the order of events and when one is safe. Taking an event never waits: reading AMI does not depend on
Redis. A batch whose answer was lost is sent again; readers drop doubles by id.
"""

import asyncio
import contextlib
import logging
from collections import deque
from collections.abc import Callable
from itertools import islice

from redis.asyncio import Redis
from redis.exceptions import RedisError

from ami_bridge.stream.spool import Spool, SpoolFullError
from office.events import CallEvent, bridge_key, encode, stream_of

log = logging.getLogger(__name__)

BATCH = 500
QUEUE_MAX = 20_000
"""Events in memory; beyond it they are lost to memory and the journal must tell them again (`overflowed`)."""
RETRY_S = 1.0
STATE_TTL_S = 6


class Publisher:
    """One writer of one stream. `put` from the event loop; `run` as a task until `stop`."""

    def __init__(self, redis: Redis, pbx: str, spool: Spool) -> None:
        self._redis = redis
        self._stream = stream_of(pbx)
        self._key = bridge_key(pbx)
        self.spool = spool
        self._queue: deque[bytes] = deque()
        self._wake = asyncio.Event()
        self._stopping = asyncio.Event()
        self._retry_at = 0.0
        self.published = 0
        self.lost = 0
        self.redis_up = True
        self.overflowed = False
        """Events were lost for want of room: the journal must be read again once all is sent."""

    @property
    def settled(self) -> bool:
        """Everything handed in is on the stream or safe on disk."""
        return not self._queue

    @property
    def drained(self) -> bool:
        """Everything is on the stream, the disk is empty."""
        return not self._queue and not self.spool.records

    def put(self, event: CallEvent) -> None:
        """Hand in an event; never waits, never raises."""
        if len(self._queue) >= QUEUE_MAX:
            self.lost += 1
            self.overflowed = True
            return
        self._queue.append(encode(event))
        self._wake.set()

    async def run(self) -> None:
        """Send until `stop`."""
        loop = asyncio.get_running_loop()
        while not self._stopping.is_set():
            self._wake.clear()
            if self.drained:
                await self._wake.wait()
            elif loop.time() >= self._retry_at:
                if not await self._send_next():
                    self._retry_at = loop.time() + RETRY_S
            else:
                room = await self._to_spool()
                # more events go to disk at once; with no room left only time helps
                until = self._wake if room else self._stopping
                await _wait(until, self._retry_at - loop.time())

    def stop(self) -> None:
        """Let `run` end after what it is doing."""
        self._stopping.set()
        self._wake.set()

    async def finish(self, within_s: float) -> None:
        """After `run` has ended: everything onto the stream, or at least onto disk."""
        loop = asyncio.get_running_loop()
        end = loop.time() + within_s
        while not self.drained and self.redis_up and loop.time() < end:
            if not await self._send_next():
                break
        await self._to_spool()
        self.spool.close()

    async def _send_next(self) -> bool:
        """Send the oldest events, from disk first; False if Redis did not take them."""
        if self.spool.records:
            batch = await asyncio.to_thread(self.spool.peek, BATCH)
            if not await self._send(batch):
                return False
            await asyncio.to_thread(self.spool.drop, batch)
            return True
        batch = list(islice(self._queue, BATCH))
        if not await self._send(batch):
            return False
        self._taken(batch)
        return True

    async def _send(self, batch: list[bytes]) -> bool:
        try:
            async with self._redis.pipeline(transaction=False) as pipe:
                for event in batch:
                    pipe.xadd(self._stream, {"e": event})
                await pipe.execute()
        except (RedisError, OSError, TimeoutError) as error:
            if self.redis_up:
                log.warning("Redis takes no events; they go to disk", extra={"reason": type(error).__name__})
            self.redis_up = False
            return False
        if not self.redis_up:
            log.info("Redis takes events again")
        self.redis_up = True
        self.published += len(batch)
        return True

    async def _to_spool(self) -> bool:
        """Put what waits in memory behind what is on disk; False if there is no room."""
        while batch := list(islice(self._queue, BATCH)):
            try:
                await asyncio.to_thread(self.spool.append, batch)
            except (SpoolFullError, OSError) as error:
                log.warning("the spool takes no events", extra={"reason": type(error).__name__})
                return False
            self._taken(batch)
        return True

    def _taken(self, batch: list[bytes]) -> None:
        for _ in batch:
            self._queue.popleft()

    async def keep_state(self, state: Callable[[], bytes], every_s: float = 2.0) -> None:
        """Renew the bridge's state key for ever; a failure shows by the key running out."""
        while True:
            try:
                await self._redis.set(self._key, state(), ex=STATE_TTL_S)
            except (RedisError, OSError, TimeoutError):
                log.debug("the state key was not renewed")
            await asyncio.sleep(every_s)


async def _wait(event: asyncio.Event, seconds: float) -> None:
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(max(seconds, 0)):
            await event.wait()
