"""Who is on the line: number, name, and what he had with us before, for an officer who has the call.

Owns what of a citizen's earlier business an officer in a call is shown: that there is any, and names and
lines only where they are his to see. Texts of memos stay behind their own pages, where a look is logged.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from memo_service.absences.labels import moment
from memo_service.access.actor import Actor
from memo_service.callbacks.models import CallbackRow
from memo_service.calls import labels
from memo_service.db.models import CallRow
from memo_service.ledger.parties import Parties
from memo_service.memos.concern import Concern
from memo_service.memos.models import Memo
from memo_service.protect import Keyring
from memo_service.talk.service import Talks
from memo_service.transfers.people import People
from memo_service.transfers.views import Caller, EarlierCall, EarlierMemo, OpenCallback

_MOST = 5
_MEMO_STATES = {"new": "새 메모", "read": "읽음", "acted": "처리됨"}


@dataclass(frozen=True, slots=True)
class CallerBook:
    """Looks callers up, for one office."""

    parties: Parties
    keyring: Keyring
    talks: Talks
    people: People
    concern: Concern
    now: Callable[[], datetime]

    def caller(self, session: Session, actor: Actor, call_id: str) -> Caller:
        """Who called. A withheld number is nobody's: nothing is guessed (CID-01)."""
        row = session.get(CallRow, call_id)
        if row is None or row.party_id is None:
            return Caller(withheld=bool(row and row.withheld))
        number = self.parties.numbers(session, [row.party_id])[row.party_id]
        memos = self._memos(session, row.party_id)
        return Caller(
            number=number.display,
            number_kind=labels.NUMBER_KINDS.get(number.kind, ""),
            name=self._name(actor, memos),
            calls=self._calls(session, actor, row, row.party_id),
            memos=tuple(self._memo(memo) for memo in memos[:_MOST]),
            callbacks=self._callbacks(session, actor, row.party_id),
        )

    def _memos(self, session: Session, party: str) -> list[Memo]:
        query = select(Memo).where(or_(Memo.party_id == party, Memo.keyed_party_id == party))
        return list(session.scalars(query.order_by(Memo.received_at.desc()).limit(4 * _MOST)))

    def _name(self, actor: Actor, memos: list[Memo]) -> str:
        """The last name he gave, of the memos this officer may see anyway."""
        scope = self.concern.scope(actor)
        for memo in memos:
            if memo.name is not None and (scope.covers(memo) or memo.taken_by == actor.officer):
                return self.keyring.decrypt(memo.name, "memos.name", memo.id)
        return ""

    def _memo(self, memo: Memo) -> EarlierMemo:
        state = "acted" if memo.acted_at else "read" if memo.read_at else "new"
        return EarlierMemo(
            id=memo.id,
            when=moment(memo.received_at, self.now()),
            department=self.people.department(memo.department),
            state=state,
            state_label=_MEMO_STATES[state],
        )

    def _calls(self, session: Session, actor: Actor, this: CallRow, party: str) -> tuple[EarlierCall, ...]:
        query = select(CallRow).where(CallRow.party_id == party, CallRow.started_at < this.started_at)
        rows = session.scalars(query.order_by(CallRow.started_at.desc()).limit(_MOST)).all()
        lines = self.talks.read_backs(session, (row.call_id for row in rows), actor.officer)
        return tuple(
            EarlierCall(
                call_id=row.call_id,
                at_ms=epoch_ms(row.started_at),
                when=moment(row.started_at, self.now()),
                department=self.people.department(row.department) or labels.MAIN_LINE,
                answered=row.answered_at is not None,
                read_back=lines.get(row.call_id, ""),
            )
            for row in rows
        )

    def _callbacks(self, session: Session, actor: Actor, party: str) -> tuple[OpenCallback, ...]:
        query = select(CallbackRow).where(
            CallbackRow.closed_at.is_(None),
            or_(CallbackRow.party_id == party, CallbackRow.caller_party_id == party),
        )
        return tuple(
            OpenCallback(
                id=row.id,
                due_at_ms=epoch_ms(row.due_at),
                due=moment(row.due_at, self.now()),
                department=self.people.department(row.department),
                mine=row.owner == actor.officer,
            )
            for row in session.scalars(query.order_by(CallbackRow.due_at).limit(_MOST))
        )


def epoch_ms(at: datetime) -> int:
    """Epoch milliseconds, as pages count."""
    return int(at.timestamp() * 1000)
