"""The PBX's own database (AstDB): reading families, writing and removing keys.

Owns the way of writing that the bridge's user is permitted: DBPut needs write=system, so keys are set by the
variables of an Originate to a Local channel that answers and ends at once (docs/contracts.md). Which keys and
why is the callers'.
"""

import re
from collections.abc import Iterable, Mapping

from ami_bridge.ami.actions import Actions, Lines
from ami_bridge.ami.snapshot import one_value
from ami_bridge.errors import ActionRefusedError

LINES_AT_ONCE = 100
"""Asterisk takes 128 headers an action (manager.h, AST_MAX_MANHEADERS)."""
_KEY = re.compile(r"[a-z]+(/[A-Za-z0-9_.-]+)+")
_VALUE = re.compile(r"[A-Za-z0-9_.&+-]*")
_TIMEOUT_S = 30.0


class Database:
    """AstDB over one link. Every call raises ActionRefusedError, ActionUnansweredError, LinkError."""

    def __init__(self, actions: Actions) -> None:
        self._actions = actions

    async def read(self, family: str) -> dict[str, str]:
        """Keys of a family, without the leading slash, and their values."""
        messages = await self._actions.send("DBGetTree", {"Family": family}, timeout_s=_TIMEOUT_S)
        rows = (m for m in messages if m.get("Event") == "DBGetTreeResponse")
        return {one_value(row, "Key").removeprefix("/"): one_value(row, "Val") for row in rows}

    async def write(self, put: Mapping[str, str], remove: Iterable[str] = ()) -> None:
        """Put keys and remove others; returns when the PBX has done it. Writing again does no harm."""
        lines = [f"DB({_safe(key)})={_plain(value)}" for key, value in put.items()]
        lines += [f"DB_DELETE({_safe(key)})=" for key in remove]
        for first in range(0, len(lines), LINES_AT_ONCE):
            await self._set(*lines[first : first + LINES_AT_ONCE])

    async def _set(self, *variables: str) -> None:
        lines: Lines = {
            "Async": "true",
            "Channel": "Local/s@flags/n",
            "Application": "NoOp",
            "Variable": variables,
        }
        answer = (await self._actions.send("Originate", lines, timeout_s=_TIMEOUT_S))[-1]
        if answer.get("Response") != "Success":
            raise ActionRefusedError("the PBX has no context [flags] that answers; its database stays as is")


def _safe(key: str) -> str:
    if not _KEY.fullmatch(key):
        raise ActionRefusedError("a key of the database holds what could break out of it; it was not sent")
    return key


def _plain(value: str) -> str:
    if not _VALUE.fullmatch(value):
        raise ActionRefusedError("a value of the database holds what could break out of it; it was not sent")
    return value
