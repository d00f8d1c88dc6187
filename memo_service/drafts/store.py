"""Drafts in the database: what waits, what was made, what is shown, what goes with its recording."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Engine, delete, select
from sqlalchemy.orm import Session

from memo_service.db.session import reading, writing
from memo_service.drafts.models import Draft
from memo_service.memos.models import Recording
from memo_service.protect import Keyring

_COLUMN = "drafts.words"
_NEWS = timedelta(days=7)
"""Older recordings were listened to: a machine that is switched on does not begin with a year of them."""


@dataclass(frozen=True, slots=True)
class Waiting:
    """A recording to be written down."""

    recording_id: str
    memo_id: str
    length_ms: int


class Drafts:
    """The drafts of one office."""

    def __init__(self, engine: Engine, keyring: Keyring, now: Callable[[], datetime]) -> None:
        self._engine = engine
        self._keyring = keyring
        self._now = now

    def waiting(self) -> Waiting | None:
        """The newest message that has no draft: an officer looks at that first."""
        done = select(Draft.recording_id)
        query = (
            select(Recording)
            .where(Recording.kind == "matter", Recording.state == "kept", Recording.id.not_in(done))
            .where(Recording.told_at > self._now() - _NEWS)
            .order_by(Recording.told_at.desc())
        )
        with reading(self._engine) as session:
            row = session.scalars(query.limit(1)).first()
            return Waiting(row.id, row.memo_id, row.length_ms or 0) if row else None

    def keep(self, job: Waiting, words: str | None, model: str, took_ms: int) -> bool:
        """Keep what was made of a recording, None where it failed; False if that is gone meanwhile."""
        state = "failed" if words is None else "made" if words else "nothing"
        sealed = self._keyring.encrypt(words, _COLUMN, job.recording_id) if words else None
        with writing(self._engine) as session:
            recording = session.get(Recording, job.recording_id, with_for_update=True)
            if recording is None or recording.state == "destroyed":
                return False
            session.merge(
                Draft(
                    recording_id=job.recording_id, memo_id=job.memo_id, state=state, words=sealed,
                    made_at=self._now(), model=model, took_ms=took_ms,
                )
            )  # fmt: skip
        return True

    def of_memo(self, memo_id: str) -> Mapping[str, tuple[str, str]]:
        """{recording: (state, words in the clear)} of a memo."""
        with reading(self._engine) as session:
            rows = session.scalars(select(Draft).where(Draft.memo_id == memo_id)).all()
        return {row.recording_id: (row.state, self._opened(row)) for row in rows}

    def _opened(self, row: Draft) -> str:
        return self._keyring.decrypt(row.words, _COLUMN, row.recording_id) if row.words else ""


def forget_drafts(session: Session, recording_ids: Iterable[str]) -> None:
    """A draft goes with its recording."""
    session.execute(delete(Draft).where(Draft.recording_id.in_(list(recording_ids))))
