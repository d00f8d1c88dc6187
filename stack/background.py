"""scripts/run --background, scripts/stop and scripts/status.

Owns how a stack is started out of sight, and how another process finds, asks and stops it. Standard library
only; a run is known by the lock on its state folder, so a stale number never ends a stranger.
"""

import argparse
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

from stack.errors import StackError
from stack.settings import DEFAULT_STATE
from stack.state import Run, is_alive, is_held, running

T = TypeVar("T")

READY = "is ready:"
"""What a run says last of its start, in one write."""
_STOP_S = 60.0
_ASK_EVERY_S = 0.05
_NOT_RUNNING = 3  # as init scripts say it (LSB, "status")


def start_in_background(state: Path, words: list[str]) -> int:
    """Start `python -m stack.run WORDS` as a process of its own; print what it prints until it is ready.

    0 when it is ready, else its own exit code. Raises StackError when the log cannot be written.
    """
    log = state / "log" / "run.log"
    try:
        log.parent.mkdir(parents=True, exist_ok=True)
        out = log.open("wb")
    except OSError as error:
        raise StackError(
            f"the state directory cannot be written: {error.filename}: {error.strerror}"
            "\n  remedy: give this user the right to write there, or choose another with --state DIR"
        ) from error
    with out, log.open("r", encoding="utf-8") as said:
        process = subprocess.Popen(
            [sys.executable, "-m", "stack.run", *words],
            stdin=subprocess.DEVNULL, stdout=out, stderr=subprocess.STDOUT, start_new_session=True,
        )  # fmt: skip
        ready = False
        while process.poll() is None and not ready:
            time.sleep(_ASK_EVERY_S)
            told = said.read()
            print(told, end="", flush=True)
            ready = READY in told
        print(said.read(), end="", flush=True)
    process.returncode = process.returncode or 0  # it lives on: Popen is not to wait for it
    return process.returncode


def stop(state: Path) -> int:
    """Stop the run of `state` in order and wait for its end; 0 also when none runs."""
    if not is_held(state):
        print(f"charterline: nothing runs in {state}")
        return 0
    run = _awaited(lambda: running(state))
    if run is None:
        raise StackError(f"the run in {state} does not say which process it is\n  remedy: end it by hand")
    print(f"charterline: stopping process {run.pid} ({run.url})", flush=True)
    os.kill(run.pid, signal.SIGTERM)
    if not _awaited(lambda: not is_held(state) and not is_alive(run.pid)):
        raise StackError(
            f"process {run.pid} did not stop within {_STOP_S:.0f} s"
            f"\n  remedy: see {state / 'log'}; `kill -9 {run.pid}` ends it and all its parts"
        )
    print("charterline: stopped")
    return 0


def status(state: Path) -> int:
    """Say what runs in `state`; 0 when all parts live, 1 when one does not, 3 when nothing runs."""
    run = running(state)
    if run is None:
        print(f"charterline: nothing runs in {state}")
        return _NOT_RUNNING
    since = time.strftime("%Y-%m-%d %H:%M:%S", time.localtime(run.since))
    print(f"charterline: {run.phase} since {since}, process {run.pid}, {run.url}")
    return _tell_parts(run)


def _tell_parts(run: Run) -> int:
    alive = {name: is_alive(pid) for name, pid in run.parts.items()}
    for name, pid in run.parts.items():
        print(f"  {name:<13} process {pid:<8} {'runs' if alive[name] else 'DOWN'}")
    return 0 if all(alive.values()) else 1


def _awaited(ask: Callable[[], T | None]) -> T | None:
    end = time.monotonic() + _STOP_S
    while not (value := ask()) and time.monotonic() < end:
        time.sleep(_ASK_EVERY_S)
    return value


def main(words: list[str] | None = None) -> int:
    """`python -m stack.background stop|status [--state DIR]`."""
    parser = argparse.ArgumentParser(prog="scripts/stop, scripts/status", description=__doc__)
    parser.add_argument("what", choices=("stop", "status"))
    parser.add_argument("--state", type=Path, default=DEFAULT_STATE, metavar="DIR")
    given = parser.parse_args(words)
    try:
        return {"stop": stop, "status": status}[given.what](given.state)
    except StackError as error:
        print(f"charterline: {error}", file=sys.stderr)
        return 1


if __name__ == "__main__":
    sys.exit(main())
