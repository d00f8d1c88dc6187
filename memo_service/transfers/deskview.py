"""The desk of one officer at this moment: his calls, the transfers he made, those that come to him.

Owns which call and which transfer stand on whose desk, deny by default: only what he is in, made or receives.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Engine, func, or_, select
from sqlalchemy.orm import Session

from memo_service.access.actor import Actor
from memo_service.access.log import Opened, log_access, opened_since
from memo_service.calls import labels
from memo_service.db.session import reading, writing
from memo_service.ledger.verdicts import CallRecord
from memo_service.ledger.verdicts.handover import BACK
from memo_service.ledger.verdicts.record import Leg
from memo_service.protect import Keyring
from memo_service.talk.said import has_said, may_say
from memo_service.talk.service import Talk, Talks
from memo_service.transfers import stations
from memo_service.transfers.caller import CallerBook, epoch_ms
from memo_service.transfers.models import GIST, TransferRow
from memo_service.transfers.people import People
from memo_service.transfers.service import Orders
from memo_service.transfers.state import LABELS, state_of, why
from memo_service.transfers.views import DeskCall, DeskView, Incoming, Outgoing, TalkView, WordsView
from memo_service.transfers.words import to_say
from office.events import CallClass
from office.folder import Office

_BACK_TO = timedelta(hours=4)
_STAYS = timedelta(seconds=60)
"""How long a transfer stays on the desks after its call is over, so that its end is seen."""
_CLOCKS = timedelta(seconds=5)
"""How far the PBX's clock may stand ahead of ours."""
WARNING = "{hop}번째로 돌아온 전화입니다(전화 돌림). 여기서 끝까지 도와 주세요."


@dataclass(frozen=True, slots=True)
class Desks:
    """Makes the views of one office."""

    engine: Engine
    keyring: Keyring
    office: Office
    people: People
    orders: Orders
    callers: CallerBook
    talks: Talks
    records: Callable[[], dict[str, CallRecord]]
    now: Callable[[], datetime]

    def view(self, actor: Actor, position: str) -> DeskView:
        """His desk. What is shown to him of a transfer is noted as shown, and logged."""
        records = self.records()
        with reading(self.engine) as session:
            rows = self._transfers(session, records)
            calls = [
                self._call(session, actor, record, leg)
                for record in sorted(records.values(), key=lambda r: r.first_at)
                if (leg := stations.leg_of(record, actor.officer))
            ]
            made = [row for row in rows if row.from_officer == actor.officer]
            outgoing = [self._outgoing(row, records.get(row.call_id)) for row in made]
            coming = [row for row in rows if self._comes(actor, row, records)]
            incoming = [self._incoming(session, actor, row, records.get(row.call_id)) for row in coming]
            fresh = [row.id for row in coming if self._is_new_to(session, actor, row)]
        self._note_shown(actor, fresh)
        person = self.office.directory.officers[actor.officer]
        return DeskView(
            position=position,
            now_ms=epoch_ms(self.now()),
            officer=actor.officer,
            name=person.name,
            title=person.title,
            extension=person.extension,
            department=self.people.department(person.department),
            limit_s=self.orders.rules.limit_s,
            warn_hops=self.orders.rules.warn_hops,
            calls=tuple(calls),
            outgoing=tuple(outgoing),
            incoming=tuple(incoming),
        )

    def ringing(self, actor: Actor) -> list[DeskCall]:
        """His calls whose bell can be heard, the oldest first, for a page that tells of them and no more."""
        with reading(self.engine) as session:
            return [
                self._call(session, actor, record, leg)
                for record in sorted(self.records().values(), key=lambda r: r.first_at)
                if (leg := stations.leg_of(record, actor.officer)) and stations.is_ringing(leg)
            ]

    def _transfers(self, session: Session, records: dict[str, CallRecord]) -> Sequence[TransferRow]:
        """Those of calls that are up, or were a moment ago; newest last."""
        now = self.now()
        last = func.coalesce(TransferRow.ended_at, TransferRow.requested_at, TransferRow.noted_at)
        shown = or_(TransferRow.call_id.in_(list(records)), last > now - _STAYS)
        query = select(TransferRow).where(TransferRow.noted_at > now - _BACK_TO, shown)
        return session.scalars(query.order_by(TransferRow.noted_at, TransferRow.id)).all()

    def _comes(self, actor: Actor, row: TransferRow, records: dict[str, CallRecord]) -> bool:
        """For him, and neither over without him nor followed by another."""
        record = records.get(row.call_id)
        if record is None or not self.orders.receives(actor.officer, row):
            return False
        if stations.leg_of(record, actor.officer) is not None:
            return row.transfer is None or row.transfer == record.transfers[-1].transfer
        return row.result is None and self.orders.is_under_way(row)

    def _call(self, session: Session, actor: Actor, record: CallRecord, leg: Leg) -> DeskCall:
        part = stations.part_of(leg, record) or stations.Part.TALKING
        began = stations.wait_began(record, leg)
        ring = self.office.charter.ring
        until = leg.answered_at or self.now()
        waited = int((until - began).total_seconds() * 1000) if began else None
        first = not record.transfers
        late = first and waited is not None and waited >= ring.late_after_ms
        start = record.start
        exten = start.exten if start else ""
        call_class = start.call_class if start else CallClass.UNKNOWN
        return DeskCall(
            call_id=record.call_id,
            call_class=call_class.value,
            phase=part.value,
            phase_label=labels.PHASES[part.value],
            started_at_ms=epoch_ms(record.first_at),
            rang_at_ms=epoch_ms(began) if began else None,
            ring_ms=waited if leg.answered_at else None,
            ring=ring.ring_number(waited) if waited is not None else None,
            ring_cycle_ms=ring.cycle_ms,
            late_after_ms=ring.late_after_ms,
            late=late,
            talk_since_ms=epoch_ms(leg.talks[-1][0]) if stations.is_talking(leg) else None,
            wanted=self.people.colleague(exten).text,
            wanted_exten=exten,
            hops=stations.hops(record),
            may_transfer=stations.is_talking(leg) and call_class is CallClass.CITIZEN,
            comes_back=self._comes_back(record, actor),
            uncertain=record.is_uncertain,
            words=self._words(actor, record, late=late),
            caller=self.callers.caller(session, actor, record.call_id),
            talk=talk_view(self.talks.of(session, record.call_id, actor.officer)),
        )

    @staticmethod
    def _comes_back(record: CallRecord, actor: Actor) -> bool:
        last = record.transfers[-1].request if record.transfers else None
        brought_back = bool(record.dials) and record.dials[-1].role == BACK
        return brought_back and last is not None and last.by.officer == actor.officer

    def _words(self, actor: Actor, record: CallRecord, *, late: bool) -> WordsView:
        greeting, apology = to_say(self.office, actor)
        answered = record.answer is not None
        return WordsView(
            greeting=greeting,
            apology=apology,
            due="apology" if late else "greeting",
            own=may_say(record, actor.officer) if answered else self.office.own_voice(actor.officer),
            said=has_said(record, actor.officer),
        )

    def _outgoing(self, row: TransferRow, record: CallRecord | None) -> Outgoing:
        state = state_of(row, self.now(), self.orders.rules.limit_s)
        gist = self._gist(row)
        begun = row.requested_at or row.noted_at
        at_phone = row.ordered_at is None
        return Outgoing(
            id=row.id,
            call_id=row.call_id,
            to=self.people.colleague(row.exten),
            hop=row.hop,
            state=state,
            state_label=LABELS[state],
            why=why(row, state),
            at_ms=epoch_ms(begun),
            limit_at_ms=epoch_ms(begun + timedelta(seconds=self.orders.rules.limit_s)),
            gist=gist,
            shown=row.shown_at is not None,
            opened=row.opened_at is not None,
            asks_gist=at_phone and not gist and record is not None and state not in _NO_GIST,
        )

    def _incoming(
        self, session: Session, actor: Actor, row: TransferRow, record: CallRecord | None
    ) -> Incoming:
        rules, state = self.orders.rules, state_of(row, self.now(), self.orders.rules.limit_s)
        begun = row.requested_at or row.noted_at
        return Incoming(
            id=row.id,
            call_id=row.call_id,
            sender=self.people.colleague(None, row.from_officer),
            hop=row.hop,
            warning=WARNING.format(hop=row.hop) if row.hop >= rules.warn_hops else "",
            state=state,
            state_label=LABELS[state],
            at_ms=epoch_ms(begun),
            limit_at_ms=epoch_ms(begun + timedelta(seconds=rules.limit_s)),
            ring_s=rules.ring_s,
            direct_number=self.people.direct_number(row.exten),
            gist=self._gist(row),
            opened=row.opened_at is not None,
            caller=self.callers.caller(session, actor, row.call_id),
        )

    def _gist(self, row: TransferRow) -> str:
        return self.keyring.decrypt(row.gist, GIST, row.id) if row.gist else ""

    @staticmethod
    def _is_new_to(session: Session, actor: Actor, row: TransferRow) -> bool:
        """Whether he sees it for the first time, or a gist where there was none."""
        since = row.noted_at - _CLOCKS
        look = (actor.officer, Opened.GIST, row.call_id)
        return row.shown_at is None or (row.gist is not None and not opened_since(session, since, *look))

    def _note_shown(self, actor: Actor, ids: Sequence[str]) -> None:
        """The gist stood on his page: a look at a citizen's matter that somebody else wrote down."""
        if not ids:
            return
        with writing(self.engine) as session:
            for row_id in ids:
                row = session.get_one(TransferRow, row_id, with_for_update=True)
                row.shown_at = row.shown_at or self.now()
                if row.gist is not None:
                    log_access(session, self.now(), actor.officer, Opened.GIST, row.call_id)


_NO_GIST = frozenset({"cancelled", "refused_by_pbx", "connected", "caller_gone"})


def talk_view(talk: Talk) -> TalkView:
    """What an officer typed, as pages take it."""
    return TalkView(
        version=talk.version,
        read_back=talk.read_back,
        notes=talk.notes,
        read_back_at_ms=epoch_ms(talk.read_back_at) if talk.read_back_at else None,
    )
