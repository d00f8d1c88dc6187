"""The table of visitors' clocks. Holds no personal data: nobody asks a visitor's name here."""

from datetime import datetime

from sqlalchemy import Index, Integer, String
from sqlalchemy.orm import Mapped, mapped_column

from memo_service.db.base import Base, Moment


class VisitorRow(Base):
    """One visitor at one officer's desk. `id` was made by the page that began it: sent twice, kept once."""

    __tablename__ = "visitor_clocks"
    __table_args__ = (
        Index("ix_visitor_clocks_officer", "officer", "ended_at"),
        Index("ix_visitor_clocks_call", "call_id"),
        Index("ix_visitor_clocks_began", "began_at"),
    )

    id: Mapped[str] = mapped_column(String(32), primary_key=True)
    officer: Mapped[str] = mapped_column(String(41))
    department: Mapped[str] = mapped_column(String(41))
    call_id: Mapped[str | None] = mapped_column(String(80))
    """The call that he waited for; None: he came while there was none."""
    began_at: Mapped[datetime] = mapped_column(Moment)
    limit_s: Mapped[int] = mapped_column(Integer)
    """The office's limit at that moment, so that a later one judges no earlier clock."""
    ended_at: Mapped[datetime | None] = mapped_column(Moment)
    ending: Mapped[str | None] = mapped_column(String(10))
    """A value of `verdict.Ending`; None: the clock runs."""
