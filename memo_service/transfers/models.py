"""The table of transfers.

Personal data: the gist is sealed, bound to its column and row. One row a transfer, whether a page ordered it
or a desk phone began it; an order that the PBX never began keeps its row without a `transfer`.
"""

import uuid
from datetime import datetime

from sqlalchemy import Index, Integer, LargeBinary, String
from sqlalchemy.orm import Mapped, mapped_column

from memo_service.db.base import Base, Moment

_OURS = uuid.UUID("70617373-0000-4000-8000-63686172746c")
GIST = "transfers.gist"
"""The column that a gist is bound to, beside its row."""


def id_of(call_id: str, transfer: str) -> str:
    """The id of a transfer that no page ordered: the same however often it is told."""
    return uuid.uuid5(_OURS, f"{call_id}/{transfer}").hex


class TransferRow(Base):
    """One transfer. `id` is also the command's, where a page ordered it."""

    __tablename__ = "transfers"
    __table_args__ = (
        Index("ux_transfers_transfer", "call_id", "transfer", unique=True),
        Index("ix_transfers_noted", "noted_at"),
    )

    id: Mapped[str] = mapped_column(String(32), primary_key=True)
    call_id: Mapped[str] = mapped_column(String(80))
    transfer: Mapped[str | None] = mapped_column(String(80))
    """As the call's events name it; None until they do."""
    hop: Mapped[int] = mapped_column(Integer)
    way: Mapped[str] = mapped_column(String(8))
    from_officer: Mapped[str | None] = mapped_column(String(41))
    from_department: Mapped[str | None] = mapped_column(String(41))
    from_endpoint: Mapped[str] = mapped_column(String(41))
    exten: Mapped[str] = mapped_column(String(10))
    officer: Mapped[str | None] = mapped_column(String(41))
    department: Mapped[str | None] = mapped_column(String(41))
    gist: Mapped[bytes | None] = mapped_column(LargeBinary)
    noted_at: Mapped[datetime] = mapped_column(Moment)
    """When it was ordered, or requested where no page ordered it."""
    ordered_at: Mapped[datetime | None] = mapped_column(Moment)
    """When the page ordered it; None: begun at a phone."""
    expires_at: Mapped[datetime | None] = mapped_column(Moment)
    command: Mapped[str | None] = mapped_column(String(10))
    """ordered, then as `CommandTold.state`, or unsent: Redis was away, so it never went."""
    reason: Mapped[str] = mapped_column(String(40), default="")
    shown_at: Mapped[datetime | None] = mapped_column(Moment)
    opened_at: Mapped[datetime | None] = mapped_column(Moment)
    requested_at: Mapped[datetime | None] = mapped_column(Moment)
    answered_at: Mapped[datetime | None] = mapped_column(Moment)
    answered_by: Mapped[str | None] = mapped_column(String(41))
    ended_at: Mapped[datetime | None] = mapped_column(Moment)
    result: Mapped[str | None] = mapped_column(String(12))
    why: Mapped[str | None] = mapped_column(String(20))
    refusal: Mapped[str | None] = mapped_column(String(8))
    after: Mapped[str | None] = mapped_column(String(10))
