"""Reads memos for pages and the JSON API, in short transactions that hold no writer back.

Owns what a list can be asked for. Who may see what it finds is `memos.service`'s to decide.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from sqlalchemy import ColumnElement, Engine, and_, false, func, or_, select, true
from sqlalchemy.orm import Session

from memo_service.access.log import AccessEntry, accesses
from memo_service.callbacks.opening import CallbackState, Opening
from memo_service.db.session import reading
from memo_service.ledger.parties import Parties
from memo_service.ledger.verdicts import Verdict
from memo_service.memos import store
from memo_service.memos.judging import verdict_of
from memo_service.memos.models import Memo, MemoEvent, Recording, recordings_of
from memo_service.protect import Keyring
from office.phone_number import PhoneNumber

STATES = ("new", "read", "acted")


@dataclass(frozen=True, slots=True)
class Scope:
    """Whose memos a reader may see: of these departments and officers; `everything` overrules both."""

    officers: frozenset[str] = frozenset()
    departments: frozenset[str] = frozenset()
    everything: bool = False

    def covers(self, memo: Memo) -> bool:
        """Whether the memo is in it; one for nobody in particular is everybody's."""
        if self.everything or (memo.officer is None and memo.department is None):
            return True
        return memo.officer in self.officers or memo.department in self.departments


@dataclass(frozen=True, slots=True)
class MemoFilter:
    """What a list shows. `officers` are any of several (a team)."""

    scope: Scope
    officers: tuple[str, ...] = ()
    department: str | None = None
    party: str | None = None
    state: str | None = None


@dataclass(frozen=True, slots=True)
class FoundMemo:
    """A memo with what belongs to it. `str()` of a number is masked; texts are in the clear."""

    row: Memo
    texts: dict[str, str]
    number: PhoneNumber | None
    keyed: PhoneNumber | None
    recordings: tuple[Recording, ...]
    callback: CallbackState | None

    @property
    def recording(self) -> Recording | None:
        """What he said the matter is."""
        return next((row for row in self.recordings if row.kind == "matter"), None)

    @property
    def owner(self) -> str | None:
        """Who holds the callback now."""
        return self.callback.owner if self.callback else None

    @property
    def state(self) -> str:
        """new, read, acted."""
        return "acted" if self.row.acted_at else "read" if self.row.read_at else "new"


@dataclass(frozen=True, slots=True)
class Story:
    """A memo's history, and its verdict as it stands."""

    events: tuple[tuple[MemoEvent, str], ...]
    """Each with its words in the clear."""
    verdict: Verdict | None


class MemoReader:
    """Read side of memos."""

    def __init__(self, engine: Engine, keyring: Keyring, parties: Parties) -> None:
        self._engine = engine
        self._keyring = keyring
        self._parties = parties

    def memos(self, wanted: MemoFilter, *, offset: int, limit: int) -> list[FoundMemo]:
        """Memos, newest first."""
        query = select(Memo).where(*_conditions(wanted)).order_by(Memo.received_at.desc(), Memo.id)
        with reading(self._engine) as session:
            return self._found(session, session.scalars(query.offset(offset).limit(limit)).all())

    def count(self, wanted: MemoFilter) -> int:
        """How many there are."""
        query = select(func.count()).select_from(Memo).where(*_conditions(wanted))
        with reading(self._engine) as session:
            return session.execute(query).scalar_one()

    def memo(self, memo_id: str) -> FoundMemo | None:
        """One memo, or None."""
        with reading(self._engine) as session:
            row = session.get(Memo, memo_id)
            return self._found(session, [row])[0] if row else None

    def of_call(self, call_id: str) -> str | None:
        """Id of a call's memo, or None."""
        with reading(self._engine) as session:
            return session.scalars(select(Memo.id).where(Memo.call_id == call_id)).first()

    def story(self, memo_id: str) -> Story:
        """History and verdict of a memo."""
        with reading(self._engine) as session:
            memo = session.get_one(Memo, memo_id)
            query = select(MemoEvent).where(MemoEvent.memo_id == memo_id).order_by(MemoEvent.seq)
            events = tuple((event, self._words(event)) for event in session.scalars(query))
            recordings = recordings_of(session, [memo_id]).get(memo_id, [])
            return Story(events, verdict_of(session, memo, recordings))

    def glances(self, memo_ids: Iterable[str]) -> dict[str, tuple[str, str]]:
        """(name, matter) by memo, for those who show a memo beside something else."""
        with reading(self._engine) as session:
            rows = session.scalars(select(Memo).where(Memo.id.in_(list(memo_ids)))).all()
            texts = {row.id: store.opened(self._keyring, row) for row in rows}
        return {memo_id: (text["name"], text["matter"]) for memo_id, text in texts.items()}

    def openings(self, officer: str | None, *, offset: int, limit: int) -> Sequence[AccessEntry]:
        """Who opened the memos of `officer`, or anybody's, newest first."""
        own = None if officer is None else select(Memo.id).where(Memo.officer == officer)
        with reading(self._engine) as session:
            return accesses(session, own, offset=offset, limit=limit)

    def party_of(self, number: str) -> str | None:
        """Party id of a number in any spelling, or None (CID-02)."""
        with reading(self._engine) as session:
            return self._parties.find(session, number)

    def _words(self, event: MemoEvent) -> str:
        sealed = event.words
        return self._keyring.decrypt(sealed, "memo_events.words", event.id) if sealed else ""

    def _found(self, session: Session, rows: Sequence[Memo]) -> list[FoundMemo]:
        ids = [row.id for row in rows]
        recordings = recordings_of(session, ids)
        callbacks = Opening.state_of(session, ids)
        parties = {p for row in rows for p in (row.party_id, row.keyed_party_id) if p}
        numbers = self._parties.numbers(session, parties)
        return [
            FoundMemo(
                row=row,
                texts=store.opened(self._keyring, row),
                number=numbers.get(row.party_id or ""),
                keyed=numbers.get(row.keyed_party_id or ""),
                recordings=tuple(recordings.get(row.id, ())),
                callback=callbacks.get(row.id),
            )
            for row in rows
        ]


def _within(scope: Scope) -> ColumnElement[bool]:
    if scope.everything:
        return true()
    return or_(
        Memo.officer.in_(scope.officers),
        Memo.department.in_(scope.departments),
        and_(Memo.department.is_(None), Memo.officer.is_(None)),
    )


def _conditions(wanted: MemoFilter) -> list[ColumnElement[bool]]:
    found = [_within(wanted.scope), _of_state(wanted.state)]
    if wanted.officers:
        found.append(Memo.officer.in_(wanted.officers))
    if wanted.department:
        found.append(Memo.department == wanted.department)
    if wanted.party:
        found.append(or_(Memo.party_id == wanted.party, Memo.keyed_party_id == wanted.party))
    return found


def _of_state(state: str | None) -> ColumnElement[bool]:
    if state is None:
        return true()
    return {
        "new": and_(Memo.read_at.is_(None), Memo.acted_at.is_(None)),
        "read": and_(Memo.read_at.is_not(None), Memo.acted_at.is_(None)),
        "acted": Memo.acted_at.is_not(None),
    }.get(state, false())
