"""Officers take memos at once, killed at the n-th step, as the work of a process of its own.

A step is before each statement, after it, before each commit and at each acknowledgement. Acknowledged memos
are told on stdout, one id a line. Exits with 0 if all were taken before that.
"""

import asyncio
import os
import signal
import sys
from collections.abc import Callable
from pathlib import Path

from sqlalchemy import event

from tests.support.memo_desk import MemoDesk, open_memos

REQUESTERS, EACH = 6, 4


async def take_all(desk: MemoDesk, step: Callable[[], None]) -> None:
    async def request(officer: int) -> None:
        for n in range(EACH):
            number = desk.parties.classify(f"010246857{officer}{n}")
            memo = desk.taken(f"form-key-{officer}-{n}-0123456789", number=number)
            memo_id = await desk.memos.taking.take(desk.actor().officer, memo)
            os.write(sys.stdout.fileno(), f"{memo_id}\n".encode())
            step()

    await asyncio.gather(*(request(officer) for officer in range(REQUESTERS)))


def killed_taking(state: str, url: str, at: int) -> int:
    desk = open_memos(url, Path(state))
    left = at

    def step(*_: object) -> None:
        nonlocal left
        left -= 1
        if left < 0:
            os.kill(os.getpid(), signal.SIGKILL)

    event.listen(desk.engine, "before_cursor_execute", step)
    event.listen(desk.engine, "after_cursor_execute", step)
    event.listen(desk.engine, "commit", step)
    asyncio.run(take_all(desk, step))
    return 0
