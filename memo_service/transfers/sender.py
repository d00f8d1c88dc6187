"""Brings orders to the stream `commands:<pbx>`, each at most once and at once.

Owns the order of things: the row is committed, then the command goes. A process that dies in between leaves a
row that nobody sends again: its order was not carried out, or is told by the call's own events.
"""

import logging
from enum import StrEnum

from redis.asyncio import Redis
from redis.exceptions import RedisError

from office.commands import TransferCall, commands_stream

_log = logging.getLogger(__name__)


class Sent(StrEnum):
    """What became of the sending."""

    SENT = "sent"
    UNSENT = "unsent"
    """Redis was away before anything was written."""
    UNKNOWN = "unknown"
    """Redis went away while it was written."""


class Sender:
    """Sends with a client that never sends twice by itself (`callbacks.outbox.once_client`)."""

    def __init__(self, redis: Redis, pbx: str) -> None:
        self._redis = redis
        self._stream = commands_stream(pbx)

    async def send(self, command: TransferCall) -> Sent:
        """Put `command` on the stream."""
        try:
            # a Redis that is away is found out before anything is written
            await self._redis.ping()
        except RedisError as error:
            _log.warning("an order was not sent: %s", type(error).__name__)
            return Sent.UNSENT
        try:
            await self._redis.xadd(self._stream, {"c": command.model_dump_json()})
        except RedisError as error:
            _log.warning("an order may not have been sent: %s", type(error).__name__)
            return Sent.UNKNOWN
        return Sent.SENT

    async def close(self) -> None:
        """Let the connection go."""
        await self._redis.aclose()
