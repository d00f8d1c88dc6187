"""Keeps how officers finished their calls: done, to be followed up, or by the memo or callback it led to.

Owns that a call waits until it is finished, oldest first, on whichever page; and that a memo or a callback is
made once by the memos' own service, before the call counts as finished. An officer sees his own calls alone.
"""

import asyncio
import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from sqlalchemy import Engine, func, select
from sqlalchemy.orm import Session

from memo_service.access.actor import Actor
from memo_service.aftercall.models import AfterRow
from memo_service.aftercall.refused import AfterRefusedError
from memo_service.db.models import CallRow
from memo_service.db.session import reading, writing
from memo_service.errors import ForbiddenError
from memo_service.ledger.parties import Parties
from memo_service.ledger.store import lock_calls
from memo_service.memos.taking import TakenMemo, Taking
from memo_service.talk.service import Talks
from office.phone_number import PhoneNumber

NOT_HIS = "이 통화에 있지 않아 마무리할 수 없습니다."
NO_MATTER = "통화 뒤에 남긴 메모입니다. 적어 둔 요점은 없습니다."
_SHOWN = timedelta(days=14)
"""What waited longer stands in the list of calls alone."""


class Finish(StrEnum):
    """What an officer says of a call that is over for him."""

    DONE = "done"
    FOLLOW = "follow"
    """More has to be done; it goes on waiting, marked."""
    MEMO = "memo"
    CALLBACK = "callback"
    OPEN = "open"
    """Taken back: it waits again."""


@dataclass(frozen=True, slots=True)
class Waiting:
    """A call that waits to be finished."""

    call_id: str
    left_at: datetime
    talk_ms: int
    follow: bool
    memo_id: str | None
    asked_at: datetime | None


class AfterCalls:
    """The calls of one office's officers that are to be finished."""

    def __init__(
        self,
        engine: Engine,
        parties: Parties,
        talks: Talks,
        taking: Taking,
        now: Callable[[], datetime],
        was_in: Callable[[Session, str, str], bool],
    ) -> None:
        """`was_in` tells whether an officer is or was in a call."""
        self._engine = engine
        self._parties = parties
        self._talks = talks
        self._taking = taking
        self._now = now
        self._was_in = was_in

    def waiting(self, officer: str, most: int) -> tuple[tuple[Waiting, ...], int]:
        """(the `most` oldest of his calls that wait, how many wait in all)."""
        conditions = (
            AfterRow.officer == officer,
            AfterRow.finished_at.is_(None),
            AfterRow.left_at > self._now() - _SHOWN,
        )
        query = select(AfterRow).where(*conditions).order_by(AfterRow.left_at, AfterRow.call_id)
        with reading(self._engine) as session:
            rows = session.scalars(query.limit(most)).all()
            count = session.execute(select(func.count()).where(*conditions)).scalar_one()
            return tuple(_waiting(row, row.left_at) for row in rows if row.left_at), count

    async def finish(
        self, actor: Actor, call_id: str, how: Finish, asked_at: datetime | None = None
    ) -> str | None:
        """Finish a call, or mark it; the id of the memo that it led to, if one was made.

        Raises ForbiddenError, AfterRefusedError, MemoNotSavedError.
        """
        memo_id = None
        if how in (Finish.MEMO, Finish.CALLBACK):
            memo_id = await self._make(actor, call_id, how, asked_at)
        await asyncio.to_thread(self._say, actor, call_id, how, memo_id, asked_at)
        return memo_id

    async def promise(self, actor: Actor, call_id: str, asked_at: datetime) -> str:
        """A callback that is promised while the citizen is on the line; the memo's id. Raises as `finish`."""
        memo_id = await self._make(actor, call_id, Finish.CALLBACK, asked_at)
        await asyncio.to_thread(self._note_promise, actor, call_id, memo_id, asked_at)
        return memo_id

    def promised(self, officer: str, call_id: str) -> datetime | None:
        """The time at which this officer said he would call this caller."""
        with reading(self._engine) as session:
            row = session.get(AfterRow, (call_id, officer))
            return row.asked_at if row else None

    async def _make(self, actor: Actor, call_id: str, how: Finish, asked_at: datetime | None) -> str:
        memo = await asyncio.to_thread(self._memo, actor, call_id, how, asked_at)
        return await self._taking.take(actor.officer, memo)

    def _memo(self, actor: Actor, call_id: str, how: Finish, asked_at: datetime | None) -> TakenMemo:
        """What he wrote down during the call, for himself; sent twice, kept once."""
        reply = how is Finish.CALLBACK
        if asked_at is not None and (not reply or asked_at <= self._now()):
            raise AfterRefusedError("asked_at")
        with reading(self._engine) as session:
            self._of_his(session, actor, call_id)
            number = self._number(session, call_id)
            talk = self._talks.of(session, call_id, actor.officer)
        if reply and number is None:
            raise AfterRefusedError("no_number")
        texts = {"name": "", "matter": talk.gist or NO_MATTER, "note": "", "read_back": talk.read_back}
        key = memo_key(call_id, actor.officer, how)
        whose = (actor.officer, actor.department)
        return TakenMemo(key, "call", *whose, number, reply, asked_at, texts)

    def _say(
        self, actor: Actor, call_id: str, how: Finish, memo_id: str | None, asked_at: datetime | None
    ) -> None:
        now = self._now()
        with writing(self._engine) as session:
            row = self._row(session, actor, call_id)
            row.memo_id, row.asked_at = memo_id or row.memo_id, asked_at or row.asked_at
            if how is Finish.FOLLOW:
                row.follow_at = row.follow_at or now
            elif how is Finish.OPEN:
                row.finished_at = row.outcome = None
            elif row.finished_at is None:  # pressed twice, or in two tabs: the first one stands
                row.finished_at, row.outcome = now, how.value

    def _note_promise(self, actor: Actor, call_id: str, memo_id: str, asked_at: datetime) -> None:
        with writing(self._engine) as session:
            row = self._row(session, actor, call_id)
            row.memo_id, row.asked_at = memo_id, row.asked_at or asked_at

    def _row(self, session: Session, actor: Actor, call_id: str) -> AfterRow:
        """The row to write to, held until the commit."""
        lock_calls(session, [call_id])
        row = session.get(AfterRow, (call_id, actor.officer), with_for_update=True)
        if row is None:
            self._of_his(session, actor, call_id)
            row = AfterRow(call_id=call_id, officer=actor.officer, talk_ms=0)
            session.add(row)
        return row

    def _of_his(self, session: Session, actor: Actor, call_id: str) -> None:
        if not self._was_in(session, call_id, actor.officer):
            raise ForbiddenError(NOT_HIS)

    def _number(self, session: Session, call_id: str) -> PhoneNumber | None:
        call = session.get(CallRow, call_id)
        party = call.party_id if call else None
        return self._parties.numbers(session, [party])[party] if party else None


def memo_key(call_id: str, officer: str, how: Finish) -> str:
    """Names the one memo that an officer's word makes of a call, at his page or at his phone."""
    return hashlib.sha256(f"{call_id}/{officer}/{how.value}".encode()).hexdigest()[:40]


def _waiting(row: AfterRow, left_at: datetime) -> Waiting:
    return Waiting(
        call_id=row.call_id,
        left_at=left_at,
        talk_ms=row.talk_ms,
        follow=row.follow_at is not None,
        memo_id=row.memo_id,
        asked_at=row.asked_at,
    )
