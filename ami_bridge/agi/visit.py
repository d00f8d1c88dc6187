"""What the memo menu must know before its first word: arguments of the dialplan, calendar, open callbacks.

Owns the arguments of `AGI(agi://…/memo,…)` (docs/contracts.md, "Memo menu") and the look-up of a reply that
the citizen has coming. Whatever cannot be looked up in time counts as not there: nobody waits for Redis.
"""

import asyncio
import logging
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Self

from redis.asyncio import Redis
from redis.exceptions import RedisError

from ami_bridge.agi.line import AgiError, Line
from ami_bridge.call.notes import number as number_in
from ivr.menus import beginning
from ivr.menus.facts import Began
from office.calendar import utc
from office.commands import lookup_field, open_callbacks_key, surveyed_key
from office.events import Closed
from office.folder import Office
from office.phone_number import PhoneNumber, classify

log = logging.getLogger(__name__)

LOOKUP_S = 0.2
_LONGEST_EXTENSION = 6


@dataclass(frozen=True, slots=True)
class Visit:
    """One citizen before the menu, as the dialplan tells him. `receipt_ms` is the PBX's time (epoch ms)."""

    uid: str
    department: str | None
    closed: Closed | None
    caller: PhoneNumber
    receipt_ms: int
    person_tried: bool
    base: Path
    """Recordings are `<base>-<take>.wav`."""
    has_person: bool

    @classmethod
    def of(cls, line: Line, office: Office, spool: Path) -> Self:
        """Read the arguments; raises AgiError for what our dialplan never sends."""
        base, receipt = Path(line.argument(7)), number_in(line.argument(5))
        if base.parent != spool or not base.name or not receipt:
            raise AgiError("the request names no recording of ours")
        department, closed = line.argument(2), line.argument(3)
        return cls(
            uid=line.request["agi_uniqueid"],
            department=department if department in office.directory.departments else None,
            closed=Closed(closed) if closed in Closed.__members__.values() else None,
            caller=classify(
                line.argument(4), area=office.directory.trunk.area, extension_digits=_LONGEST_EXTENSION
            ),
            receipt_ms=receipt,
            person_tried=line.argument(6) == "yes",
            base=base,
            has_person=line.argument(8) == "yes",
        )

    def file(self, take: int) -> Path:
        """Where take `take` is recorded."""
        return self.base.with_name(f"{self.base.name}-{take}.wav")


class OpenCallbacks:
    """Who has a reply coming, or was asked for an opinion, without numbers (`commands.lookup_field`)."""

    def __init__(self, redis: Redis, pbx: str, key: str) -> None:
        self._redis = redis
        self._open, self._surveyed = open_callbacks_key(pbx), surveyed_key(pbx)
        self._key = key

    async def due(self, caller: PhoneNumber) -> datetime | None:
        """When the reply is due (aware UTC); None if there is none, or if that cannot be told at once."""
        return await self._moment(self._open, caller)

    async def asked(self, caller: PhoneNumber) -> bool:
        """Whether he was asked for his opinion this month. In doubt no: a question too many harms nobody."""
        return await self._moment(self._surveyed, caller) is not None

    async def _moment(self, name: str, caller: PhoneNumber) -> datetime | None:
        if not self._key or not caller.reveal():
            return None
        try:
            async with asyncio.timeout(LOOKUP_S):
                told = await self._redis.hget(name, lookup_field(self._key, caller.reveal()))
        except (RedisError, OSError, TimeoutError) as error:
            log.warning("a number could not be looked up", extra={"reason": type(error).__name__})
            return None
        seconds = number_in(told.decode() if isinstance(told, bytes) else told or "")
        return utc(seconds * 1_000_000) if seconds else None


def begin(visit: Visit, office: Office, open_due: datetime | None, shift: timedelta) -> Began:
    """The menu's first fact, in the office's time (`shift` ahead of the PBX's). Raises NoWorkingTimeError."""
    at = utc(visit.receipt_ms * 1000) + shift
    began = beginning.begin(office, at, visit.caller, visit.department, visit.closed, open_due)
    return replace(began, has_person=visit.has_person, person_tried=visit.person_tried)
