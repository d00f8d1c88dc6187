"""Takes the citizen's number out of events and keeps it encrypted.

Owns the table `parties`. A withheld number is dropped even where the trunk sent it (CID-01), and two callers
without a number are never one party.
"""

import uuid
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import bindparam, select, text
from sqlalchemy.orm import Session

from memo_service.db.models import Party
from memo_service.ledger.store import insert_new
from memo_service.protect import Keyring
from office.events import AbsenceFound, CallClass, CallEvent, CallStarted, DialStarted, MemoKept
from office.phone_number import NumberKind, PhoneNumber, classify

_COLUMN = "parties.number"
_LONGEST_EXTENSION = 6
_NUMBERS = ("number", "number_keyed")
_KNOWN = select(Party.number_index, Party.id).where(
    Party.number_index.in_(bindparam("indexes", expanding=True))
)
TAKEN_OUT = "*"
"""Stands in a kept event where a number was; an empty value there takes an earlier one back."""


@dataclass(frozen=True, slots=True)
class Stripped:
    """An event without the citizen's number, and that number."""

    event: CallEvent
    number: PhoneNumber | None = None


class Parties:
    """Finds and makes parties."""

    def __init__(self, keyring: Keyring, area: str) -> None:
        self._keyring = keyring
        self._area = area

    def classify(self, text: str) -> PhoneNumber:
        """`text` in its one spelling (CID-02)."""
        return classify(text, area=self._area, extension_digits=_LONGEST_EXTENSION)

    def strip(self, event: CallEvent) -> Stripped:
        """Split `event` from the citizen's number: who called in, who was called out, what he keyed."""
        if isinstance(event, MemoKept):
            return self._strip_memo(event)
        if isinstance(event, DialStarted | AbsenceFound):
            return Stripped(event.model_copy(update={"exten": _own(event.exten)}))
        if not isinstance(event, CallStarted):
            return Stripped(event)
        bare = event.model_copy(update={"caller": None, "exten": _own(event.exten)})
        text = event.exten if event.call_class is CallClass.OUTBOUND else event.caller
        if event.withheld or not text:
            return Stripped(bare)
        number = self.classify(text)
        return Stripped(bare, number if number.reveal() else None)

    def _strip_memo(self, event: MemoKept) -> Stripped:
        if event.name not in _NUMBERS or not event.value:
            return Stripped(event)
        number = self.classify(event.value)
        # half a number is nobody's: all those would be one party
        return Stripped(event.model_copy(update={"value": TAKEN_OUT}), number if number.reveal() else None)

    def ids(self, session: Session, numbers: Iterable[PhoneNumber]) -> dict[str, str]:
        """Party id by canonical number; parties are made for those that are new."""
        wanted = {number.reveal(): number for number in numbers}
        if not wanted:
            return {}
        hold_parties(session, alone=False)
        by_index = {self._index(text): text for text in wanted}
        known = self._known(session, list(by_index))
        fresh = {i: self._row(wanted[text], i) for i, text in by_index.items() if i not in known}
        if fresh and insert_new(session, Party, list(fresh.values()), "number_index") == len(fresh):
            known |= {index: row["id"] for index, row in fresh.items()}
        elif fresh:  # another process made some of them
            known = self._known(session, list(by_index))
        return {text: known[index] for index, text in by_index.items()}

    def find(self, session: Session, text: str) -> str | None:
        """Party id of a number in any spelling, or None."""
        canonical = self.classify(text).reveal()
        return self._known(session, [self._index(canonical)]).get(self._index(canonical))

    def numbers(self, session: Session, ids: Iterable[str]) -> dict[str, PhoneNumber]:
        """The numbers of parties, decrypted; `str()` of each is masked."""
        rows = session.execute(
            select(Party.id, Party.kind, Party.number).where(Party.id.in_(list(ids)))
        ).all()
        return {
            row.id: PhoneNumber(NumberKind(row.kind), self._keyring.decrypt(row.number, _COLUMN, row.id))
            for row in rows
        }

    def _index(self, canonical: str) -> bytes:
        return self._keyring.index(canonical, _COLUMN)

    def _row(self, number: PhoneNumber, index: bytes) -> dict[str, Any]:
        row_id = uuid.uuid4().hex
        return {
            "id": row_id,
            "kind": number.kind.value,
            "number": self._keyring.encrypt(number.reveal(), _COLUMN, row_id),
            "number_index": index,
        }

    @staticmethod
    def _known(session: Session, indexes: Sequence[bytes]) -> dict[bytes, str]:
        rows = session.execute(_KNOWN, {"indexes": indexes})
        return {row.number_index: row.id for row in rows}


def hold_parties(session: Session, *, alone: bool) -> None:
    """Until the commit, keep parties just found from being destroyed (or, `alone`, from being found).

    SQLite needs none: its one writer holds the whole database.
    """
    if session.get_bind().dialect.name == "postgresql":
        session.execute(text(f"SELECT pg_advisory_xact_lock{'' if alone else '_shared'}(2, 0)"))


def _own(exten: str) -> str:
    """Only the office's own numbers stay; what was dialled to the outside is a citizen's number."""
    return exten if len(exten) <= _LONGEST_EXTENSION else ""
