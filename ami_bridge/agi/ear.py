"""Sounds that must not lie about: on disk for as long as they are played, and no longer.

Owns the folder `listen/` of the PBX's spool. What a crash leaves there is removed at the next start.
"""

import asyncio
import contextlib
import os
import uuid
from collections.abc import AsyncIterator
from pathlib import Path


class ListenSpool:
    """Files of one bridge in `folder`, readable by nobody but this user."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def sweep(self) -> int:
        """Make the folder, remove what an earlier run left; returns how many. Raises OSError."""
        self._folder.mkdir(parents=True, exist_ok=True)
        self._folder.chmod(0o700)
        left = list(self._folder.iterdir())
        for path in left:
            path.unlink(missing_ok=True)
        return len(left)

    @contextlib.asynccontextmanager
    async def holding(self, sound: bytes) -> AsyncIterator[Path]:
        """`sound` as a file for the time of the block, hang-up and cancellation included. Raises OSError."""
        path = self._folder / f"{uuid.uuid4().hex}.wav"
        try:
            await asyncio.to_thread(_write, path, sound)
            yield path
        finally:
            path.unlink(missing_ok=True)


def _write(path: Path, sound: bytes) -> None:
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
        file.write(sound)
