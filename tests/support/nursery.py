"""Starts memo_service quickly: forked from a process that has imported it once (a forkserver).

Imports alone cost two seconds of CPU a start, and the suite starts it hundreds of times; `warm` has what
else is alike. A start from nothing is what the tests of `scripts/run` and of the command line are about.
"""

import importlib
import multiprocessing
import os
import signal
import sys
from collections.abc import Mapping
from pathlib import Path

from memo_service.__main__ import main

_CONTEXT = multiprocessing.get_context("forkserver")
_CONTEXT.set_forkserver_preload(["tests.support.nursery", "tests.support.warm"])


class Nursling:
    """One memo_service process; what it writes to stderr goes to the file `told`."""

    def __init__(self, environment: Mapping[str, str], told: Path) -> None:
        self._told = told
        told.parent.mkdir(parents=True, exist_ok=True)
        self._process = _CONTEXT.Process(target=_live, args=(dict(environment), str(told)))
        self._process.start()

    @property
    def pid(self) -> int:
        """Its process id."""
        assert self._process.pid is not None
        return self._process.pid

    @property
    def returncode(self) -> int | None:
        """Its exit code, negative for a signal; None while it lives."""
        return self._process.exitcode

    def send_signal(self, sent: signal.Signals) -> None:
        """Send it a signal; nothing if it has ended."""
        if self.returncode is None:
            os.kill(self.pid, sent)

    def end(self, within_s: float = 60) -> tuple[int, str]:
        """Wait for its end: exit code, and what it wrote to stderr."""
        self._process.join(within_s)
        assert self.returncode is not None, f"process {self.pid} does not end"
        return self.returncode, self._told.read_text(encoding="utf-8")


def _live(environment: dict[str, str], told: str) -> None:
    os.environ.clear()
    os.environ.update(environment)
    file = os.open(told, os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
    os.dup2(file, sys.stderr.fileno())
    sys.argv = ["memo_service"]
    _lay_tables(environment)
    sys.exit(main())


def _lay_tables(environment: Mapping[str, str]) -> None:
    """An empty SQLite file with all tables where there is none yet; its migration finds nothing to do."""
    database = Path(environment["CHARTERLINE_STATE"]) / "memo" / "charterline.sqlite3"
    if "CHARTERLINE_DATABASE_URL" in environment or database.exists():
        return
    empty: bytes = importlib.import_module("tests.support.warm").EMPTY  # imported before the fork
    database.parent.mkdir(parents=True, exist_ok=True)
    database.write_bytes(empty)
