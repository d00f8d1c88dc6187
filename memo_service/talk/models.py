"""The table of what officers type during calls. Both texts are sealed, bound to column, call and officer."""

from datetime import datetime

from sqlalchemy import Index, Integer, LargeBinary, String
from sqlalchemy.orm import Mapped, mapped_column

from memo_service.db.base import Base, Moment


class TalkRow(Base):
    """What one officer typed in one call. `version` grows with each save."""

    __tablename__ = "talk_notes"
    __table_args__ = (Index("ix_talk_notes_saved", "saved_at"),)

    call_id: Mapped[str] = mapped_column(String(80), primary_key=True)
    officer: Mapped[str] = mapped_column(String(41), primary_key=True)
    version: Mapped[int] = mapped_column(Integer)
    read_back: Mapped[bytes | None] = mapped_column(LargeBinary)
    notes: Mapped[bytes | None] = mapped_column(LargeBinary)
    read_back_at: Mapped[datetime | None] = mapped_column(Moment)
    """When he stamped the line as read back (charter T4)."""
    saved_at: Mapped[datetime] = mapped_column(Moment)
