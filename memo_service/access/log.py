"""The access log: who opened whose personal data, when and why (개인정보의 안전성 확보조치 기준 제8조).

Owns the table `access_log`, append-only until its own term is over. Holds no personal data itself.
"""

from collections.abc import Sequence
from datetime import datetime
from enum import StrEnum

from sqlalchemy import Identity, Index, Integer, Select, String, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from memo_service.db.base import Base, Moment

REASONS = {
    "callback": "회신 전화를 걸기 위해",
    "identify": "같은 민원인인지 확인하기 위해",
    "handover": "대직·업무 인계를 위해",
    "complaint": "불편·이의 제기를 확인하기 위해",
    "request": "정보주체의 열람 요구에 따라",
}
"""The usual reasons for opening a number; besides these a reason may be written."""


class Opened(StrEnum):
    """What was opened."""

    MEMO = "memo"
    NUMBER = "number"
    RECORDING = "recording"
    SLIP = "slip"
    GIST = "gist"
    """What a colleague wrote down of a call that was passed on."""
    SIGN_IN = "sign_in"
    SIGN_IN_FAILED = "sign_in_failed"
    """`subject` of these two is the address it came from; a name that does not exist is not kept."""
    ACCOUNT = "account"
    """An account was changed; `reason` says how (`access.words.CHANGES`)."""
    PROMPT = "prompt"
    """A prompt was changed; `reason` says how (`prompts.labels.LOGGED`), `subject` is its name or key."""


class AccessEntry(Base):
    """One opening. `subject` is the memo's id, or whatever `what` opens."""

    __tablename__ = "access_log"
    __table_args__ = (
        Index("ix_access_log_at", "at"),
        Index("ix_access_log_subject", "subject"),
        Index("ix_access_log_actor", "actor"),
    )

    seq: Mapped[int] = mapped_column(Integer, Identity(), primary_key=True)
    at: Mapped[datetime] = mapped_column(Moment)
    actor: Mapped[str] = mapped_column(String(41))
    what: Mapped[str] = mapped_column(String(16))
    subject: Mapped[str] = mapped_column(String(80))
    reason: Mapped[str] = mapped_column(String(200))


def log_access(session: Session, at: datetime, actor: str, what: str, subject: str, reason: str = "") -> None:
    """Note an opening, in the transaction of the opening itself: what cannot be logged is not opened."""
    session.add(AccessEntry(at=at, actor=actor, what=what, subject=subject, reason=reason))


def opened_since(session: Session, since: datetime, actor: str, what: str, subject: str) -> bool:
    """Whether he opened this after `since`, so that the next part of one opening is not another."""
    query = select(AccessEntry.seq).where(
        AccessEntry.actor == actor,
        AccessEntry.what == what,
        AccessEntry.subject == subject,
        AccessEntry.at > since,
    )
    return session.execute(query.limit(1)).first() is not None


def accesses(
    session: Session, subjects: Select[str] | None, *, offset: int = 0, limit: int = 50
) -> Sequence[AccessEntry]:
    """Openings, newest first: of `subjects`, or all."""
    query = select(AccessEntry).order_by(AccessEntry.seq.desc()).offset(offset).limit(limit)
    if subjects is not None:
        query = query.where(AccessEntry.subject.in_(subjects))
    entries = session.scalars(query).all()
    session.expunge_all()
    return entries
