"""Actions: the only way anything is sent to the PBX.

Owns what may stand on the wire (AMI-07) and that every action ends: answered, refused, unanswered or link
lost. Nothing is sent twice; panoramisk alone would repeat unanswered actions after a reconnect.
"""

import asyncio
from collections.abc import Mapping
from typing import TYPE_CHECKING

from panoramisk.message import Message as LibraryMessage

from ami_bridge.errors import ActionRefusedError, ActionUnansweredError, AnswerLostError, LinkError

if TYPE_CHECKING:
    from panoramisk.manager import Manager

MAX_LINE = 1000
"""Bytes of a line; Asterisk's own limit is 1,024."""
TIMEOUT_S = 10.0
Lines = Mapping[str, str | tuple[str, ...]]
"""Headers of an action; a tuple is a header that stands once for each of its values."""


class Actions:
    """Sends over one link and dies with it. `lost` is done when the link is gone."""

    def __init__(self, manager: "Manager", lost: asyncio.Future[str]) -> None:
        self._manager = manager
        self._lost = lost

    async def send(
        self,
        action: str,
        lines: Lines | None = None,
        *,
        timeout_s: float = TIMEOUT_S,
        events: bool = True,
    ) -> list[LibraryMessage]:
        """Send, and wait for the whole answer: one response, or a list with its events.

        Without `events` for the response alone: an Originate's end comes much later, as an event of its own.
        Raises ActionRefusedError (ours or the PBX's), ActionUnansweredError, LinkError (nothing was sent),
        AnswerLostError (sent, and the link broke).
        """
        body = {"Action": action, **(lines or {})}
        for name, value in body.items():
            for line in (value,) if isinstance(value, str) else value:
                check_line(name, line)
        if self._lost.done():
            raise LinkError("the link is down")
        future = self._manager.send_action(body, as_list=None if events else False)
        try:
            await asyncio.wait({future, self._lost}, timeout=timeout_s, return_when=asyncio.FIRST_COMPLETED)
        finally:
            if not future.done():
                self._forget(future)
        if future.cancelled():
            if self._lost.done():
                raise AnswerLostError("the link was lost before the answer")
            raise ActionUnansweredError(action)
        answer = future.result()
        messages: list[LibraryMessage] = answer if isinstance(answer, list) else [answer]
        # never .success: the library calls every message with an Event header a success
        if messages[0].get("Response") != "Success":
            raise ActionRefusedError(f"{action}: {messages[0].get('Message') or 'refused'}")
        return messages

    def _forget(self, future: asyncio.Future[object]) -> None:
        """An answer that comes later is stray; waiting for it for ever would leak (AMI-04)."""
        responses = self._manager.protocol.responses
        for key in [key for key, pending in responses.items() if pending.future is future]:
            del responses[key]
        future.cancel()


def check_line(name: str, value: str) -> None:
    """Refuse what would end the line early or be cut by Asterisk; raises ActionRefusedError."""
    for text in (name, value):
        if any(char in text for char in "\r\n\0"):
            raise ActionRefusedError(f"{name!r} holds a line break or NUL; it was not sent")
    if len(f"{name}: {value}".encode()) > MAX_LINE:
        raise ActionRefusedError(f"{name!r} is longer than {MAX_LINE} bytes; it was not sent")
