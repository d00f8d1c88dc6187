"""Events on disk while Redis is away: append-only segments, sent in order, bounded.

Owns the files `STATE/bridge/spool/NNNNNNNNNN.seg`. A record is its length (4 bytes) and the event's JSON; a
record cut by a crash is dropped. Every append reaches the operating system before it returns, so a killed
process loses nothing; `fsync` comes with every append too, because appends are batches (a few a second at
most) and a power cut is when an outage begins. All calls block: use from a thread.
"""

import os
from collections.abc import Iterable
from pathlib import Path
from typing import BinaryIO

SEGMENT_BYTES = 4 << 20
ALARM_SHARE = 0.8


class SpoolFullError(Exception):
    """No room: the caller keeps what it can and the journal must tell the rest later."""


class Spool:
    """A first-in-first-out store of byte records. One owner at a time."""

    def __init__(self, folder: Path, max_bytes: int) -> None:
        """Open `folder`, making it; what an earlier run left is kept and comes first."""
        folder.mkdir(parents=True, exist_ok=True)
        self._folder = folder
        self._max = max_bytes
        self._segments = sorted(folder.glob("*.seg"))
        self._sizes = {path: path.stat().st_size for path in self._segments}
        self._tail: BinaryIO | None = None
        self._head_offset = 0
        self._number = int(self._segments[-1].stem) if self._segments else 0
        self.records = sum(sum(1 for _ in _records(path, 0)) for path in self._segments)

    @property
    def size(self) -> int:
        """Bytes on disk."""
        return sum(self._sizes.values())

    @property
    def alarm(self) -> bool:
        """Four fifths full: a person must bring Redis back."""
        return self.size >= self._max * ALARM_SHARE

    def append(self, records: Iterable[bytes]) -> None:
        """Add records at the end, durably; raises SpoolFullError (nothing was added) or OSError."""
        records = list(records)
        data = b"".join(len(record).to_bytes(4, "big") + record for record in records)
        if self.size + len(data) > self._max:
            raise SpoolFullError
        tail = self._open_tail()
        tail.write(data)
        tail.flush()
        os.fsync(tail.fileno())
        self._sizes[self._segments[-1]] += len(data)
        self.records += len(records)

    def _open_tail(self) -> BinaryIO:
        if self._tail is not None and self._sizes[self._segments[-1]] < SEGMENT_BYTES:
            return self._tail
        if self._tail is not None:
            self._tail.close()
        self._number += 1  # never on to an old segment: its last record may be cut
        path = self._folder / f"{self._number:010}.seg"
        self._tail = path.open("ab")
        self._segments.append(path)
        self._sizes[path] = 0
        return self._tail

    def peek(self, most: int) -> list[bytes]:
        """The oldest records, at most `most`, without taking them."""
        while self._segments:
            found: list[bytes] = []
            for record in _records(self._segments[0], self._head_offset):
                found.append(record)
                if len(found) == most:
                    break
            if found:
                return found
            self._drop_head()
        return []

    def drop(self, records: list[bytes]) -> None:
        """Take the records that `peek` gave: they are safe elsewhere."""
        self._head_offset += sum(4 + len(record) for record in records)
        self.records -= len(records)
        if self._head_offset >= self._sizes[self._segments[0]]:
            self._drop_head()

    def _drop_head(self) -> None:
        path = self._segments.pop(0)
        self._head_offset = 0
        del self._sizes[path]
        if not self._segments and self._tail is not None:
            self._tail.close()
            self._tail = None
        path.unlink(missing_ok=True)

    def close(self) -> None:
        """Close the open file; everything is on disk already."""
        if self._tail is not None:
            self._tail.close()
            self._tail = None


def _records(path: Path, offset: int) -> Iterable[bytes]:
    with path.open("rb") as file:
        file.seek(offset)
        while len(head := file.read(4)) == 4:
            size = int.from_bytes(head, "big")
            record = file.read(size)
            if len(record) < size:
                return
            yield record
