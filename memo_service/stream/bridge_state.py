"""What the bridge says of itself: the key `bridge:<pbx>`, renewed every 2 s, gone after 6.

Owns how silence is read: no key means the link is lost.
"""

from enum import StrEnum

import orjson
from redis.asyncio import Redis

from office.events import bridge_key


class LinkState(StrEnum):
    """The link between PBX and ledger, as the pages tell it."""

    UP = "up"
    LINK_LOST = "link_lost"
    REPLAY = "replay"
    SILENT = "silent"
    """No word from the bridge."""


async def read_link(redis: Redis, pbx: str) -> LinkState:
    """The bridge's state; SILENT where it says nothing or nothing that can be read."""
    raw = await redis.get(bridge_key(pbx))
    if raw is None:
        return LinkState.SILENT
    try:
        return LinkState(orjson.loads(raw)["state"])
    except (ValueError, KeyError, TypeError):
        return LinkState.SILENT
