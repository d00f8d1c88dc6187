"""Timers that the core asked for, on the PBX's clock.

Owns the wait. A timer that fires is handed in as a fact like any other; a late one changes nothing.
"""

import asyncio
from collections.abc import Callable

from ami_bridge.call.effects import StartTimer
from ami_bridge.call.facts import TimerFired


class Timers:
    """Running timers by call and name. `pbx_now` gives the PBX's clock (epoch µs)."""

    def __init__(self, pbx_now: Callable[[], int], fire: Callable[[TimerFired], object]) -> None:
        self._pbx_now = pbx_now
        self._fire = fire
        self._running: dict[str, dict[str, asyncio.TimerHandle]] = {}
        self._held: dict[str, dict[str, StartTimer]] | None = None

    def __len__(self) -> int:
        """Timers that wait."""
        return sum(len(names) for names in self._running.values())

    def hold(self) -> None:
        """From now on only note what is wanted: the past is being told, and half of it must fire nothing."""
        if self._held is None:
            self._held = {}

    def release(self) -> None:
        """The present is reached: start what is still wanted; what is overdue fires at once."""
        held, self._held = self._held or {}, None
        for names in held.values():
            for wanted in names.values():
                self.start(wanted)

    def start(self, wanted: StartTimer) -> None:
        """Start; one of this call and name that waits already stays as it is."""
        if self._held is not None:
            self._held.setdefault(wanted.call, {}).setdefault(wanted.name, wanted)
            return
        names = self._running.setdefault(wanted.call, {})
        if wanted.name in names:
            return
        delay = max(wanted.due - self._pbx_now(), 0) / 1_000_000
        names[wanted.name] = asyncio.get_running_loop().call_later(delay, self._due, wanted)

    def stop(self, call: str) -> None:
        """Stop all timers of a call."""
        if self._held is not None:
            self._held.pop(call, None)
        for handle in self._running.pop(call, {}).values():
            handle.cancel()

    def stop_all(self) -> None:
        """Stop every timer."""
        for call in list(self._running):
            self.stop(call)

    def _due(self, wanted: StartTimer) -> None:
        names = self._running.get(wanted.call, {})
        names.pop(wanted.name, None)
        if not names:
            self._running.pop(wanted.call, None)
        self._fire(TimerFired(wanted.due, wanted.call, name=wanted.name))
