"""Growing pauses after wrong passwords, by name and by address, kept in the database.

Owns when the next attempt is taken. An attempt counts as failed before its password is looked at and is taken
back when it was right: a thousand at once are counted like a thousand in turn. What comes during a pause is
not counted, so nobody is locked out for ever; the longest pause is a quarter of an hour.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from memo_service.access.models import Pause
from memo_service.ledger.store import insert_new

_FORGOTTEN = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Scale:
    """How pauses grow: none for the first `free` failures, then `first`, doubled each time to `longest`."""

    free: int
    first: timedelta
    longest: timedelta

    def pause(self, failures: int) -> timedelta:
        """The pause after so many failures in a row."""
        beyond = failures - self.free
        if beyond <= 0:
            return timedelta(0)
        grown: timedelta = self.first * 2 ** min(beyond - 1, 20)
        return min(grown, self.longest)


BY_NAME = Scale(free=4, first=timedelta(seconds=5), longest=timedelta(minutes=15))
BY_ADDRESS = Scale(free=20, first=timedelta(seconds=2), longest=timedelta(minutes=5))
"""A whole office may come from one address: more is free, and the pauses stay short."""


def claim(session: Session, scales: Mapping[str, Scale], now: datetime) -> timedelta:
    """Count one attempt as failed for every key, or return how long to wait where a pause runs.

    In a transaction of its own that commits before the password is looked at.
    """
    # in one order: two never wait for each other
    rows = [_locked(session, key, now) for key in sorted(scales)]
    wait = max(row.until for row in rows) - now
    if wait > timedelta(0):
        return wait
    for row in rows:
        row.failures = 1 if now - row.last_at > _FORGOTTEN else row.failures + 1
        row.last_at = now
        row.until = now + scales[row.key].pause(row.failures)
    return timedelta(0)


def take_back(session: Session, name: str, address: str) -> None:
    """The attempt was right: the name starts anew; the address loses this one failure alone."""
    start_anew(session, name)
    row = session.scalar(select(Pause).where(Pause.key == address).with_for_update())
    if row is not None:
        row.failures = max(row.failures - 1, 0)
        row.until = row.last_at


def start_anew(session: Session, name: str) -> None:
    """A name has no failures any more."""
    session.execute(delete(Pause).where(Pause.key == name))


def forget_old(session: Session, now: datetime) -> None:
    """Remove what no longer counts."""
    session.execute(delete(Pause).where(Pause.last_at < now - _FORGOTTEN))


def _locked(session: Session, key: str, now: datetime) -> Pause:
    insert_new(session, Pause, [{"key": key, "failures": 0, "last_at": now, "until": now}], "key")
    return session.scalars(select(Pause).where(Pause.key == key).with_for_update()).one()
