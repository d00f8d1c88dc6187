"""Follows the ledger: what officers keyed within calls becomes what their page would have made of it.

Owns that a code told twice, live or from the journal, is one act. Whose act it is, is told by the phone.
"""

from collections.abc import Callable

from sqlalchemy.orm import Session

from memo_service.access.actor import Actor
from memo_service.ledger.follower import Batch
from memo_service.memos.models import id_of
from memo_service.phone.notes import PhoneMemos
from memo_service.talk.service import Talks
from memo_service.visitors.feature import VisitorFeature
from office.directory import Directory
from office.events import CallClass, DeskActed
from office.phone_codes import PhoneAct

TellTalk = Callable[[str, str, int], None]
"""(officer, call, version) of a text that was stamped, on the event loop, after the commit."""


class ActFollower:
    """Works on with the ledger's events, in its transaction."""

    def __init__(
        self,
        talks: Talks,
        memos: PhoneMemos,
        visitors: VisitorFeature,
        directory: Directory,
        tell_talk: TellTalk,
    ) -> None:
        self._talks = talks
        self._memos = memos
        self._tell_talk = tell_talk
        self._stamped: list[tuple[str, str, int]] = []
        self._visitors = visitors
        self._directory = directory
        self._visited: set[str] = set()
        self.tell_memos: Callable[[list[str]], None] = lambda _: None
        """Told of memos that were made, on the event loop, after the commit."""
        self._made: list[str] = []

    def follow(self, session: Session, batch: Batch) -> None:
        """Carry out the acts of `batch`."""
        self._stamped, self._made, self._visited = [], [], set()
        for event in batch.events:
            if not isinstance(event, DeskActed) or event.phone.officer is None:
                continue
            if event.act is PhoneAct.READ_BACK:
                version = self._talks.stamp(session, event.call_id, event.phone.officer, event.at)
                self._stamped.append((event.phone.officer, event.call_id, version))
            elif event.act is PhoneAct.CALLBACK:
                self._call_back(session, batch, event)
            elif event.act is PhoneAct.VISITOR:
                self._visitor(session, event)

    def settled(self) -> None:
        """Committed: pages look again."""
        stamped, made = self._stamped, self._made
        self._stamped, self._made = [], []
        for one in stamped:
            self._tell_talk(*one)
        if made:
            self.tell_memos(made)
        if self._visited:
            self._visitors.after.tell(frozenset(self._visited))
            self._visited = set()

    def _visitor(self, session: Session, event: DeskActed) -> None:
        actor = Actor.of(self._directory, event.phone.officer or "")
        if actor is not None:
            clock = id_of(event.id)
            self._visitors.clocks.began_at_phone(session, clock, actor, event.call_id, event.at)
            self._visited.add(actor.officer)

    def _call_back(self, session: Session, batch: Batch, event: DeskActed) -> None:
        record = batch.records.get(event.call_id)
        if record is None or event.phone.officer is None:
            return
        call_class = record.start.call_class if record.start else CallClass.UNKNOWN
        if call_class is CallClass.INTERNAL:
            return
        party = batch.caller(record)
        made = self._memos.take(session, event.call_id, event.phone.officer, event.at, party)
        if made:
            self._made.append(made)
