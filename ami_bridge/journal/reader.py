"""Reads the journal from a byte offset, through partial lines, rotation and truncation.

Owns the position in the file. Knows nothing of what a row says. Blocks on disk, briefly: rows come in slices,
and the caller gives way between them.
"""

import csv
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

SLICE_BYTES = 256 << 10


@dataclass(frozen=True, slots=True)
class Position:
    """A place in the journal: which file (inode), which byte. `Position(0, 0)` is before everything."""

    inode: int = 0
    offset: int = 0


@dataclass(slots=True)
class Slice:
    """Some rows, the place behind them, and whether all rows before were there to be read."""

    rows: list[list[str]]
    position: Position
    complete: bool = True
    bad: int = 0
    """Lines that are no CSV of this encoding. Counted, skipped."""


class JournalReader:
    """The journal at `path`; a file renamed beside it by rotation is read to its end first."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def end(self) -> Position:
        """Where the journal ends now; the beginning if it is not there yet."""
        try:
            stat = self._path.stat()
        except FileNotFoundError:
            return Position()
        return Position(stat.st_ino, stat.st_size)

    def read(self, start: Position) -> Iterator[Slice]:
        """Rows from `start` to the end as of now, in slices; raises OSError where the file cannot be read."""
        complete = True
        if start.inode and start.inode != self.end().inode:
            rotated = self._rotated(start.inode)
            if rotated is None:
                complete = False  # it was rotated away: what it told is gone
            else:
                yield from _slices(rotated, start, complete=True)
            start = Position()
        if not self._path.exists():
            yield Slice([], start, complete)
            return
        if start.offset > self._path.stat().st_size:  # truncated in place
            start, complete = Position(), False
        yield from _slices(self._path, start, complete=complete)

    def _rotated(self, inode: int) -> Path | None:
        beside = self._path.parent.glob(f"{self._path.name}*")
        return next((path for path in beside if path.stat().st_ino == inode), None)


def _slices(path: Path, start: Position, *, complete: bool) -> Iterator[Slice]:
    with path.open("rb") as file:
        inode = path.stat().st_ino
        file.seek(start.offset)
        offset, rest = start.offset, b""
        while True:
            data = file.read(SLICE_BYTES)
            text, newline, rest = (rest + data).rpartition(b"\n")
            whole = text + newline
            offset += len(whole)
            part = Slice([], Position(inode, offset), complete)
            for line in whole.splitlines():
                _row(line, part)
            yield part
            if not data:
                return


def _row(line: bytes, into: Slice) -> None:
    if not line.strip():
        return
    try:
        row = next(csv.reader([line.decode("utf-8", "replace")], strict=True))
    except (csv.Error, StopIteration):
        into.bad += 1
        return
    into.rows.append(row)
