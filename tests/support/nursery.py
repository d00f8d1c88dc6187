"""Starts our programs quickly: forked from a process that has imported them once (a forkserver).

Imports alone cost up to two seconds of CPU a start, and the suite starts hundreds; `warm` has what else is
alike. Starts from nothing are what the tests of `scripts/run` are about: each program is started so there.
"""

import faulthandler
import multiprocessing
import os
import signal
import sys
from collections.abc import Callable, Mapping
from pathlib import Path

from memo_service.__main__ import main
from tests.support.tables import lay_tables

CONTEXT = multiprocessing.get_context("forkserver")
"""For pools of processes as well."""
CONTEXT.set_forkserver_preload(["tests.support.nursery", "tests.support.warm"])

Work = Callable[[], int]
"""What a process does; it can be pickled, and returns the exit code, as `main` does."""


class Nursling:
    """One process that does `work`; its stderr goes to the file `told`, its stdout to `said`, if any."""

    def __init__(
        self, work: Work, environment: Mapping[str, str], told: Path, said: Path | None = None
    ) -> None:
        self._told = told
        told.parent.mkdir(parents=True, exist_ok=True)
        self._process = CONTEXT.Process(target=_live, args=(work, dict(environment), told, said))
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
        """Wait for its end: exit code, and what it wrote to stderr. Fails, showing where it hangs."""
        self._process.join(within_s)
        hangs = self.returncode is None
        if hangs:
            self.send_signal(signal.SIGABRT)
            self._process.join(10)
        told = self._told.read_text(encoding="utf-8") if self._told.exists() else ""
        assert not hangs, f"process {self.pid} does not end:\n{told}"
        assert self.returncode is not None
        return self.returncode, told


def _live(work: Work, environment: dict[str, str], told: Path, said: Path | None) -> None:
    os.environ.clear()
    os.environ.update(environment)
    for stream, path in ((sys.stderr, told), (sys.stdout, said)):
        if path is not None:
            file = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
            os.dup2(file, stream.fileno())
    faulthandler.enable()
    sys.exit(work())


def memo_service(*arguments: str) -> int:
    """The command `python -m memo_service ARGUMENTS`."""
    sys.argv = ["memo_service", *arguments]
    return main()


def memo_server() -> int:
    """The service itself. Where there is no SQLite file yet, one with all tables: nothing is to migrate."""
    if "CHARTERLINE_DATABASE_URL" not in os.environ:
        lay_tables(f"sqlite:///{os.environ['CHARTERLINE_STATE']}/memo/charterline.sqlite3")
    return memo_service()
