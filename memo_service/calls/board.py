"""The live board in memory: the calls that are up, sent to the pages as they change.

Owns which calls are up and how often a call may change on the page. Rebuilt from the ledger at start; a call
that ends leaves it, so its size is the number of calls up.
"""

import asyncio
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from memo_service.ledger.verdicts import CallRecord
from memo_service.web.hub import Hub
from office.events import CallEvent

BURST = 4
PER_SECOND = 10.0
FORGET_AFTER = timedelta(hours=12)
_RETRY_S = 0.03
Fact = tuple[str, str]


@dataclass(slots=True)
class _Bucket:
    """A call may change four times at once, then ten times a second."""

    tokens: float
    at: float

    def take(self, now: float) -> bool:
        self.tokens = min(BURST, self.tokens + (now - self.at) * PER_SECOND)
        self.at = now
        if self.tokens < 1:
            return False
        self.tokens -= 1
        return True


class Board:
    """Calls by id, and what of them the pages have not been told yet."""

    def __init__(self, hub: Hub, render: Callable[[CallRecord], tuple[str, str]]) -> None:
        """`render` gives the group a call stands in and its HTML."""
        self._hub = hub
        self._render = render
        self._buckets: dict[str, _Bucket] = {}
        self._pending: dict[str, list[Fact]] = {}
        self._timer: asyncio.TimerHandle | None = None
        self.records: dict[str, CallRecord] = {}

    def load(self, records: dict[str, CallRecord]) -> None:
        """Start from what the ledger knows to be up."""
        self.records = {call_id: record for call_id, record in records.items() if record.end is None}

    def rows(self) -> dict[str, list[str]]:
        """HTML of each call by group, oldest first."""
        found: dict[str, list[str]] = {}
        for record in sorted(self.records.values(), key=lambda r: r.first_at):
            group, html = self._render(record)
            found.setdefault(group, []).append(html)
        return found

    def take(self, records: Iterable[CallRecord], events: Sequence[CallEvent]) -> None:
        """Take in calls as they now stand, after the commit. On the event loop, as all here."""
        for record in records:
            self._pending.setdefault(record.call_id, [])
            if record.end is None:
                self.records[record.call_id] = record
            else:
                self.records.pop(record.call_id, None)
        for event in events:
            if event.call_id in self._pending:
                self._pending[event.call_id].append((event.id, event.at.isoformat()))

    def tell(self) -> None:
        """Tell the pages what was taken in, as far as their calls may change already; the rest follows."""
        loop = asyncio.get_running_loop()
        now = loop.time()
        ready = [c for c in self._pending if self._bucket(c, now).take(now)]
        if ready:
            self._send(ready)
        if self._timer is not None:
            self._timer.cancel()
        self._timer = loop.call_later(_RETRY_S, self.tell) if self._pending else None

    def forget_stale(self, now: datetime) -> None:
        """Drop calls whose end never came, so that a lost bridge cannot fill the board for ever (EVT-06)."""
        stale = [c for c, r in self.records.items() if now - r.last_at > FORGET_AFTER]
        for call_id in stale:
            del self.records[call_id]
            self._buckets.pop(call_id, None)
        if stale:
            self._hub.publish("board", {"put": [], "drop": stale, "facts": []})

    def _bucket(self, call_id: str, now: float) -> _Bucket:
        return self._buckets.setdefault(call_id, _Bucket(BURST, now))

    def _send(self, call_ids: Sequence[str]) -> None:
        put: list[tuple[str, str, str]] = []
        drop: list[str] = []
        facts: list[Fact] = []
        for call_id in call_ids:
            facts += self._pending.pop(call_id)
            record = self.records.get(call_id)
            if record is None:
                drop.append(call_id)
                self._buckets.pop(call_id, None)
            else:
                put.append((call_id, *self._render(record)))
        self._hub.publish("board", {"put": put, "drop": drop, "facts": facts})
