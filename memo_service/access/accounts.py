"""What an administrator does with accounts, on the pages and at the server's own console.

Owns every change of an account but its password, each with its line in the access log. What an officer may do
stands in the directory; an account only lets him in.
"""

import uuid
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Engine, select
from sqlalchemy.orm import Session

from memo_service.access import codes
from memo_service.access.actor import Actor
from memo_service.access.identity import Identity
from memo_service.access.log import Opened, log_access
from memo_service.access.models import LOCAL, Account, OneTimeCode
from memo_service.access.sessions import end_all
from memo_service.db.session import reading, writing
from memo_service.errors import NotFoundError
from office.directory import Directory, OfficeRole

ADMINISTRATOR = "admin"
"""Login of the account without a desk that the first start makes."""
_CONSOLE = "console"


class AccountRefusedError(Exception):
    """`reason`: taken (he has an account already), own (nobody shuts himself out)."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


@dataclass(frozen=True, slots=True)
class Listed:
    """An account as the administrator sees it.

    `actor` is None for the account without a desk and for who has left the directory. `code_until`: a code is
    out that was not used yet.
    """

    id: str
    login: str
    officer: str | None
    actor: Actor | None
    administrator: bool
    has_password: bool
    code_until: datetime | None
    signed_in_at: datetime | None
    deactivated_at: datetime | None

    @property
    def manages(self) -> bool:
        """Whether somebody could come in by it now and manage accounts."""
        role = self.actor is not None and self.actor.role is OfficeRole.ADMINISTRATOR
        return (self.administrator or role) and self.has_password and self.deactivated_at is None


class Accounts:
    """The accounts of one office. `now` is the machine's clock."""

    def __init__(self, engine: Engine, directory: Directory, now: Callable[[], datetime]) -> None:
        self._engine = engine
        self._directory = directory
        self._now = now

    def listed(self) -> list[Listed]:
        """Every account: those without a desk first, then in the directory's order."""
        order = {officer: place for place, officer in enumerate(self._directory.officers)}
        query = select(Account, OneTimeCode).join(OneTimeCode, isouter=True)
        with reading(self._engine) as session:
            found = [self._listed(account, code) for account, code in session.execute(query)]
        return sorted(found, key=lambda one: order.get(one.login, -1))

    def create(self, by: Identity, officer: str) -> str:
        """An account for an officer of the directory; returns a code to hand over, shown this once.

        Raises NotFoundError for no officer, AccountRefusedError where he has one.
        """
        if officer not in self._directory.officers:
            raise NotFoundError
        with writing(self._engine) as session:
            if session.scalar(select(Account.id).where(Account.officer == officer)):
                raise AccountRefusedError("taken")
            account = self._add(session, officer, officer, by.logged)
            self._log(session, by.logged, account, "created")
            return codes.hand_out(session, account, self._now() + codes.HANDED_TERM)

    def new_code(self, by: Identity, account: str) -> tuple[Listed, str]:
        """A code by which its holder sets a new password; the old one and its sessions end with its use."""
        with writing(self._engine) as session:
            found = self._stored(session, account)
            self._log(session, by.logged, found, "reset")
            code = codes.hand_out(session, found, self._now() + codes.HANDED_TERM)
            return self._listed(found, None), code

    def deactivate(self, by: Identity, account: str) -> list[str]:
        """Nobody comes in by it any more; returns the ids of its sessions, which have ended."""
        if account == by.account:
            raise AccountRefusedError("own")
        with writing(self._engine) as session:
            found = self._stored(session, account)
            found.deactivated_at = self._now()
            codes.void(session, account)
            self._log(session, by.logged, found, "deactivated")
            return end_all(session, account)

    def activate(self, by: Identity, account: str) -> None:
        """Take a deactivation back; the password is as before."""
        with writing(self._engine) as session:
            found = self._stored(session, account)
            found.deactivated_at = None
            self._log(session, by.logged, found, "activated")

    def has_administrator(self) -> bool:
        """Whether somebody can manage accounts."""
        return any(one.manages for one in self.listed())

    def administrator_code(self) -> str:
        """From the console: a code for the account without a desk, which is made, or made active again."""
        local = select(Account).where(Account.provider == LOCAL, Account.login == ADMINISTRATOR)
        with writing(self._engine) as session:
            found = session.scalar(local)
            account = found or self._add(session, ADMINISTRATOR, None, _CONSOLE)
            account.deactivated_at = None
            self._log(session, _CONSOLE, account, "reset" if found else "created")
            return codes.hand_out(session, account, self._now() + codes.FIRST_TERM)

    def _add(self, session: Session, login: str, officer: str | None, by: str) -> Account:
        account = Account(
            id=uuid.uuid4().hex,
            provider=LOCAL,
            login=login,
            officer=officer,
            administrator=officer is None,
            made_at=self._now(),
            made_by=by,
        )
        session.add(account)
        session.flush()
        return account

    def _stored(self, session: Session, account: str) -> Account:
        found = session.get(Account, account)
        if found is None:
            raise NotFoundError
        return found

    def _log(self, session: Session, by: str, account: Account, what: str) -> None:
        log_access(session, self._now(), by, Opened.ACCOUNT, account.known_as, what)

    def _listed(self, account: Account, code: OneTimeCode | None) -> Listed:
        return Listed(
            id=account.id,
            login=account.login,
            officer=account.officer,
            actor=Actor.of(self._directory, account.officer) if account.officer else None,
            administrator=account.administrator,
            has_password=account.password is not None,
            code_until=code.expires_at if code and code.expires_at > self._now() else None,
            signed_in_at=account.signed_in_at,
            deactivated_at=account.deactivated_at,
        )
