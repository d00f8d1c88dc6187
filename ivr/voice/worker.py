"""One thread that renders, one sentence at a time and at the machine's lowest priority.

Owns its queue: a sentence somebody waits for goes before the prompts. Knows nothing of files and offices.
"""

import logging
import os
import threading
from collections.abc import Callable
from concurrent.futures import Future
from itertools import count
from queue import PriorityQueue
from typing import TypeVar

T = TypeVar("T")

log = logging.getLogger(__name__)

LOWEST = 19
_GRACE_S = 2.0
"""A sentence at hand is not waited for longer; what is not made yet is made after the next start."""
_Job = tuple[int, int, Callable[[], None]]


class Worker:
    """Started at once; `stop` waits a moment for the job at hand."""

    def __init__(self, niceness: int = LOWEST) -> None:
        self._niceness = niceness
        self._jobs: PriorityQueue[_Job] = PriorityQueue()
        self._numbers = count()
        self._thread = threading.Thread(target=self._work, name="renders", daemon=True)
        self._stopped = False
        self._thread.start()

    def ask(self, job: Callable[[], T], *, first: bool = False) -> "Future[T]":
        """Do `job` when its turn comes; `first`: before all that wait and are not first."""
        future: Future[T] = Future()

        def run() -> None:
            if not future.set_running_or_notify_cancel():
                return
            try:
                future.set_result(job())
            except Exception as error:
                future.set_exception(error)

        self._jobs.put((0 if first else 1, next(self._numbers), run))
        return future

    def stop(self) -> None:
        """Take no further job."""
        self._stopped = True
        self._jobs.put((-1, next(self._numbers), lambda: None))
        self._thread.join(timeout=_GRACE_S)

    def _work(self) -> None:
        # of this thread alone, and of those that a voice model starts from it (setpriority(2), Linux); never
        # before the rest of its process
        thread = threading.get_native_id()
        os.setpriority(os.PRIO_PROCESS, thread, max(self._niceness, os.getpriority(os.PRIO_PROCESS, thread)))
        while not self._stopped:
            self._jobs.get()[2]()
