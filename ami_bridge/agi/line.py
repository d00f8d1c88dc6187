"""One AGI session as commands and replies (Asterisk 22, FastAGI).

Owns the wire: the request's headers, one command at a time, what a reply says, and that nothing is waited for
without end. Knows no menu.
"""

import asyncio
import re
from dataclasses import dataclass
from typing import Self

HEADERS_S = 5.0
MAX_HEADERS = 200
MAX_LINE = 4096
"""Bytes of a line in either direction; Asterisk's own buffer is 4,096."""
SLACK_S = 10.0
"""How long a reply may take beyond the time that the command itself was given."""
_REPLY = re.compile(r"^(\d{3})(?: result=(-?\d*)(?: \((.*?)\))?(?: endpos=(\d+))?)?")
_DEAD = 511
"""Reply code of a command that is not permitted once the channel has hung up."""


class AgiError(Exception):
    """The session cannot go on: rubbish, silence, or a closed connection. The text quotes nothing of it."""


class HungUpError(AgiError):
    """The citizen hung up; only commands that need no channel are possible now."""


@dataclass(frozen=True, slots=True)
class Reply:
    """What a command came to. `endpos` counts samples (8,000 a second)."""

    code: int
    result: str = ""
    why: str = ""
    endpos: int = 0

    @property
    def failed(self) -> bool:
        """The command could not be carried out; perhaps because he hung up."""
        return self.result == "-1"

    @property
    def key(self) -> str:
        """The key that ended a prompt or came while waiting; empty for none."""
        return chr(int(self.result)) if self.result not in ("", "0", "-1") else ""


class Line:
    """An open session. `request` holds Asterisk's `agi_…` headers."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader = reader
        self._writer = writer
        self.request: dict[str, str] = {}

    @classmethod
    async def open(cls, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> Self:
        """Read the request; raises AgiError for anything that is not Asterisk's."""
        line = cls(reader, writer)
        try:
            async with asyncio.timeout(HEADERS_S):
                await line._read_request()
        except TimeoutError:
            raise AgiError("no whole request came") from None
        return line

    async def _read_request(self) -> None:
        for _ in range(MAX_HEADERS):
            text = await self._read_line()
            if not text:
                if "agi_uniqueid" not in self.request:
                    raise AgiError("not an AGI request")
                return
            name, colon, value = text.partition(": ")
            if not name.startswith("agi_") or not colon.strip():
                raise AgiError("not an AGI request")
            self.request[name] = value
        raise AgiError("the request has too many lines")

    def argument(self, number: int) -> str:
        """Argument of the dialplan's AGI(), from 1; empty if it gave none."""
        return self.request.get(f"agi_arg_{number}", "")

    async def command(self, *words: str, lasts_s: float = 0.0) -> Reply:
        """Send one command and wait for its reply, `lasts_s` and some slack at most.

        Raises HungUpError if the command needs a channel that is gone, AgiError.
        """
        text = " ".join(words)
        if any(char in text for char in "\r\n\0") or len(text.encode()) >= MAX_LINE:
            raise AgiError("a command holds what may not stand on the wire")
        try:
            async with asyncio.timeout(lasts_s + SLACK_S):
                self._writer.write(text.encode() + b"\n")
                await self._writer.drain()
                reply = await self._reply()
        except TimeoutError:
            raise AgiError("no reply came") from None
        except OSError as error:
            raise AgiError(f"the connection broke ({type(error).__name__})") from None
        if reply.code == _DEAD:
            raise HungUpError("the channel is gone")
        if reply.code != 200:
            raise AgiError(f"the PBX refused a command ({reply.code})")
        return reply

    async def _reply(self) -> Reply:
        while True:
            text = await self._read_line()
            if text == "HANGUP":  # a message of its own between two replies
                continue
            found = _REPLY.match(text)
            if found is None:
                raise AgiError("not an AGI reply")
            if text[3:4] == "-":  # usage, in several lines
                await self._skip_usage(found[1])
            return Reply(int(found[1]), found[2] or "", found[3] or "", int(found[4] or 0))

    async def _skip_usage(self, code: str) -> None:
        for _ in range(MAX_HEADERS):
            if (await self._read_line()).startswith(f"{code} "):
                return
        raise AgiError("a reply has too many lines")

    async def _read_line(self) -> str:
        try:
            raw = await self._reader.readuntil(b"\n")
        except asyncio.IncompleteReadError:
            raise AgiError("the PBX closed the connection") from None
        except asyncio.LimitOverrunError:
            raise AgiError("a line is too long") from None
        except OSError as error:
            raise AgiError(f"the connection broke ({type(error).__name__})") from None
        return raw.decode("utf-8", "replace").rstrip("\r\n")


def quoted(text: str) -> str:
    """One AGI argument, whatever it holds."""
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'
