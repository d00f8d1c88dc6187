"""One office's transfers on a real database, with a clock that is put forward and a Redis that is a list.

Owns how tests tell what the PBX tells of a transfer, and the officers they use.
"""

import asyncio
from collections.abc import Coroutine, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, TypeVar, cast

import orjson
from redis.asyncio import Redis
from redis.exceptions import ConnectionError as RedisGoneError
from sqlalchemy import select

from memo_service.absences.service import Absences
from memo_service.access.actor import Actor
from memo_service.aftercall.feature import AfterFeature, make_after
from memo_service.callbacks.feature import CallbackFeature, make_callbacks
from memo_service.calls.board import Board
from memo_service.db.session import reading
from memo_service.memos.feature import MemoFeature, make_memos
from memo_service.parts import Parts, open_parts
from memo_service.settings import Settings
from memo_service.transfers.feature import TransferFeature, make_transfers
from memo_service.transfers.models import TransferRow
from memo_service.transfers.sender import Sender
from memo_service.transfers.views import DeskView
from memo_service.visitors.feature import VisitorFeature, make_visitors
from memo_service.visitors.judging import VisitorJudge
from memo_service.web.hub import Hub
from office import events as ev
from office.commands import TransferCall, decode
from office.folder import load_office
from tests.support.callback_desk import EXAMPLE, Clock
from tests.support.feed import DESK, PBX, Script
from tests.support.memo import ROOT

T = TypeVar("T")
GIST = "지방세 고지서를 못 받으셨대요. 3월분."
OFFICER, TARGET, THIRD = "kim_ms", "lee_sy", "park_kj"
EVERYBODY = tuple(load_office(ROOT / "examples" / "pyeongchang").directory.officers)
TO = ev.Phone(endpoint="2203", extension="2203", officer="lee_sy", department="haengjeong")
LEADER = ev.Phone(endpoint="2201", extension="2201", officer="park_kj", department="haengjeong")
TALKS_AT = 3_000


@dataclass
class ListRedis:
    """Takes commands as Redis does; `away` answers nothing, `breaks` breaks while it is written to."""

    commands: list[TransferCall] = field(default_factory=list)
    away: bool = False
    breaks: bool = False
    seen_before: list[str] = field(default_factory=list)
    """What the hub had said when each command came."""
    hub: Hub | None = None

    async def ping(self) -> bool:
        if self.away:
            raise RedisGoneError("away")
        return True

    async def xadd(self, stream: str, fields: dict[str, str]) -> None:
        assert stream == f"commands:{PBX}"
        if self.breaks:
            raise RedisGoneError("broke")
        command = decode(fields["c"])
        assert isinstance(command, TransferCall)
        self.commands.append(command)
        self.seen_before.append(said(self.hub) if self.hub else "")

    async def aclose(self) -> None:
        """Nothing to let go."""


def said(hub: Hub) -> str:
    """All that a hub has said since it was made, to whomever."""
    boot = hub.position.partition("-")[0]
    heard = [hub.after(f"{boot}-0", officer=officer)[0].decode() for officer in EVERYBODY]
    messages = {message for told in heard for message in told.split("\n\n") if message}
    return "\n\n".join(sorted(messages, key=lambda m: int(m.partition("\n")[0].rpartition("-")[2])))


def told_desks(hub: Hub) -> list[list[str]]:
    """The officers of each `desk` message."""
    messages = said(hub).split("\n\n")
    return [
        orjson.loads(m.partition("data: ")[2])["officers"] for m in messages if "event: desk\n" in m + "\n"
    ]


@dataclass
class TransferDesk:
    """Everything of transfers, and the ledger they follow."""

    parts: Parts
    clock: Clock
    board: Board
    hub: Hub
    feature: TransferFeature
    redis: ListRedis
    absences: Absences
    memos: MemoFeature
    callbacks: CallbackFeature
    after: AfterFeature
    visitors: VisitorFeature

    def actor(self, officer: str = OFFICER) -> Actor:
        found = Actor.of(self.parts.office.directory, officer)
        assert found is not None
        return found

    def tell(self, events: Sequence[ev.CallEvent]) -> None:
        """Record events as the service does: ledger, board, desks."""

        async def keep() -> None:
            recorded = self.parts.ledger.record(events)
            for follower in self.parts.ledger.followers:
                follower.settled()
            self.board.take(recorded.records.values(), events)
            self.board.tell()
            await self.feature.applied(recorded.records.values(), events)

        asyncio.run(keep())

    def run(self, work: Coroutine[Any, Any, T]) -> T:
        return asyncio.run(work)

    def order(
        self,
        call: Script,
        exten: str = "2203",
        gist: str = "",
        officer: str = OFFICER,
        *,
        confirmed: bool = False,
    ) -> str:
        """Order a transfer on the page; its id."""
        work = self.feature.order(self.actor(officer), call.call_id, exten, gist, confirmed=confirmed)
        return self.run(work).id

    def rows(self) -> list[TransferRow]:
        with reading(self.parts.engine) as session:
            query = select(TransferRow).order_by(TransferRow.noted_at, TransferRow.id)
            return list(session.scalars(query))

    def command(self, order: str, state: str, reason: str = "") -> None:
        """The bridge's word of an order."""
        told = ev.CommandTold.model_validate(
            {
                "id": f"{PBX}/command/{order}/{state}",
                "pbx": PBX,
                "call_id": "",
                "at": self.clock(),
                "command": order,
                "state": state,
                "reason": reason,
            }
        )
        self.tell([told])


def open_desk(url: str, folder: Path, clock: Clock | None = None) -> TransferDesk:
    """Transfers of the example office on the database at `url`; keys lie below `folder`."""
    settings = Settings(office=EXAMPLE, state=folder, database_url=url)
    parts, clock, hub = open_parts(settings), clock or Clock(), Hub()
    board = Board(hub, lambda record: ("main", record.call_id))
    absences = Absences(parts.engine, parts.keys, parts.office.directory, clock)
    redis = ListRedis(hub=hub)
    feature = make_transfers(settings, parts, absences, board, hub, clock)
    feature = TransferFeature(
        **{name: getattr(feature, name) for name in feature.__slots__ if name != "sender"},
        sender=Sender(cast(Redis, redis), PBX),  # no more of a Redis than it needs
    )
    callbacks = make_callbacks(settings, parts.office, parts.engine, parts.keys, absences, clock)
    memos = make_memos(settings, parts.office, parts.engine, parts.keys, callbacks, clock)
    after = make_after(parts, feature, memos, hub, clock)
    visitors = make_visitors(parts, after, board, clock)
    parts.ledger.followers = (memos.follower, feature.follower, after.follower, VisitorJudge())
    parts.ledger.open()
    more = (memos, callbacks, after, visitors)
    return TransferDesk(parts, clock, board, hub, feature, redis, absences, *more)


class Passed:
    """A call in talk with the officer, and its transfers; times are milliseconds after its start."""

    def __init__(self, start: datetime, **arrive: Any) -> None:
        self.script = Script(start=start).arrive(**arrive).dial().ring(50, "b").answer(2_000, "b")
        self.script.words(2_010, "greeting", "on_time", 1950).prompt(2_011, "greeting", 900)
        self.script.add(ev.TalkStarted, TALKS_AT, "b1", leg=self.script.call_id + "b", phone=DESK)

    @property
    def events(self) -> list[ev.CallEvent]:
        return self.script.events

    def key(self, name: str = "t1") -> str:
        return f"{self.script.call_id}{name}"

    def passed(
        self,
        at_ms: float,
        name: str = "t1",
        *,
        way: str = "blind",
        by: ev.Phone = DESK,
        to: str = "2203",
        hop: int = 1,
    ) -> "Passed":
        officer = {"2203": "lee_sy", "2201": "park_kj", "2202": "kim_ms"}.get(to)
        self.script.add(
            ev.TransferRequested, at_ms, self.key(name), transfer=self.key(name),
            way=ev.TransferWay(way), by=by, exten=to, department="haengjeong", officer=officer, hop=hop,
        )  # fmt: skip
        return self

    def released(self, at_ms: float, leg: str = "b", phone: ev.Phone = DESK) -> "Passed":
        """The officer is out of the talk."""
        self.script.add(ev.TalkEnded, at_ms, f"{at_ms}", leg=self.script.call_id + leg, phone=phone)
        return self

    def late(self, at_ms: float, name: str = "t1") -> "Passed":
        self.script.add(ev.TransferLimitPassed, at_ms, self.key(name), transfer=self.key(name))
        return self

    def rings(self, at_ms: float, leg: str = "c", phone: ev.Phone = TO, role: str = "transfer") -> "Passed":
        self.script.dial(at_ms, phone.extension or "", role, int(at_ms)).ring(at_ms + 1, leg, phone)
        return self

    def taken(self, at_ms: float, name: str = "t1", leg: str = "c", phone: ev.Phone = TO) -> "Passed":
        self.script.add(
            ev.TransferAnswered, at_ms, self.key(name), transfer=self.key(name),
            leg=self.script.call_id + leg, phone=phone,
        )  # fmt: skip
        return self

    def ended(self, at_ms: float, result: str, name: str = "t1", **fields: Any) -> "Passed":
        self.script.add(
            ev.TransferEnded, at_ms, self.key(name), transfer=self.key(name),
            result=ev.TransferResult(result), **fields,
        )  # fmt: skip
        return self

    def has_him(self, at_ms: float, leg: str = "c", phone: ev.Phone = TO, *, rang: bool = True) -> "Passed":
        """A phone has the citizen from now on."""
        if rang:
            self.script.answer(at_ms, leg, phone)
        self.script.add(ev.TalkStarted, at_ms + 1, f"{at_ms}", leg=self.script.call_id + leg, phone=phone)
        return self

    def connected(self, after_ms: float, at_ms: float = 10_000) -> "Passed":
        """Blind, and the target answers `after_ms` later."""
        self.passed(at_ms).released(at_ms + 1).rings(at_ms + 5).taken(at_ms + after_ms)
        self.has_him(at_ms + after_ms).ended(at_ms + after_ms + 2, "connected")
        return self

    def over(self, at_ms: float = 60_000, by: ev.Side = ev.Side.CITIZEN, **fields: Any) -> "Passed":
        self.script.hangup(at_ms, by, "" if by is ev.Side.CITIZEN else "c").end(at_ms + 2, by, **fields)
        return self

    def bye(self, at_ms: float, leg: str = "b") -> "Passed":
        """An officer's phone goes down."""
        self.script.hangup(at_ms, ev.Side.OFFICER, leg)
        return self

    def until(self, at_ms: float) -> list[ev.CallEvent]:
        """What is told up to a moment."""
        limit = self.script.start + timedelta(milliseconds=at_ms)
        return [event for event in self.events if event.at <= limit]


def in_talk(desk: TransferDesk) -> Passed:
    """A citizen talks with the officer since some seconds."""
    call = Passed(desk.clock() - timedelta(seconds=8))
    desk.tell(call.events)
    return call


def view(desk: TransferDesk, officer: str = OFFICER) -> DeskView:
    return desk.feature.desk_view(desk.actor(officer))
