"""The table of calls that officers have to finish. No personal data: the matter stands in the memo."""

from datetime import datetime

from sqlalchemy import Index, Integer, String
from sqlalchemy.orm import Mapped, mapped_column

from memo_service.db.base import Base, Moment


class AfterRow(Base):
    """One officer's end of one call. It waits for him from `left_at` until `finished_at`."""

    __tablename__ = "after_calls"
    __table_args__ = (
        Index("ix_after_calls_open", "officer", "finished_at", "left_at"),
        Index("ix_after_calls_left", "left_at"),
    )

    call_id: Mapped[str] = mapped_column(String(80), primary_key=True)
    officer: Mapped[str] = mapped_column(String(41), primary_key=True)
    left_at: Mapped[datetime | None] = mapped_column(Moment)
    """When his last talk with the citizen ended; None: a callback was promised, and the talk goes on."""
    talk_ms: Mapped[int] = mapped_column(Integer, default=0)
    follow_at: Mapped[datetime | None] = mapped_column(Moment)
    """When he said that more has to be done."""
    finished_at: Mapped[datetime | None] = mapped_column(Moment)
    outcome: Mapped[str | None] = mapped_column(String(10))
    """done, memo, callback; None until it is finished."""
    memo_id: Mapped[str | None] = mapped_column(String(32))
    """The memo that it led to; a callback answers one."""
    asked_at: Mapped[datetime | None] = mapped_column(Moment)
    """The time that the citizen was told he would be called at."""
