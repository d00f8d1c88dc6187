"""The task beside the pages: the voice service gets the wanted state, and what it lists is kept at hand.

Owns that the voice service agrees with SQL however often either was away: the whole state is sent again when
something changed, when it came back, and each minute; sent twice it changes nothing. A text that it refuses
is left out of what is sent, so that it holds nothing else up, and is told on the pages.
"""

import asyncio
import logging
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime

from pydantic import ValidationError
from sqlalchemy import Engine
from sqlalchemy.exc import DBAPIError

from memo_service.db.session import reading, writing
from memo_service.prompts import store
from memo_service.prompts.catalog import Listing
from memo_service.prompts.voice import VoiceAwayError, VoiceClient, VoiceRefusedError
from memo_service.waking import woken_or_after

_IDLE_S = 10.0
_BUSY_S = 1.0
_AGAIN_S = 60.0
_PAUSES_S = (0.5, 1.0, 2.0, 5.0)
_AT_ONCE_S = 5.0
_log = logging.getLogger(__name__)


@dataclass(slots=True)
class Seen:
    """What is known of the voice service. `at`: when it last told its list."""

    listing: Listing = field(default_factory=Listing)
    at: datetime | None = None
    up: bool = False
    in_step: bool = False
    """It has the wanted state."""
    refused: dict[str, str] = field(default_factory=dict)
    """Texts that it refuses, with its reason."""


class Keeper:
    """Keeps one voice service in step. `on_change` is told when anything a page shows is new."""

    def __init__(self, voice: VoiceClient, engine: Engine, now: Callable[[], datetime]) -> None:
        self._voice = voice
        self._engine = engine
        self._now = now
        self._wake = asyncio.Event()
        self._one_at_a_time = asyncio.Lock()
        self._told = ""
        self._told_at = 0.0
        self.seen = Seen()
        self.on_change: Callable[[], None] = lambda: None

    def load(self) -> None:
        """What was seen before this process began, so that pages have something to show."""
        with reading(self._engine) as session:
            told, at = store.kept_list(session)
        try:
            listing = Listing.model_validate(told or {})
        except ValidationError:
            listing, at = Listing(), None  # written by another version
        self.seen = Seen(listing=listing, at=at)

    def touch(self) -> None:
        """Something changed: look soon. On the event loop only; never waits."""
        self._wake.set()

    async def at_once(self) -> bool:
        """Agree now, for a page that is about to show it; says whether it came about within 5 s."""
        try:
            async with asyncio.timeout(_AT_ONCE_S):
                await self._agree()
        except (VoiceAwayError, VoiceRefusedError, DBAPIError, TimeoutError):
            self.touch()
            return False
        return True

    async def run(self) -> None:
        """Agree until cancelled. Voice service or database away: try again with growing pauses."""
        failed = 0
        while True:
            try:
                await self._agree()
                failed = 0
                await woken_or_after(self._wake, _BUSY_S if self.seen.listing.progress.running else _IDLE_S)
            except (VoiceAwayError, VoiceRefusedError, DBAPIError) as error:
                if not failed:
                    _log.warning("the voice service is not in step yet, trying again: %s", error)
                pause = _PAUSES_S[min(failed, len(_PAUSES_S) - 1)]
                failed += 1
                await asyncio.sleep(pause)

    async def _agree(self) -> None:
        self._wake.clear()
        async with self._one_at_a_time:
            before = (self.seen.listing, self.seen.up, self.seen.in_step, dict(self.seen.refused))
            try:
                await self._push()
                await self._look()
            except (VoiceAwayError, VoiceRefusedError):
                self.seen.up = False
                raise
            finally:
                if before != (self.seen.listing, self.seen.up, self.seen.in_step, self.seen.refused):
                    self.on_change()

    async def _push(self) -> None:
        """Send the wanted state, unless it has it."""
        wanted = await asyncio.to_thread(self._wanted)
        due = time.monotonic() - self._told_at > _AGAIN_S
        if self.seen.up and self._told == wanted.digest and not due:
            return
        self.seen.in_step = False
        refused: dict[str, str] = {}
        while True:
            try:
                await self._voice.want(wanted.without(refused).told())
                break
            except VoiceRefusedError as error:
                if error.key not in wanted.texts or error.key in refused:
                    raise
                refused[error.key] = error.detail
        self.seen.refused = refused
        self.seen.in_step = True
        self._told, self._told_at = wanted.digest, time.monotonic()

    async def _look(self) -> None:
        """Take its list, and keep it where it is new."""
        listing = await self._voice.listing()
        if listing != self.seen.listing or self.seen.at is None:
            await asyncio.to_thread(self._keep, listing)
        self.seen.listing, self.seen.at, self.seen.up = listing, self._now(), True

    def _wanted(self) -> store.WantedState:
        with reading(self._engine) as session:
            return store.wanted_state(session)

    def _keep(self, listing: Listing) -> None:
        with writing(self._engine) as session:
            store.keep_list(session, listing.model_dump(mode="json"), self._now())
