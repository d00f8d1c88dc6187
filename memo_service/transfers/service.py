"""What officers do with transfers: order one, open the gist that came ahead, add a line that came late.

Owns what stands against an order, and that row and hub message come before the command. Who may do what is
decided here, deny by default.
"""

import uuid
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Engine, bindparam, select
from sqlalchemy.orm import Session

from memo_service.access.actor import Actor
from memo_service.db.session import insert_rows, writing
from memo_service.errors import ForbiddenError, NotFoundError
from memo_service.ledger.store import lock_calls
from memo_service.ledger.verdicts import CallRecord
from memo_service.protect import Keyring
from memo_service.transfers import stations
from memo_service.transfers.matter import give_matter
from memo_service.transfers.models import GIST, TransferRow
from memo_service.transfers.people import CLOSED, People, how_offered
from memo_service.transfers.refused import refused, to_confirm
from memo_service.transfers.views import Ordered
from office.charter import Transfer as Rules
from office.commands import TransferCall
from office.directory import Desk
from office.folder import Office

BEGIN_WITHIN = timedelta(seconds=5)
"""An order not begun by then is never begun: the officer has gone on by other means."""
WORD_WITHIN = BEGIN_WITHIN + timedelta(seconds=4)
"""Without a word by then, what became of an order is unknown (the bridge waits 3 s for the PBX)."""
_LONGEST = timedelta(minutes=3)
"""A transfer without an end for longer ended unseen and stands in nobody's way."""
_OF_CALL = select(TransferRow).where(TransferRow.call_id == bindparam("call_id"))
NOT_YOURS = "이 전화를 돌려받은 사람만 볼 수 있습니다."
NOT_MADE_BY_YOU = "이 전화를 돌린 사람만 적을 수 있습니다."


@dataclass(frozen=True, slots=True)
class Wanted:
    """A transfer somebody asks for. `confirmed`: he was told what stands against it and goes on."""

    call_id: str
    exten: str
    gist: str = ""
    confirmed: bool = False


@dataclass(frozen=True, slots=True)
class Placed:
    """An order that is committed: what is told to whom, and the command that goes then."""

    ordered: Ordered
    command: TransferCall
    officers: frozenset[str]


class Orders:
    """The acts of one office, each one transaction. `records` are the calls that are up, by id."""

    def __init__(
        self,
        engine: Engine,
        keyring: Keyring,
        office: Office,
        people: People,
        records: Callable[[], dict[str, CallRecord]],
        now: Callable[[], datetime],
    ) -> None:
        self._engine = engine
        self._keyring = keyring
        self._office = office
        self._people = people
        self._records = records
        self._now = now

    @property
    def rules(self) -> Rules:
        """The charter's."""
        return self._office.charter.transfer

    def place(self, actor: Actor, wanted: Wanted) -> Placed:
        """Keep the order. Raises TransferRefusedError; whatever it says, nothing was kept then."""
        record = self._records().get(wanted.call_id)
        leg = stations.leg_of(record, actor.officer) if record else None
        if record is None or leg is None or not stations.is_talking(leg):
            raise refused("not_in_call")
        hop = stations.hops(record) + 1
        with writing(self._engine) as session:
            desk = self._allowed(session, actor, wanted, record)
            self._confirmed(wanted, record, hop)
            lock_calls(session, [wanted.call_id])
            self._nothing_under_way(session, record)
            row = self._row(actor, wanted, desk, leg.phone.endpoint, hop)
            insert_rows(session, [row])  # a citizen is on the line
            command = TransferCall(
                id=row.id,
                expires_at=self._now() + BEGIN_WITHIN,
                call_id=row.call_id,
                endpoint=row.from_endpoint,
                exten=row.exten,
            )
            ordered = Ordered(id=row.id, to=self._people.colleague(row.exten), hop=hop)
        return Placed(ordered, command, self._people.at_desk(wanted.exten) | {actor.officer})

    def not_sent(self, order: str, command: str) -> None:
        """The command did not go (unsent), or nobody can know whether it did (unknown)."""
        with writing(self._engine) as session:
            row = session.get_one(TransferRow, order, with_for_update=True)
            if row.command == "ordered":
                row.command = command

    def opened(self, actor: Actor, transfer: str) -> frozenset[str]:
        """The target reads the gist; returns whose desks show it."""
        with writing(self._engine) as session:
            row = self._held(session, transfer)
            if not self.receives(actor.officer, row):
                raise ForbiddenError(NOT_YOURS)
            row.opened_at = row.opened_at or self._now()
            return frozenset({actor.officer, row.from_officer or actor.officer})

    def late_gist(self, actor: Actor, transfer: str, text: str) -> frozenset[str]:
        """One line for a transfer that is on its way; returns whose desks show it."""
        with writing(self._engine) as session:
            row = self._held(session, transfer)
            if row.from_officer != actor.officer:
                raise ForbiddenError(NOT_MADE_BY_YOU)
            row.gist = self._keyring.encrypt(text.strip(), GIST, row.id) if text.strip() else None
            session.flush()
            give_matter(session, self._keyring, [row.call_id])
            record = self._records().get(row.call_id)
            inside = stations.officers_in(record) if record else frozenset[str]()
            return inside | self._people.at_desk(row.exten) | {actor.officer}

    def receives(self, officer: str, row: TransferRow) -> bool:
        """Whether a transfer is for this officer: he was chosen, or has or hears the citizen now."""
        if officer == row.from_officer:
            return False
        if officer in self._people.at_desk(row.exten) or officer == row.answered_by:
            return True
        record = self._records().get(row.call_id)
        return record is not None and officer in stations.officers_in(record)

    def _allowed(self, session: Session, actor: Actor, wanted: Wanted, record: CallRecord) -> Desk:
        """The target's desk; raises TransferRefusedError for one that cannot take him."""
        desk = self._office.directory.desks.get(wanted.exten)
        if desk is None or not desk.kind.greeted:
            raise refused("unknown")
        if desk.officer == actor.officer or wanted.exten == actor.extension:
            raise refused("self")
        who = self._people.colleague(desk.number).text
        if how_offered(record, desk.number) == "not_taken":
            raise refused("loop", who)
        now = self._people.now(session, list(self._records().values()))
        state, _, _, deputy = self._people.standing(actor, desk, now)
        if state == CLOSED:
            raise refused("closed", who)
        if state == "away":
            raise refused("absent", who, deputy=deputy)
        if state == "talking":
            raise refused("busy", who)
        return desk

    def _confirmed(self, wanted: Wanted, record: CallRecord, hop: int) -> None:
        """Nobody is offered twice, and no citizen is passed around, unless the officer says so again."""
        if wanted.confirmed:
            return
        who = self._people.colleague(wanted.exten).text
        if how_offered(record, wanted.exten) == "offered":
            raise to_confirm("offered", who, hop)
        if hop >= self.rules.warn_hops:
            raise to_confirm("hops", who, hop)

    def _nothing_under_way(self, session: Session, record: CallRecord) -> None:
        """One transfer at a time: a second press, or the colleague's, must not send the citizen two ways."""
        rows = session.scalars(_OF_CALL, {"call_id": record.call_id})
        if any(self.is_under_way(row) for row in rows):
            raise refused("under_way")

    def is_under_way(self, row: TransferRow) -> bool:
        """Whether a transfer is on its way, or an order may yet be carried out."""
        now = self._now()
        if row.result is not None:
            return False
        if row.requested_at is not None:
            return row.requested_at > now - _LONGEST
        waits = row.command in ("ordered", "accepted", "unknown")
        return waits and row.ordered_at is not None and row.ordered_at > now - WORD_WITHIN

    def _row(self, actor: Actor, wanted: Wanted, desk: Desk, endpoint: str, hop: int) -> TransferRow:
        now, row_id = self._now(), uuid.uuid4().hex
        gist = wanted.gist.strip()
        return TransferRow(
            id=row_id,
            call_id=wanted.call_id,
            hop=hop,
            way="blind",
            from_officer=actor.officer,
            from_department=actor.department,
            from_endpoint=endpoint,
            exten=desk.number,
            officer=desk.officer,
            department=desk.department,
            gist=self._keyring.encrypt(gist, GIST, row_id) if gist else None,
            noted_at=now,
            ordered_at=now,
            expires_at=now + BEGIN_WITHIN,
            command="ordered",
            reason="",
        )

    @staticmethod
    def _held(session: Session, transfer: str) -> TransferRow:
        row = session.get(TransferRow, transfer, with_for_update=True)
        if row is None:
            raise NotFoundError
        return row
