"""The ways in: name and password, a one-time code, and the change of a password.

Owns that nothing tells whether a name exists: the same answer after the same work, whoever is asked for. A
password or code is never logged or stored as it is.
"""

import ipaddress
from collections.abc import Callable
from datetime import datetime, timedelta

from sqlalchemy import Engine, select
from sqlalchemy.orm import Session

from memo_service.access import codes, pauses
from memo_service.access.actor import Actor
from memo_service.access.identity import Identity
from memo_service.access.log import Opened, log_access
from memo_service.access.models import LOCAL, Account
from memo_service.access.passwords import Hasher, require_good
from memo_service.access.sessions import Sessions, end_all
from memo_service.db.session import reading, writing
from memo_service.errors import NotFoundError
from memo_service.protect import Keyring
from office.folder import Office


class SignInRefusedError(Exception):
    """Name and password do not fit, or the code is none. `wait`: no attempt is taken for so long."""

    def __init__(self, wait: timedelta = timedelta(0)) -> None:
        super().__init__("not signed in")
        self.wait = wait


class Entry:
    """The ways into one office's pages. `now` is the machine's clock (see `access.sessions`)."""

    def __init__(
        self,
        engine: Engine,
        office: Office,
        keys: Keyring,
        sessions: Sessions,
        now: Callable[[], datetime],
        hasher: Hasher | None = None,
    ) -> None:
        self._engine = engine
        self._office = office
        self._keys = keys
        self._sessions = sessions
        self._now = now
        self.hasher = hasher or Hasher()

    def sign_in(self, typed: str, password: str, address: str) -> str:
        """The token of a new session; raises SignInRefusedError. `typed`: a login name or an extension."""
        login, place = self._login_of(typed), _place(address)
        self._claim(login, place)
        account = self._account(login)
        kept = account.password if account and self._may_come(account) else None
        right = self.hasher.matches(kept, password)
        with writing(self._engine) as session:
            stored = session.get(Account, account.id) if right and account else None
            # it may have been closed or given another password while this one was looked at
            admitted = stored is not None and stored.deactivated_at is None and stored.password == kept
            kind = Opened.SIGN_IN if admitted else Opened.SIGN_IN_FAILED
            log_access(session, self._now(), account.known_as if account else "", kind, place)
            if stored is not None and admitted:
                pauses.take_back(session, self._name(login), _where(place))
                return self._begin(session, stored, password)
        raise SignInRefusedError

    def owner_of(self, code: str) -> tuple[str, Actor | None]:
        """(login, officer) whose password this code sets, without using it up; raises SignInRefusedError."""
        with reading(self._engine) as session:
            account = codes.account_of(session, code, self._now())
            if account is None or not self._may_come(account):
                raise SignInRefusedError
            return account.login, self._actor(account)

    def redeem(self, code: str, password: str, address: str) -> tuple[str, list[str]]:
        """Use a code up: set the password and begin a session.

        Returns its token and the ids of the account's older sessions, which have ended.
        Raises SignInRefusedError and PasswordRefusedError.
        """
        login, actor = self.owner_of(code)
        require_good(password, self._own_words(login, actor))
        made = self.hasher.hash(password)
        with writing(self._engine) as session:
            account = codes.account_of(session, code, self._now())
            if account is None or not codes.use_up(session, account.id):
                raise SignInRefusedError  # another was faster
            ended = self._set(session, account, made, "code")
            log_access(session, self._now(), account.known_as, Opened.SIGN_IN, _place(address))
            return self._begin(session, account, password), ended

    def change_password(self, identity: Identity, old: str, new: str, address: str) -> tuple[str, list[str]]:
        """Set a new password; every session of the account ends, and a new one begins.

        Returns its token and the ids of those that ended. Raises SignInRefusedError where `old` is wrong,
        PasswordRefusedError where `new` is not taken, NotFoundError on a desk that was merely chosen.
        """
        require_good(new, self._own_words(identity.login, identity.actor))
        account, place = self._account(identity.login), _place(address)
        if identity.account is None or account is None:
            raise NotFoundError
        self._claim(account.login, place)
        if not self.hasher.matches(account.password, old):
            raise SignInRefusedError
        made = self.hasher.hash(new)
        with writing(self._engine) as session:
            pauses.take_back(session, self._name(account.login), _where(place))
            stored = session.get_one(Account, account.id)
            ended = self._set(session, stored, made, "password")
            return self._begin(session, stored, new), ended

    def _claim(self, login: str, place: str) -> None:
        scales = {self._name(login): pauses.BY_NAME, _where(place): pauses.BY_ADDRESS}
        with writing(self._engine) as session:
            wait = pauses.claim(session, scales, self._now())
        if wait:
            raise SignInRefusedError(wait)

    def _set(self, session: Session, account: Account, made: str, what: str) -> list[str]:
        account.password, account.password_at = made, self._now()
        pauses.start_anew(session, self._name(account.login))
        log_access(session, self._now(), account.known_as, Opened.ACCOUNT, account.known_as, what)
        return end_all(session, account.id)

    def _begin(self, session: Session, account: Account, password: str) -> str:
        if account.password and self.hasher.is_outdated(account.password):
            account.password = self.hasher.hash(password)
        account.signed_in_at = self._now()
        pauses.forget_old(session, self._now())
        return self._sessions.begin(session, account=account.id, officer=None)

    def _account(self, login: str) -> Account | None:
        with reading(self._engine) as session:
            found = session.scalar(select(Account).where(Account.provider == LOCAL, Account.login == login))
            session.expunge_all()
            return found

    def _may_come(self, account: Account) -> bool:
        """Not who was deactivated, nor who has left the directory."""
        left = account.officer is not None and self._actor(account) is None
        return account.deactivated_at is None and not left

    def _actor(self, account: Account) -> Actor | None:
        return Actor.of(self._office.directory, account.officer) if account.officer else None

    def _login_of(self, typed: str) -> str:
        login = typed.strip().lower()[:60]
        desk = self._office.directory.desks.get(login)
        return desk.officer if desk and desk.officer else login

    def _own_words(self, login: str, actor: Actor | None) -> list[str]:
        person = [actor.name, actor.extension] if actor else []
        return [login, *login.split("_"), self._office.charter.office.name, *person]

    def _name(self, login: str) -> str:
        # a keyed hash: what is typed as a name may be a password
        return f"name:{self._keys.index(login, 'sign_in_pauses.key').hex()}"


def _where(place: str) -> str:
    return f"address:{place}"


def _place(address: str) -> str:
    """The address that pauses count by: of IPv6 the network, in which one machine has as many as it likes."""
    try:
        found = ipaddress.ip_address(address)
    except ValueError:
        return "unknown"
    return str(ipaddress.ip_network((found, 64), strict=False)) if found.version == 6 else str(found)
