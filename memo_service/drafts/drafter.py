"""Has recordings written down by a child process, one at a time, and keeps what comes of them.

Owns the child: that it is started again, that a recording it dies on is given up, and what an administrator
is told when there is no model. Nothing waits for it, and without it everything else is as it was.
"""

import asyncio
import contextlib
import json
import logging
import os
import sys
import time
from asyncio.subprocess import DEVNULL, PIPE, Process
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from cryptography.exceptions import InvalidTag
from sqlalchemy.exc import DBAPIError

from memo_service.drafts.store import Drafts, Waiting
from memo_service.drafts.transcript import kept
from memo_service.recordings.vault import Vault

_ROOT = Path(__file__).resolve().parents[2]
_LOOK_S = 30.0
_AGAIN_S = 600.0
_LOAD_S = 120.0
_LINE_BYTES = 1 << 20
_FAULTS = ("no_model", "other_model", "no_package", "bad_model")

_log = logging.getLogger(__name__)


@dataclass(slots=True)
class Standing:
    """How it stands, for /start: off, starting, ready, or a fault; `model` is the SHA-256 that was found."""

    state: str = "off"
    model: str = ""


class ChildGoneError(Exception):
    """The child died, or did not answer in time."""


class Drafter:
    """The worker of one office. `command` starts the child (`memo_service/drafts/__main__.py`)."""

    def __init__(self, drafts: Drafts, vault: Vault, command: Sequence[str]) -> None:
        self._drafts = drafts
        self._vault = vault
        self._command = command
        self._process: Process | None = None
        self._wanted = asyncio.Event()
        self._failed: dict[str, int] = {}
        self.standing = Standing("starting")
        self.on_change: Callable[[list[str]], None] = lambda _: None
        """Told the id of a memo that has a draft, on the event loop."""

    def touch(self) -> None:
        """A recording was fetched."""
        self._wanted.set()

    async def run(self) -> None:
        """Until cancelled."""
        try:
            while True:
                self._wanted.clear()
                if not await self._work():
                    await asyncio.sleep(_AGAIN_S)  # whatever comes: a model does not appear by itself
                with contextlib.suppress(TimeoutError):
                    async with asyncio.timeout(_LOOK_S):
                        await self._wanted.wait()
        finally:
            await self._end()

    async def _work(self) -> bool:
        """Do what waits; False where there is no model."""
        try:
            while job := await asyncio.to_thread(self._drafts.waiting):
                if not await self._is_ready():
                    return False
                await self._write_down(job)
            return await self._is_ready()
        except (DBAPIError, OSError, ChildGoneError) as error:
            _log.warning("nothing written down, trying again", extra={"reason": type(error).__name__})
            await self._end()
        return True

    async def _is_ready(self) -> bool:
        """Start the child where there is none; False if it has no model."""
        if self._process is not None and self._process.returncode is None:
            return True
        self._process = await asyncio.create_subprocess_exec(
            *self._command, stdin=PIPE, stdout=PIPE, stderr=DEVNULL, limit=_LINE_BYTES, env=_environment()
        )
        first = await self._line(_LOAD_S)
        fault = str(first.get("fault", ""))
        self.standing.model = str(first.get("model", ""))
        self.standing.state = fault if fault in _FAULTS else "bad_model" if fault else "ready"
        if fault:
            _log.error("recordings are not written down: see /start", extra={"reason": self.standing.state})
            await self._end()
        else:
            _log.info("recordings are written down", extra={"model": self.standing.model})
        return not fault

    async def _write_down(self, job: Waiting) -> None:
        began = time.monotonic()
        words = await self._heard(job)
        took_ms = round(1000 * (time.monotonic() - began))
        if await asyncio.to_thread(self._drafts.keep, job, words, self.standing.model, took_ms):
            self.on_change([job.memo_id])

    async def _heard(self, job: Waiting) -> str | None:
        """The words of a recording; None if it cannot be heard. ChildGoneError: it may be tried again."""
        try:
            wav = await asyncio.to_thread(self._vault.get, job.recording_id)
        except (FileNotFoundError, InvalidTag):
            return None
        try:
            answer = await self._ask(wav, 60.0 + job.length_ms / 100)
        except ChildGoneError:
            tries = self._failed[job.recording_id] = self._failed.get(job.recording_id, 0) + 1
            await self._end()
            if tries > 1:
                _log.exception("a recording ends the one who writes it down; given up")
                return None
            raise
        if "segments" not in answer:
            _log.warning("a recording could not be heard", extra={"reason": str(answer.get("fault"))[:60]})
            return None
        return kept(answer["segments"])

    async def _ask(self, wav: bytes, within_s: float) -> dict[str, Any]:
        if self._process is None or self._process.stdin is None:
            raise ChildGoneError
        try:
            self._process.stdin.write(len(wav).to_bytes(4, "big") + wav)
            await self._process.stdin.drain()
        except (ConnectionError, RuntimeError):
            raise ChildGoneError from None
        return await self._line(within_s)

    async def _line(self, within_s: float) -> dict[str, Any]:
        if self._process is None or self._process.stdout is None:
            raise ChildGoneError
        try:
            async with asyncio.timeout(within_s):
                told: dict[str, Any] = json.loads(await self._process.stdout.readline())
        except (TimeoutError, ValueError):
            raise ChildGoneError from None
        return told

    async def _end(self) -> None:
        process, self._process = self._process, None
        if process is None:
            return
        with contextlib.suppress(ProcessLookupError):
            process.kill()
        await process.wait()


def child(model: Path, sha256: str) -> tuple[str, ...]:
    """The command of the child."""
    return (sys.executable, "-m", "memo_service.drafts", str(model), *([sha256] if sha256 else []))


def _environment() -> dict[str, str]:
    """None of our secrets; and no library asks the network for a model."""
    passed = {name: os.environ[name] for name in ("PATH", "LANG", "HOME", "TMPDIR") if name in os.environ}
    return {**passed, "PYTHONPATH": str(_ROOT), "HF_HUB_OFFLINE": "1", "PYTHONUTF8": "1"}
