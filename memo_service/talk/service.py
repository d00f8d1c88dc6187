"""Keeps what an officer types during a call: the line he reads back (요점, charter T4) and his notes.

Owns that two tabs never lose text: a save names the version it was typed over, and an older one is refused
with both texts. Sealed at rest; an officer reads and writes his own alone.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Engine, select
from sqlalchemy.orm import Session

from memo_service.access.actor import Actor
from memo_service.db.session import reading, writing
from memo_service.errors import ForbiddenError
from memo_service.ledger.store import lock_calls
from memo_service.protect import Keyring
from memo_service.talk.models import TalkRow

NOT_IN_CALL = "이 통화에 있지 않아 적을 수 없습니다."
_TEXTS = ("read_back", "notes")


@dataclass(frozen=True, slots=True)
class Talk:
    """What one officer typed in one call. `version` 0: nothing yet."""

    version: int = 0
    read_back: str = ""
    notes: str = ""
    read_back_at: datetime | None = None

    @property
    def gist(self) -> str:
        """The one text that goes with the citizen: the line, then the notes."""
        return "\n".join(part for part in (self.read_back.strip(), self.notes.strip()) if part)


@dataclass(frozen=True, slots=True)
class Typed:
    """A save: the texts whole, and the version they were typed over. `stamp`: he has read the line back."""

    over: int
    read_back: str
    notes: str
    stamp: bool = False


class TalkConflictError(Exception):
    """Another tab saved in between; `theirs` is what stands, `mine` what was not saved."""

    def __init__(self, theirs: Talk, mine: Typed) -> None:
        super().__init__("another tab saved in between")
        self.theirs = theirs
        self.mine = mine


class Talks:
    """What officers typed, for one office. `was_in` tells whether an officer is or was in a call."""

    def __init__(
        self,
        engine: Engine,
        keyring: Keyring,
        now: Callable[[], datetime],
        was_in: Callable[[Session, str, str], bool],
    ) -> None:
        self._engine = engine
        self._keyring = keyring
        self._now = now
        self._was_in = was_in

    def get(self, actor: Actor, call_id: str) -> Talk:
        """His own text of a call; empty where he typed none."""
        with reading(self._engine) as session:
            return self.of(session, call_id, actor.officer)

    def put(self, actor: Actor, call_id: str, typed: Typed) -> Talk:
        """Save over the version he knew. Raises TalkConflictError, ForbiddenError.

        The same text again is no conflict: a page that never heard the answer sends it twice.
        """
        with writing(self._engine) as session:
            row = self._row(session, call_id, actor.officer)
            stands = self._opened(row)
            if (typed.read_back, typed.notes) != (stands.read_back, stands.notes):
                if typed.over != row.version:
                    raise TalkConflictError(stands, typed)
                self._write(row, typed)
            if typed.stamp and row.read_back_at is None:
                row.read_back_at, row.version = self._now(), row.version + 1
            row.saved_at = self._now()
            return self._opened(row)

    def stamp(self, session: Session, call_id: str, officer: str, at: datetime) -> int:
        """He said by a code at his phone that he read the point back; the version that stands then."""
        lock_calls(session, [call_id])
        row = session.get(TalkRow, (call_id, officer), with_for_update=True)
        if row is None:
            row = TalkRow(call_id=call_id, officer=officer, version=0)
            session.add(row)
        if row.read_back_at is None:
            row.read_back_at, row.version, row.saved_at = at, row.version + 1, self._now()
        return row.version

    def of(self, session: Session, call_id: str, officer: str) -> Talk:
        """One officer's text of a call, for those who pass it on in their own transaction."""
        row = session.get(TalkRow, (call_id, officer))
        return self._opened(row) if row else Talk()

    def read_backs(self, session: Session, call_ids: Iterable[str], officer: str) -> dict[str, str]:
        """The lines one officer read back, by call."""
        query = select(TalkRow).where(TalkRow.call_id.in_(list(call_ids)), TalkRow.officer == officer)
        return {row.call_id: self._opened(row).read_back for row in session.scalars(query)}

    def _row(self, session: Session, call_id: str, officer: str) -> TalkRow:
        """The row to write to, held until the commit; made empty where he types the first letter."""
        lock_calls(session, [call_id])
        row = session.get(TalkRow, (call_id, officer), with_for_update=True)
        if row is None:
            if not self._was_in(session, call_id, officer):
                raise ForbiddenError(NOT_IN_CALL)
            row = TalkRow(call_id=call_id, officer=officer, version=0, saved_at=self._now())
            session.add(row)
        return row

    def _write(self, row: TalkRow, typed: Typed) -> None:
        row.version += 1
        for name in _TEXTS:
            text: str = getattr(typed, name)
            sealed = self._keyring.encrypt(text, f"talk_notes.{name}", _bound(row)) if text else None
            setattr(row, name, sealed)

    def _opened(self, row: TalkRow) -> Talk:
        texts = {
            name: self._keyring.decrypt(sealed, f"talk_notes.{name}", _bound(row)) if sealed else ""
            for name in _TEXTS
            for sealed in [getattr(row, name)]
        }
        return Talk(row.version, texts["read_back"], texts["notes"], row.read_back_at)


def _bound(row: TalkRow) -> str:
    return f"{row.call_id}/{row.officer}"
