"""Benches, small: a figure in the README must come from a command that runs."""

import json
import subprocess
import sys
from typing import Any

from tests.support.memo import ROOT

AT_REST = ("parse", "latency", "memory", "callbacks", "memos", "working-time")
WITH_CALLS = ("first-audio", "transfer", "sip-extension")
IN_BROWSERS = ("summary", "pages")
NOT_SMALL = ("voice",)
"""Fetches its recogniser, and hears all sentences or none."""


def figures(name: str) -> dict[str, Any]:
    """What `scripts/bench NAME --small --json` tells."""
    command = [sys.executable, "-m", "rehearsal.bench", name, "--small", "--json"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=300, check=False)
    assert done.returncode == 0, done.stderr[-3000:]
    told: dict[str, Any] = json.loads(done.stdout)
    assert (told.pop("bench"), told.pop("small")) == (name, True)
    assert told
    return told
