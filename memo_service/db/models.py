"""The tables of the ledger.

Personal data: a citizen's number stands in `parties` alone, encrypted; everything else holds a party id.
"""

from datetime import date, datetime
from typing import Any

from sqlalchemy import Boolean, Date, ForeignKey, Identity, Index, Integer, LargeBinary, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from memo_service.db.base import Base, JsonText, Moment


class Party(Base):
    """A citizen's number: `number` is sealed (AES-GCM-SIV), bound to its row, `number_index` a keyed hash."""

    __tablename__ = "parties"

    id: Mapped[str] = mapped_column(String(32), primary_key=True)
    kind: Mapped[str] = mapped_column(String(20))
    number: Mapped[bytes] = mapped_column(LargeBinary)
    number_index: Mapped[bytes] = mapped_column(LargeBinary(16), unique=True)


class StoredEvent(Base):
    """One event of the stream, append-only. `payload` is its JSON without the citizen's number."""

    __tablename__ = "call_events"
    __table_args__ = (Index("ix_call_events_call", "call_id", "seq"),)

    seq: Mapped[int] = mapped_column(Integer, Identity(), primary_key=True)
    event_id: Mapped[str] = mapped_column(String(200), unique=True)
    pbx: Mapped[str] = mapped_column(String(20))
    call_id: Mapped[str] = mapped_column(String(80))
    kind: Mapped[str] = mapped_column(String(30))
    at: Mapped[datetime] = mapped_column(Moment)
    party_id: Mapped[str | None] = mapped_column(String(32))
    payload: Mapped[str] = mapped_column(Text)


class CallRow(Base):
    """Read model of a call for lists; made again from its events whenever one comes."""

    __tablename__ = "calls"
    __table_args__ = (
        Index("ix_calls_started", "started_at"),
        Index("ix_calls_department", "department", "started_at"),
        Index("ix_calls_open", "ended_at"),
    )

    call_id: Mapped[str] = mapped_column(String(80), primary_key=True)
    pbx: Mapped[str] = mapped_column(String(20))
    party_id: Mapped[str | None] = mapped_column(String(32), index=True)
    call_class: Mapped[str] = mapped_column(String(20))
    withheld: Mapped[bool] = mapped_column(Boolean)
    exten: Mapped[str] = mapped_column(String(10))
    desk_kind: Mapped[str | None] = mapped_column(String(20))
    department: Mapped[str | None] = mapped_column(String(41))
    started_at: Mapped[datetime] = mapped_column(Moment)
    rang_at: Mapped[datetime | None] = mapped_column(Moment)
    answered_at: Mapped[datetime | None] = mapped_column(Moment)
    ended_at: Mapped[datetime | None] = mapped_column(Moment)
    ring_ms: Mapped[int | None] = mapped_column(Integer)
    late: Mapped[bool | None] = mapped_column(Boolean)
    complete: Mapped[bool] = mapped_column(Boolean)


class VerdictRow(Base):
    """A verdict of one promise in one call, with the rulebook it was judged by."""

    __tablename__ = "verdicts"
    __table_args__ = (
        Index("ix_verdicts_day", "day", "department", "promise", "result"),
        Index("ix_verdicts_result", "promise", "result"),
    )

    call_id: Mapped[str] = mapped_column(String(80), primary_key=True)
    promise: Mapped[str] = mapped_column(String(4), primary_key=True)
    result: Mapped[str] = mapped_column(String(16))
    reason: Mapped[str] = mapped_column(String(40))
    department: Mapped[str | None] = mapped_column(String(41))
    officer: Mapped[str | None] = mapped_column(String(41))
    measures: Mapped[Any] = mapped_column(JsonText)
    day: Mapped[date] = mapped_column(Date)
    rulebook: Mapped[str] = mapped_column(ForeignKey("rulebooks.id"))


class Rulebook(Base):
    """Charter and calendar files as they stood when first used, so that old verdicts can be made again."""

    __tablename__ = "rulebooks"

    id: Mapped[str] = mapped_column(String(64), primary_key=True)
    version: Mapped[str] = mapped_column(String(40))
    files: Mapped[Any] = mapped_column(JsonText)
    first_used_at: Mapped[datetime] = mapped_column(Moment)
