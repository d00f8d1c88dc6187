"""Runs beside the surveys: tells the bridge whom not to ask this month, and fetches remarks from the spool.

Owns the Redis hash `surveyed:<pbx>` (docs/contracts.md). It is made from SQL whenever something changed, each
hour (a month ends for somebody), and when Redis has lost it.
"""

import asyncio
import logging
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from redis.asyncio import Redis
from redis.exceptions import RedisError
from sqlalchemy import Engine, select
from sqlalchemy.exc import DBAPIError

from memo_service.db.session import reading, writing
from memo_service.ledger.parties import Parties
from memo_service.recordings.vault import Vault, sync_folder
from memo_service.recordings.wav import read_sound
from memo_service.surveys.follower import MONTH
from memo_service.surveys.models import Survey
from office.commands import lookup_field, surveyed_key

_LOOK_S = 15.0
_ANEW = timedelta(hours=1)
_LOST_AFTER = timedelta(minutes=10)
_MADE = "made"
"""A field of the hash itself: it is there, though nobody was asked."""
_log = logging.getLogger(__name__)


class SurveyStore:
    """The SQL side, and the files."""

    def __init__(
        self, engine: Engine, parties: Parties, spool: Path, vault: Vault, now: Callable[[], datetime]
    ) -> None:
        self._engine = engine
        self._parties = parties
        self._spool = spool
        self.vault = vault
        self.now = now

    def asked(self, key: str) -> dict[str, int]:
        """{field of a number: when it was asked, epoch s} of the last month."""
        with reading(self._engine) as session:
            query = select(Survey.party_id, Survey.at).where(
                Survey.counts, Survey.party_id.is_not(None), Survey.at > self.now() - MONTH
            )
            when = {str(party): at for party, at in session.execute(query)}
            numbers = self._parties.numbers(session, when)
        return {
            lookup_field(key, number.reveal()): int(when[party].timestamp())
            for party, number in numbers.items()
        }

    def fetch(self) -> int:
        """Take in the remarks that were told and are there: sealed, noted, then the plain file goes."""
        with reading(self._engine) as session:
            waiting = select(Survey.id, Survey.remark, Survey.at).where(Survey.remark_state == "waiting")
            rows = session.execute(waiting).all()
        for survey_id, name, at in rows:
            self._take_in(survey_id, self._spool / Path(name or "").name, at)
        return len(rows)

    def _take_in(self, survey_id: str, path: Path, at: datetime) -> None:
        content = path.read_bytes() if path.is_file() else b""
        if not content and self.now() - at < _LOST_AFTER:
            return
        sound = read_sound(content)
        if sound is not None and sound.has_voice:
            self.vault.put(survey_id, sound.wav)
        with writing(self._engine) as session:
            row = session.get_one(Survey, survey_id)
            row.remark_state = "lost" if sound is None else "kept" if sound.has_voice else "silent"
            row.remark_ms = sound.length_ms if sound else None
        if content:
            path.unlink(missing_ok=True)
            sync_folder(self._spool)


class SurveyKeeper:
    """The task."""

    def __init__(self, store: SurveyStore, redis: Redis, pbx: str, key: str) -> None:
        self._store = store
        self._redis = redis
        self._name = surveyed_key(pbx)
        self._key = key
        self._wanted = asyncio.Event()

    def touch(self) -> None:
        """A survey was made. On the event loop."""
        self._wanted.set()

    async def run(self) -> None:
        """For ever. Redis or database away: try again."""
        made_at: datetime | None = None
        while True:
            try:
                await asyncio.to_thread(self._store.fetch)
                stale = made_at is None or self._store.now() - made_at > _ANEW
                if self._wanted.is_set() or stale or not await self._redis.hexists(self._name, _MADE):
                    self._wanted.clear()
                    await self._make()
                    made_at = self._store.now()
            except (RedisError, DBAPIError, OSError) as error:
                made_at = None
                _log.warning("surveys wait: %s", type(error).__name__)
            try:
                async with asyncio.timeout(_LOOK_S):
                    await self._wanted.wait()
            except TimeoutError:
                continue

    async def _make(self) -> None:
        asked: dict[Any, Any] = dict(await asyncio.to_thread(self._store.asked, self._key))
        making = f"{self._name}:making"
        await self._redis.delete(making)
        await self._redis.hset(making, mapping={_MADE: "1", **asked})
        await self._redis.rename(making, self._name)
