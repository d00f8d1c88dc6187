"""An AMI server for faults that no Asterisk makes on demand: deaf, refusing, slow, cut off, or gone mad.

Real sockets on loopback. What was received is kept as sent, connection by connection.
"""

import asyncio
import contextlib
import time
from collections.abc import Iterable
from dataclasses import dataclass, field
from types import TracebackType
from typing import Self

GREETING = b"Asterisk Call Manager/11.0.0\r\n"


@dataclass(frozen=True, slots=True)
class Listed:
    """A channel that CoreShowChannels lists."""

    name: str
    uid: str
    linkedid: str
    state: int = 6
    bridge: str = ""
    exten: str = "2201"
    caller: str = "01000001234"
    variables: tuple[str, ...] = ()

    def block(self, action_id: str) -> bytes:
        block = lines(
            Event="CoreShowChannel", ActionID=action_id, Channel=self.name, ChannelState=str(self.state),
            CallerIDNum=self.caller, Exten=self.exten, Uniqueid=self.uid, Linkedid=self.linkedid,
            BridgeId=self.bridge,
        )  # fmt: skip
        repeated = "".join(f"Variable: {variable}\r\n" for variable in self.variables).encode()
        return block.removesuffix(b"\r\n") + repeated + b"\r\n"


def lines(**headers: str) -> bytes:
    return "".join(f"{name}: {value}\r\n" for name, value in headers.items()).encode() + b"\r\n"


def _read(block: bytes) -> dict[str, str]:
    """Headers of an action; values of one that stands several times are joined by LF."""
    action: dict[str, str] = {}
    for line in block.decode().split("\r\n"):
        name, colon, value = line.partition(": ")
        if colon:
            action[name] = f"{action[name]}\n{value}" if name in action else value
    return action


@dataclass(slots=True)
class Session:
    """One connection: the actions it received, in order."""

    writer: asyncio.StreamWriter
    raw: bytes = b""
    actions: list[dict[str, str]] = field(default_factory=list)

    @property
    def names(self) -> list[str]:
        return [action["Action"] for action in self.actions]


class FakeAmi:
    """Use with `async with`. Its behaviour is set by its attributes, also while it runs."""

    def __init__(self, port: int = 0) -> None:
        self.port = port
        self.sessions: list[Session] = []
        self.channels: list[Listed] = []
        self.refuse_login = False
        self.close_refused = False
        self.login_delay_s = 0.0
        self.deaf = False
        """Takes bytes and answers nothing: a half-open link."""
        self.mute: set[str] = set()
        """Actions that get no answer."""
        self.denied: set[str] = set()
        self.uptime_s = 3600
        self.database: dict[str, str] = {}
        self.read_only = False
        """Takes keys of its database and keeps none."""
        self.phones: dict[str, str] = {}
        """Device states by endpoint; NOT_INUSE for those that are not named."""
        self.boot_event = True
        self.changed = asyncio.Condition()
        self._serving: list[asyncio.Task[None]] = []

    async def __aenter__(self) -> Self:
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", self.port)
        self.port = self._server.sockets[0].getsockname()[1]
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._server.close()
        self.cut()
        for task in self._serving:
            task.cancel()
        await asyncio.gather(*self._serving, return_exceptions=True)
        await self._server.wait_closed()

    def cut(self) -> None:
        """Close every connection at once, without a word."""
        for session in self.sessions:
            if session.writer.transport is not None:
                session.writer.transport.abort()

    def send(self, *pieces: bytes) -> None:
        """Send bytes to the newest connection."""
        for piece in pieces:
            self.sessions[-1].writer.write(piece)

    async def until(self, action: str, times: int = 1, *, within_s: float = 10.0) -> list[dict[str, str]]:
        """Wait until `action` came `times` times over all connections; returns them."""

        def found() -> list[dict[str, str]]:
            return [a for session in self.sessions for a in session.actions if a["Action"] == action]

        async with asyncio.timeout(within_s), self.changed:
            await self.changed.wait_for(lambda: len(found()) >= times)
        return found()

    async def until_sessions(self, count: int, *, within_s: float = 10.0) -> None:
        async with asyncio.timeout(within_s), self.changed:
            await self.changed.wait_for(lambda: len(self.sessions) >= count)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        session = Session(writer)
        self.sessions.append(session)
        task = asyncio.current_task()
        assert task is not None
        self._serving.append(task)
        await self._tell()
        writer.write(GREETING)
        with contextlib.suppress(OSError, asyncio.IncompleteReadError, asyncio.CancelledError):
            while True:
                block = await reader.readuntil(b"\r\n\r\n")
                session.raw += block
                action = _read(block)
                session.actions.append(action)
                await self._tell()
                if not self.deaf and action["Action"] not in self.mute:
                    await self._answer(session, action)
        writer.close()

    async def _tell(self) -> None:
        async with self.changed:
            self.changed.notify_all()

    async def _answer(self, session: Session, action: dict[str, str]) -> None:
        name, action_id, write = action["Action"], action["ActionID"], session.writer.write
        if name in self.denied:
            write(lines(Response="Error", ActionID=action_id, Message="Permission denied"))
        elif name == "Login":
            await self._login(session, action_id)
        elif name == "Ping":
            now = f"{time.time():.6f}"
            write(lines(Response="Success", ActionID=action_id, Ping="Pong", Timestamp=now))
        elif name in ("CoreShowChannels", "Status"):
            write(b"".join(self._list(name, action_id)))
        elif name == "DBGetTree":
            write(b"".join(self._tree(action["Family"], action_id)))
        elif name == "Getvar":
            phone = action["Variable"].removeprefix("DEVICE_STATE(PJSIP/").removesuffix(")")
            write(lines(Response="Success", ActionID=action_id, Value=self.phones.get(phone, "NOT_INUSE")))
        elif name == "BlindTransfer":
            write(lines(Response="Success", ActionID=action_id, Message="Transfer succeeded"))
        elif name == "Originate":
            write(lines(Response="Success", ActionID=action_id, Message="Originate successfully queued"))
            if action["Channel"] == "Local/s@flags/n":
                self._keep(action["Variable"].split("\n"))
                write(lines(Event="OriginateResponse", ActionID=action_id, Response="Success", Reason="4"))
        else:
            write(lines(Response="Error", ActionID=action_id, Message="Invalid/unknown command"))

    async def _login(self, session: Session, action_id: str) -> None:
        await asyncio.sleep(self.login_delay_s)
        if self.refuse_login:
            session.writer.write(lines(Response="Error", ActionID=action_id, Message="Authentication failed"))
            if self.close_refused:
                session.writer.close()
            return
        session.writer.write(lines(Response="Success", ActionID=action_id, Message="Authentication accepted"))
        if self.boot_event:
            session.writer.write(
                lines(Event="FullyBooted", Privilege="system,all", Uptime=str(self.uptime_s))
            )

    def _keep(self, variables: list[str]) -> None:
        """Do as Asterisk does with `DB(…)=value` and `DB_DELETE(…)=`."""
        for variable in variables if not self.read_only else ():
            key, _, value = variable.partition("=")
            if key.startswith("DB("):
                self.database[key[3:-1]] = value
            else:
                self.database.pop(key.removeprefix("DB_DELETE(").removesuffix(")"), None)

    def _tree(self, family: str, action_id: str) -> Iterable[bytes]:
        yield lines(Response="Success", ActionID=action_id, EventList="start", Message="Result will follow")
        for key, value in self.database.items():
            if key.startswith(f"{family}/"):
                yield lines(Event="DBGetTreeResponse", Key=f"/{key}", Val=value, ActionID=action_id)
        yield lines(Event="DBGetTreeComplete", ActionID=action_id, EventList="Complete")

    def _list(self, name: str, action_id: str) -> Iterable[bytes]:
        yield lines(Response="Success", ActionID=action_id, EventList="start", Message="Channels will follow")
        for channel in self.channels:
            yield channel.block(action_id)
        yield lines(Event=f"{name}Complete", ActionID=action_id, EventList="Complete")
