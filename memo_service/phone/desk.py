"""The desk of one officer for his ear: what waits, in the order that he should hear it.

Owns that the callbacks come first, the next one due first, then the new memos, the oldest first. Opens
nothing: what is listened to is opened and logged by `phone.ear`.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime

from memo_service.access.actor import Actor
from memo_service.aftercall.feature import AfterFeature
from memo_service.callbacks.feature import CallbackFeature
from memo_service.callbacks.life import State
from memo_service.callbacks.queue import QueueFilter, QueueRow
from memo_service.memos.feature import MemoFeature
from memo_service.memos.reader import FoundMemo, MemoFilter
from memo_service.phone.views import Item, LastCall, PhoneDesk, Sound
from office.directory import Directory

MOST = 50
"""More are not read out one after another; the page lists them."""


@dataclass(frozen=True, slots=True)
class PhoneDesks:
    """Makes the desks of one office."""

    directory: Directory
    memos: MemoFeature
    callbacks: CallbackFeature
    after: AfterFeature
    now: Callable[[], datetime]

    def actor(self, endpoint: str) -> Actor | None:
        """The officer whose phone this is; None for a shared phone or one that is not ours."""
        desk = self.directory.desk_by_endpoint.get(endpoint)
        return Actor.of(self.directory, desk.officer) if desk and desk.officer else None

    def desk(self, actor: Actor | None) -> PhoneDesk:
        """What waits for him."""
        now = self.now()
        if actor is None:
            return PhoneDesk(now=now, officer=False)
        mine = QueueFilter(officer=actor.officer)
        rows = self.callbacks.queue.rows(mine, actor, now, limit=MOST)
        scope = self.memos.acts.concern.scope(actor)
        unread = MemoFilter(scope=scope, officers=(actor.officer,), state="new")
        fresh = self.memos.reader.memos(unread, offset=0, limit=MOST)
        return PhoneDesk(
            now=now,
            officer=True,
            memos=self.memos.reader.count(unread),
            callbacks=self.callbacks.queue.count(mine, actor, now),
            items=tuple(self._items(rows, reversed(fresh))),
            last=self._last(actor, now),
        )

    def _items(self, rows: Iterable[QueueRow], fresh: Iterable[FoundMemo]) -> Iterable[Item]:
        told = set[str]()
        for row in rows:
            found = self.memos.reader.memo(row.memo_id)
            told.update(row.memo_ids, [row.memo_id])
            if found is not None:
                yield _item(found, row.id, row.due_at)
        for memo in fresh:
            if memo.row.id not in told:
                yield _item(memo, None, None)

    def _last(self, actor: Actor, now: datetime) -> LastCall | None:
        """A callback whose result he has not said comes before any other call."""
        asked = QueueFilter(officer=actor.officer, states=(State.UNCONFIRMED.value, State.UNKNOWN.value))
        if rows := self.callbacks.queue.rows(asked, actor, now, limit=1):
            return LastCall(kind="callback", id=rows[0].id)
        waiting, _ = self.after.calls.waiting(actor.officer, MOST)
        return LastCall(kind="call", id=waiting[-1].call_id) if waiting else None


def _item(found: FoundMemo, callback: str | None, due_at: datetime | None) -> Item:
    return Item(
        memo=found.row.id,
        callback=callback,
        received_at=found.row.received_at,
        due_at=due_at,
        sound=_sound(found),
    )


def _sound(found: FoundMemo) -> Sound:
    if any(recording.playable for recording in found.recordings if recording.kind == "matter"):
        return "recording"
    return "text" if found.texts["matter"] or found.texts["name"] or found.texts["note"] else "none"
