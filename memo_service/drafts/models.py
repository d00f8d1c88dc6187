"""The table of drafts. A draft lives no longer than its recording."""

from datetime import datetime

from sqlalchemy import Index, Integer, LargeBinary, String
from sqlalchemy.orm import Mapped, mapped_column

from memo_service.db.base import Base, Moment


class Draft(Base):
    """A recording written down by machine. `state`: made, nothing (no words were found), failed.

    `words` are sealed, bound to this column and the recording. `model`: SHA-256 of what made it.
    """

    __tablename__ = "drafts"
    __table_args__ = (Index("ix_drafts_memo", "memo_id"),)

    recording_id: Mapped[str] = mapped_column(String(32), primary_key=True)
    memo_id: Mapped[str] = mapped_column(String(32))
    state: Mapped[str] = mapped_column(String(8))
    words: Mapped[bytes | None] = mapped_column(LargeBinary)
    made_at: Mapped[datetime] = mapped_column(Moment)
    model: Mapped[str] = mapped_column(String(64))
    took_ms: Mapped[int] = mapped_column(Integer)
