"""Listens for Asterisk's FastAGI calls: a citizen gets the memo menu, an officer his desk menu.

Owns sessions: how many, that each ends, and that none harms the bridge. A session that fails is closed, and
the dialplan goes on to its own recorder: it trusts nothing but MEMO_DONE.
"""

import asyncio
import logging
import traceback
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

from ami_bridge.agi.desk_driver import DeskDriver, DeskVisit
from ami_bridge.agi.driver import Driver
from ami_bridge.agi.ear import ListenSpool
from ami_bridge.agi.line import MAX_LINE, AgiError, Line
from ami_bridge.agi.office_desk import OfficeDesk
from ami_bridge.agi.visit import OpenCallbacks, Visit, begin
from ami_bridge.agi.walker import Guest, Walker
from ivr.menus import facts as f
from ivr.menus.state import Menu
from office.folder import Office

log = logging.getLogger(__name__)

MAX_SESSIONS = 200
"""More citizens at once than a PBX of this size carries; beyond it the dialplan records by itself."""
MAX_ASKED = 100


@dataclass(slots=True)
class MenuCounts:
    """What became of sessions, for the metrics."""

    begun: int = 0
    done: int = 0
    failed: int = 0
    refused: int = 0
    """Connections that were no request of ours, or one too many."""


class MenuServer:
    """The FastAGI server of all menus. `state`: the state folder; prompts and recordings lie below it."""

    def __init__(
        self,
        office: Office,
        state: Path,
        callbacks: OpenCallbacks,
        shift: timedelta,
        desk: OfficeDesk | None = None,
    ) -> None:
        self._office = office
        self._desk = desk or OfficeDesk("", "")
        self._listen = ListenSpool(state / "asterisk" / "spool" / "listen")
        self._phones: dict[str, asyncio.Event] = {}
        self._prompts = state / "prompts"
        self._spool = state / "asterisk" / "spool" / "memo"
        self._menu_spool = state / "asterisk" / "spool" / "menu"
        self._callbacks = callbacks
        self._shift = shift
        self._server: asyncio.Server | None = None
        self._sessions: set[asyncio.Task[None]] = set()
        self._asked: dict[str, Menu] = {}
        self.counts = MenuCounts()

    @property
    def live(self) -> int:
        """Sessions that are open."""
        return len(self._sessions)

    async def listen(self, host: str, port: int) -> int:
        """Begin to listen, on any port if `port` is 0; returns the port. Raises OSError if it is taken."""
        if left := self._listen.sweep():
            log.warning(
                "sounds that were being played when the bridge ended are removed", extra={"count": left}
            )
        self._server = await asyncio.start_server(self._accept, host, port, limit=MAX_LINE)
        bound: int = self._server.sockets[0].getsockname()[1]
        return bound

    async def close(self) -> None:
        """Listen no more and end every session at once: the dialplan goes on by itself."""
        if self._server is not None:
            self._server.close()
        for session in list(self._sessions):
            session.cancel()
        await asyncio.gather(*self._sessions, return_exceptions=True)
        await self._desk.close()

    def in_menu(self, endpoint: str) -> asyncio.Event | None:
        """Set once the desk menu at this phone is over; None where none is open."""
        return self._phones.get(endpoint)

    def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if self.live >= MAX_SESSIONS:
            self.counts.refused += 1
            writer.close()
            return
        # a task of our own: the library reports it as a fault when one of its own is cancelled
        session = asyncio.create_task(self._session(reader, writer))
        self._sessions.add(session)
        session.add_done_callback(self._sessions.discard)

    async def _session(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            await self._talk(reader, writer)
        finally:
            writer.close()

    async def _talk(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            line = await Line.open(reader, writer)
            visit = self._visit(line)
        except AgiError as error:
            self.counts.refused += 1
            log.warning("a connection to the menus was refused", extra={"reason": str(error)})
            return
        self.counts.begun += 1
        try:
            if isinstance(visit, DeskVisit):
                await self._serve_desk(line, visit)
            elif isinstance(visit, Guest):
                await self._walk(line, visit)
            else:
                await self._serve(line, visit)
        except AgiError as error:
            self._failed(visit, str(error))
        except Exception as error:  # whatever it is, it must not cost the bridge
            frame = traceback.extract_tb(error.__traceback__)[-1]
            # the place and no more: an error's own text may quote a citizen's number
            self._failed(visit, f"{type(error).__name__} at {Path(frame.filename).name}:{frame.lineno}")
        else:
            self.counts.done += 1

    def _visit(self, line: Line) -> Visit | Guest | DeskVisit:
        """Who comes to which menu: the script's name in the request tells."""
        script = line.request.get("agi_network_script")
        if script == "menu":
            return Guest.of(line, self._office, self._menu_spool)
        if script == "desk":
            return DeskVisit.of(line, self._office.directory)
        return Visit.of(line, self._office, self._spool)

    async def _walk(self, line: Line, guest: Guest) -> None:
        asked_lately = bool(guest.menu.again) and await self._callbacks.asked(guest.caller)
        await Walker(line, guest, self._prompts).run(asked_lately=asked_lately)

    async def _serve_desk(self, line: Line, visit: DeskVisit) -> None:
        over = self._phones[visit.endpoint] = asyncio.Event()
        try:
            driver = DeskDriver(line, visit, self._prompts, self._desk, self._listen)
            await driver.run(self._office.charter.phone.pin)
        finally:
            over.set()
            if self._phones.get(visit.endpoint) is over:
                del self._phones[visit.endpoint]

    async def _serve(self, line: Line, visit: Visit) -> None:
        menu, first = await self._beginning(visit)
        driver = Driver(line, visit, self._prompts)
        await driver.run(menu, first)
        if driver.asked is not None:
            self._asked[visit.uid] = driver.asked
            while len(self._asked) > MAX_ASKED:
                del self._asked[next(iter(self._asked))]

    async def _beginning(self, visit: Visit) -> tuple[Menu, f.Fact]:
        """A new menu; or the one he left for a person who was not reached, where he left it."""
        asked = self._asked.pop(visit.uid, None)
        if asked is not None and visit.person_tried:
            return asked, f.PersonNotReached()
        due = await self._callbacks.due(visit.caller)
        return Menu(), begin(visit, self._office, due, self._shift)

    def _failed(self, visit: Visit | Guest | DeskVisit, reason: str) -> None:
        self.counts.failed += 1
        log.error("a menu broke off; the dialplan goes on", extra={"call_id": visit.uid, "reason": reason})
