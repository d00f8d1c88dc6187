"""Writes events into the ledger and keeps calls and verdicts true to them.

Owns the one transaction in which events, calls and verdicts change together. A call is always put together
and judged from its stored events, so a replay, a second delivery or another process's part changes nothing.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Engine, delete
from sqlalchemy.orm import Session

from memo_service.db.models import CallRow, StoredEvent, VerdictRow
from memo_service.db.session import reading, writing
from memo_service.ledger import store
from memo_service.ledger.follower import Batch, Follower, Judge
from memo_service.ledger.parties import Parties
from memo_service.ledger.rulebook import RuleBook, read_rulebook
from memo_service.ledger.verdicts import PROMISES, CallRecord, Verdict, fold, judge_record
from office.calendar import KST
from office.events import CallEvent, CallStarted, LinkLost, LinkRestored, encode


@dataclass(frozen=True, slots=True)
class Recorded:
    """What one batch changed: the calls as they now stand, and the verdicts of those that ended."""

    records: dict[str, CallRecord]
    verdicts: dict[str, dict[str, Verdict]]
    link_changed: bool


@dataclass(frozen=True, slots=True)
class Recomputed:
    """Result of judging every stored call again."""

    calls: int
    differences: list[str]


class Ledger:
    """The ledger of one office."""

    def __init__(
        self,
        engine: Engine,
        parties: Parties,
        rulebook: RuleBook,
        followers: Sequence[Follower] = (),
        judges: Sequence[Judge] = (),
    ) -> None:
        self._engine = engine
        self._parties = parties
        self.followers = followers
        self._judges = judges
        self.rulebook = rulebook
        self._rulebooks = {rulebook.id: rulebook}

    def open(self) -> None:
        """Note which rulebook is in force from now on; judge old calls by promises that are new to us."""
        with writing(self._engine) as session:
            store.keep_rulebook(session, self.rulebook, datetime.now(UTC))
        for promise in PROMISES:
            with reading(self._engine) as session:
                call_ids = store.judged_without(session, promise)
            for start in range(0, len(call_ids), 200):
                self._judge_anew(call_ids[start : start + 200], promise)

    def _judge_anew(self, call_ids: Sequence[str], promise: str) -> None:
        with writing(self._engine) as session:
            records = {c: fold(own) for c, own in store.events_by_call(session, call_ids).items()}
            rows = [
                _verdict_row(call_id, records[call_id].first_at, verdicts[promise], book_id)
                for call_id, (book_id, verdicts) in self._judge(session, list(records.values())).items()
            ]
            store.replace(session, VerdictRow, rows)

    def record(self, events: Sequence[CallEvent]) -> Recorded:
        """Store `events` in one transaction; returns after the commit."""
        touched = sorted({event.call_id for event in events if event.call_id})
        with writing(self._engine) as session:
            store.lock_calls(session, touched)
            self._append(session, events)
            records = {c: fold(own) for c, own in store.events_by_call(session, touched).items()}
            judged = self._judge(session, [record for record in records.values() if record.end])
            batch = Batch(events, records, store.parties_by_event(session, touched))
            self._save(session, batch, judged)
            for follower in self.followers:
                follower.follow(session, batch)
        return Recorded(
            records=records,
            verdicts={call_id: verdicts for call_id, (_, verdicts) in judged.items()},
            link_changed=any(isinstance(event, LinkLost | LinkRestored) for event in events),
        )

    def open_records(self, since: datetime) -> dict[str, CallRecord]:
        """Calls up at this moment as far as the ledger knows, for a board that starts anew."""
        with reading(self._engine) as session:
            call_ids = store.open_calls(session, since)
            return {c: fold(own) for c, own in store.events_by_call(session, call_ids).items()}

    def recompute(self) -> Recomputed:
        """Judge every stored call again by the rulebook of its day; says where the result is another."""
        differences: list[str] = []
        with reading(self._engine) as session:
            call_ids = store.judged_calls(session)
            for start in range(0, len(call_ids), 200):
                differences += self._differences(session, call_ids[start : start + 200])
        return Recomputed(len(call_ids), differences)

    def _differences(self, session: Session, call_ids: Sequence[str]) -> list[str]:
        stored = store.verdicts_by_call(session, call_ids)
        records = [fold(own) for own in store.events_by_call(session, call_ids).values()]
        again = {call_id: verdicts for call_id, (_, verdicts) in self._judge(session, records).items()}
        for judge in self._judges:
            for call_id, verdicts in judge.judge_again(session, call_ids).items():
                again[call_id].update(verdicts)
        return [
            f"{call_id} {promise}: stored {stored[call_id].get(promise)}, now {again[call_id].get(promise)}"
            for call_id in call_ids
            for promise in sorted({*stored[call_id], *again[call_id]})
            if stored[call_id].get(promise) != again[call_id].get(promise)
        ]

    def _append(self, session: Session, events: Sequence[CallEvent]) -> None:
        stripped = [self._parties.strip(event) for event in events]
        parties = self._parties.ids(session, (item.number for item in stripped if item.number))
        rows = [
            {
                "event_id": item.event.id,
                "pbx": item.event.pbx,
                "call_id": item.event.call_id,
                "kind": item.event.kind,
                "at": item.event.at,
                "party_id": parties[item.number.reveal()] if item.number else None,
                "payload": encode(item.event).decode(),
            }
            for item in stripped
        ]
        store.insert_new(session, StoredEvent, rows, "event_id")

    def _judge(
        self, session: Session, records: Sequence[CallRecord]
    ) -> dict[str, tuple[str, dict[str, Verdict]]]:
        """(rulebook id, verdicts) by call. A call once judged stays with its rulebook."""
        used = store.rulebook_by_call(session, (record.call_id for record in records))
        judged: dict[str, tuple[str, dict[str, Verdict]]] = {}
        for record in records:
            book = self._rulebook(session, used.get(record.call_id, self.rulebook.id))
            judged[record.call_id] = (book.id, judge_record(record, book.charter, book.calendar))
        return judged

    def _rulebook(self, session: Session, book_id: str) -> RuleBook:
        if book_id not in self._rulebooks:
            self._rulebooks[book_id] = read_rulebook(store.rulebook_files(session, book_id))
        return self._rulebooks[book_id]

    def _save(
        self, session: Session, batch: Batch, judged: dict[str, tuple[str, dict[str, Verdict]]]
    ) -> None:
        records = batch.records
        calls = [
            _call_row(record, batch.caller(record), judged.get(call_id, ("", {}))[1])
            for call_id, record in records.items()
        ]
        store.replace(session, CallRow, calls)
        store.replace(
            session,
            VerdictRow,
            [
                _verdict_row(call_id, records[call_id].first_at, verdict, book_id)
                for call_id, (book_id, verdicts) in judged.items()
                for verdict in verdicts.values()
            ],
        )


def keep_verdict(session: Session, call_id: str, verdict: Verdict) -> None:
    """Store the verdict of a `Judge` beside those of the call, under the call's own rulebook and day.

    A later one takes its place. Before the call's end there is nothing to put it beside: judge again then.
    """
    row = session.get(CallRow, call_id)
    book_id = store.rulebook_by_call(session, [call_id]).get(call_id)
    if row is not None and row.ended_at is not None and book_id is not None:
        store.replace(session, VerdictRow, [_verdict_row(call_id, row.started_at, verdict, book_id)])


def drop_verdict(session: Session, call_id: str, promise: str) -> None:
    """The promise of a `Judge` is open again: no verdict until it is judged anew."""
    session.execute(delete(VerdictRow).where(VerdictRow.call_id == call_id, VerdictRow.promise == promise))


def _call_row(record: CallRecord, party_id: str | None, verdicts: dict[str, Verdict]) -> dict[str, Any]:
    start, answer, first = record.start, record.answer, record.first_ring
    t1 = verdicts["T1"].measures if "T1" in verdicts else {}
    return {
        "call_id": record.call_id,
        "pbx": record.pbx,
        "party_id": party_id,
        "call_class": start.call_class.value if start else "unknown",
        "withheld": bool(start and start.withheld),
        "exten": start.exten if start else "",
        "desk_kind": start.desk_kind if start else None,
        "department": _department(start, record),
        "started_at": record.first_at,
        "rang_at": first.rang_at if first else None,
        "answered_at": answer.answered_at if answer else None,
        "ended_at": record.end.at if record.end else None,
        "ring_ms": t1.get("ring_ms"),
        "late": t1.get("late"),
        "complete": bool(record.end is None or record.end.complete),
    }


def _department(start: CallStarted | None, record: CallRecord) -> str | None:
    if start and start.department:
        return start.department
    return record.answer.phone.department if record.answer else None


def _verdict_row(call_id: str, started_at: datetime, verdict: Verdict, book_id: str) -> dict[str, Any]:
    return {
        "call_id": call_id,
        "promise": verdict.promise,
        "result": verdict.result.value,
        "reason": verdict.reason,
        "department": verdict.department,
        "officer": verdict.officer,
        "measures": verdict.measures,
        "day": started_at.astimezone(KST).date(),
        "rulebook": book_id,
    }
