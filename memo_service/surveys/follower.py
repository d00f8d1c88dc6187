"""Makes a survey's row from the ledger's events, in the ledger's own transaction.

Owns that a number counts once a month (by its party, that is, by its blind index), whatever the menu asked.
"""

from collections.abc import Callable
from datetime import timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from memo_service.ledger.follower import Batch
from memo_service.ledger.verdicts import CallRecord
from memo_service.surveys.models import Survey, id_of
from office.events import MenuBegan, MenuKept

MONTH = timedelta(days=30)
SCORES = ("1", "2", "3")


class SurveyFollower:
    """Follows the ledger for surveys."""

    def __init__(self) -> None:
        self._made = False
        self.on_change: Callable[[], None] = lambda: None
        """Called after the commit, on the event loop, when a survey was made or amended."""

    def follow(self, session: Session, batch: Batch) -> None:
        """Make or amend the surveys of the calls in `batch`."""
        self._made = False  # of a batch that was taken back
        for record in batch.records.values():
            if begun := record.handed_over:
                self._keep(session, record, begun, batch.caller(record))

    def settled(self) -> None:
        """Tell of what the commit changed."""
        made, self._made = self._made, False
        if made:
            self.on_change()

    def _keep(self, session: Session, record: CallRecord, begun: MenuBegan, party: str | None) -> None:
        row = session.get(Survey, id_of(record.call_id))
        if row is None:
            row = Survey(
                id=id_of(record.call_id), call_id=record.call_id, at=begun.at,
                department=_department(record, begun), party_id=party,
                counts=not _asked_before(session, begun, party), remark_state="none",
            )  # fmt: skip
            session.add(row)
        kept = {e.name: e.value for e in record.menus if isinstance(e, MenuKept) and e.at >= begun.at}
        row.score = int(kept["score"]) if kept.get("score") in SCORES else None
        if kept.get("remark") and row.remark_state == "none":
            row.remark, row.remark_state = kept["remark"], "waiting"
        self._made = True
        session.flush()


def _department(record: CallRecord, begun: MenuBegan) -> str | None:
    """Whose talk it was: the department of who handed the line over, else of who answered."""
    if begun.by and begun.by.department:
        return begun.by.department
    return record.answer.phone.department if record.answer else None


def _asked_before(session: Session, begun: MenuBegan, party: str | None) -> bool:
    """Whether this number was counted within the month before; who withholds his is nobody's number."""
    if party is None:
        return False
    earlier = select(Survey.id).where(
        Survey.party_id == party, Survey.counts, Survey.at < begun.at, Survey.at > begun.at - MONTH
    )
    return session.execute(earlier.limit(1)).first() is not None
