"""Carries commands out: one Originate an attempt, one transfer, or the reason why there was none.

Owns the order that keeps a citizen from being called twice: looked at, noted on disk, sent, told. Nothing is
queued and nothing is sent again. How a call that began goes on is the core's to tell. A transfer waits for
nothing but the PBX: a citizen is on the line.
"""

import asyncio
import contextlib
import logging
from collections import Counter, deque
from collections.abc import Callable, Coroutine
from typing import Any

from ami_bridge.ami.connection import Link
from ami_bridge.ami.originate import Cause, callback_lines, uid_of
from ami_bridge.ami.phones import is_in_use
from ami_bridge.commands import told
from ami_bridge.commands.claims import Claims
from ami_bridge.commands.passing import pass_on
from ami_bridge.commands.told import Became
from ami_bridge.errors import (
    ActionRefusedError,
    ActionUnansweredError,
    AnswerLostError,
    BridgeError,
    LinkError,
)
from ami_bridge.loop import Bridge
from office.commands import Command, PlaceCallback, RefreshFlags, TransferCall
from office.directory import ExtensionKind

log = logging.getLogger(__name__)

FIRST_LINK_S = 10.0
"""A bridge that starts waits this long for its link before it refuses what was given meanwhile."""
ANSWER_S = 10.0
"""Without an answer to an Originate for this long, what became of it is unknown."""
MENU_S = 8.0
"""How long a phone in a menu of ours is waited for; the command expires two seconds later."""
FREE_S, FREE_LOOKS = 0.1, 30
"""Between two looks at a phone that has just hung up, and how many."""
REMEMBERED = 1_000
"""Transfers known by their id, for a Redis that offers one again."""


class Desk:
    """Where commands for one PBX are carried out: one after another, transfers at once beside them.

    `refresh` makes the flags agree.
    """

    def __init__(self, bridge: Bridge, claims: Claims, refresh: Callable[[], None]) -> None:
        self._bridge = bridge
        self._house = bridge.board.house
        self._claims = claims
        self._refresh = refresh
        self._waited = False
        self._sending: set[str] = set()
        # no fsync'ed claim for a transfer: sent again it would name a channel that is gone by then
        self._passed: deque[str] = deque(maxlen=REMEMBERED)
        self._beside: set[asyncio.Task[None]] = set()
        self.in_menu: Callable[[str], asyncio.Event | None] = lambda _: None
        """Tells of a phone that listens to a menu of ours, and when that is over (ADR 0026)."""
        self.became: Counter[str] = Counter()
        """Commands by state, for the metrics."""

    async def take(self, command: Command, given_at: int) -> None:
        """Carry out a command that was given at `given_at` (epoch µs), and tell what became of it.

        Returns at once from a transfer, and from a call to a phone that is in a menu of ours; told later.
        """
        if isinstance(command, TransferCall):
            self._start(self._transfer(command, given_at))
        elif isinstance(command, PlaceCallback) and (over := self.in_menu(command.endpoint)):
            self._start(self._after_menu(command, given_at, over))
        else:
            await self._take(command, given_at)

    def _start(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.create_task(work)
        self._beside.add(task)
        task.add_done_callback(self._beside.discard)

    async def _after_menu(self, command: PlaceCallback, given_at: int, over: asyncio.Event) -> None:
        """He ordered the call by a key of the menu that he still hears: his phone is rung once it is down."""
        try:
            with contextlib.suppress(TimeoutError, BridgeError):
                async with asyncio.timeout(MENU_S):
                    await over.wait()
                    await self._until_free(command)
        except asyncio.CancelledError:
            self._tell(command, told.BRIDGE_STOPPED)
            raise
        await self._take(command, given_at)

    async def _until_free(self, command: PlaceCallback) -> None:
        """His channel is gone some milliseconds before the PBX calls his phone free."""
        for _ in range(FREE_LOOKS):
            link = self._bridge.link
            if link is None or not await self._is_busy(link, command):
                return
            await asyncio.sleep(FREE_S)

    async def _take(self, command: PlaceCallback | RefreshFlags, given_at: int) -> None:
        try:
            await self._wait_for_first_link()
            became = await self._carry_out(command, given_at)
        except asyncio.CancelledError:
            self._tell(command, told.UNKNOWN if command.id in self._sending else told.BRIDGE_STOPPED)
            raise
        finally:
            self._sending.discard(command.id)
        if became is not None:
            self._tell(command, became)

    async def close(self) -> None:
        """End what is under way beside, each told, before the last events are sent."""
        for task in tuple(self._beside):
            task.cancel()
        await asyncio.gather(*self._beside, return_exceptions=True)

    async def _transfer(self, command: TransferCall, given_at: int) -> None:
        if command.id in self._passed:
            return
        self._passed.append(command.id)
        sent = False
        try:
            await self._wait_for_first_link()
            became = self._refusal(command, given_at)
            if became is None and (link := self._bridge.link) is not None:
                sent = True
                became = await pass_on(self._bridge, link, command)
        except asyncio.CancelledError:
            self._tell(command, told.UNKNOWN if sent else told.BRIDGE_STOPPED)
            raise
        self._tell(command, became or told.LINK_LOST)

    async def _wait_for_first_link(self) -> None:
        if self._bridge.ours and not self._bridge.resyncs and not self._waited:
            self._waited = True
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(FIRST_LINK_S):
                    await self._bridge.up.wait()

    async def _carry_out(self, command: PlaceCallback | RefreshFlags, given_at: int) -> Became | None:
        """What became of it; None if there is nothing new to tell."""
        if isinstance(command, RefreshFlags):
            self._refresh()
            return told.ACCEPTED
        if refused := self._refusal(command, given_at):
            return refused
        try:
            is_new = await asyncio.to_thread(self._claims.take, command.id, command.expires_at)
        except OSError as error:
            log.warning("an attempt could not be noted", extra={"reason": type(error).__name__})
            return told.NOT_NOTED
        # one that was taken before has been told of; another word would contradict it
        return await self._call(command) if is_new else None

    def _refusal(self, command: PlaceCallback | TransferCall, given_at: int) -> Became | None:
        """Why it is not even begun."""
        if command.expires_at <= self._house.moment(self._bridge.now()):
            return told.EXPIRED
        if self._bridge.link is None:
            return told.LINK_LOST if self._bridge.ours else told.NOT_OURS
        if given_at < self._bridge.booted_at:
            return told.PBX_RESTARTED
        return told.UNKNOWN_PHONE if command.endpoint not in self._house.phones else None

    async def _call(self, command: PlaceCallback) -> Became | None:
        link = self._bridge.link
        if link is None:
            return told.LINK_LOST
        try:
            if await self._is_busy(link, command):
                self._tell_busy(command)
                return None
        except LinkError:
            return told.LINK_LOST
        except ActionUnansweredError:
            return told.PBX_SILENT
        return await self._originate(link, command)

    async def _is_busy(self, link: Link, command: PlaceCallback) -> bool:
        """Whether the officer is on the phone, on any of his phones (CBK-06)."""
        desk = self._house.desks.get(command.exten)
        own = desk.endpoints if desk and desk.kind is ExtensionKind.OFFICER else ()
        try:
            for endpoint in {command.endpoint, *own}:
                if await is_in_use(link.actions, endpoint):
                    return True
        except ActionRefusedError as error:
            log.warning("the PBX does not tell whether phones are in use", extra={"reason": str(error)})
        return False

    def _tell_busy(self, command: PlaceCallback) -> None:
        """Taken, and at its end: nothing rings."""
        self._tell(command, told.ACCEPTED)
        self._bridge.never_rang(uid_of(command.id), f"PJSIP/{command.endpoint}", Cause.BUSY)

    async def _originate(self, link: Link, command: PlaceCallback) -> Became:
        self._sending.add(command.id)
        try:
            lines = callback_lines(command)
            await link.actions.send("Originate", lines, timeout_s=ANSWER_S, events=False)
        except (AnswerLostError, ActionUnansweredError):
            return told.UNKNOWN
        except LinkError:
            return told.LINK_LOST
        except ActionRefusedError as error:
            log.warning("the PBX refuses to call", extra={"reason": str(error)})
            return told.PBX_REFUSED
        return told.ACCEPTED

    def _tell(self, command: Command, became: Became) -> None:
        self.became[became.state] += 1
        log.info("a command was %s", became.state, extra={"command": command.id, "reason": became.reason})
        self._bridge.publisher.put(told.command_told(self._house, command.id, became, self._bridge.pbx_now()))
