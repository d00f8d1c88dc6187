"""The state folder of one stack: made, checked, locked for one run, and what it says about that run.

Owns `run.lock` and `run.json`. Standard library only, so that scripts/stop and scripts/status work with any
Python.
"""

import fcntl
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from io import TextIOWrapper
from pathlib import Path

from stack.errors import StackError

_LOCK, _RUN = "run.lock", "run.json"


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """What a running stack says of itself. `since` is an epoch in seconds, `parts` tells their processes."""

    pid: int
    phase: str  # starting, ready, stopping
    url: str
    since: float
    parts: Mapping[str, int]


class StateFolder:
    """The folder everything of one stack is kept in."""

    def __init__(self, path: Path) -> None:
        self.path = path.absolute()
        self.logs = self.path / "log"
        self._lock: TextIOWrapper | None = None

    def acquire(self) -> None:
        """Make the folder and take it for this process; raises StackError (not writable, in use)."""
        try:
            self.path.mkdir(parents=True, exist_ok=True)
            self.logs.mkdir(exist_ok=True)
            self._lock = (self.path / _LOCK).open("a", encoding="utf-8")
        except OSError as error:
            where = error.filename or self.path
            raise StackError(
                f"the state directory cannot be written: {where}: {error.strerror}"
                "\n  remedy: give this user the right to write there, or choose another with --state DIR"
            ) from error
        try:
            fcntl.flock(self._lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            self.release()
            raise StackError(self._in_use()) from None
        (self.path / _RUN).unlink(missing_ok=True)

    def release(self) -> None:
        """Give the folder back; harmless when it is not held."""
        if self._lock is not None:
            self._lock.close()
            self._lock = None

    def tell(self, run: Run) -> None:
        """Leave word for scripts/status and scripts/stop."""
        part = self.path / (_RUN + ".part")
        part.write_text(json.dumps(asdict(run)), encoding="utf-8")
        part.replace(self.path / _RUN)

    def _in_use(self) -> str:
        run = running(self.path)
        whose = f" by process {run.pid} ({run.url})" if run else ""
        return (
            f"the state directory {self.path} is in use{whose}"
            f"\n  remedy: stop it (scripts/stop --state {self.path}), or choose another with --state DIR"
        )


def is_held(path: Path) -> bool:
    """Whether a run holds the state folder at `path` now."""
    try:
        with (path / _LOCK).open(encoding="utf-8") as lock:
            fcntl.flock(lock, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except FileNotFoundError:
        return False
    except BlockingIOError:
        return True
    return False


def running(path: Path) -> Run | None:
    """What the run that holds `path` says of itself; None when none runs or it has said nothing yet."""
    if not is_held(path):
        return None
    try:
        return Run(**json.loads((path / _RUN).read_text(encoding="utf-8")))
    except FileNotFoundError:
        return None


def is_alive(pid: int) -> bool:
    """Whether a process lives (a zombie does not)."""
    try:
        stat = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8")
    except OSError:
        return False
    return stat.rpartition(")")[2].split()[0] != "Z"
