"""Removes from the stream what every group has finished with.

Owns the one place that deletes events: below the oldest unacknowledged entry, after the SQL commit, never by
length.
"""

from typing import Any

from redis.asyncio import Redis


async def trim(redis: Redis, stream: str, group: str) -> int:
    """Trim `stream`; returns how many entries wait for `group` (read and unacknowledged, or unread)."""
    floors: list[tuple[int, int]] = []
    waiting = 0
    for row in await redis.xinfo_groups(stream):
        floors.append(await _floor(redis, stream, row))
        if _text(row["name"]) == group:
            waiting = int(row["pending"]) + int(row.get("lag") or 0)
    if floors:
        oldest = min(floors)
        await redis.xtrim(stream, minid=f"{oldest[0]}-{oldest[1]}", approximate=False)
    return waiting


async def _floor(redis: Redis, stream: str, row: dict[str, Any]) -> tuple[int, int]:
    """The oldest entry a group still needs: its first pending one, or the last it was given."""
    if row["pending"]:
        pending = await redis.xpending(stream, _text(row["name"]))
        if pending["min"] is not None:
            return _parse(_text(pending["min"]))
    return _parse(_text(row["last-delivered-id"]))


def _parse(entry_id: str) -> tuple[int, int]:
    milliseconds, serial = entry_id.split("-")
    return int(milliseconds), int(serial)


def _text(value: bytes | str) -> str:
    return value.decode() if isinstance(value, bytes) else value
