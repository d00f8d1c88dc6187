"""The tables of callbacks.

Personal data: a number stands sealed in `callback_outbox` alone, for the seconds until the command is sent;
everything else holds a party id. `callback_steps` is only ever added to.
"""

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, Identity, Index, Integer, LargeBinary, String, text
from sqlalchemy.orm import Mapped, mapped_column

from memo_service.db.base import Base, JsonText, Moment

OPEN_STATES = ("waiting", "calling", "unconfirmed", "unknown", "not_reached", "reached")


class CallbackRow(Base):
    """One promised reply. `state` is of `callbacks.life`; the turn is when the next call is due."""

    __tablename__ = "callbacks"
    __table_args__ = (
        Index("ix_callbacks_wake", "next_wake_at", sqlite_where=text("next_wake_at IS NOT NULL"),
              postgresql_where=text("next_wake_at IS NOT NULL")),
        Index("ix_callbacks_open", "turn_at", sqlite_where=text("closed_at IS NULL"),
              postgresql_where=text("closed_at IS NULL")),
        Index("ix_callbacks_party", "party_id"),
        Index("ix_callbacks_caller", "caller_party_id"),
        Index("ix_callbacks_closed", "closed_at", sqlite_where=text("closed_at IS NOT NULL"),
              postgresql_where=text("closed_at IS NOT NULL")),
        Index("ix_callbacks_calendar", "calendar_version", sqlite_where=text("closed_at IS NULL"),
              postgresql_where=text("closed_at IS NULL")),
    )  # fmt: skip

    id: Mapped[str] = mapped_column(String(32), primary_key=True)
    memo_id: Mapped[str] = mapped_column(String(100), unique=True)
    call_id: Mapped[str | None] = mapped_column(String(80))
    party_id: Mapped[str] = mapped_column(String(32))
    """Whom to call."""
    caller_party_id: Mapped[str | None] = mapped_column(String(32))
    """Who called, where he left another number."""
    officer: Mapped[str | None] = mapped_column(String(41))
    department: Mapped[str | None] = mapped_column(String(41))
    owner: Mapped[str | None] = mapped_column(String(41))
    """Who holds it now (지금 맡은 사람); None: the whole department."""
    received_at: Mapped[datetime] = mapped_column(Moment)
    asked_at: Mapped[datetime | None] = mapped_column(Moment)
    asked_open: Mapped[bool] = mapped_column(default=False)
    """The asked time lay in working time when it was asked for."""
    due_at: Mapped[datetime] = mapped_column(Moment)
    """The promise (회신기한); later turns do not move it."""
    due_until: Mapped[datetime] = mapped_column(Moment)
    """The promise with the tolerance of an asked time."""
    calendar_version: Mapped[str] = mapped_column(String(12))
    state: Mapped[str] = mapped_column(String(12))
    tries: Mapped[int] = mapped_column(Integer, default=0)
    turn_from: Mapped[datetime | None] = mapped_column(Moment)
    """Since when this turn counts; None in the first, which counts from the receipt."""
    turn_at: Mapped[datetime] = mapped_column(Moment)
    latest_at: Mapped[datetime] = mapped_column(Moment)
    opens_at: Mapped[datetime | None] = mapped_column(Moment)
    stage: Mapped[int] = mapped_column(Integer, default=0)
    """How many of the turn's wakes are done."""
    next_wake_at: Mapped[datetime | None] = mapped_column(Moment)
    deferred_to: Mapped[datetime | None] = mapped_column(Moment)
    approved_by: Mapped[str | None] = mapped_column(String(41))
    """Who allowed an international number to be called."""
    outcome: Mapped[str | None] = mapped_column(String(20))
    closed_at: Mapped[datetime | None] = mapped_column(Moment)


class CallbackMemo(Base):
    """Which memos a callback answers; more than one where the citizen left word again."""

    __tablename__ = "callback_memos"

    memo_id: Mapped[str] = mapped_column(String(100), primary_key=True)
    callback_id: Mapped[str] = mapped_column(ForeignKey("callbacks.id"), index=True)


class AttemptRow(Base):
    """One attempt to call; `id` is the command's. One at most is open for a callback."""

    __tablename__ = "callback_attempts"
    __table_args__ = (
        Index("ux_callback_attempts_open", "callback_id", unique=True,
              sqlite_where=text("state = 'open'"), postgresql_where=text("state = 'open'")),
        Index("ux_callback_attempts_no", "callback_id", "no", unique=True),
        Index("ix_callback_attempts_give_up", "give_up_at", sqlite_where=text("give_up_at IS NOT NULL"),
              postgresql_where=text("give_up_at IS NOT NULL")),
    )  # fmt: skip

    id: Mapped[str] = mapped_column(String(40), primary_key=True)
    callback_id: Mapped[str] = mapped_column(ForeignKey("callbacks.id"))
    no: Mapped[int] = mapped_column(Integer)
    claimed_by: Mapped[str] = mapped_column(String(41))
    claimed_at: Mapped[datetime] = mapped_column(Moment)
    state: Mapped[str] = mapped_column(String(8))
    """open, unknown, done"""
    step: Mapped[str] = mapped_column(String(20))
    """claimed, sent, accepted, then as `office.events.CallbackStep`"""
    outcome: Mapped[str | None] = mapped_column(String(20))
    dialled_at: Mapped[datetime | None] = mapped_column(Moment)
    answered_at: Mapped[datetime | None] = mapped_column(Moment)
    ended_at: Mapped[datetime | None] = mapped_column(Moment)
    talk_ms: Mapped[int] = mapped_column(Integer, default=0)
    marked: Mapped[bool] = mapped_column(default=False)
    """The officer said what it came to; that stands."""
    give_up_at: Mapped[datetime | None] = mapped_column(Moment)
    """Without a word by then, what became of it is unknown."""
    call_id: Mapped[str] = mapped_column(String(80), index=True)


class StepRow(Base):
    """One line of a callback's history. `ref` names the fact behind it, so that it is written once."""

    __tablename__ = "callback_steps"
    __table_args__ = (Index("ux_callback_steps_ref", "callback_id", "ref", unique=True),)

    seq: Mapped[int] = mapped_column(Integer, Identity(), primary_key=True)
    callback_id: Mapped[str] = mapped_column(ForeignKey("callbacks.id"))
    at: Mapped[datetime] = mapped_column(Moment)
    kind: Mapped[str] = mapped_column(String(20))
    actor: Mapped[str | None] = mapped_column(String(41))
    detail: Mapped[Any] = mapped_column(JsonText)
    words: Mapped[bytes | None] = mapped_column(LargeBinary)
    """What an officer wrote, sealed."""
    ref: Mapped[str | None] = mapped_column(String(200))


class OutboxRow(Base):
    """A command on its way to the bridge; deleted once on the stream. `sent_at` is set before it is sent."""

    __tablename__ = "callback_outbox"

    attempt_id: Mapped[str] = mapped_column(String(40), primary_key=True)
    sealed: Mapped[bytes] = mapped_column(LargeBinary)
    expires_at: Mapped[datetime] = mapped_column(Moment)
    sent_at: Mapped[datetime | None] = mapped_column(Moment, index=True)
