"""The tables of memos, their receipts, their recordings and their mails.

Personal data: name, matter, note and read-back are sealed, each bound to its column and row; a number stands
in `parties` alone. A memo of a call has an id made from the call's, so a replay makes no second one (EVT-04).
"""

import uuid
from collections.abc import Iterable
from datetime import datetime
from typing import Any

from sqlalchemy import Boolean, ForeignKey, Identity, Index, Integer, LargeBinary, String, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from memo_service.db.base import Base, JsonText, Moment

_OURS = uuid.UUID("6d656d6f-0000-4000-8000-63686172746c")


def id_of(text: str) -> str:
    """The id that `text` always gives: of a call's memo, of a file's recording."""
    return uuid.uuid5(_OURS, text).hex


class Memo(Base):
    """A memo. `taken_by`: menu, recorder, missed_call, or the officer who wrote it. `why`: see memos.make."""

    __tablename__ = "memos"
    __table_args__ = (
        Index("ix_memos_received", "received_at"),
        Index("ix_memos_officer", "officer", "received_at"),
        Index("ix_memos_department", "department", "received_at"),
        Index("ix_memos_party_id", "party_id"),
    )

    id: Mapped[str] = mapped_column(String(32), primary_key=True)
    call_id: Mapped[str | None] = mapped_column(String(80), unique=True)
    form_key: Mapped[str | None] = mapped_column(String(64), unique=True)
    channel: Mapped[str] = mapped_column(String(8))
    taken_by: Mapped[str] = mapped_column(String(41))
    why: Mapped[str] = mapped_column(String(20))
    officer: Mapped[str | None] = mapped_column(String(41))
    department: Mapped[str | None] = mapped_column(String(41))
    exten: Mapped[str] = mapped_column(String(10))
    party_id: Mapped[str | None] = mapped_column(String(32))
    keyed_party_id: Mapped[str | None] = mapped_column(String(32))
    withheld: Mapped[bool] = mapped_column(Boolean)
    name: Mapped[bytes | None] = mapped_column(LargeBinary)
    matter: Mapped[bytes | None] = mapped_column(LargeBinary)
    note: Mapped[bytes | None] = mapped_column(LargeBinary)
    read_back: Mapped[bytes | None] = mapped_column(LargeBinary)
    received_at: Mapped[datetime] = mapped_column(Moment)
    reply_wanted: Mapped[bool] = mapped_column(Boolean)
    asked_at: Mapped[datetime | None] = mapped_column(Moment)
    promised_at: Mapped[datetime | None] = mapped_column(Moment)
    closed: Mapped[str | None] = mapped_column(String(10))
    has_matter: Mapped[bool] = mapped_column(Boolean)
    """A recording with a voice in it, or text; stays true when that is destroyed, as does `has_number`."""
    has_number: Mapped[bool] = mapped_column(Boolean)
    told: Mapped[Any] = mapped_column(JsonText)
    """What the call told when it was last looked at, without personal data; null for a memo by hand."""
    delivered_at: Mapped[datetime | None] = mapped_column(Moment)
    read_at: Mapped[datetime | None] = mapped_column(Moment)
    acted_at: Mapped[datetime | None] = mapped_column(Moment)
    destroyed_at: Mapped[datetime | None] = mapped_column(Moment)
    """When its text and number were destroyed (retention)."""

    @property
    def incomplete(self) -> bool:
        """내용 일부: a recording alone, a number alone, or the missed call alone."""
        return not (self.has_matter and self.has_number)


class MemoEvent(Base):
    """A receipt, or what was added later. Append-only. `detail` holds codes; `words` are sealed."""

    __tablename__ = "memo_events"
    __table_args__ = (Index("ix_memo_events_memo", "memo_id", "seq"),)

    seq: Mapped[int] = mapped_column(Integer, Identity(), primary_key=True)
    id: Mapped[str] = mapped_column(String(32), unique=True)
    memo_id: Mapped[str] = mapped_column(ForeignKey("memos.id"))
    at: Mapped[datetime] = mapped_column(Moment)
    kind: Mapped[str] = mapped_column(String(16))
    actor: Mapped[str] = mapped_column(String(41))
    detail: Mapped[Any] = mapped_column(JsonText)
    words: Mapped[bytes | None] = mapped_column(LargeBinary)


class Recording(Base):
    """A file the citizen spoke into. `kind`: matter, number (spoken), earlier (said again since).

    `state`: waiting (told, not fetched), kept, silent, empty (no sound in the file), lost (told, but no file
    or 0 bytes: an alarm, REC-01), destroyed. `peaks`: loudness of equal parts, 0 to 100, for the picture.
    """

    __tablename__ = "recordings"
    __table_args__ = (Index("ix_recordings_memo", "memo_id"), Index("ix_recordings_state", "state"))

    id: Mapped[str] = mapped_column(String(32), primary_key=True)
    memo_id: Mapped[str] = mapped_column(ForeignKey("memos.id"))
    name: Mapped[str] = mapped_column(String(160), unique=True)
    kind: Mapped[str] = mapped_column(String(8))
    told_at: Mapped[datetime] = mapped_column(Moment)
    state: Mapped[str] = mapped_column(String(10))
    length_ms: Mapped[int | None] = mapped_column(Integer)
    peaks: Mapped[Any] = mapped_column(JsonText)

    @property
    def playable(self) -> bool:
        """There is something to hear; whether it is a voice the listener judges."""
        return self.state in ("kept", "silent") and bool(self.length_ms)


class MemoMail(Base):
    """A mail that says that a memo waits; holds no personal data. Tried again until sent or given up."""

    __tablename__ = "memo_mails"
    __table_args__ = (Index("ix_memo_mails_due", "state", "due_at"),)

    memo_id: Mapped[str] = mapped_column(ForeignKey("memos.id"), primary_key=True)
    officer: Mapped[str] = mapped_column(String(41))
    state: Mapped[str] = mapped_column(String(8))
    due_at: Mapped[datetime] = mapped_column(Moment)
    tries: Mapped[int] = mapped_column(Integer)
    fault: Mapped[str | None] = mapped_column(String(60))


class Destruction(Base):
    """What was destroyed when, in counts (개인정보 보호법 제21조). Kept for ever."""

    __tablename__ = "destructions"

    seq: Mapped[int] = mapped_column(Integer, Identity(), primary_key=True)
    at: Mapped[datetime] = mapped_column(Moment)
    before: Mapped[datetime] = mapped_column(Moment)
    what: Mapped[str] = mapped_column(String(16))
    counts: Mapped[Any] = mapped_column(JsonText)


def recordings_of(session: Session, memo_ids: Iterable[str]) -> dict[str, list[Recording]]:
    """Recordings by memo, in order of telling."""
    found: dict[str, list[Recording]] = {}
    query = select(Recording).where(Recording.memo_id.in_(list(memo_ids))).order_by(Recording.told_at)
    for row in session.scalars(query):
        found.setdefault(row.memo_id, []).append(row)
    return found
