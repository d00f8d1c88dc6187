"""Destroys personal data on schedule: voice, memo text with its number, statistics and access log apart.

Owns the terms (charter.memo) and the proof: each run writes what was destroyed, in counts. A memo whose
callback is still open keeps its text until that is closed.
"""

import asyncio
import logging
from collections.abc import Callable, Iterable
from datetime import datetime, timedelta
from pathlib import Path

from sqlalchemy import Engine, delete, select, update
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from memo_service.absences.retire import forget_absences
from memo_service.access.log import AccessEntry
from memo_service.aftercall.retire import forget_after_calls
from memo_service.callbacks.opening import Opening
from memo_service.callbacks.retire import forget_callbacks, forget_wishes
from memo_service.db.session import reading, writing
from memo_service.drafts.store import forget_drafts
from memo_service.ledger.parties import hold_parties
from memo_service.ledger.retire import changed, drop_parties, forget_calls, forget_numbers
from memo_service.memos import store
from memo_service.memos.judging import judge
from memo_service.memos.models import Destruction, Memo, MemoEvent, MemoMail, Recording
from memo_service.recordings.vault import Vault
from memo_service.surveys.retire import forget_askers, forget_remarks, forget_surveys
from memo_service.transfers.retire import forget_gists, forget_talk, forget_transfers
from memo_service.visitors.retire import forget_visitors
from office.calendar import KST
from office.charter import Memo as Terms

_BATCH = 200
_HOUR = 3
_LOOK_S = 600.0

_log = logging.getLogger(__name__)


class Retention:
    """The destruction of one office's data."""

    def __init__(
        self, engine: Engine, vault: Vault, spool: Path, terms: Terms, now: Callable[[], datetime]
    ) -> None:
        self._engine = engine
        self._vault = vault
        self._spool = spool
        self._terms = terms
        self._now = now

    async def run(self) -> None:
        """Once a day, after three in the morning in Korea, or as soon after as the service runs."""
        while True:
            try:
                if await asyncio.to_thread(self._is_due):
                    await asyncio.to_thread(self.destroy)
            except (DBAPIError, OSError) as error:
                _log.warning("nothing destroyed, trying again: %s", type(error).__name__)
            await asyncio.sleep(_LOOK_S)

    def destroy(self) -> dict[str, dict[str, int]]:
        """Destroy everything whose term is over; returns the counts by kind."""
        terms, now = self._terms, self._now()
        works: tuple[tuple[str, int, Callable[[datetime], dict[str, int]]], ...] = (
            ("voice", terms.keep_voice_days, self._destroy_voice),
            ("text", terms.keep_text_days, self._destroy_text),
            ("statistics", terms.keep_statistics_days, self._destroy_statistics),
            ("access_log", terms.keep_access_log_days, self._destroy_access_log),
        )
        done: dict[str, dict[str, int]] = {}
        for what, days, work in works:
            before = now - timedelta(days=days)
            done[what] = work(before)
            with writing(self._engine) as session:
                session.add(Destruction(at=now, before=before, what=what, counts=done[what]))
        _log.info("destroyed on schedule", extra={"counts": done})
        return done

    def _is_due(self) -> bool:
        local = self._now().astimezone(KST)
        if local.hour < _HOUR:
            return False
        today = local.replace(hour=0, minute=0, second=0, microsecond=0)
        with reading(self._engine) as session:
            # the last kind of a run: one that was broken off is done again
            done = select(Destruction.seq).where(Destruction.at >= today, Destruction.what == "access_log")
            return session.execute(done.limit(1)).first() is None

    def _destroy_voice(self, before: datetime) -> dict[str, int]:
        """Sealed files, their pictures, and plain files in the spool that no memo ever claimed."""
        count = 0
        old = select(Recording).where(Recording.told_at < before, Recording.state != "destroyed")
        while True:
            with writing(self._engine) as session:
                rows = session.scalars(old.limit(_BATCH)).all()
                for row in rows:
                    # the file first: a kill in between leaves a row that is done again
                    self._vault.drop(row.id)
                    (self._spool / row.name).unlink(missing_ok=True)
                    row.state, row.peaks = "destroyed", []
                forget_drafts(session, [row.id for row in rows])
                count += len(rows)
            if len(rows) < _BATCH:
                with writing(self._engine) as session:
                    remarks = forget_remarks(session, self._vault, before)
                return {"recordings": count, "remarks": remarks, "unclaimed": self._destroy_unclaimed(before)}

    def _destroy_unclaimed(self, before: datetime) -> int:
        """By the machine's clock, which is the files' too."""
        limit = datetime.now(KST) - (self._now() - before)
        spools = (self._spool, self._spool.with_name("menu"))
        files = [path for spool in spools for path in spool.glob("*.wav")]
        old = [path for path in files if path.stat().st_mtime < limit.timestamp()]
        for path in old:
            path.unlink(missing_ok=True)
        return len(old)

    def _destroy_text(self, before: datetime) -> dict[str, int]:
        with writing(self._engine) as session:
            hold_parties(
                session, alone=True
            )  # first: who holds rows and then waits for it could wait for ever
            memos = session.scalars(
                select(Memo).where(Memo.received_at < before, Memo.destroyed_at.is_(None))
            ).all()
            open_ones = _with_open_callback(session, [memo.id for memo in memos])
            done = [memo for memo in memos if memo.id not in open_ones]
            for memo in done:
                self._empty(session, memo)
            session.flush()
            return {
                "memos": len(done),
                "calls": forget_numbers(session, before),
                "callbacks": forget_wishes(session, before),
                "absences": forget_absences(session, before),
                "gists": forget_gists(session, before),
                "talk": forget_talk(session, before),
                "surveys": forget_askers(session, before),
                "numbers": drop_parties(session),
            }

    def _empty(self, session: Session, memo: Memo) -> None:
        for name in store.TEXTS:
            setattr(memo, name, None)
        memo.party_id = memo.keyed_party_id = None
        memo.destroyed_at = self._now()
        changed(session, update(MemoEvent).where(MemoEvent.memo_id == memo.id).values(words=None))
        store.add_event(session, memo.id, self._now(), "destroyed", "system")
        judge(session, memo)

    def _destroy_statistics(self, before: datetime) -> dict[str, int]:
        """What is left of memos, and the calls themselves."""
        with writing(self._engine) as session:
            old = select(Memo.id).where(Memo.received_at < before, Memo.destroyed_at.is_not(None))
            forget_drafts(session, session.scalars(select(Recording.id).where(Recording.memo_id.in_(old))))
            for table in (MemoEvent, MemoMail, Recording):
                changed(session, delete(table).where(table.memo_id.in_(old)))
            return {
                "memos": changed(session, delete(Memo).where(Memo.id.in_(old))),
                "callbacks": forget_callbacks(session, before),
                "transfers": forget_transfers(session, before),
                "surveys": forget_surveys(session, before),
                "after_calls": forget_after_calls(session, before),
                "visitors": forget_visitors(session, before),
                "calls": forget_calls(session, before),
            }

    def _destroy_access_log(self, before: datetime) -> dict[str, int]:
        with writing(self._engine) as session:
            return {"entries": changed(session, delete(AccessEntry).where(AccessEntry.at < before))}


def _with_open_callback(session: Session, memo_ids: Iterable[str]) -> set[str]:
    states = Opening.state_of(session, memo_ids)
    return {memo_id for memo_id, state in states.items() if state.closed_at is None}
