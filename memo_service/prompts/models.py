"""The tables of the studio: versions of texts, acts on prompts, who heard what, and the list last seen.

Append-only but for the last. No citizen's data.
"""

from datetime import datetime
from typing import Any

from sqlalchemy import Identity, Index, Integer, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from memo_service.db.base import Base, JsonText, Moment


class TextVersion(Base):
    """A version of a text. `text` None: the office's own files' again.

    Version 0 holds the text as it stood in the office's files when it was first changed; `by` is empty then.
    """

    __tablename__ = "prompt_texts"
    __table_args__ = (UniqueConstraint("key", "version"),)

    seq: Mapped[int] = mapped_column(Integer, Identity(), primary_key=True)
    key: Mapped[str] = mapped_column(String(80))
    version: Mapped[int] = mapped_column(Integer)
    text: Mapped[str | None] = mapped_column(Text)
    restored: Mapped[int | None] = mapped_column(Integer)
    """The version that was put back by this one."""
    by: Mapped[str] = mapped_column(String(41))
    at: Mapped[datetime] = mapped_column(Moment)


class PromptAct(Base):
    """What was done with a prompt: approved, withdrawn, recorded, removed. `content`: what it was done to."""

    __tablename__ = "prompt_acts"
    __table_args__ = (Index("ix_prompt_acts_name", "name", "seq"),)

    seq: Mapped[int] = mapped_column(Integer, Identity(), primary_key=True)
    name: Mapped[str] = mapped_column(String(120))
    kind: Mapped[str] = mapped_column(String(10))
    content: Mapped[str] = mapped_column(String(64))
    by: Mapped[str] = mapped_column(String(41))
    at: Mapped[datetime] = mapped_column(Moment)


class Hearing(Base):
    """Somebody heard this content of a prompt to its end."""

    __tablename__ = "prompt_hearings"

    name: Mapped[str] = mapped_column(String(120), primary_key=True)
    content: Mapped[str] = mapped_column(String(64), primary_key=True)
    by: Mapped[str] = mapped_column(String(41), primary_key=True)
    at: Mapped[datetime] = mapped_column(Moment)


class SeenList(Base):
    """The list of prompts as the voice service last told it; one row, made by the migration."""

    __tablename__ = "prompt_list"

    id: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=False)
    told: Mapped[Any] = mapped_column(JsonText)
    at: Mapped[datetime | None] = mapped_column(Moment)
