"""Sessions on the server: a random id in the cookie, its hash in the database.

Owns how long a session lasts and how it ends. Moments here are the machine's, because a demonstration's
shifted clock must not end a session.
"""

import hashlib
import secrets
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Engine, Row, bindparam, delete, or_, select, update
from sqlalchemy.orm import Session

from memo_service.access.actor import Actor
from memo_service.access.identity import Identity
from memo_service.access.models import Account, SessionRow
from memo_service.db.base import Moment
from memo_service.db.session import reading, writing
from office.directory import Directory

_TOUCH = timedelta(minutes=1)
"""How exactly the last use is known; a page must not cost a write."""
_OVER = or_(
    SessionRow.used_at < bindparam("used_since", type_=Moment),
    SessionRow.began_at < bindparam("begun_since", type_=Moment),
)
_ASKED = (  # by every request
    select(
        SessionRow.id,
        SessionRow.account,
        SessionRow.officer,
        SessionRow.used_at,
        Account.login,
        Account.officer.label("seat"),
        Account.administrator,
        Account.deactivated_at,
    )
    .join(Account, Account.id == SessionRow.account, isouter=True)
    .where(SessionRow.id == bindparam("id"), ~_OVER)
)


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
        session.execute(delete(SessionRow).where(_OVER), self._since(now))
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
        used_at, identity = found
        now = self._now()
        if now - used_at > _TOUCH:
            with writing(self._engine) as session:
                own = SessionRow.id == bytes.fromhex(identity.session)
                session.execute(update(SessionRow).where(own).values(used_at=now))
        return identity

    def stands(self, identity: Identity) -> bool:
        """Whether a session goes on; no use of it."""
        return self._look(bytes.fromhex(identity.session)) is not None

    def end(self, identity: Identity) -> list[str]:
        """Sign out; returns the ids of the sessions that ended."""
        with writing(self._engine) as session:
            session.execute(delete(SessionRow).where(SessionRow.id == bytes.fromhex(identity.session)))
        return [identity.session]

    def _look(self, session_id: bytes) -> tuple[datetime, Identity] | None:
        """When it was used last, and whose it is."""
        with reading(self._engine) as session:
            row = session.execute(_ASKED, {"id": session_id, **self._since(self._now())}).one_or_none()
        identity = self._identity(row) if row else None
        return (row.used_at, identity) if row and identity else None

    def _identity(self, row: Row[*tuple[Any, ...]]) -> Identity | None:
        """None for who was deactivated or left the directory, and for a desk of a demo that is over."""
        officer = row.seat if row.account else row.officer
        actor = Actor.of(self._directory, officer) if officer else None
        session = row.id.hex()
        if row.account is None:
            chosen = actor if self._demo else None
            return Identity(session, None, officer or "", chosen, administrator=False) if chosen else None
        if row.deactivated_at is not None or (officer and actor is None):
            return None
        return Identity(session, row.account, row.login, actor, administrator=row.administrator)

    def _since(self, now: datetime) -> dict[str, datetime]:
        """What was used, or begun, before these is over."""
        return {"used_since": now - self.terms.idle, "begun_since": now - self.terms.longest}


def end_all(session: Session, account: str, but: str = "") -> list[str]:
    """End every session of an account but one, in the transaction at hand; returns their ids."""
    rows = session.scalars(select(SessionRow).where(SessionRow.account == account)).all()
    ended = [row for row in rows if row.id.hex() != but]
    for row in ended:
        session.delete(row)
    return [row.id.hex() for row in ended]


def _stored(token: str) -> bytes:
    return hashlib.sha256(token.encode()).digest()
