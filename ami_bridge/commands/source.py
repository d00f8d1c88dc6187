"""Reads `commands:<pbx>` as consumer group `bridge`; hands on only what it has claimed.

Owns delivery: a command is acknowledged and deleted before anything is done about it, so it is carried out at
most once (CBK-01). A Redis that goes away or forgets the group is waited for and joined again (TIM-04).
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from typing import Any

from pydantic import ValidationError
from redis.asyncio import Redis
from redis.exceptions import RedisError, ResponseError

from office.commands import Command, commands_stream, decode

log = logging.getLogger(__name__)

GROUP = "bridge"
_BATCH = 20
_BLOCK_MS = 500
"""Well below the client's own time limit for an answer."""
_PAUSES_S = (0.1, 0.2, 0.5, 1.0, 2.0, 5.0)
_AWAY = (RedisError, OSError, TimeoutError)
Entry = tuple[bytes, dict[bytes, bytes]]
Take = Callable[[Command, int], Awaitable[None]]


class Source:
    """Reads one PBX's commands for ever. `take` gets each with the moment it was given (epoch µs)."""

    def __init__(self, redis: Redis, pbx: str, take: Take) -> None:
        self._redis = redis
        self._stream = commands_stream(pbx)
        self._take = take

    async def run(self) -> None:
        """Read until cancelled. Redis away: try again with growing pauses."""
        failed = 0
        while True:
            try:
                await self._join()
                failed = 0
                await self._read_for_ever()
            except _AWAY as error:
                pause = _PAUSES_S[min(failed, len(_PAUSES_S) - 1)]
                failed += 1
                log.warning("commands cannot be read", extra={"reason": type(error).__name__, "pause": pause})
                await asyncio.sleep(pause)

    async def _join(self) -> None:
        """Make the group if there is none, from the stream's beginning: what was taken is deleted there."""
        try:
            await self._redis.xgroup_create(self._stream, GROUP, id="0", mkstream=True)
        except ResponseError as error:
            if "BUSYGROUP" not in str(error):
                raise

    async def _read_for_ever(self) -> None:
        # what a last run read and did not claim comes first: it was not carried out
        while entries := await self._read("0", None):
            await self._handle_all(entries)
        while True:
            await self._handle_all(await self._read(">", _BLOCK_MS))

    async def _read(self, start: str, block_ms: int | None) -> list[Entry]:
        answer = await self._redis.xreadgroup(
            GROUP, GROUP, {self._stream: start}, count=_BATCH, block=block_ms
        )
        return _entries(answer)

    async def _handle_all(self, entries: list[Entry]) -> None:
        for entry_id, fields in entries:
            if not await self._claim(entry_id):
                continue
            try:
                command = decode(fields[b"c"])
            except (ValidationError, KeyError, TypeError) as error:
                # its content may hold a citizen's number and stays out of the log
                log.warning("a command could not be read", extra={"reason": type(error).__name__})
                continue
            await self._take(command, int(entry_id.split(b"-")[0]) * 1000)

    async def _claim(self, entry_id: bytes) -> bool:
        """Acknowledge and delete; True if it was ours to take.

        If the answer is lost it counts as not ours, and a later reading decides: better no call than two.
        """
        async with self._redis.pipeline(transaction=True) as pipe:
            pipe.xack(self._stream, GROUP, entry_id)
            pipe.xdel(self._stream, entry_id)
            acknowledged, _ = await pipe.execute()
        return bool(acknowledged == 1)


def _entries(answer: Any) -> list[Entry]:
    """The entries of the one stream asked for; redis-py gives a list (RESP2) or a map of chunks (RESP3)."""
    if not answer:
        return []
    if isinstance(answer, dict):
        return [entry for chunks in answer.values() for chunk in chunks for entry in chunk]
    entries: list[Entry] = answer[0][1]
    return entries
