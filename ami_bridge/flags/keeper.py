"""Keeps the PBX's flags true: after each login, when wishes change, each hour.

Owns when they are compared and written, and whether they agree. What they should be is wanted.py's. Keys of
other families (do-not-disturb, back at the desk, memos) are not its business.
"""

import asyncio
import logging
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from pydantic import ValidationError
from redis.asyncio import Redis
from redis.exceptions import RedisError

from ami_bridge.ami.connection import Link
from ami_bridge.ami.database import Database
from ami_bridge.errors import ActionRefusedError, ActionUnansweredError, LinkError
from ami_bridge.flags.wanted import difference, families, wanted
from ami_bridge.loop import Bridge
from office.commands import Wishes, flags_key
from office.folder import Office

log = logging.getLogger(__name__)

HOUR_S = 3600
MARGIN_S = 1.0
RETRY_S = 10.0


@dataclass(slots=True)
class FlagState:
    """How the flags stand, for health and metrics."""

    in_step: bool = False
    compared_at: int = 0
    """When they were last found or made to agree (PBX's clock, epoch µs)."""
    keys: int = 0
    written: int = 0
    """Keys put or removed since the start."""
    failures: int = 0


class Keeper:
    """The flags of one PBX."""

    def __init__(self, bridge: Bridge, office: Office, redis: Redis) -> None:
        self._bridge = bridge
        self._office = office
        self._redis = redis
        self._wishes_key = flags_key(bridge.board.house.pbx)
        self._asked = asyncio.Event()
        self.state = FlagState()

    def refresh(self) -> None:
        """Compare soon: the wishes have changed."""
        self._asked.set()

    async def run(self) -> None:
        """Keep the flags true for ever; ends only when cancelled."""
        while True:
            await self._bridge.up.wait()
            link = self._bridge.link
            if link is not None:
                self._asked.clear()
                await self._rest(link, await self._compare(link))

    async def _rest(self, link: Link, seconds: float) -> None:
        """Until somebody asks, the link is gone, or the time is over."""
        asked = asyncio.ensure_future(self._asked.wait())
        either: set[asyncio.Future[Any]] = {asked, link.lost}
        try:
            await asyncio.wait(either, timeout=seconds, return_when=asyncio.FIRST_COMPLETED)
        finally:
            asked.cancel()

    def _until_the_hour(self) -> float:
        """Seconds to just after the next full hour: the day changes at one."""
        return HOUR_S - self._now().timestamp() % HOUR_S + MARGIN_S

    async def _compare(self, link: Link) -> float:
        """Make the PBX agree and look again; returns the seconds until the next look."""
        state = self.state
        try:
            state.in_step = await self._agree(Database(link.actions))
        except (ActionRefusedError, ActionUnansweredError, LinkError) as error:
            log.warning("the flags were not compared", extra={"reason": str(error) or type(error).__name__})
            state.in_step = False
            if isinstance(error, ActionRefusedError):  # a person must permit it first
                state.failures += 1
                return self._until_the_hour()
        if not state.in_step:
            state.failures += 1
            return RETRY_S
        state.compared_at = self._bridge.pbx_now()
        return self._until_the_hour()

    async def _agree(self, database: Database) -> bool:
        wishes = await self._wishes()
        wished = wanted(self._office, wishes, self._now())
        put, remove = difference(wished, await _found(database, wishes))
        self.state.keys = len(wished)
        if put or remove:
            await database.write(put, remove)
            self.state.written += len(put) + len(remove)
            log.info("flags written", extra={"put": len(put), "removed": len(remove)})
            put, remove = difference(wished, await _found(database, wishes))
        if put or remove:
            log.warning("the PBX does not keep its flags", extra={"differ": len(put) + len(remove)})
        return not put and not remove

    async def _wishes(self) -> Wishes | None:
        """What memo_service wants; None if that is not known: absences then stay as they are."""
        try:
            raw = await self._redis.get(self._wishes_key)
            return Wishes.model_validate_json(raw) if raw else None
        except (RedisError, OSError, TimeoutError, ValidationError) as error:
            log.warning("the absences cannot be read", extra={"reason": type(error).__name__})
            return None

    def _now(self) -> datetime:
        return self._bridge.board.house.moment(self._bridge.pbx_now())


async def _found(database: Database, wishes: Wishes | None) -> dict[str, str]:
    found: dict[str, str] = {}
    for family in families(wishes):
        found |= await database.read(family)
    return found
