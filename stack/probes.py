"""How each part shows that it is ready: asked over its own protocol, never guessed from time.

Owns the questions. Each answers False while it is too early and raises StackError where waiting is hopeless.
"""

import asyncio
import contextlib
import json
from collections.abc import AsyncIterator
from dataclasses import dataclass

from stack.errors import StackError

_GREETING = b"Asterisk Call Manager"
_ASK_S = 2.0  # how long one answer may take


@dataclass(frozen=True, slots=True)
class AmiAccount:
    """An account of an Asterisk Manager Interface."""

    host: str
    port: int
    user: str
    secret: str

    def __str__(self) -> str:
        return f"the Asterisk Manager Interface at {self.host}:{self.port}"


_Streams = tuple[asyncio.StreamReader, asyncio.StreamWriter]


@contextlib.asynccontextmanager
async def _connection(host: str, port: int) -> AsyncIterator[_Streams]:
    reader, writer = await asyncio.open_connection(host, port)
    try:
        yield reader, writer
    finally:
        writer.close()
        with contextlib.suppress(OSError):
            await writer.wait_closed()


async def redis_answers(host: str, port: int, password: str) -> bool:
    """Whether Redis takes the password and has loaded its data."""
    with contextlib.suppress(OSError, TimeoutError, asyncio.IncompleteReadError):
        async with asyncio.timeout(_ASK_S), _connection(host, port) as (reader, writer):
            writer.write(f"AUTH {password}\r\nPING\r\n".encode())
            said = [await reader.readline(), await reader.readline()]
            return said == [b"+OK\r\n", b"+PONG\r\n"]
    return False


async def listens(host: str, port: int) -> bool:
    """Whether somebody takes connections there."""
    with contextlib.suppress(OSError, TimeoutError):
        async with asyncio.timeout(_ASK_S), _connection(host, port):
            return True
    return False


async def http_ok(host: str, port: int, path: str) -> bool:
    """Whether GET `path` is answered with 200."""
    return await _http_body(host, port, path) is not None


async def bridge_is_up(host: str, port: int) -> bool:
    """Whether the bridge is in step with its PBX, by its own health page."""
    body = await _http_body(host, port, "/healthz")
    return body is not None and json.loads(body)["state"] in ("up", "replay")


async def _http_body(host: str, port: int, path: str) -> bytes | None:
    """Body of a 200; None for any other answer or none."""
    with contextlib.suppress(OSError, TimeoutError):
        async with asyncio.timeout(_ASK_S), _connection(host, port) as (reader, writer):
            writer.write(f"GET {path} HTTP/1.0\r\nHost: {host}:{port}\r\n\r\n".encode())
            head, _, body = (await reader.read()).partition(b"\r\n\r\n")
            return body if head.split(b" ")[1:2] == [b"200"] else None
    return None


async def ami_greets(host: str, port: int) -> bool:
    """Whether an Asterisk Manager Interface greets there; nobody logs in."""
    with contextlib.suppress(OSError, TimeoutError):
        async with asyncio.timeout(_ASK_S), _connection(host, port) as (reader, _):
            return (await reader.readline()).startswith(_GREETING)
    return False


async def ami_booted(account: AmiAccount) -> bool:
    """Whether the account can log in and Asterisk has booted; raises StackError for a refused login."""
    with contextlib.suppress(OSError, TimeoutError, asyncio.IncompleteReadError):
        async with asyncio.timeout(_ASK_S), _connection(account.host, account.port) as (reader, writer):
            if not (await reader.readline()).startswith(_GREETING):
                raise StackError(
                    f"{account} does not answer as one\n  remedy: look at the port of `manager.conf` again"
                )
            login = f"Action: Login\r\nUsername: {account.user}\r\nSecret: {account.secret}\r\n\r\n"
            writer.write(login.encode())
            return await _booted(reader, account)
    return False


async def _booted(reader: asyncio.StreamReader, account: AmiAccount) -> bool:
    while True:
        message = await reader.readuntil(b"\r\n\r\n")
        if message.startswith(b"Response: Error"):
            raise StackError(
                f"{account} refused the user {account.user!r}: wrong secret, or an address not permitted"
                "\n  remedy: compare with that user's section of manager.conf (secret, deny, permit)"
            )
        if b"Event: FullyBooted\r\n" in message:
            return True


async def require_ami(account: AmiAccount) -> None:
    """Raise StackError unless the existing PBX's AMI can be used now."""
    try:
        async with asyncio.timeout(_ASK_S), _connection(account.host, account.port):
            pass
    except (OSError, TimeoutError) as error:
        raise StackError(
            f"{account} cannot be reached: {getattr(error, 'strerror', None) or 'no answer'}"
            "\n  remedy: check --pbx HOST:PORT, manager.conf (enabled, bindaddr, port) and the firewall"
        ) from error
    if not await ami_booted(account):
        raise StackError(
            f"{account} took the login but never said FullyBooted"
            "\n  remedy: give that user `read = system,call,user` in manager.conf"
        )
