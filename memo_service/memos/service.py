"""What officers do with memos: read, note, mark as done, open a number or a recording.

Owns that every opening of personal data is logged in the same transaction. Taking a memo is `memos.taking`'s.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Engine
from sqlalchemy.orm import Session

from memo_service.access.actor import Actor
from memo_service.access.log import Opened, log_access, opened_since
from memo_service.callbacks.opening import Opening
from memo_service.db.session import writing
from memo_service.errors import ForbiddenError, NotFoundError
from memo_service.ledger.parties import Parties
from memo_service.memos import store
from memo_service.memos.concern import Concern
from memo_service.memos.models import Memo, Recording
from memo_service.protect import Keyring
from memo_service.recordings.vault import Vault
from office.directory import Directory
from office.phone_number import PhoneNumber

_ONE_OPENING = timedelta(minutes=5)
NOT_HIS = "이 메모는 다른 부서의 것이라 볼 수 없어요."


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

    def __init__(self, means: Means, now: Callable[[], datetime]) -> None:
        self._engine = means.engine
        self._keyring = means.keyring
        self._parties = means.parties
        self.concern = Concern(means.directory)
        self._vault = means.vault
        self._now = now

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
