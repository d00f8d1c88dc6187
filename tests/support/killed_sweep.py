"""A sweep of the spool that is killed at its n-th step, as the work of a process of its own.

A step is whatever it opens, renames or removes below the state folder, and each commit. Exits with 0 if it
came to its end before that.
"""

import os
import signal
import sys
from pathlib import Path

from sqlalchemy import event
from sqlalchemy.engine import Engine

from tests.support.memo_desk import open_memos

_WATCHED = ("open", "os.rename", "os.remove")


def killed_sweep(state: str, url: str, at: int) -> int:
    desk = open_memos(url, Path(state))
    left = at

    def step(*_: object) -> None:
        nonlocal left
        left -= 1
        if left < 0:
            os.kill(os.getpid(), signal.SIGKILL)

    def audit(name: str, told: tuple[object, ...]) -> None:
        touched = name in _WATCHED and any(str(part).startswith(state) for part in told[:2])
        if touched and "sqlite" not in str(told[0]):
            step()

    event.listen(Engine, "commit", step)
    sys.addaudithook(audit)
    desk.memos.sweep.sweep()
    os._exit(0)
