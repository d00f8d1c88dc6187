"""All SQL of the studio. Every function works in its caller's transaction; decides nothing about who may."""

import hashlib
import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from memo_service.prompts.models import Hearing, PromptAct, SeenList, TextVersion

APPROVAL = ("approved", "withdrawn")
RECORDING = ("recorded", "removed")


@dataclass(frozen=True, slots=True)
class WantedState:
    """What the voice service should have: texts by key, approved contents by name."""

    texts: dict[str, str] = field(default_factory=dict)
    approved: dict[str, str] = field(default_factory=dict)

    def without(self, keys: Iterable[str]) -> "WantedState":
        """The same without these texts."""
        left_out = set(keys)
        texts = {key: text for key, text in self.texts.items() if key not in left_out}
        return WantedState(texts, self.approved)

    def told(self) -> dict[str, dict[str, str]]:
        """As `PUT /wanted` takes it."""
        return {"texts": self.texts, "approved": self.approved}

    @property
    def digest(self) -> str:
        """Alike for the same state."""
        return hashlib.sha256(json.dumps(self.told(), sort_keys=True).encode()).hexdigest()


def wanted_state(session: Session) -> WantedState:
    """The whole wanted state as SQL has it."""
    newest = select(func.max(TextVersion.seq)).group_by(TextVersion.key)
    texts = session.scalars(select(TextVersion).where(TextVersion.seq.in_(newest)))
    approvals = newest_acts(session, APPROVAL).values()
    return WantedState(
        {row.key: row.text for row in texts if row.text is not None and row.version},
        {row.name: row.content for row in approvals if row.kind == "approved"},
    )


def newest_acts(
    session: Session, kinds: Sequence[str], names: Iterable[str] | None = None
) -> dict[str, PromptAct]:
    """The last act of these kinds on each prompt, by name."""
    newest = select(func.max(PromptAct.seq)).where(PromptAct.kind.in_(kinds)).group_by(PromptAct.name)
    if names is not None:
        newest = newest.where(PromptAct.name.in_(list(names)))
    found = session.scalars(select(PromptAct).where(PromptAct.seq.in_(newest))).all()
    return {row.name: row for row in found}


def acts_of(session: Session, name: str, limit: int = 50) -> Sequence[PromptAct]:
    """What was done with a prompt, newest first."""
    query = select(PromptAct).where(PromptAct.name == name).order_by(PromptAct.seq.desc()).limit(limit)
    return session.scalars(query).all()


def versions_of(session: Session, key: str) -> Sequence[TextVersion]:
    """All versions of a text, newest first."""
    query = select(TextVersion).where(TextVersion.key == key).order_by(TextVersion.version.desc())
    return session.scalars(query).all()


def heard_by(session: Session, officer: str) -> dict[str, set[str]]:
    """Contents that he heard, by name."""
    found: dict[str, set[str]] = {}
    for row in session.scalars(select(Hearing).where(Hearing.by == officer)):
        found.setdefault(row.name, set()).add(row.content)
    return found


def note_heard(session: Session, name: str, content: str, officer: str, at: datetime) -> None:
    """He heard it, once or again."""
    if session.get(Hearing, (name, content, officer)) is None:
        session.add(Hearing(name=name, content=content, by=officer, at=at))


def keep_list(session: Session, told: Any, at: datetime) -> None:
    """Keep the list that was just seen in the place of the last one."""
    session.execute(update(SeenList).values(told=told, at=at))


def kept_list(session: Session) -> tuple[Any, datetime | None]:
    """The last list that was seen, and when."""
    row = session.get_one(SeenList, 1)
    return row.told, row.at
