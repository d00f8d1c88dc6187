"""An event loop in a thread of its own.

For tests that need asyncio beside the browser tests' synchronous playwright, which keeps the main thread's
loop for the whole run. Owns the thread; judges nothing.
"""

import asyncio
import threading
from collections.abc import Coroutine
from typing import Any, Self, TypeVar

T = TypeVar("T")


class Aside:
    """Runs coroutines, all in one loop. Use with `with`; every task ends with it."""

    def __enter__(self) -> Self:
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="aside")
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    def run(self, work: Coroutine[Any, Any, T], timeout_s: float = 180.0) -> T:
        """What `work` returns; raises what it raises, TimeoutError after `timeout_s`."""
        return asyncio.run_coroutine_threadsafe(work, self._loop).result(timeout_s)
