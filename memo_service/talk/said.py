"""An officer who greets with his own voice says that he did (charter T2, T3): a fact of the call like others.

Owns of which call he may say it: his own answer, to which nothing was played. The verdict is the ledger's.
"""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime

from memo_service.access.actor import Actor
from memo_service.errors import ForbiddenError, NotFoundError
from memo_service.ledger.reader import Reader
from memo_service.ledger.verdicts import CallRecord
from office.events import CallEvent, Phone, WordsSaid

OWN_VOICE = "own_voice"
NOT_HIS = "직접 인사하기로 한 자기 통화에만 표시할 수 있습니다."
Keep = Callable[[Sequence[CallEvent]], Awaitable[None]]


class Said:
    """What officers say of their own words, for one office."""

    def __init__(self, reader: Reader, now: Callable[[], datetime]) -> None:
        self._reader = reader
        self._now = now
        self.keep: Keep | None = None
        """Takes events into the ledger, after its commit also onto the pages; set once the service runs."""

    async def tick(self, actor: Actor, call_id: str) -> None:
        """He spoke the words. Said again it changes nothing. Raises NotFoundError, ForbiddenError."""
        stored = await asyncio.to_thread(self._reader.call, call_id)
        if stored is None or self.keep is None:
            raise NotFoundError
        record, answer = stored.record, stored.record.answer
        if answer is None or not may_say(record, actor.officer):
            raise ForbiddenError(NOT_HIS)
        if not has_said(record, actor.officer):
            await self.keep([_event(record, answer.phone, self._now())])


def may_say(record: CallRecord, officer: str) -> bool:
    """Whether he answered this call, and was to greet himself."""
    answer, words = record.answer, record.words
    return bool(words and answer and words[0].reason == OWN_VOICE and answer.phone.officer == officer)


def has_said(record: CallRecord, officer: str) -> bool:
    """Whether he has said so."""
    return any(said.phone.officer == officer for said in record.said)


def _event(record: CallRecord, phone: Phone, at: datetime) -> WordsSaid:
    """Named by call and officer alone: told twice it is one."""
    event_id = f"{record.pbx}/{record.call_id}/words_said/{phone.officer}"
    return WordsSaid(id=event_id, pbx=record.pbx, call_id=record.call_id, at=at, phone=phone)
