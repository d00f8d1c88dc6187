"""What runs beside the web server: reading the stream, watching the bridge, making the board's figures.

Owns the path stream → commit → board → pages, and that a task that fails ends the process instead of going on
half alive.
"""

import asyncio
import logging
import socket
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial

from redis.asyncio import Redis
from redis.exceptions import RedisError

from memo_service.absences.office_days import basis
from memo_service.absences.presence import PresenceFollower
from memo_service.absences.wishes import WishKeeper
from memo_service.callbacks.feature import make_workers
from memo_service.calls.board import FORGET_AFTER
from memo_service.calls.summary import Summary
from memo_service.context import Context
from memo_service.ledger.service import Ledger
from memo_service.stream.bridge_state import LinkState, read_link
from memo_service.stream.consumer import Consumer
from memo_service.visitors.judging import VisitorJudge
from office.calendar import KST
from office.events import CallEvent

_LINK_EVERY_S = 1.0
_log = logging.getLogger(__name__)


class Service:
    """The tasks of one process."""

    def __init__(self, context: Context, ledger: Ledger) -> None:
        self._context = context
        self._ledger = ledger
        self._writer = ThreadPoolExecutor(1, thread_name_prefix="ledger")
        self._redis = Redis.from_url(context.settings.redis_url)
        self._summary = Summary(context)
        self._wishes = WishKeeper(
            self._redis,
            context.settings.pbx,
            context.absences,
            context.office.directory.officers,
            context.now,
        )
        follower = PresenceFollower(context.absences, self._absences_changed)
        context.memos.listen(self._memos_changed)
        context.phone.follower.tell_memos = self._memos_changed
        ledger.followers = (
            *ledger.followers,
            context.memos.follower,
            context.transfers.follower,  # after the memos: the gist is the matter of one
            context.phone.follower,  # before the callbacks: it opens one
            context.callbacks.follower,
            context.surveys.follower,
            context.after.follower,
            VisitorJudge(),
            follower,
        )
        self._keeping = asyncio.Lock()  # followers remember what they tell after the commit
        self._tasks: list[asyncio.Task[None]] = []
        self._consumer = Consumer(
            self._redis,
            state=context.state.stream,
            pbx=context.settings.pbx,
            name=f"{socket.gethostname()}:{context.settings.http_port}",
            keep=self._keep,
            on_change=self._stream_changed,
        )
        self.failed = False

    async def start(self, on_failure: Callable[[], None]) -> None:
        """Start the tasks; `on_failure` is called if one ends by an error of ours."""
        loop = asyncio.get_running_loop()
        await loop.run_in_executor(self._writer, self._ledger.open)
        since = self._context.now() - FORGET_AFTER
        records = await loop.run_in_executor(self._writer, self._ledger.open_records, since)
        self._context.board.load(records)
        for doubt in basis(self._context.office.calendar, self._context.now().astimezone(KST).date()).doubts:
            _log.warning("%s", doubt)
        # a page's change is committed in a thread of its own
        self._context.absences.on_change = partial(self._from_thread, loop, self._absences_changed)
        self._context.callbacks.changed.listen(self._context.live_callbacks.heard)
        self._context.visitors.on_judged = self._summary.touch
        self._context.said.keep = self._keep
        works = (
            self._consumer.run,
            self._watch_link,
            self._summary.run,
            self._wishes.run,
            self._context.live_callbacks.run,
            self._context.visitors.run,
        )
        callbacks = make_workers(
            self._context.callbacks, self._context.settings, self._redis, self._context.now
        )
        surveys = self._context.surveys.keeper(self._context.settings, self._redis)
        prompts = self._context.prompts
        if prompts is not None:
            prompts.listen(self._context.hub, self._context.office.directory)
        keepers = (surveys.run, *((prompts.keeper.run,) if prompts is not None else ()))
        for work in (*works, *keepers, *self._context.memos.workers(), *callbacks.runs()):
            task = asyncio.create_task(work())
            task.add_done_callback(lambda done: self._ended(done, on_failure))
            self._tasks.append(task)

    async def stop(self) -> None:
        """End the tasks; what was read and not kept comes again at the next start."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await self._context.transfers.sender.close()
        if self._context.prompts is not None:
            await self._context.prompts.voice.close()
        await self._redis.aclose()
        self._writer.shutdown(wait=True)

    async def _keep(self, events: Sequence[CallEvent]) -> None:
        loop = asyncio.get_running_loop()
        async with self._keeping:
            recorded = await loop.run_in_executor(self._writer, self._ledger.record, events)
            for follower in self._ledger.followers:
                follower.settled()
        self._context.board.take(recorded.records.values(), events)
        await self._context.transfers.applied(recorded.records.values(), events)
        self._context.board.tell()  # all who are there get this, and one may just be waiting for his bell
        if recorded.verdicts or recorded.link_changed:
            self._summary.touch()

    @staticmethod
    def _from_thread(loop: asyncio.AbstractEventLoop, work: Callable[[], None]) -> None:
        loop.call_soon_threadsafe(work)

    def _memos_changed(self, memo_ids: list[str]) -> None:
        self._context.hub.publish("memos", {"ids": memo_ids})
        self._summary.touch()

    def _stream_changed(self) -> None:
        """Redis or the database went or came; a Redis that came back may have lost the absences."""
        self._wishes.touch()
        self._show_banners()

    def _absences_changed(self) -> None:
        self._wishes.touch()
        self._context.hub.publish("presence", {})

    async def _watch_link(self) -> None:
        """Read the bridge's own word once a second. Without Redis there is none."""
        while True:
            try:
                link = await read_link(self._redis, self._context.settings.pbx)
            except RedisError:
                link = LinkState.SILENT
            if link is not self._context.state.link:
                self._context.state.link = link
                self._show_banners()
            self._context.board.forget_stale(self._context.now())
            self._context.transfers.live.forget(self._context.board.records)
            await asyncio.sleep(_LINK_EVERY_S)

    def _show_banners(self) -> None:
        html = self._context.pages.fragment(
            "_banners.html", banners=self._context.state.banners(), observed=self._context.state.observed
        )
        self._context.hub.publish("parts", {"banners": html})

    def _ended(self, task: asyncio.Task[None], on_failure: Callable[[], None]) -> None:
        if task.cancelled():
            return
        _log.critical("a task of the service failed, stopping", exc_info=task.exception())
        self.failed = True
        on_failure()
