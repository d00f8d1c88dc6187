"""What the PBX should know of absences, and the task that keeps Redis saying it.

Owns the step from absences to `office.commands.Wishes`, and that Redis agrees with SQL however often either
was away: the wishes are made anew and compared every minute and after every change. The bridge does the rest.
"""

import asyncio
import logging
import uuid
from collections.abc import Callable, Iterable, Mapping
from datetime import datetime, timedelta
from itertools import pairwise

from redis.asyncio import Redis
from redis.exceptions import RedisError
from sqlalchemy.exc import DBAPIError

from memo_service.absences.rules import Absence, Deputies
from memo_service.absences.service import Absences
from memo_service.waking import woken_or_after
from office.commands import AwaySpan, RefreshFlags, Wishes, commands_stream, flags_key
from office.directory import Officer

HORIZON = timedelta(days=60)
_AGAIN_S = 60.0
_PAUSES_S = (0.1, 0.2, 0.5, 1.0, 2.0, 5.0)
_log = logging.getLogger(__name__)


def wishes_of(absences: Iterable[Absence], officers: Mapping[str, Officer], now: datetime) -> Wishes:
    """The absences from `now` to 60 days on, by extension: in order, without overlap, deputies by extension.

    Pure. Whole seconds, rounded down: who is back at 10:00:00.9 is back at 10:00:00.
    """
    by_officer: dict[str, list[Absence]] = {}
    for absence in absences:
        if absence.officer in officers and absence.meets(now, now + HORIZON):
            by_officer.setdefault(absence.officer, []).append(absence)
    away = {
        officers[officer].extension: _spans(officer, own, officers) for officer, own in by_officer.items()
    }
    return Wishes(away={extension: away[extension] for extension in sorted(away) if away[extension]})


def _spans(officer: str, own: list[Absence], officers: Mapping[str, Officer]) -> tuple[AwaySpan, ...]:
    """One officer's absences cut where they begin and end, joined again where the deputy stays the same."""
    deputies = Deputies(own, dict.fromkeys(officers))
    turns = sorted({moment for a in own for moment in (a.starts_at, a.ends_at)})
    spans: list[AwaySpan] = []
    for start, end in pairwise(turns):
        if deputies.away(officer, start) is None:
            continue
        deputy = deputies.deputy(officer, start)
        span = AwaySpan(
            start=int(start.timestamp()),
            end=int(end.timestamp()),
            deputy=officers[deputy].extension if deputy else "",
        )
        last = spans[-1] if spans else None
        if last and (last.end, last.deputy) == (span.start, span.deputy):
            spans[-1] = AwaySpan(start=last.start, end=span.end, deputy=span.deputy)
        elif span.start < span.end:
            spans.append(span)
    return tuple(spans)


class WishKeeper:
    """Keeps `flags:<pbx>` true, and tells the bridge when it changed."""

    def __init__(
        self,
        redis: Redis,
        pbx: str,
        absences: Absences,
        officers: Mapping[str, Officer],
        now: Callable[[], datetime],
    ) -> None:
        self._redis = redis
        self._pbx = pbx
        self._absences = absences
        self._officers = officers
        self._now = now
        self._changed = asyncio.Event()
        self._told = ""

    def touch(self) -> None:
        """Something changed: look at once. On the event loop only; never waits."""
        self._changed.set()

    async def run(self) -> None:
        """Agree until cancelled. Redis or the database away: try again with growing pauses."""
        failed = 0
        while True:
            try:
                await self._agree()
                failed = 0
                await woken_or_after(self._changed, _AGAIN_S)
            except (RedisError, DBAPIError) as error:
                pause = _PAUSES_S[min(failed, len(_PAUSES_S) - 1)]
                failed += 1
                _log.warning("absences not told to the PBX yet, trying again: %s", type(error).__name__)
                await asyncio.sleep(pause)

    async def _agree(self) -> None:
        """Tell Redis what SQL says, until SQL says nothing newer: another process may tell it too."""
        self._changed.clear()
        told = -1
        while await asyncio.to_thread(self._absences.last_change) != told:
            now = self._now()
            told, absences = await asyncio.to_thread(self._absences.not_over, now)
            await self._tell(wishes_of(absences, self._officers, now).model_dump_json())

    async def _tell(self, text: str) -> None:
        held = await self._redis.get(flags_key(self._pbx))
        if text == self._told and held == text.encode():
            return
        command = RefreshFlags(id=f"flags-{uuid.uuid4().hex[:24]}")
        async with self._redis.pipeline(transaction=True) as both:
            both.set(flags_key(self._pbx), text)
            both.xadd(commands_stream(self._pbx), {"c": command.model_dump_json()})
            await both.execute()
        self._told = text
