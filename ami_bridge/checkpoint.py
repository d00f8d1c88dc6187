"""How far the journal is done with: a byte offset before the oldest call that is still open.

Owns `STATE/bridge/checkpoint.json`, written whole or not at all. Reading again from it gives whole calls;
readers of the stream drop what they have. It moves only when every event before it is on the stream or safe
on disk.
"""

import os
from collections import deque
from collections.abc import Iterable
from dataclasses import asdict, dataclass, field
from pathlib import Path

import orjson

from ami_bridge.call.state import Call
from ami_bridge.journal.reader import Position


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """What a new run of the bridge needs of the last one. Times are epoch µs of the PBX."""

    position: Position = field(default_factory=Position)
    alive_at: int = 0
    """When the last run was last in step with the PBX; 0 if there was none."""
    open: dict[str, int] = field(default_factory=dict)
    """Calls that were up then, with their start."""


def load(path: Path) -> Checkpoint:
    """The stored checkpoint; an empty one if there is none or it cannot be read (then all is read again)."""
    try:
        stored = orjson.loads(path.read_bytes())
        position = Position(int(stored["position"]["inode"]), int(stored["position"]["offset"]))
        calls = {str(uid): int(start) for uid, start in stored["open"].items()}
        return Checkpoint(position, int(stored["alive_at"]), calls)
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return Checkpoint()


def save(path: Path, checkpoint: Checkpoint) -> None:
    """Store durably and never half; raises OSError. Blocks on disk."""
    part = path.with_suffix(".part")
    with part.open("wb") as file:
        file.write(orjson.dumps(asdict(checkpoint)))
        file.flush()
        os.fsync(file.fileno())
    part.replace(path)


class Marks:
    """Which journal position each open call began behind, from positions looked at now and then.

    A call noticed between two looks began after the one before; one look more is kept as a margin, since the
    PBX writes its rows a little later than it tells AMI.
    """

    def __init__(self, start: Position) -> None:
        """Everything known now began at or after `start`."""
        self._looks: deque[tuple[int, Position]] = deque([(0, start)] * 3, maxlen=3)
        self._count = 0
        self._births: dict[str, tuple[int, Position]] = {}

    def look(self, end: Position, live: Iterable[Call]) -> Position:
        """The journal ends at `end` now; returns where a new run would have to begin to read."""
        self._count += 1
        before = self._looks[0]
        self._looks.append((self._count, end))
        self._births = {call.id: self._births.get(call.id, before) for call in live}
        return min(self._births.values(), default=before, key=lambda mark: mark[0])[1]
