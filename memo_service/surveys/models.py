"""The table of surveys. One row a call, with an id made from the call's, so a replay makes no second one."""

import uuid
from datetime import datetime

from sqlalchemy import Boolean, Index, Integer, String
from sqlalchemy.orm import Mapped, mapped_column

from memo_service.db.base import Base, Moment

_OURS = uuid.UUID("73757276-6579-4000-8000-63686172746c")


def id_of(call_id: str) -> str:
    """The id of a call's survey."""
    return uuid.uuid5(_OURS, call_id).hex


class Survey(Base):
    """One citizen asked. `score` 1 to 3, None for no answer. `remark`: its file in the spool.

    `counts`: False where the same number was asked less than a month before; such a row is in no figure.
    `remark_state`: none, waiting, kept, silent (no voice in it), lost, destroyed.
    """

    __tablename__ = "surveys"
    __table_args__ = (Index("ix_surveys_at", "at"), Index("ix_surveys_party_id", "party_id"))

    id: Mapped[str] = mapped_column(String(32), primary_key=True)
    call_id: Mapped[str] = mapped_column(String(80), unique=True)
    at: Mapped[datetime] = mapped_column(Moment)
    department: Mapped[str | None] = mapped_column(String(41))
    party_id: Mapped[str | None] = mapped_column(String(32))
    counts: Mapped[bool] = mapped_column(Boolean)
    score: Mapped[int | None] = mapped_column(Integer)
    remark: Mapped[str | None] = mapped_column(String(160))
    remark_state: Mapped[str] = mapped_column(String(10))
    remark_ms: Mapped[int | None] = mapped_column(Integer)
