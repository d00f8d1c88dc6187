"""A stack that listens to a replay at a given rate: bridge, Redis and memo_service, no PBX."""

import asyncio
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from rehearsal.demo import OFFICE
from stack.errors import StackError
from stack.ports import HOST, claim_free_base
from stack.settings import ExistingPbx, StackSettings
from stack.stack import Stack


@asynccontextmanager
async def replayed(capture: Path, folder: Path, *words: str) -> AsyncIterator[Stack]:
    """The stack, and a replay of `capture` in a process of its own that begins when the bridge logs in.

    `words` go to `python -m rehearsal.replay`: `--rate N`, `--loops N`, `--fast`.
    """
    secret = folder / "secret"
    secret.write_text("replay", encoding="utf-8")
    claim = claim_free_base()
    port = claim.base + 1
    command = (sys.executable, "-m", "rehearsal.replay", *words, "--port", str(port), str(capture))
    replay = await asyncio.create_subprocess_exec(*command, stdout=asyncio.subprocess.PIPE)
    try:
        if replay.stdout is None or not await replay.stdout.readline():
            raise StackError(f"the replay of {capture} did not start")
        source = ExistingPbx(HOST, port, "replay", secret)
        env = {"CHARTERLINE_TRUNKS": "sippuac"}
        settings = StackSettings(office=OFFICE, state=folder / "state", source=source, demo=True, env=env)
        async with Stack(settings) as stack:
            yield stack
    finally:
        if replay.returncode is None:
            replay.terminate()
        await replay.wait()
        claim.release()
