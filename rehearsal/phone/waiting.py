"""Waiting for what happens on a call or phone. Owns the waiters; knows nothing of SIP."""

import asyncio
from collections.abc import Callable
from typing import Any, TypeVar

T = TypeVar("T")


class CallEndedError(Exception):
    """The call ended before what was waited for could happen."""


class Waiters:
    """Probes that are asked again after each happening, until they say something.

    The owner calls `changed`.
    """

    def __init__(self) -> None:
        self._waiting: list[tuple[Callable[[], object], asyncio.Future[Any]]] = []

    async def until(self, probe: Callable[[], T | None], timeout_s: float) -> T:
        """The first true value that `probe` returns; raises TimeoutError, or what `fail` says."""
        if value := probe():
            return value
        future: asyncio.Future[T] = asyncio.get_running_loop().create_future()
        entry = (probe, future)
        self._waiting.append(entry)
        try:
            async with asyncio.timeout(timeout_s):
                return await future
        finally:
            if entry in self._waiting:
                self._waiting.remove(entry)

    def changed(self) -> None:
        """Something happened: ask every probe."""
        for entry in tuple(self._waiting):
            probe, future = entry
            if not future.done() and (value := probe()):
                future.set_result(value)
                self._waiting.remove(entry)

    def fail(self, message: str) -> None:
        """Nothing will happen any more: who still waits gets CallEndedError."""
        self.changed()
        for _, future in self._waiting:
            if not future.done():
                future.set_exception(CallEndedError(message))
        self._waiting.clear()
