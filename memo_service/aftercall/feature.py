"""Finishing calls in one process, put together: the acts, what follows the ledger, who is told.

Owns the wiring and no rule.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from memo_service.access.actor import Actor
from memo_service.aftercall.follower import AfterFollower
from memo_service.aftercall.service import AfterCalls, Finish
from memo_service.ledger.parties import Parties
from memo_service.memos.feature import MemoFeature
from memo_service.parts import Parts
from memo_service.transfers.feature import TransferFeature, was_in
from memo_service.web.hub import Hub


@dataclass(frozen=True, slots=True)
class AfterFeature:
    """What officers finish, for one office. `tell` has the pages of these officers look again."""

    calls: AfterCalls
    follower: AfterFollower
    memos: MemoFeature
    hub: Hub
    tell: Callable[[frozenset[str]], None]

    async def finish(
        self, actor: Actor, call_id: str, how: Finish, asked_at: datetime | None = None
    ) -> str | None:
        """Finish a call, or mark it; the id of the memo that it led to. Raises as `AfterCalls.finish`."""
        memo_id = await self.calls.finish(actor, call_id, how, asked_at)
        self._made(actor, memo_id)
        return memo_id

    async def promise(self, actor: Actor, call_id: str, asked_at: datetime) -> str:
        """A callback promised while the citizen is on the line. Raises as `AfterCalls.finish`."""
        memo_id = await self.calls.promise(actor, call_id, asked_at)
        self._made(actor, memo_id)
        return memo_id

    def _made(self, actor: Actor, memo_id: str | None) -> None:
        self.tell(frozenset({actor.officer}))
        if memo_id is not None:
            self.memos.changed()
            self.hub.publish("memos", {"ids": [memo_id]})


def make_after(
    parts: Parts, transfers: TransferFeature, memos: MemoFeature, hub: Hub, now: Callable[[], datetime]
) -> AfterFeature:
    """The parts for the office in `parts`."""

    def tell(officers: frozenset[str]) -> None:
        hub.publish("waiting", {"officers": sorted(officers)}, officers=officers)

    parties = Parties(parts.keys, parts.office.directory.trunk.area)
    calls = AfterCalls(parts.engine, parties, transfers.talks, memos.taking, now, was_in)
    return AfterFeature(calls, AfterFollower(tell), memos, hub, tell)
