"""Sessions on the server: a random id in the cookie, its hash in the database.

Owns how long a session lasts and how it ends. Moments here are the machine's, because a demonstration's
shifted clock must not end a session.
"""

import hashlib
import secrets
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, Engine, delete, or_, select, update
from sqlalchemy.orm import Session

from memo_service.access.actor import Actor
from memo_service.access.identity import Identity
from memo_service.access.models import Account, SessionRow
from memo_service.db.session import reading, writing
from office.directory import Directory

_TOUCH = timedelta(minutes=1)
"""How exactly the last use is known; a page must not cost a write."""


@dataclass(frozen=True, slots=True)
class Terms:
    """How long a session lasts: `idle` since the last page, `longest` in all."""

    idle: timedelta
    longest: timedelta


class Sessions:
    """The sessions of one office. `demo`: desks may be chosen without an account."""

    def __init__(
        self, engine: Engine, directory: Directory, now: Callable[[], datetime], terms: Terms, *, demo: bool
    ) -> None:
        self._engine = engine
        self._directory = directory
        self._now = now
        self.terms = terms
        self._demo = demo

    def begin(self, session: Session, *, account: str | None, officer: str | None) -> str:
        """A new session in the transaction at hand; returns what the cookie holds, known to nobody else."""
        token, now = secrets.token_urlsafe(32), self._now()
        session.execute(delete(SessionRow).where(self._over(now)))
        session.add(
            SessionRow(id=_stored(token), account=account, officer=officer, began_at=now, used_at=now)
        )
        return token

    def choose(self, officer: str) -> str | None:
        """Take a desk without any proof (demonstration); None for an unknown officer."""
        if not self._demo or officer not in self._directory.officers:
            return None
        with writing(self._engine) as session:
            return self.begin(session, account=None, officer=officer)

    def find(self, token: str) -> Identity | None:
        """Whose session this is, or None where it has ended; counts as a use of it."""
        found = self._look(_stored(token)) if token else None
        if found is None:
            return None
        row, identity = found
        now = self._now()
        if now - row.used_at > _TOUCH:
            with writing(self._engine) as session:
                session.execute(update(SessionRow).where(SessionRow.id == row.id).values(used_at=now))
        return identity

    def stands(self, identity: Identity) -> bool:
        """Whether a session goes on; no use of it."""
        return self._look(bytes.fromhex(identity.session)) is not None

    def end(self, identity: Identity) -> list[str]:
        """Sign out; returns the ids of the sessions that ended."""
        with writing(self._engine) as session:
            session.execute(delete(SessionRow).where(SessionRow.id == bytes.fromhex(identity.session)))
        return [identity.session]

    def _look(self, session_id: bytes) -> tuple[SessionRow, Identity] | None:
        query = (
            select(SessionRow, Account)
            .join(Account, Account.id == SessionRow.account, isouter=True)
            .where(SessionRow.id == session_id, ~self._over(self._now()))
        )
        with reading(self._engine) as session:
            found = session.execute(query).one_or_none()
            session.expunge_all()
        if found is None:
            return None
        row, account = found
        identity = self._identity(row, account)
        return (row, identity) if identity else None

    def _identity(self, row: SessionRow, account: Account | None) -> Identity | None:
        """None for who was deactivated or left the directory, and for a desk of a demo that is over."""
        officer = account.officer if account else row.officer
        actor = Actor.of(self._directory, officer) if officer else None
        session = row.id.hex()
        if account is None:
            chosen = actor if self._demo else None
            return Identity(session, None, officer or "", chosen, administrator=False) if chosen else None
        if account.deactivated_at is not None or (officer and actor is None):
            return None
        return Identity(session, account.id, account.login, actor, administrator=account.administrator)

    def _over(self, now: datetime) -> ColumnElement[bool]:
        return or_(SessionRow.used_at < now - self.terms.idle, SessionRow.began_at < now - self.terms.longest)


def end_all(session: Session, account: str, but: str = "") -> list[str]:
    """End every session of an account but one, in the transaction at hand; returns their ids."""
    rows = session.scalars(select(SessionRow).where(SessionRow.account == account)).all()
    ended = [row for row in rows if row.id.hex() != but]
    for row in ended:
        session.delete(row)
    return [row.id.hex() for row in ended]


def _stored(token: str) -> bytes:
    return hashlib.sha256(token.encode()).digest()
