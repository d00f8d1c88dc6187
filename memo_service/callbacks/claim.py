"""Click-to-call: one claim in SQL before the PBX is asked (CBK-01).

Owns what stands against a call now, and that claim, attempt and command are one transaction. Who loses the
race is told who won.
"""

import uuid
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from memo_service.access.actor import Actor
from memo_service.callbacks import refused
from memo_service.callbacks.book import Book
from memo_service.callbacks.life import Event, Refusal
from memo_service.callbacks.models import AttemptRow, CallbackRow, OutboxRow
from memo_service.callbacks.refused import CallbackRefusedError
from memo_service.callbacks.turn import may_call
from memo_service.ledger.parties import Parties
from memo_service.ledger.store import party_on_line
from memo_service.protect import Keyring
from office import working_time
from office.calendar import KST
from office.commands import PlaceCallback
from office.phone_number import NumberKind, PhoneNumber

SEALED = "callback_outbox.sealed"
BEGIN_WITHIN = timedelta(seconds=10)
"""A command not begun by then is never begun."""
WORD_WITHIN = timedelta(seconds=20)
"""Without a word of the attempt by then, its fate is unknown."""
_LONGEST_CALL = timedelta(hours=4)
"""A call of the citizen that began before has ended unseen."""
_DIALLED = frozenset(
    {
        NumberKind.MOBILE,
        NumberKind.LANDLINE,
        NumberKind.SAFE,
        NumberKind.REPRESENTATIVE,
        NumberKind.INTERNATIONAL,
    }
)


@dataclass(frozen=True, slots=True)
class Placed:
    """A call that was asked for. `attempt` is the id of the command."""

    callback: str
    attempt: str
    no: int


class Claims:
    """Claims for one office."""

    def __init__(self, book: Book, parties: Parties, keyring: Keyring) -> None:
        self._book = book
        self._parties = parties
        self._keyring = keyring

    def place(
        self, session: Session, row: CallbackRow, actor: Actor, now: datetime, *, confirmed: bool
    ) -> Placed:
        """Claim the locked `row` for `actor` and leave the command in the outbox; CallbackRefusedError."""
        number = self._may_place(session, row, actor, now, confirmed=confirmed)
        try:
            event = Event.CLAIMED_KNOWINGLY if confirmed else Event.CLAIMED
            self._book.happen(session, row, event, now)
        except CallbackRefusedError as error:
            raise self._taken(session, row) if error.code == Refusal.TAKEN else error from None
        if row.owner is None:
            self._book.move(session, row, now, "assigned", actor.officer, actor.officer)
        attempt = self._attempt(session, row, actor, now)
        session.add(attempt)
        session.add(self._command(attempt.id, row, actor, number, now))
        self._book.step(session, row, now, "claimed", actor.officer, {"no": attempt.no}, ref=attempt.id)
        return Placed(row.id, attempt.id, attempt.no)

    def _may_place(
        self, session: Session, row: CallbackRow, actor: Actor, now: datetime, *, confirmed: bool
    ) -> PhoneNumber:
        if row.state == "calling":
            raise self._taken(session, row)
        if row.closed_at is not None:
            raise refused.refused(Refusal.ALREADY_CLOSED)
        number = self._parties.numbers(session, [row.party_id])[row.party_id]
        self._may_dial(row, number)
        self._may_now(row, now, confirmed=confirmed)
        if party_on_line(session, row.party_id, now - _LONGEST_CALL):
            raise CallbackRefusedError("on_the_line", refused.ON_THE_LINE)
        if actor.officer not in self._book.office.directory.officers:
            raise CallbackRefusedError("no_phone", refused.NO_PHONE)
        return number

    @staticmethod
    def _may_dial(row: CallbackRow, number: PhoneNumber) -> None:
        if number.kind not in _DIALLED:
            raise CallbackRefusedError("no_number", refused.NO_NUMBER)
        if number.kind is NumberKind.INTERNATIONAL and row.approved_by is None:
            raise CallbackRefusedError("international", refused.INTERNATIONAL)

    def _may_now(self, row: CallbackRow, now: datetime, *, confirmed: bool) -> None:
        calendar = self._book.office.calendar
        if not may_call(calendar, self._book.rules, now, row.asked_at, row.department):
            opens = working_time.next_open(calendar, now, row.department)
            text = refused.OUTSIDE_HOURS.format(next_open=f"{opens:%m.%d. %H:%M}")
            raise CallbackRefusedError("outside_hours", text)
        if row.opens_at is not None and now < row.opens_at and not confirmed:
            at = f"{row.opens_at.astimezone(KST):%H:%M}"
            raise CallbackRefusedError("too_soon", refused.TOO_SOON.format(opens_at=at))

    def _taken(self, session: Session, row: CallbackRow) -> CallbackRefusedError:
        query = select(AttemptRow.claimed_by).where(
            AttemptRow.callback_id == row.id, AttemptRow.state == "open"
        )
        winner = self._book.office.directory.officers.get(session.scalars(query).first() or "")
        who = f"{winner.name} {winner.title}" if winner else "다른 직원"
        return CallbackRefusedError("taken", refused.TAKEN.format(who=who), who)

    @staticmethod
    def _attempt(session: Session, row: CallbackRow, actor: Actor, now: datetime) -> AttemptRow:
        attempt_id = uuid.uuid4().hex
        made = select(func.coalesce(func.max(AttemptRow.no), 0)).where(AttemptRow.callback_id == row.id)
        return AttemptRow(
            id=attempt_id,
            callback_id=row.id,
            no=session.execute(made).scalar_one() + 1,
            claimed_by=actor.officer,
            claimed_at=now,
            state="open",
            step="claimed",
            talk_ms=0,
            marked=False,
            give_up_at=now + WORD_WITHIN,
            call_id=f"cb-{attempt_id}-1",
        )

    def _command(
        self, attempt: str, row: CallbackRow, actor: Actor, number: PhoneNumber, now: datetime
    ) -> OutboxRow:
        office = self._book.office
        command = PlaceCallback(
            id=attempt,
            expires_at=now + BEGIN_WITHIN,
            exten=actor.extension,
            endpoint=office.directory.officers[actor.officer].endpoints[0],
            number=number.reveal().replace("+", "00"),
            show=office.directory.shown_number(row.department),
            officer_ring_s=office.charter.callback.officer_ring_s,
            citizen_ring_s=office.charter.callback.citizen_ring_s,
        )
        sealed = self._keyring.encrypt(command.model_dump_json(), SEALED, attempt)
        return OutboxRow(attempt_id=attempt, sealed=sealed, expires_at=command.expires_at)
