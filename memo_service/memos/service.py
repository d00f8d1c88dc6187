"""What officers do with memos: take one by hand, read, note, mark as done, open a number or a recording.

Owns that every opening of personal data is logged in the same
transaction, and that a memo somebody typed survives a locked database (TIM-04).
"""

import logging
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TypeVar

from sqlalchemy import Engine, bindparam, select
from sqlalchemy.exc import IntegrityError, InterfaceError, OperationalError
from sqlalchemy.orm import Session

from memo_service.access.actor import Actor
from memo_service.access.log import Opened, log_access, opened_since
from memo_service.callbacks.opening import NewCallback, Opening
from memo_service.db.session import insert_row, writing
from memo_service.errors import ForbiddenError, NotFoundError
from memo_service.ledger.parties import Parties
from memo_service.memos import store
from memo_service.memos.concern import Concern
from memo_service.memos.mail import queue_mail
from memo_service.memos.models import Memo, Recording, id_of
from memo_service.protect import Keyring
from memo_service.recordings.vault import Vault
from office.directory import Directory
from office.phone_number import PhoneNumber

SAVE_WITHIN_S = 30.0
_PAUSE_S = 0.2
_ONE_OPENING = timedelta(minutes=5)
NOT_HIS = "이 메모는 다른 부서의 것이라 볼 수 없어요."

_IS_KEPT = select(Memo.id).where(Memo.id == bindparam("memo_id"))

_log = logging.getLogger(__name__)
T = TypeVar("T")


class MemoNotSavedError(Exception):
    """The database was locked or away for 30 s; the text is still with whoever typed it."""


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


@dataclass(frozen=True, slots=True)
class Means:
    """What memos are kept with. `mails`: the office has a mail server."""

    engine: Engine
    keyring: Keyring
    parties: Parties
    directory: Directory
    vault: Vault
    mails: bool


class Memos:
    """The acts of one office."""

    def __init__(self, means: Means, callbacks: Opening, now: Callable[[], datetime]) -> None:
        self._engine = means.engine
        self._keyring = means.keyring
        self._parties = means.parties
        self._directory = means.directory
        self.concern = Concern(means.directory)
        self._vault = means.vault
        self._mails = means.mails
        self._callbacks = callbacks
        self._now = now

    def take(self, actor: Actor, taken: TakenMemo, *, within_s: float = SAVE_WITHIN_S) -> str:
        """Keep a memo taken by hand; returns its id. Tries `within_s`, then MemoNotSavedError (TIM-04)."""
        memo_id = id_of(f"form/{taken.key}")
        try:
            self._patiently(lambda: self._take(actor, taken, memo_id), within_s)
        except IntegrityError:  # the same form, sent twice at once to two processes
            _log.info("a memo was sent twice", extra={"memo_id": memo_id})
        return memo_id

    def shown(self, actor: Actor, memo_ids: Iterable[str]) -> None:
        """These stood on his page: delivered, where they are for him."""
        with writing(self._engine) as session:
            for memo_id in sorted(memo_ids):
                memo = session.get(Memo, memo_id, with_for_update=True)
                if memo is None or memo.delivered_at is not None:
                    continue
                if self.concern.is_for(actor, memo, self._owner(session, memo_id)):
                    store.receipt(session, memo, "delivered", self._now(), actor.officer, way="page")

    def read(self, actor: Actor, memo_id: str, reason: str = "") -> None:
        """He opens it. Raises NotFoundError, ForbiddenError."""
        with writing(self._engine) as session:
            memo = self._held(session, actor, memo_id)
            log_access(session, self._now(), actor.officer, Opened.MEMO, memo_id, reason)
            if self.concern.is_for(actor, memo, self._owner(session, memo_id)):
                store.receipt(session, memo, "read", self._now(), actor.officer)

    def acted(self, actor: Actor, memo_id: str) -> None:
        """He has done what the memo asks (처리됨)."""
        with writing(self._engine) as session:
            memo = self._held(session, actor, memo_id)
            store.receipt(session, memo, "acted", self._now(), actor.officer)

    def note(self, actor: Actor, memo_id: str, words: str) -> None:
        """Add a line to its history; nothing is ever written over."""
        with writing(self._engine) as session:
            memo = self._held(session, actor, memo_id)
            event = store.add_event(session, memo.id, self._now(), "note", actor.officer)
            event.words = self._keyring.encrypt(words, "memo_events.words", event.id)

    def number(self, actor: Actor, memo_id: str, reason: str) -> PhoneNumber | None:
        """The number to call, opened for a reason; None where there is none (any more)."""
        with writing(self._engine) as session:
            memo = self._held(session, actor, memo_id)
            log_access(session, self._now(), actor.officer, Opened.NUMBER, memo_id, reason)
            party = memo.party_id or ""
            return self._parties.numbers(session, [party]).get(party)

    def sound(self, actor: Actor, memo_id: str, recording_id: str) -> bytes:
        """A recording as WAV. A player asks for it in parts: those of five minutes are one opening."""
        now = self._now()
        with writing(self._engine) as session:
            self._held(session, actor, memo_id)
            row = session.get(Recording, recording_id)
            if row is None or row.memo_id != memo_id or not row.playable:
                raise NotFoundError
            opening = (actor.officer, Opened.RECORDING, memo_id)
            if not opened_since(session, now - _ONE_OPENING, *opening):
                log_access(session, now, *opening)
        return self._vault.get(recording_id)

    def slip(self, actor: Actor, memo_id: str) -> PhoneNumber | None:
        """He prints it, with the number."""
        with writing(self._engine) as session:
            memo = self._held(session, actor, memo_id)
            log_access(session, self._now(), actor.officer, Opened.SLIP, memo_id)
            party = memo.party_id or ""
            return self._parties.numbers(session, [party]).get(party)

    def classify(self, text: str) -> PhoneNumber:
        """A number as typed, in its one spelling."""
        return self._parties.classify(text)

    def _held(self, session: Session, actor: Actor, memo_id: str) -> Memo:
        memo = session.get(Memo, memo_id, with_for_update=True)
        if memo is None:
            raise NotFoundError
        if not self.concern.may_see(actor, memo, self._owner(session, memo_id)):
            raise ForbiddenError(NOT_HIS)
        return memo

    @staticmethod
    def _owner(session: Session, memo_id: str) -> str | None:
        """Who holds the memo's callback now."""
        state = Opening.state_of(session, [memo_id]).get(memo_id)
        return state.owner if state else None

    def _take(self, actor: Actor, taken: TakenMemo, memo_id: str) -> None:
        now = self._now()
        with writing(self._engine) as session:
            if session.scalar(_IS_KEPT, {"memo_id": memo_id}) is not None:
                return
            memo = self._row(session, actor, taken, memo_id, now)
            store.look_again(memo, [])
            insert_row(session, memo)
            officer = self._directory.officers.get(taken.officer or "")
            if self._mails and officer is not None and officer.email is not None:
                queue_mail(session, memo, now)
            if memo.party_id is not None and memo.reply_wanted:
                self._callbacks.open_first(
                    session,
                    NewCallback(
                        memo_id=memo.id,
                        party_id=memo.party_id,
                        received_at=now,
                        officer=memo.officer,
                        department=memo.department,
                        asked_at=memo.asked_at,
                    ),
                )

    def _row(self, session: Session, actor: Actor, taken: TakenMemo, memo_id: str, now: datetime) -> Memo:
        number = taken.number
        parties = self._parties.ids(session, [number] if number else [])
        return Memo(
            id=memo_id,
            call_id=None,
            form_key=taken.key,
            channel=taken.channel,
            taken_by=actor.officer,
            why="asked",
            officer=taken.officer,
            department=taken.department,
            exten="",
            party_id=parties[number.reveal()] if number else None,
            withheld=False,
            received_at=now,
            reply_wanted=taken.reply_wanted,
            asked_at=taken.asked_at,
            told=None,
            **store.seal(self._keyring, memo_id, taken.texts),
        )

    @staticmethod
    def _patiently(work: Callable[[], T], within_s: float) -> T:
        """Try until it is kept. SQLite waits 5 s for a lock; a database that is gone says so at once."""
        deadline = time.monotonic() + within_s
        while True:
            try:
                return work()
            except (OperationalError, InterfaceError) as error:
                _log.warning("memo not saved yet: %s", type(error.orig).__name__)
                if time.monotonic() >= deadline:
                    raise MemoNotSavedError from error
                time.sleep(_PAUSE_S)
