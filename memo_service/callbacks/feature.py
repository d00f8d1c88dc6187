"""Callbacks in one process, put together: what opens and follows them, what officers do, what runs beside.

Owns the wiring and no rule. Made by the composition root.
"""

import asyncio
from collections.abc import Callable, Coroutine, Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from redis.asyncio import Redis
from sqlalchemy import Engine

from memo_service.callbacks.book import Book
from memo_service.callbacks.changed import Changed
from memo_service.callbacks.claim import Claims
from memo_service.callbacks.clockwork import Clockwork
from memo_service.callbacks.follower import CallbackFollower
from memo_service.callbacks.judging import CallbackJudge
from memo_service.callbacks.mirror import Mirror, OpenCallbacks
from memo_service.callbacks.opening import Opening
from memo_service.callbacks.outbox import Outbox, Publisher, once_client
from memo_service.callbacks.queue import Queue
from memo_service.callbacks.scheduler import Scheduler
from memo_service.callbacks.service import Callbacks
from memo_service.callbacks.standin import Absences, StandIns
from memo_service.ledger.parties import Parties
from memo_service.protect import Keyring
from memo_service.settings import Settings
from office.folder import Office

Now = Callable[[], datetime]


@dataclass(frozen=True, slots=True)
class CallbackFeature:
    """The parts of callbacks."""

    opening: Opening
    acts: Callbacks
    queue: Queue
    follower: CallbackFollower
    judge: CallbackJudge
    clockwork: Clockwork
    outbox: Outbox
    open_callbacks: OpenCallbacks
    changed: Changed


@dataclass(frozen=True, slots=True)
class Workers:
    """What runs beside the web server for callbacks, until cancelled."""

    publisher: Publisher
    scheduler: Scheduler
    mirror: Mirror

    def ring(self, callback_ids: frozenset[str]) -> None:
        """These changed. On the event loop."""
        self.publisher.ring()
        self.scheduler.ring()
        self.mirror.ring(callback_ids)

    def runs(self) -> Iterable[Callable[[], Coroutine[Any, Any, None]]]:
        """Each to be run as a task of its own."""
        return self.publisher.run, self.scheduler.run, self.mirror.run


def make_callbacks(
    settings: Settings, office: Office, engine: Engine, keyring: Keyring, absences: Absences, now: Now
) -> CallbackFeature:
    """The parts of callbacks for one office."""
    parties = Parties(keyring, office.directory.trunk.area)
    judge = CallbackJudge()
    changed = Changed(judge.keep)
    book = Book(office, changed, keyring)
    stand_ins = StandIns(office.directory, absences)
    follower = CallbackFollower(book)
    return CallbackFeature(
        opening=Opening(book, stand_ins),
        acts=Callbacks(engine, book, Claims(book, parties, keyring), now),
        queue=Queue(engine, office, parties, judge, keyring),
        follower=follower,
        judge=judge,
        clockwork=Clockwork(engine, book, follower, stand_ins),
        outbox=Outbox(engine, book, follower, keyring),
        open_callbacks=OpenCallbacks(engine, parties, settings.lookup_key),
        changed=changed,
    )


def make_workers(feature: CallbackFeature, settings: Settings, redis: Redis, now: Now) -> Workers:
    """The tasks of `feature`, rung by its changes. On the event loop that will run them."""
    workers = Workers(
        publisher=Publisher(feature.outbox, once_client(settings.redis_url), settings.pbx, now),
        scheduler=Scheduler(feature.clockwork, now),
        mirror=Mirror(feature.open_callbacks, redis, settings.pbx),
    )
    loop = asyncio.get_running_loop()

    def ring(ids: frozenset[str]) -> None:
        loop.call_soon_threadsafe(workers.ring, ids)

    feature.changed.listen(ring)
    return workers
