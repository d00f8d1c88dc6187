"""Who works on with the events of the ledger, in the ledger's own transaction.

Owns what a follower is given. A follower may be given a call again and again, with more or with the same
events; it must come to the same result each time.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from sqlalchemy.orm import Session

from memo_service.ledger.verdicts import CallRecord, Verdict
from office.events import CallEvent


@dataclass(frozen=True, slots=True)
class Batch:
    """What one transaction of the ledger took in.

    `events` as delivered, `records` the calls they belong to, put together from all their stored events;
    `parties` the citizen's party by event id, where an event of these calls told a number.
    """

    events: Sequence[CallEvent]
    records: Mapping[str, CallRecord]
    parties: Mapping[str, str]

    def caller(self, record: CallRecord) -> str | None:
        """Party of who called, or of who was called out; None if withheld or not told."""
        return self.parties.get(record.start.id) if record.start else None


class Follower(Protocol):
    """Makes something of its own from events."""

    def follow(self, session: Session, batch: Batch) -> None:
        """Write what follows from `batch`; an error takes the whole batch back, and it comes again."""

    def settled(self) -> None:
        """The transaction is committed. Called on the event loop; must not wait."""


class Judge(Protocol):
    """Judges a promise that reaches beyond the call: what became of a memo (T6), of a callback (T7)."""

    def judge_again(self, session: Session, call_ids: Iterable[str]) -> dict[str, dict[str, Verdict]]:
        """Verdicts by call and promise, made again from what is stored; calls without one are left out."""
