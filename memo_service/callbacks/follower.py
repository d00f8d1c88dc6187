"""Follows the ledger: what became of attempts and commands, and citizens who call again (CBK-01, 04, 05, 06).

Owns how events of calls become events of callbacks. Everything is read from whole records and written once by
`ref`, so a second delivery changes nothing.
"""

from collections.abc import Iterator
from datetime import datetime, timedelta

from sqlalchemy import delete, or_, select
from sqlalchemy.orm import Session

from memo_service.callbacks.attempt import Progress, Reached, progress
from memo_service.callbacks.book import Book
from memo_service.callbacks.claim import WORD_WITHIN
from memo_service.callbacks.life import Event, State
from memo_service.callbacks.models import AttemptRow, CallbackRow, OutboxRow
from memo_service.callbacks.outcomes import CloseOutcome
from memo_service.ledger.follower import Batch
from memo_service.ledger.verdicts import CallRecord
from office.events import CallbackStep, CallClass, CommandTold, Phone

_MARGIN = timedelta(seconds=15)
_NEVER_BEGUN = {"refused": Reached.REFUSED, "expired": Reached.EXPIRED}


class CallbackFollower:
    """Works on with the ledger's events, in its transaction."""

    def __init__(self, book: Book) -> None:
        self._book = book

    def follow(self, session: Session, batch: Batch) -> None:
        """Bring attempts and callbacks up to what `batch` tells."""
        commands = {e.command: e for e in batch.events if isinstance(e, CommandTold)}
        placed = {record.call_id: record for record in batch.records.values() if record.callback}
        for attempt, row in self._attempts(session, list(commands), list(placed)):
            if attempt.id in commands:
                self._commanded(session, attempt, row, commands[attempt.id])
            if attempt.call_id in placed:
                self._told(session, attempt, row, placed[attempt.call_id])
        for record in batch.records.values():
            if record.start is not None and record.start.call_class is CallClass.CITIZEN:
                self._citizen(session, record, batch.caller(record))

    def settled(self) -> None:
        """Nothing waits for the commit here: those who keep something listen to `Changed`."""

    def _attempts(
        self, session: Session, commands: list[str], calls: list[str]
    ) -> Iterator[tuple[AttemptRow, CallbackRow]]:
        """Our attempts among these, each with its callback locked."""
        if not commands and not calls:
            return
        query = select(AttemptRow.id, AttemptRow.callback_id).where(
            or_(AttemptRow.id.in_(commands), AttemptRow.call_id.in_(calls))
        )
        found = {row.id: row.callback_id for row in session.execute(query)}
        rows = {row.id: row for row in self._book.lock(session, found.values())}
        for attempt in session.scalars(select(AttemptRow).where(AttemptRow.id.in_(found))):
            yield attempt, rows[attempt.callback_id]

    def _commanded(self, session: Session, attempt: AttemptRow, row: CallbackRow, told: CommandTold) -> None:
        """The bridge's own word. The call's steps, where there are any, say more."""
        if attempt.state != "open" or attempt.step not in ("claimed", "sent"):
            return
        if told.state == "accepted":
            attempt.step = "accepted"
            ring = timedelta(seconds=self._book.rules.officer_ring_s)
            attempt.give_up_at = told.at + ring + _MARGIN
            self._book.touch(session, row)
        elif told.state == "unknown":
            self.finish(
                session, attempt, row, Progress("accepted", Event.LOST, Reached.UNKNOWN, ended_at=told.at)
            )
        else:
            outcome = _NEVER_BEGUN[told.state]
            done = Progress(attempt.step, Event.NOT_DIALLED, outcome, ended_at=told.at)
            self.finish(session, attempt, row, done, reason=told.reason)

    def _told(self, session: Session, attempt: AttemptRow, row: CallbackRow, record: CallRecord) -> None:
        found = progress(record.callback, record.end, self._book.rules.confirm_talk_s)
        if found is None or attempt.marked:
            return
        attempt.dialled_at, attempt.answered_at = found.dialled_at, found.answered_at
        attempt.talk_ms = found.talk_ms
        if found.event is not None:
            self.finish(session, attempt, row, found)
        elif attempt.state == "open" and attempt.step != found.step:
            attempt.step = found.step
            attempt.give_up_at = self._give_up(found, record.callback[-1].at)
            self._book.touch(session, row)

    def _give_up(self, found: Progress, at: datetime) -> datetime | None:
        """When silence means that nobody knows. A talk may last as long as it likes."""
        if found.step == CallbackStep.CITIZEN_ANSWERED:
            return None
        if found.step == CallbackStep.CITIZEN_DIALLED:
            return at + timedelta(seconds=self._book.rules.citizen_ring_s) + _MARGIN
        return at + WORD_WITHIN

    def give_up(self, session: Session, attempt: AttemptRow, row: CallbackRow, now: datetime) -> None:
        """No word came in time. A command never sent was surely not begun; of any other nobody knows."""
        box = session.get(OutboxRow, attempt.id, with_for_update=True)
        if box is not None and box.sent_at is None:
            done = Progress("claimed", Event.NOT_DIALLED, Reached.EXPIRED, ended_at=now)
        else:
            done = Progress(attempt.step, Event.LOST, Reached.UNKNOWN, ended_at=now)
        self.finish(session, attempt, row, done)

    def finish(
        self, session: Session, attempt: AttemptRow, row: CallbackRow, found: Progress, *, reason: str = ""
    ) -> None:
        """The attempt came to an end, or to nobody's knowledge. Told again with the same result: nothing."""
        if found.event is None or (attempt.state != "open" and attempt.outcome == found.outcome):
            return
        at = found.ended_at or attempt.claimed_at
        attempt.state = "unknown" if found.event is Event.LOST else "done"
        attempt.step, attempt.outcome, attempt.ended_at = found.step, found.outcome, found.ended_at
        attempt.give_up_at = None
        session.execute(delete(OutboxRow).where(OutboxRow.attempt_id == attempt.id))
        session.flush()  # the claim is free before the state says so
        if _is_last(session, attempt):
            self._book.happen(session, row, found.event, at)
        detail = {"no": attempt.no, "outcome": found.outcome, "talk_ms": found.talk_ms}
        if found.officer_outcome:
            detail["why"] = found.officer_outcome
        if reason:
            detail["reason"] = reason
        ref = f"{attempt.id}/{found.outcome}"
        self._book.step(session, row, at, "attempt", attempt.claimed_by, detail, ref=ref)

    def _citizen(self, session: Session, record: CallRecord, party: str | None) -> None:
        """A citizen with open callbacks calls: a talk long enough closes them, with the reason (CBK-04)."""
        if party is None:
            return
        for row in self._open_of(session, record, party):
            self._release(session, row, record.first_at)
            talk_s, phone = _talk(record)
            if record.end is None or phone is None:
                continue
            if talk_s < self._book.rules.confirm_talk_s:
                continue
            detail = {"call_id": record.call_id, "at": record.first_at.isoformat(), "exten": phone.extension}
            at = record.end.at
            if not self._book.step(
                session, row, at, "citizen_called", phone.officer, detail, ref=record.call_id
            ):
                continue
            if row.department in (None, phone.department) and self._book.happen(
                session, row, Event.CITIZEN_CALLED, at
            ):
                row.outcome = CloseOutcome.REACHED_US
                self._book.step(session, row, at, "closed", None, {**detail, "outcome": row.outcome})

    def _open_of(self, session: Session, record: CallRecord, party: str) -> list[CallbackRow]:
        """His open callbacks from before this call; the call that left the memo does not answer it."""
        query = select(CallbackRow.id).where(
            CallbackRow.closed_at.is_(None),
            or_(CallbackRow.party_id == party, CallbackRow.caller_party_id == party),
            CallbackRow.received_at < record.first_at,
            CallbackRow.call_id.is_distinct_from(record.call_id),
        )
        return self._book.lock(session, session.scalars(query).all())

    def _release(self, session: Session, row: CallbackRow, at: datetime) -> None:
        """He calls in the moment he is about to be called: a command not yet sent is taken back."""
        if row.state != State.CALLING:
            return
        query = (
            select(AttemptRow)
            .join(OutboxRow, OutboxRow.attempt_id == AttemptRow.id)
            .where(AttemptRow.callback_id == row.id, AttemptRow.state == "open", OutboxRow.sent_at.is_(None))
        )
        for attempt in session.scalars(query.with_for_update(of=OutboxRow)):
            done = Progress("claimed", Event.NOT_DIALLED, Reached.RELEASED, ended_at=at)
            self.finish(session, attempt, row, done)


def _is_last(session: Session, attempt: AttemptRow) -> bool:
    later = select(AttemptRow.id).where(
        AttemptRow.callback_id == attempt.callback_id, AttemptRow.no > attempt.no
    )
    return session.execute(later.limit(1)).first() is None


def _talk(record: CallRecord) -> tuple[float, Phone | None]:
    """Seconds of the longest-standing talk with one phone, and that phone."""
    until = record.end.at if record.end else record.last_at
    spoken = [
        (sum(((end or until) - start).total_seconds() for start, end in leg.talks), leg.phone)
        for leg in record.legs
        if leg.talks
    ]
    return max(spoken, key=lambda talk: talk[0], default=(0.0, None))
