"""A memo menu server on loopback in this process, for an office whose clock stands at a chosen receipt."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from pathlib import Path
from types import TracebackType
from typing import Self, cast

from redis.asyncio import Redis

from ami_bridge.agi.office_desk import OfficeDesk
from ami_bridge.agi.server import MenuServer
from ami_bridge.agi.visit import OpenCallbacks
from office.calendar import KST
from office.commands import lookup_field
from office.folder import Office, load_office
from tests.replay.play import ROOT

OFFICE = load_office(ROOT / "examples" / "pyeongchang")
RECEIPT = datetime(2026, 11, 25, 14, 3, tzinfo=KST)
CALLER = "01098765432"
KEY = "secret"


class Hash:
    """As much of Redis as the look-up uses."""

    def __init__(self, due: datetime | None = None) -> None:
        self.due = due

    async def hget(self, name: str, key: str) -> bytes | None:
        assert name == "open_callbacks:pbx1"
        known = key == lookup_field(KEY, CALLER)
        return str(int(self.due.timestamp())).encode() if self.due and known else None


class Menus:
    """Use with `async with`. `state` gets the spool that recordings go to."""

    def __init__(
        self,
        state: Path,
        *,
        redis: object = None,
        office: Office = OFFICE,
        shift: timedelta = timedelta(),
        desk: object = None,
    ) -> None:
        self.spool = state / "asterisk" / "spool" / "memo"
        self.spool.mkdir(parents=True)
        callbacks = OpenCallbacks(cast("Redis", redis or Hash()), "pbx1", KEY)
        self.server = MenuServer(office, state, callbacks, shift, cast("OfficeDesk | None", desk))
        self.port = 0

    async def __aenter__(self) -> Self:
        self.port = await self.server.listen("127.0.0.1", 0)
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.server.close()

    def arguments(
        self,
        *,
        closed: str = "none",
        caller: str = CALLER,
        tried: str = "no",
        session: str = "1",
        behind_0: str = "yes",
    ) -> Iterable[str]:
        receipt = str(int(RECEIPT.timestamp() * 1000))
        path = str(self.spool / f"u1-{session}")
        return ("2201", "haengjeong", closed, caller, receipt, tried, path, behind_0)
