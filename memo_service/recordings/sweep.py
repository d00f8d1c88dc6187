"""Fetches recordings out of the PBX's spool: encrypts, notes, then removes the plain file.

Owns that a kill between any two steps loses nothing: each can be done again, and the plain file goes last;
one found beside its sealed copy is taken in again. A file is fetched once its memo stands, as only then is it
closed; others are listed until then.
"""

import asyncio
import logging
import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from sqlalchemy import Engine, func, select
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from memo_service.db.session import reading, writing
from memo_service.memos import store
from memo_service.memos.judging import judge
from memo_service.memos.models import Memo, Recording, id_of, recordings_of
from memo_service.recordings.vault import Vault, sync_folder
from memo_service.recordings.wav import Sound, read_sound

LOST_AFTER = timedelta(minutes=10)
_UNCLAIMED_AFTER = timedelta(minutes=2)
_LOOK_S = 30.0
_OF_CALL = re.compile(r"^(.+)-\d+-(?:\d+|recorder)\.wav$")

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Unclaimed:
    """A file in the spool that belongs to no memo (yet)."""

    name: str
    since: datetime
    bytes: int


class Sweep:
    """The spool of one PBX."""

    def __init__(self, engine: Engine, spool: Path, vault: Vault, now: Callable[[], datetime]) -> None:
        self._engine = engine
        self._spool = spool
        self.vault = vault
        self._now = now
        self._wanted = asyncio.Event()
        self.on_change: Callable[[list[str]], None] = lambda _: None
        """Told the ids of memos whose recording was fetched, on the event loop."""

    def touch(self) -> None:
        """A memo was made; its recording may be there."""
        self._wanted.set()

    async def run(self) -> None:
        """Sweep until cancelled: at start, when touched, and twice a minute."""
        while True:
            try:
                changed = await asyncio.to_thread(self.sweep)
            except (DBAPIError, OSError) as error:
                _log.warning("spool not swept, trying again: %s", type(error).__name__)
            else:
                if changed:
                    self.on_change(changed)
            try:
                async with asyncio.timeout(_LOOK_S):
                    await self._wanted.wait()
            except TimeoutError:
                continue
            self._wanted.clear()

    def sweep(self) -> list[str]:
        """Fetch every recording that is told and there; returns the memos it changed."""
        files = {path.name: path for path in self._files()}
        self._adopt([path for path in files.values() if _is_quiet(path)])
        found = [self._take_in(row_id, files[name], state) for row_id, name, state in self._told(list(files))]
        found += [self._note_lost(row_id) for row_id in self._overdue(list(files))]
        return [memo_id for memo_id in found if memo_id]

    def unclaimed(self) -> list[Unclaimed]:
        """Files that no memo has told of for two minutes, oldest first."""
        with reading(self._engine) as session:
            told = set(session.scalars(select(Recording.name)))
        found = []
        for path in self._files():
            if path.name not in told and _is_quiet(path):
                stat = path.stat()
                found.append(Unclaimed(path.name, datetime.fromtimestamp(stat.st_mtime, UTC), stat.st_size))
        return sorted(found, key=lambda file: file.since)

    def lost(self) -> int:
        """Recordings that were told and are not there, or hold nothing (REC-01)."""
        with reading(self._engine) as session:
            query = select(func.count()).select_from(Recording).where(Recording.state == "lost")
            return session.execute(query).scalar_one()

    def _adopt(self, paths: list[Path]) -> None:
        """Give a memo what its call recorded and nobody told of: the bridge died in the recording."""
        told = {name for _, name, _ in self._told([path.name for path in paths])}
        for path in paths:
            call_id = _call_of(path.name)
            if call_id and path.name not in told:
                self._adopt_one(path, call_id)

    def _adopt_one(self, path: Path, call_id: str) -> None:
        with writing(self._engine) as session:
            memo = session.get(Memo, id_of(call_id))
            if memo is None:
                return
            recordings = recordings_of(session, [memo.id]).get(memo.id, [])
            has_matter = any(row.kind == "matter" for row in recordings)
            session.add(
                Recording(
                    id=id_of(f"{memo.id}/{path.name}"), memo_id=memo.id, name=path.name,
                    kind="earlier" if has_matter else "matter", told_at=memo.received_at,
                    state="waiting", length_ms=None, peaks=[],
                )
            )  # fmt: skip

    def _told(self, names: list[str]) -> list[tuple[str, str, str]]:
        """(id, name, state) of the recordings among these files."""
        if not names:
            return []
        with reading(self._engine) as session:
            query = select(Recording.id, Recording.name, Recording.state).where(Recording.name.in_(names))
            return [(row.id, row.name, row.state) for row in session.execute(query)]

    def _overdue(self, names: list[str]) -> list[str]:
        """Recordings that were told a while ago and whose file has not come."""
        with reading(self._engine) as session:
            waiting = select(Recording.id).where(
                Recording.state == "waiting",
                Recording.told_at < self._now() - LOST_AFTER,
                Recording.name.not_in(names),
            )
            return list(session.scalars(waiting))

    def _take_in(self, recording_id: str, path: Path, state: str) -> str | None:
        """Encrypt, note, remove; the memo's id if that is news."""
        if state == "destroyed":
            self._remove(path)
            return None
        content = path.read_bytes()
        sound = read_sound(content)
        if sound is not None:
            self.vault.put(recording_id, sound.wav)
        memo_id = self._note(recording_id, "empty" if content else "lost", sound)
        if content:
            self._remove(path)
        return memo_id

    def _note(self, recording_id: str, without: str, sound: Sound | None) -> str | None:
        """Write down what was found; the memo's id if that is news."""
        with writing(self._engine) as session:
            row = session.get_one(Recording, recording_id)
            state = without if sound is None else "kept" if sound.has_voice else "silent"
            if row.state == state and row.length_ms == (sound.length_ms if sound else None):
                return None
            row.state = state
            if sound is not None:
                row.length_ms, row.peaks = sound.length_ms, sound.peaks
            self._tell_memo(session, row)
            return row.memo_id

    def _note_lost(self, recording_id: str) -> str | None:
        with writing(self._engine) as session:
            row = session.get_one(Recording, recording_id)
            row.state = "lost"
            _log.error("a recording was told and is not there", extra={"memo_id": row.memo_id})
            self._tell_memo(session, row)
            return row.memo_id

    @staticmethod
    def _tell_memo(session: Session, row: Recording) -> None:
        session.flush()
        memo = session.get_one(Memo, row.memo_id)
        store.look_again(memo, recordings_of(session, [memo.id])[memo.id])
        judge(session, memo)

    def _remove(self, path: Path) -> None:
        path.unlink(missing_ok=True)
        sync_folder(self._spool)

    def _files(self) -> list[Path]:
        return [path for path in self._spool.glob("*.wav") if path.is_file()] if self._spool.is_dir() else []


def _is_quiet(path: Path) -> bool:
    """Nothing has been written to it for two minutes, by the machine's clock: the PBX is done with it."""
    written = datetime.fromtimestamp(path.stat().st_mtime, UTC)
    return datetime.now(UTC) - written > _UNCLAIMED_AFTER


def _call_of(name: str) -> str:
    """The call a file was recorded in (`<uniqueid>-<session>-<take>.wav`); empty for another name."""
    match = _OF_CALL.match(name)
    return match.group(1) if match else ""
