"""Transfers in one process, put together: what follows the ledger, what officers do, what their desks show.

Owns the wiring, and the one path of an order: committed, told to the target's page, then sent.
"""

import asyncio
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from memo_service.absences.service import Absences
from memo_service.access.actor import Actor
from memo_service.callbacks.outbox import once_client
from memo_service.calls.board import Board
from memo_service.ledger import store
from memo_service.ledger.parties import Parties
from memo_service.ledger.verdicts import CallRecord, fold
from memo_service.memos.concern import Concern
from memo_service.parts import Parts
from memo_service.settings import Settings
from memo_service.talk.service import Talk, Talks, Typed
from memo_service.transfers import stations
from memo_service.transfers.ahead import Ahead
from memo_service.transfers.caller import CallerBook
from memo_service.transfers.deskview import Desks
from memo_service.transfers.follower import TransferFollower
from memo_service.transfers.live import LiveDesks
from memo_service.transfers.people import People
from memo_service.transfers.refused import refused
from memo_service.transfers.sender import Sender, Sent
from memo_service.transfers.service import WORD_WITHIN, Orders, Wanted
from memo_service.transfers.views import DeskView, Ordered, TargetList
from memo_service.web.hub import Hub
from office.events import CallEvent


@dataclass(frozen=True, slots=True)
class TransferFeature:
    """Transfers and the officer's desk of one office."""

    follower: TransferFollower
    talks: Talks
    orders: Orders
    people: People
    desks: Desks
    live: LiveDesks
    board: Board
    hub: Hub
    sender: Sender
    ahead: Ahead

    async def order(
        self, actor: Actor, call_id: str, exten: str, gist: str = "", *, confirmed: bool = False
    ) -> Ordered:
        """Pass the citizen of a call on; raises TransferRefusedError with code and reason.

        The target's page is told before the command goes, so that the gist stands there before his bell.
        """
        placed = await asyncio.to_thread(self.orders.place, actor, Wanted(call_id, exten, gist, confirmed))
        targets = placed.officers - {actor.officer}
        self.ahead.expect(placed.ordered.id, targets)
        self.live.tell(placed.officers, targets)
        await self.ahead.arrived(placed.ordered.id)
        sent = await self.sender.send(placed.command)
        if sent is not Sent.SENT:
            await asyncio.to_thread(self.orders.not_sent, placed.ordered.id, sent.value)
            self.live.tell(placed.officers)
        if sent is Sent.UNSENT:
            raise refused("unsent")
        # no word in time makes it unknown by itself; the desks must look then
        asyncio.get_running_loop().call_later(
            WORD_WITHIN.total_seconds() + 0.1, self.live.tell, placed.officers
        )
        return placed.ordered

    async def opened(self, actor: Actor, transfer: str) -> None:
        """The target has opened the gist. Raises NotFoundError, ForbiddenError."""
        self.live.tell(await asyncio.to_thread(self.orders.opened, actor, transfer))

    async def late_gist(self, actor: Actor, transfer: str, text: str) -> None:
        """One line for a transfer begun at a phone; it stands on the target's card at once."""
        self.live.tell(await asyncio.to_thread(self.orders.late_gist, actor, transfer, text))

    async def save_talk(self, actor: Actor, call_id: str, typed: Typed) -> Talk:
        """Save what an officer types. Raises TalkConflictError, ForbiddenError."""
        saved = await asyncio.to_thread(self.talks.put, actor, call_id, typed)
        said = {"officer": actor.officer, "call_id": call_id, "version": saved.version}
        self.hub.publish("talk", said, officers=(actor.officer,))
        return saved

    def targets(self, actor: Actor, query: str = "", call_id: str = "") -> TargetList:
        """Whom the search finds. `call_id`: mark who was offered in that call, if he is in it."""
        records = list(self.board.records.values())
        record = self.board.records.get(call_id)
        if record is not None and actor.officer not in stations.officers_in(record):
            record = None  # who was offered in others' calls is not his business
        found = self.people.targets(actor, query.strip(), record, records)
        return TargetList(query=query.strip(), targets=tuple(found))

    def desk_view(self, actor: Actor) -> DeskView:
        """The officer's own desk at this moment."""
        # the position first: what happens while the view is made comes again over the stream
        return self.desks.view(actor, self.hub.position)

    async def applied(self, records: Iterable[CallRecord], events: Sequence[CallEvent]) -> None:
        """Calls as they stand after a commit of the ledger, once the board has them. On the event loop."""
        await self.live.apply(records, events)


def make_transfers(
    settings: Settings, parts: Parts, absences: Absences, board: Board, hub: Hub, now: Callable[[], datetime]
) -> TransferFeature:
    """The parts of transfers for the office in `parts`."""
    office, engine, keyring = parts.office, parts.engine, parts.keys

    def records() -> dict[str, CallRecord]:
        return dict(board.records)

    talks = Talks(engine, keyring, now, was_in)
    people = People(engine, office, absences, now)
    orders = Orders(engine, keyring, office, people, records, now)
    parties = Parties(keyring, office.directory.trunk.area)
    callers = CallerBook(parties, keyring, talks, people, Concern(office.directory), now)
    live = LiveDesks(hub, people.at_desk)
    ahead = Ahead()
    return TransferFeature(
        follower=TransferFollower(talks, keyring, people, ahead, now, live.tell),
        talks=talks,
        orders=orders,
        people=people,
        desks=Desks(engine, keyring, office, people, orders, callers, talks, records, now),
        live=live,
        board=board,
        hub=hub,
        sender=Sender(once_client(settings.redis_url), settings.pbx),
        ahead=ahead,
    )


def was_in(session: Session, call_id: str, officer: str) -> bool:
    """Whether an officer's phone is or was in a call, by its stored events."""
    events = store.events_by_call(session, [call_id]).get(call_id)
    return bool(events) and any(leg.phone.officer == officer for leg in fold(events or ()).legs)
