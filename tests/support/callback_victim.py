"""Runs memo_service and has it killed (SIGKILL) at one step between a pressed button and the command stream.

The step is met in the service's own code, by standing in for
one function of it; everything else is the service as it is.
"""

import os
import signal
from collections.abc import Callable
from typing import Any

from memo_service.callbacks.claim import Claims
from memo_service.callbacks.outbox import Outbox
from tests.support.nursery import memo_server


def _die(*_: Any, **__: Any) -> Any:
    os.kill(os.getpid(), signal.SIGKILL)


def _after(work: Callable[..., Any]) -> Callable[..., Any]:
    """`work`, and then the end, if it did something."""

    def done(*given: Any, **named: Any) -> Any:
        answer = work(*given, **named)
        if answer is not None:
            _die()
        return answer

    return done


def _after_anything(work: Callable[..., Any]) -> Callable[..., Any]:
    def done(*given: Any, **named: Any) -> Any:
        work(*given, **named)
        _die()

    return done


STEPS: dict[str, tuple[type, str, Callable[[Callable[..., Any]], Callable[..., Any]]]] = {
    "in_the_claim": (Claims, "_command", lambda _: _die),
    "claimed": (Outbox, "take", lambda _: _die),
    "marked": (Outbox, "take", _after),
    "on_the_stream": (Outbox, "sent", lambda _: _die),
    "done": (Outbox, "sent", _after_anything),
}


def killed_service(step: str) -> int:
    """The service until then, as the work of a process of its own."""
    owner, name, change = STEPS[step]
    setattr(owner, name, change(getattr(owner, name)))
    return memo_server()
