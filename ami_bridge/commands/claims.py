"""Which attempts were taken on, on disk: the guard for a Redis that forgets.

Owns `STATE/bridge/attempts`: a line an attempt, appended durably before the PBX is asked. Redis alone is not
enough: after a power cut it may come back without its last second and offer a command again (TIM-04).
"""

import os
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path

KEEP = timedelta(days=1)
"""After its expiry no command is begun anyway; a clock that steps back gets this much room."""
MANY = 10_000
"""More than a day's attempts: then old ones are let go between two starts as well."""


class Claims:
    """Attempts by id. One owner at a time; calls block on disk, so use `take` from a thread."""

    def __init__(self, path: Path, now: datetime) -> None:
        """What earlier runs took on; what expired long before `now` is let go. Raises OSError."""
        self._path = path
        self._taken = dict(_read(path))
        self._let_go(now)

    def take(self, attempt: str, expires_at: datetime) -> bool:
        """Note the attempt; False if it was taken before. Raises OSError: then it must not be begun."""
        if attempt in self._taken:
            return False
        at = int(expires_at.timestamp())
        with self._path.open("ab") as file:
            file.write(_line(attempt, at))
            file.flush()
            os.fsync(file.fileno())
        self._taken[attempt] = at
        if len(self._taken) > MANY:
            self._let_go(expires_at)
        return True

    def _let_go(self, now: datetime) -> None:
        oldest = (now - KEEP).timestamp()
        kept = {attempt: at for attempt, at in self._taken.items() if at > oldest}
        if len(kept) < len(self._taken):
            _replace(self._path, kept)
            self._taken = kept


def _line(attempt: str, at: int) -> bytes:
    # the line break stands first: a line that a crash cut short spoils no other
    return f"\n{at} {attempt}".encode()


def _read(path: Path) -> Iterator[tuple[str, int]]:
    if not path.exists():
        return
    for line in path.read_text(encoding="utf-8").splitlines():
        at, _, attempt = line.partition(" ")
        if attempt and at.isdigit():
            yield attempt, int(at)


def _replace(path: Path, taken: dict[str, int]) -> None:
    part = path.with_suffix(".part")
    with part.open("wb") as file:
        file.writelines(_line(attempt, at) for attempt, at in taken.items())
        file.flush()
        os.fsync(file.fileno())
    part.replace(path)
