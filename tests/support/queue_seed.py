"""Fills the queue of a memo_service with memos and callbacks, by the service's own code on the same database.

Owns the citizens' numbers of the tests, all made up.
"""

import itertools
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

from memo_service.absences.service import Absences
from memo_service.access.actor import Actor
from memo_service.callbacks.feature import CallbackFeature, make_callbacks
from memo_service.memos.feature import MemoFeature, make_memos
from memo_service.memos.taking import Taken, TakenMemo
from memo_service.parts import Parts, open_parts
from memo_service.settings import Settings
from tests.support.memo import MemoService

_SERIAL = itertools.count(1)


def ago(minutes: float) -> datetime:
    """So long before now."""
    return datetime.now(UTC) - timedelta(minutes=minutes)


def row(callback: str) -> str:
    """Where a callback stands on the page (CSS)."""
    return f"#cb-{callback}"


@dataclass(slots=True)
class SetClock:
    """A clock that stands where it is set."""

    at: datetime = field(default_factory=lambda: datetime.now(UTC))

    def __call__(self) -> datetime:
        return self.at


@dataclass(frozen=True, slots=True)
class Seed:
    """Writes what a service would have written."""

    parts: Parts
    callbacks: CallbackFeature
    memos: MemoFeature
    clock: SetClock

    def callback(
        self,
        at: datetime,
        officer: str | None = "kim_ms",
        *,
        name: str = "홍길동",
        matter: str = "여권 재발급",
        number: str = "",
        asked_at: datetime | None = None,
        department: str = "haengjeong",
    ) -> str:
        """A memo received at `at` whose citizen wants a reply; returns the callback's id."""
        self.clock.at = at
        serial = next(_SERIAL)
        taken = TakenMemo(
            key=f"seed-{serial}",
            channel="call",
            officer=officer,
            department=department,
            number=self.memos.acts.classify(number or f"0102468{serial:04d}"),
            reply_wanted=True,
            asked_at=asked_at,
            texts={"name": name, "matter": matter, "note": "", "read_back": ""},
        )
        assert self.memos.taking.keep([Taken("kim_ms", taken)]) == [None]
        found = self.memos.reader.memo(taken.memo_id)
        assert found is not None
        assert found.callback is not None
        return found.callback.id

    def actor(self, officer: str) -> Actor:
        found = Actor.of(self.parts.office.directory, officer)
        assert found is not None
        return found


@contextmanager
def seeding(memo: MemoService) -> Iterator[Seed]:
    """A seed for the database of `memo`, which may run meanwhile."""
    office = Path(memo.environment()["CHARTERLINE_OFFICE"])
    settings = Settings(office=office, state=memo.state, redis_url=memo.redis_url, demo=True)
    parts, clock = open_parts(settings), SetClock()
    absences = Absences(parts.engine, parts.keys, parts.office.directory, clock)
    callbacks = make_callbacks(settings, parts.office, parts.engine, parts.keys, absences, clock)
    memos = make_memos(settings, parts.office, parts.engine, parts.keys, callbacks, clock)
    yield Seed(parts, callbacks, memos, clock)
    parts.engine.dispose()
