"""Keeps memos taken by hand: each once, sealed, with its callback in the same commit.

Owns that a memo somebody typed survives a locked database (TIM-04), that a form sent twice is one memo, and
that one memo which cannot be kept costs no other.
"""

import logging
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.exc import IntegrityError, InterfaceError, OperationalError
from sqlalchemy.orm import Session

from memo_service.callbacks.opening import NewCallback, Opening
from memo_service.db.session import insert_rows, reading, writing
from memo_service.memos import store
from memo_service.memos.mail import queue_mail
from memo_service.memos.models import Memo, id_of
from memo_service.memos.service import Means
from memo_service.memos.together import Together
from office.phone_number import PhoneNumber

SAVE_WITHIN_S = 30.0
_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class TakenMemo:
    """A memo as a colleague took it. `key` names the form it was typed into: sent twice, kept once."""

    key: str
    channel: str
    officer: str | None
    department: str | None
    number: PhoneNumber | None
    reply_wanted: bool
    asked_at: datetime | None
    texts: dict[str, str]
    received_at: datetime | None = None
    """When, if not the moment it is kept: a code that the journal tells late was keyed before."""

    @property
    def memo_id(self) -> str:
        """The id that this form's memo always has."""
        return id_of(f"form/{self.key}")


@dataclass(frozen=True, slots=True)
class Taken:
    """A memo, and who took it: an officer's id, or a word of `memos.labels.TAKEN_BY`."""

    by: str
    memo: TakenMemo


class Taking:
    """Takes memos for one office."""

    def __init__(self, means: Means, callbacks: Opening, now: Callable[[], datetime]) -> None:
        self._means = means
        self._callbacks = callbacks
        self._now = now
        self._together = Together(self.keep)

    async def take(self, by: str, memo: TakenMemo, *, within_s: float = SAVE_WITHIN_S) -> str:
        """Keep a memo; returns its id after the commit. Tries `within_s`, then MemoNotSavedError."""
        await self._together.add(Taken(by, memo), within_s)
        return memo.memo_id

    def keep(self, taken: Sequence[Taken]) -> list[Exception | None]:
        """Keep these in one commit; returns the fault of each, None for one that is kept.

        Raises OperationalError, InterfaceError: the database is locked or away; some may have been kept.
        """
        try:
            with writing(self._means.engine) as session:
                self._insert(session, taken)
        except (OperationalError, InterfaceError):
            raise
        except Exception as error:  # whatever it is, it must cost no memo but the one it is about
            if len(taken) == 1:
                return [self._fault(taken[0].memo, error)]
            _log.warning("of %d memos one cannot be kept: %s", len(taken), type(error).__name__)
            return [fault for one in taken for fault in self.keep([one])]
        return [None] * len(taken)

    def insert_once(self, session: Session, taken: Taken) -> bool:
        """Keep a memo in the caller's transaction; False if it is kept already."""
        if session.get(Memo, taken.memo.memo_id) is not None:
            return False
        self._insert(session, [taken])
        return True

    def _fault(self, memo: TakenMemo, error: Exception) -> Exception | None:
        """None for a memo that is kept already: its form was sent twice, or its commit was in doubt."""
        if not isinstance(error, IntegrityError):
            return error
        with reading(self._means.engine) as session:
            if session.get(Memo, memo.memo_id) is None:
                return error
        _log.info("a memo was sent twice", extra={"memo_id": memo.memo_id})
        return None

    def _insert(self, session: Session, taken: Iterable[Taken]) -> None:
        by_id = {one.memo.memo_id: one for one in taken}
        numbers = (one.memo.number for one in by_id.values() if one.memo.number)
        parties, now = self._means.parties.ids(session, numbers), self._now()
        memos = [self._row(memo_id, one, parties, now) for memo_id, one in by_id.items()]
        insert_rows(session, memos)
        for memo in memos if self._means.mails else ():
            queue_mail(session, self._means.directory, memo, now)
        self._callbacks.open_all(
            session, [_callback(memo, memo.party_id) for memo in memos if memo.reply_wanted and memo.party_id]
        )

    def _row(self, memo_id: str, one: Taken, parties: dict[str, str], now: datetime) -> Memo:
        taken = one.memo
        memo = Memo(
            id=memo_id,
            call_id=None,
            form_key=taken.key,
            channel=taken.channel,
            taken_by=one.by,
            why="asked",
            officer=taken.officer,
            department=taken.department,
            exten="",
            party_id=parties[taken.number.reveal()] if taken.number else None,
            withheld=False,
            received_at=taken.received_at or now,
            reply_wanted=taken.reply_wanted,
            asked_at=taken.asked_at,
            told=None,
            **store.seal(self._means.keyring, memo_id, taken.texts),
        )
        store.look_again(memo, [])
        return memo


def _callback(memo: Memo, party_id: str) -> NewCallback:
    return NewCallback(
        memo_id=memo.id,
        party_id=party_id,
        received_at=memo.received_at,
        officer=memo.officer,
        department=memo.department,
        asked_at=memo.asked_at,
    )
