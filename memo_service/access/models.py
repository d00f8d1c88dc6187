"""The tables of accounts, sessions, one-time codes and pauses.

Nothing in them opens anything: passwords stand as argon2id, sessions and codes as SHA-256 of 256 and 100
random bits, and what was typed as a name as a keyed hash.
"""

from datetime import datetime

from sqlalchemy import Boolean, ForeignKey, Index, Integer, LargeBinary, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from memo_service.db.base import Base, Moment

LOCAL = "local"
"""The provider of accounts whose password we check ourselves; OpenID Connect will be another."""


class Account(Base):
    """Who may sign in. `officer` is his id in the directory; without one he has no desk.

    `password` is None until the first one-time code was used. What an officer may do stands in the directory;
    `administrator` is for the account without a desk that the first start makes.
    """

    __tablename__ = "accounts"
    __table_args__ = (UniqueConstraint("provider", "login"), UniqueConstraint("officer"))

    id: Mapped[str] = mapped_column(String(32), primary_key=True)
    provider: Mapped[str] = mapped_column(String(20))
    login: Mapped[str] = mapped_column(String(60))
    officer: Mapped[str | None] = mapped_column(String(41))
    administrator: Mapped[bool] = mapped_column(Boolean)
    password: Mapped[str | None] = mapped_column(String(200))
    password_at: Mapped[datetime | None] = mapped_column(Moment)
    made_at: Mapped[datetime] = mapped_column(Moment)
    made_by: Mapped[str] = mapped_column(String(60))
    deactivated_at: Mapped[datetime | None] = mapped_column(Moment)
    signed_in_at: Mapped[datetime | None] = mapped_column(Moment)

    @property
    def known_as(self) -> str:
        """How the access log names it: the officer's id, else the login name."""
        return self.officer or self.login


class SessionRow(Base):
    """A browser that is signed in. `account` is None for a desk chosen on the demo: `officer` tells then."""

    __tablename__ = "sessions"
    __table_args__ = (Index("ix_sessions_account", "account"), Index("ix_sessions_used", "used_at"))

    id: Mapped[bytes] = mapped_column(LargeBinary(32), primary_key=True)
    account: Mapped[str | None] = mapped_column(ForeignKey("accounts.id"))
    officer: Mapped[str | None] = mapped_column(String(41))
    began_at: Mapped[datetime] = mapped_column(Moment)
    used_at: Mapped[datetime] = mapped_column(Moment)


class OneTimeCode(Base):
    """A code by which its holder sets the password of `account`, once. An account has one at most."""

    __tablename__ = "one_time_codes"

    account: Mapped[str] = mapped_column(ForeignKey("accounts.id"), primary_key=True)
    code: Mapped[bytes] = mapped_column(LargeBinary(32), unique=True)
    expires_at: Mapped[datetime] = mapped_column(Moment)


class Pause(Base):
    """Failed attempts of one name or one address, and until when no other is taken."""

    __tablename__ = "sign_in_pauses"
    __table_args__ = (Index("ix_sign_in_pauses_last", "last_at"),)

    key: Mapped[str] = mapped_column(String(80), primary_key=True)
    failures: Mapped[int] = mapped_column(Integer)
    last_at: Mapped[datetime] = mapped_column(Moment)
    until: Mapped[datetime] = mapped_column(Moment)
