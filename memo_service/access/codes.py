"""One-time codes: by one of them its holder sets the password of one account, once.

Owns how codes look and are stored. A code is handed over on paper, by voice or as a link; its 98 random bits
need no pause against guessing.
"""

import hashlib
import secrets
from datetime import datetime, timedelta

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from memo_service.access.models import Account, OneTimeCode

FIRST_TERM = timedelta(hours=24)
"""From the server's console: it is used at once."""
HANDED_TERM = timedelta(hours=72)
"""For an officer, who may get his over a weekend."""
_LETTERS = "ABCDEFGHJKMNPQRSTVWXYZ23456789"  # none that is taken for another
_GROUPS = 5


def hand_out(session: Session, account: Account, until: datetime) -> str:
    """A new code for an account, in groups of four; the one before is void."""
    groups = ["".join(secrets.choice(_LETTERS) for _ in range(4)) for _ in range(_GROUPS)]
    code = "-".join(groups)
    void(session, account.id)
    session.add(OneTimeCode(account=account.id, code=_stored(code), expires_at=until))
    return code


def account_of(session: Session, code: str, now: datetime) -> Account | None:
    """Whose code it is, if it is still good."""
    good = OneTimeCode.expires_at > now
    return session.scalar(select(Account).join(OneTimeCode).where(OneTimeCode.code == _stored(code), good))


def use_up(session: Session, account: str) -> bool:
    """Whether this transaction is the one that uses the account's code."""
    spent = delete(OneTimeCode).where(OneTimeCode.account == account).returning(OneTimeCode.account)
    return session.execute(spent).first() is not None


def void(session: Session, account: str) -> None:
    """No code opens this account any more."""
    session.execute(delete(OneTimeCode).where(OneTimeCode.account == account))


def _stored(code: str) -> bytes:
    """As people type it: in any case, with or without the hyphens."""
    return hashlib.sha256("".join(c for c in code.upper() if c.isalnum()).encode()).digest()
