"""Follows the ledger: what officers keyed within calls becomes what their page would have made of it.

Owns that a code told twice, live or from the journal, is one act. Whose act it is, is told by the phone.
"""

from collections.abc import Callable

from sqlalchemy.orm import Session

from memo_service.ledger.follower import Batch
from memo_service.phone.notes import PhoneMemos
from memo_service.talk.service import Talks
from office.events import CallClass, DeskActed
from office.phone_codes import PhoneAct

TellTalk = Callable[[str, str, int], None]
"""(officer, call, version) of a text that was stamped, on the event loop, after the commit."""


class ActFollower:
    """Works on with the ledger's events, in its transaction."""

    def __init__(self, talks: Talks, memos: PhoneMemos, tell_talk: TellTalk) -> None:
        self._talks = talks
        self._memos = memos
        self._tell_talk = tell_talk
        self._stamped: list[tuple[str, str, int]] = []
        self.visitor: Callable[[Session, DeskActed], None] = lambda _, __: None
        """Given a visitor who waits, in the ledger's transaction; the same event may come again."""
        self.tell_memos: Callable[[list[str]], None] = lambda _: None
        """Told of memos that were made, on the event loop, after the commit."""
        self._made: list[str] = []

    def follow(self, session: Session, batch: Batch) -> None:
        """Carry out the acts of `batch`."""
        self._stamped, self._made = [], []
        for event in batch.events:
            if not isinstance(event, DeskActed) or event.phone.officer is None:
                continue
            if event.act is PhoneAct.READ_BACK:
                version = self._talks.stamp(session, event.call_id, event.phone.officer, event.at)
                self._stamped.append((event.phone.officer, event.call_id, version))
            elif event.act is PhoneAct.CALLBACK:
                self._call_back(session, batch, event)
            else:
                self.visitor(session, event)

    def settled(self) -> None:
        """Committed: pages look again."""
        stamped, made = self._stamped, self._made
        self._stamped, self._made = [], []
        for one in stamped:
            self._tell_talk(*one)
        if made:
            self.tell_memos(made)

    def _call_back(self, session: Session, batch: Batch, event: DeskActed) -> None:
        record = batch.records.get(event.call_id)
        if record is None or event.phone.officer is None:
            return
        call_class = record.start.call_class if record.start else CallClass.UNKNOWN
        if call_class is CallClass.INTERNAL:
            return
        made = self._memos.take(
            session, event.id, event.call_id, event.phone.officer, event.at, batch.caller(record)
        )
        if made:
            self._made.append(made)
