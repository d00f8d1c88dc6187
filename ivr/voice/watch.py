"""Seeing that the office's folder changed: a new officer, another name, a recording.

Looks every two seconds at names, sizes and times of the few files that matter; an editor's half-written file
is refused by its reader and looked at again when it changes.
"""

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path

_EVERY_S = 2.0
_FILES = ("charter.toml", "directory.toml", "words.toml")
Signature = tuple[tuple[str, int, int], ...]


def signature(folder: Path) -> Signature:
    """What tells one state of the folder from the next."""
    found = []
    for path in (*(folder / name for name in _FILES), *sorted((folder / "recordings").rglob("*"))):
        try:
            stat = path.stat()
        except OSError:  # gone meanwhile, or never there
            continue
        found.append((str(path), stat.st_size, stat.st_mtime_ns))
    return tuple(found)


async def watch(folder: Path, changed: Callable[[], Awaitable[None]]) -> None:
    """Call `changed` after each change, for ever."""
    seen = await asyncio.to_thread(signature, folder)
    while True:
        await asyncio.sleep(_EVERY_S)
        now = await asyncio.to_thread(signature, folder)
        if now != seen:
            seen = now
            await changed()
