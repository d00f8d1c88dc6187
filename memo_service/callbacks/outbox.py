"""Brings commands from SQL to the stream `commands:<pbx>`, each at most once (CBK-01).

Owns the order that makes it so: marked as sent and committed, then sent, then deleted. A process that dies in
between leaves an attempt without a word, whose fate is then unknown; it never leaves a second call.
"""

import asyncio
import logging
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from redis.asyncio import Redis
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from redis.exceptions import RedisError
from sqlalchemy import Engine, delete, select
from sqlalchemy.exc import InterfaceError, OperationalError

from memo_service.callbacks.book import Book
from memo_service.callbacks.claim import SEALED
from memo_service.callbacks.follower import CallbackFollower
from memo_service.callbacks.models import AttemptRow, OutboxRow
from memo_service.db.session import reading, writing
from memo_service.protect import Keyring
from office.commands import commands_stream

_PAUSE_S = 0.5
_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Letter:
    """A command ready to go. `text` is its JSON, with the citizen's number in it: never logged."""

    attempt: str
    text: str

    def __repr__(self) -> str:
        return f"Letter({self.attempt})"


class Outbox:
    """The SQL side: what is to be sent, what is being sent, what was."""

    def __init__(self, engine: Engine, book: Book, follower: CallbackFollower, keyring: Keyring) -> None:
        self._engine = engine
        self._book = book
        self._follower = follower
        self._keyring = keyring

    def waiting(self) -> bool:
        """Whether there is anything to send."""
        with reading(self._engine) as session:
            query = select(OutboxRow.attempt_id).where(OutboxRow.sent_at.is_(None)).limit(1)
            return session.execute(query).first() is not None

    def take(self, now: datetime, *, reachable: bool) -> Letter | None:
        """The next command, marked as sent by this process alone; None where nothing can go now.

        One too late is ended as never begun.
        """
        with writing(self._engine) as session:
            query = (
                select(OutboxRow).where(OutboxRow.sent_at.is_(None)).order_by(OutboxRow.expires_at).limit(1)
            )
            row = session.scalars(query.with_for_update(skip_locked=True)).first()
            if row is None:
                return None
            attempt, in_time = row.attempt_id, row.expires_at > now
            if in_time and reachable:
                row.sent_at = now
                return Letter(attempt, self._keyring.decrypt(row.sealed, SEALED, attempt))
        if not in_time:
            self._expire(attempt, now)
        return None

    def sent(self, attempt: str) -> None:
        """It is on the stream."""
        with writing(self._engine) as session:
            session.execute(delete(OutboxRow).where(OutboxRow.attempt_id == attempt))

    def tidy(self, now: datetime) -> None:
        """Forget what was marked and has expired: whether it was sent nobody knows, and it never is again."""
        with writing(self._engine) as session:
            session.execute(
                delete(OutboxRow).where(OutboxRow.sent_at.is_not(None), OutboxRow.expires_at <= now)
            )

    def _expire(self, attempt_id: str, now: datetime) -> None:
        """It was not sent in time."""
        with writing(self._engine) as session:
            attempt = session.get_one(AttemptRow, attempt_id)
            row = self._book.lock(session, [attempt.callback_id])[0]
            if attempt.state == "open":
                self._follower.give_up(session, attempt, row, now)


def once_client(url: str) -> Redis:
    """A client that sends each command once: redis-py by itself sends again after a broken connection."""
    return Redis.from_url(url, retry=Retry(NoBackoff(), 0), retry_on_error=[], socket_timeout=5)


class Publisher:
    """The task that sends. `ring` wakes it."""

    def __init__(self, outbox: Outbox, redis: Redis, pbx: str, now: Callable[[], datetime]) -> None:
        self._outbox = outbox
        self._redis = redis
        self._stream = commands_stream(pbx)
        self._now = now
        self._wake = asyncio.Event()

    def ring(self) -> None:
        """There may be something to send. On the event loop."""
        self._wake.set()

    async def run(self) -> None:
        """Send until cancelled. Redis away: nothing is marked, and what expires meanwhile is never begun."""
        self._wake.set()
        try:
            while True:
                await self._wake.wait()
                self._wake.clear()
                await self._try_all()
        finally:
            await self._redis.aclose()

    async def _try_all(self) -> None:
        try:
            await asyncio.to_thread(self._outbox.tidy, self._now())
            await self._send_all()
        except (RedisError, OperationalError, InterfaceError) as error:
            _log.warning("commands wait: %s", type(error).__name__)
            self._wake.set()
            await asyncio.sleep(_PAUSE_S)

    async def _send_all(self) -> None:
        while await asyncio.to_thread(self._outbox.waiting):
            # a Redis that is away is found out before anything is marked
            reachable = await self._reachable()
            letter = await asyncio.to_thread(self._outbox.take, self._now(), reachable=reachable)
            if letter is not None:
                await self._redis.xadd(self._stream, {"c": letter.text})
                await asyncio.to_thread(self._outbox.sent, letter.attempt)
            elif not reachable:
                await asyncio.sleep(_PAUSE_S)

    async def _reachable(self) -> bool:
        try:
            await self._redis.ping()
        except RedisError:
            return False
        return True
