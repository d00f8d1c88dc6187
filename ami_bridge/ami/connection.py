"""The link to one PBX: login, watchdog, growing pauses.

Owns when a link is up and when it is dead. What is done with facts and gaps is the loop's. One library
manager per connection: panoramisk keeps unanswered actions and sends them again after a reconnect; here they
die with their connection, so nothing is ever sent twice.
"""

import asyncio
import logging
import socket
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Protocol

from panoramisk.manager import Manager

from ami_bridge.ami.actions import Actions
from ami_bridge.ami.originate import Originated
from ami_bridge.ami.protocol import BridgeProtocol
from ami_bridge.call.facts import Fact
from ami_bridge.errors import ActionRefusedError, ActionUnansweredError, LinkError, LoginRefusedError

log = logging.getLogger(__name__)

CONNECT_S = 5.0
LOGIN_S = 10.0
BOOT_S = 10.0
"""A booted PBX sends FullyBooted with the login's answer; without read=system it never comes."""
PING_EVERY_S = 8.0
PING_WITHIN_S = 4.0
MISSES = 2
"""Two misses in a row and the link is dead: at most 8 + 4 + 8 s after the last byte (AMI-01: ≤ 25 s)."""
STEADY_S = 30.0
"""A link that held this long was good: the next pause is short again."""


@dataclass(frozen=True, slots=True)
class Account:
    """Where and as whom to log in."""

    host: str
    port: int
    user: str
    secret: str = field(repr=False)


class Listener(Protocol):
    """Whom the link tells."""

    def on_fact(self, fact: Fact) -> None:
        """A fact, in the order of the wire, from the moment of login on."""

    def on_fault(self, error: Exception) -> None:
        """A message that could not be read or placed."""

    def on_originated(self, told: Originated) -> None:
        """How the start of a callback's first channel ended."""

    def now(self) -> int:
        """Wall clock, epoch µs, for a PBX that sends no Timestamp."""

    async def on_up(self, link: "Link") -> None:
        """Logged in and booted. Facts are already arriving. Returns when in step with the PBX."""

    def on_down(self, reason: str) -> None:
        """The link is gone; `on_up` was begun before."""

    def on_refused(self) -> None:
        """The PBX refuses the login; a person must act."""


class _Manager(Manager):  # type: ignore[misc]  # panoramisk has no types
    """The library's manager for one connection: no pings, no reconnect, no queue of its own."""

    def connection_made(self, f: "asyncio.Task[Any]") -> None:
        """Take the connection, or leave the failure to whoever awaits `connect()`."""
        if f.cancelled() or f.exception() is not None:
            return
        super().connection_made(f)
        self.pinger.cancel()


@dataclass(slots=True)
class Link:
    """A connection that is logged in."""

    protocol: BridgeProtocol
    actions: Actions
    uptime_s: int | None
    """Seconds since the PBX started; None where it does not say."""

    @property
    def lost(self) -> asyncio.Future[str]:
        """Done, with the reason, when the link is gone."""
        return self.protocol.lost


class Pauses:
    """Growing pauses between tries, seconds: 1, 2, 4 … 60. Refused logins begin at 5 (AMI-03)."""

    LONGEST = 60.0

    def __init__(self) -> None:
        self._next = 1.0

    def after_failure(self, *, refused: bool = False) -> float:
        """The pause before the next try."""
        pause = max(self._next, 5.0) if refused else self._next
        self._next = min(pause * 2, self.LONGEST)
        return min(pause, self.LONGEST)

    def reset(self) -> None:
        """The link was good."""
        self._next = 1.0


class Connection:
    """Keeps a link to one PBX, for as long as `run` runs."""

    def __init__(
        self,
        account: Account,
        listener: Listener,
        *,
        pause: Callable[[float], "asyncio.Future[None] | Any"] = asyncio.sleep,
    ) -> None:
        self._account = account
        self._listener = listener
        self._pause = pause
        self._pauses = Pauses()
        self.attempts = 0
        self.current: Link | None = None

    async def run(self) -> None:
        """Connect, stay, connect again; ends only when cancelled."""
        while True:
            refused = False
            try:
                await self._one()
            except LoginRefusedError:
                refused = True
                log.warning("the PBX refuses the login; check user and secret in its manager.conf")
                self._listener.on_refused()
            except (OSError, TimeoutError, LinkError, ActionRefusedError, ActionUnansweredError) as error:
                log.warning("no link to the PBX", extra={"reason": type(error).__name__})
            await self._pause(self._pauses.after_failure(refused=refused))

    async def _one(self) -> None:
        """One connection from its making to its end."""
        self.attempts += 1
        protocol, manager = await self._connect()
        watchdog: asyncio.Task[None] | None = None
        up = False
        loop = asyncio.get_running_loop()
        try:
            link = await self._login(protocol, manager)
            since = loop.time()
            self.current, up = link, True
            watchdog = asyncio.create_task(self._watch(link))
            await _either(self._listener.on_up(link), link.lost)
            await asyncio.shield(link.lost)
            if loop.time() - since > STEADY_S:
                self._pauses.reset()
        finally:
            self.current = None
            if watchdog is not None:
                watchdog.cancel()
            protocol.abort("closed_by_us")
            if up:
                self._listener.on_down(protocol.lost.result())

    async def _connect(self) -> tuple[BridgeProtocol, Manager]:
        account, listener = self._account, self._listener
        manager = _Manager(
            host=account.host,
            port=account.port,
            encoding="utf8",
            protocol_factory=lambda: BridgeProtocol(
                listener.on_fact, listener.now, listener.on_fault, listener.on_originated
            ),
            log=_silent(),
            loop=asyncio.get_running_loop(),
        )
        async with asyncio.timeout(CONNECT_S):
            transport, protocol = await manager.connect()
        await asyncio.sleep(0)  # the library takes its protocol in a callback of that task
        sock = transport.get_extra_info("socket")
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
        return protocol, manager

    async def _login(self, protocol: BridgeProtocol, manager: Manager) -> Link:
        """Login and wait for FullyBooted. Nothing else is sent before the login's success (AMI-03)."""
        actions = Actions(manager, protocol.lost)
        credentials = {"Username": self._account.user, "Secret": self._account.secret, "Events": "on"}
        try:
            await actions.send("Login", credentials, timeout_s=LOGIN_S)
        except ActionRefusedError as error:
            raise LoginRefusedError(str(error)) from None
        uptime: int | None = None
        either: set[asyncio.Future[Any]] = {protocol.booted, protocol.lost}
        done, _ = await asyncio.wait(either, timeout=BOOT_S, return_when=asyncio.FIRST_COMPLETED)
        if protocol.booted in done:
            uptime = protocol.booted.result()
        elif not done:
            log.warning("the PBX sends no FullyBooted; give the AMI user read=system")
        return Link(protocol, actions, uptime)

    async def _watch(self, link: Link) -> None:
        """Ping; a link on which nothing at all comes any more is given up (AMI-01)."""
        loop = asyncio.get_running_loop()
        misses = 0
        while misses < MISSES:
            await asyncio.sleep(PING_EVERY_S)
            asked = loop.time()
            try:
                await link.actions.send("Ping", timeout_s=PING_WITHIN_S)
                misses = 0
            except LinkError:
                return
            except (ActionUnansweredError, ActionRefusedError):
                # an answer lost under load is no dead link while events still come
                misses = 0 if link.protocol.last_bytes > asked else misses + 1
        log.error("the PBX answers no ping; the link is given up")
        link.protocol.abort("half_open")


async def _either(work: Any, lost: asyncio.Future[str]) -> None:
    """Run `work`, but not beyond the link; an error of `work` is raised."""
    task = asyncio.ensure_future(work)
    await asyncio.wait({task, lost}, return_when=asyncio.FIRST_COMPLETED)
    if not task.done():
        task.cancel()
        await asyncio.wait({task})
    if not task.cancelled():
        task.result()


def _silent() -> logging.Logger:
    """The library logs whole actions when a write fails, and a login holds the secret."""
    silent = logging.getLogger("ami_bridge.library")
    silent.disabled = True
    return silent
