"""Scenarios with a real browser: there are some where there is one, as after `scripts/setup --dev`."""

import shutil
from collections.abc import Awaitable, Callable
from importlib import import_module
from importlib.util import find_spec
from typing import Any

from rehearsal.scenarios.stage import Seen


def browser_scenarios() -> dict[str, Callable[..., Awaitable[Seen]]]:
    """By name; empty without Chromium and playwright, which the product itself never needs."""
    if find_spec("playwright") is None or shutil.which("chromium") is None:
        return {}
    module: Any = import_module("rehearsal.scenarios.web_dead")
    scenarios: dict[str, Callable[..., Awaitable[Seen]]] = module.SCENARIOS
    return scenarios
