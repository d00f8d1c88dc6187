"""The tables of absences, and what phones were last seen to say.

The note of an absence is personal data: sealed, bound to its row. What was said before stands in
`absence_changes`; nothing is taken out but by the schedule of destruction (`absences.retire`).
"""

from datetime import datetime

from sqlalchemy import Identity, Index, Integer, LargeBinary, String
from sqlalchemy.orm import Mapped, mapped_column

from memo_service.db.base import Base, Moment


class AbsenceRow(Base):
    """An absence as it stands. `deputy` is an officer's id; a cancelled one counts for nothing."""

    __tablename__ = "absences"
    __table_args__ = (
        Index("ix_absences_ends", "ends_at"),
        Index("ix_absences_officer", "officer", "ends_at"),
    )

    id: Mapped[str] = mapped_column(String(32), primary_key=True)
    officer: Mapped[str] = mapped_column(String(41))
    kind: Mapped[str] = mapped_column(String(20))
    starts_at: Mapped[datetime] = mapped_column(Moment)
    ends_at: Mapped[datetime] = mapped_column(Moment)
    deputy: Mapped[str | None] = mapped_column(String(41))
    note: Mapped[bytes | None] = mapped_column(LargeBinary)
    source: Mapped[str] = mapped_column(String(8))
    uid: Mapped[str | None] = mapped_column(String(300))
    set_by: Mapped[str] = mapped_column(String(41))
    set_at: Mapped[datetime] = mapped_column(Moment)
    said_at: Mapped[datetime] = mapped_column(Moment)
    """When it was set or last changed."""
    cancelled_at: Mapped[datetime | None] = mapped_column(Moment)
    cancelled_by: Mapped[str | None] = mapped_column(String(41))


class AbsenceChange(Base):
    """What was said of an absence, append-only. `act`: set, change, cancel, back."""

    __tablename__ = "absence_changes"
    __table_args__ = (Index("ix_absence_changes_absence", "absence", "seq"),)

    seq: Mapped[int] = mapped_column(Integer, Identity(), primary_key=True)
    absence: Mapped[str] = mapped_column(String(32))
    act: Mapped[str] = mapped_column(String(8))
    at: Mapped[datetime] = mapped_column(Moment)
    by: Mapped[str] = mapped_column(String(41))
    """An officer's id; `phone` where a feature code said it."""
    kind: Mapped[str] = mapped_column(String(20))
    starts_at: Mapped[datetime] = mapped_column(Moment)
    ends_at: Mapped[datetime] = mapped_column(Moment)
    deputy: Mapped[str | None] = mapped_column(String(41))


class PhoneState(Base):
    """What an extension's phone was last seen to say of one thing (`absences.presence.Sign`)."""

    __tablename__ = "phone_states"

    exten: Mapped[str] = mapped_column(String(10), primary_key=True)
    sign: Mapped[str] = mapped_column(String(20), primary_key=True)
    shown: Mapped[bool] = mapped_column()
    at: Mapped[datetime] = mapped_column(Moment)
