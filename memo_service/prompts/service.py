"""What people do in the studio: texts, approvals, recordings, previews.

Owns that every act is allowed, kept in SQL with who and when, and noted in the access log, before the voice
service hears of it; only a recording goes there first, because it may refuse it. Approvals bind to a content.
"""

import asyncio
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Engine
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from memo_service.access.actor import Actor
from memo_service.access.log import Opened, log_access
from memo_service.db.session import reading, writing
from memo_service.errors import ForbiddenError, NotFoundError
from memo_service.prompts import slots, store
from memo_service.prompts.catalog import Prompt, is_shown
from memo_service.prompts.keeper import Keeper
from memo_service.prompts.models import PromptAct, TextVersion
from memo_service.prompts.rights import keeps_studio, may_record
from memo_service.prompts.voice import Said, Sound, VoiceClient

NOT_HIS = "관리자와 헌장 담당자만 할 수 있습니다."


class TextRefusedError(Exception):
    """A text that cannot be taken."""

    def __init__(self, fault: slots.SlotFault) -> None:
        super().__init__(fault.code)
        self.fault = fault


class TextConflictError(Exception):
    """Somebody saved in between; `theirs` is what stands now."""

    def __init__(self, theirs: TextVersion) -> None:
        super().__init__("somebody saved in between")
        self.theirs = theirs


class ChangedSinceError(Exception):
    """The prompt is no longer what was heard."""


@dataclass(frozen=True, slots=True)
class NewText:
    """A text as saved: over which version it was typed, and which version it puts back, if any."""

    text: str | None
    over: int
    restored: int | None = None


class Studio:
    """The acts of one office's studio. Names and keys that are not in the list raise NotFoundError."""

    def __init__(
        self, engine: Engine, voice: VoiceClient, keeper: Keeper, now: Callable[[], datetime]
    ) -> None:
        self._engine = engine
        self._voice = voice
        self._keeper = keeper
        self._now = now

    def prompt(self, name: str) -> Prompt:
        """The prompt as last listed."""
        found = self._keeper.seen.listing.find(name)
        if found is None:
            raise NotFoundError
        return found

    def change_text(self, actor: Actor, key: str, new: NewText) -> int:
        """Save a text; returns its version. Raises ForbiddenError, TextRefusedError, TextConflictError.

        The same text again over the version before is no conflict: it was sent twice.
        """
        _require(actor)
        made_of_it = self._keeper.seen.listing.of_key(key)
        if not made_of_it:
            raise NotFoundError
        if new.text is not None and (wrong := slots.fault(new.text, made_of_it[0].slots)):
            raise TextRefusedError(wrong)
        try:
            with writing(self._engine) as session:
                return self._save(session, actor, key, new, made_of_it[0].text)
        except IntegrityError:
            with reading(self._engine) as session:
                theirs = store.versions_of(session, key)[0]
                session.expunge(theirs)
            raise TextConflictError(theirs) from None

    def _save(self, session: Session, actor: Actor, key: str, new: NewText, from_files: str | None) -> int:
        versions = store.versions_of(session, key)
        stands = versions[0].version if versions else 0
        if versions and stands != new.over:
            if (versions[0].text, versions[0].by) == (new.text, actor.officer):
                return stands
            session.expunge(versions[0])
            raise TextConflictError(versions[0])
        if versions and versions[0].version and versions[0].text == new.text:
            return stands
        now = self._now()
        if not versions:
            session.add(TextVersion(key=key, version=0, text=from_files, by="", at=now))
        row = TextVersion(
            key=key, version=stands + 1, text=new.text, restored=new.restored, by=actor.officer, at=now
        )
        session.add(row)
        session.flush()
        log_access(session, now, actor.officer, Opened.PROMPT, key, "text")
        return stands + 1

    def restore(self, actor: Actor, key: str, version: int, over: int) -> int:
        """Put an older version back, as a new one; version 0 is the office's own files' text."""
        _require(actor)
        with reading(self._engine) as session:
            found = [row for row in store.versions_of(session, key) if row.version == version]
            if not found:
                raise NotFoundError
            text = found[0].text if version else None
        return self.change_text(actor, key, NewText(text, over, restored=version))

    def approve(self, actor: Actor, name: str, content: str) -> None:
        """Approve what he saw or heard. Raises ChangedSinceError when it is another by now."""
        _require(actor)
        prompt = self.prompt(name)
        if not content or prompt.content != content:
            raise ChangedSinceError
        with writing(self._engine) as session:
            self._act(session, actor, "approved", name, content)

    def approve_heard(self, actor: Actor) -> int:
        """Approve all that wait and that he heard to their end; returns how many."""
        _require(actor)
        with writing(self._engine) as session:
            heard = heard_contents(session, actor.officer, self._keeper.seen.listing.prompts)
            waiting = [p for p in self._keeper.seen.listing.prompts if is_shown(p, "heard", heard)]
            done = store.newest_acts(session, store.APPROVAL, [p.name for p in waiting])
            count = 0
            for prompt in waiting:
                last = done.get(prompt.name)
                if last is None or (last.kind, last.content) != ("approved", prompt.content):
                    self._act(session, actor, "approved", prompt.name, prompt.content or "")
                    count += 1
        return count

    def withdraw(self, actor: Actor, name: str) -> None:
        """Take an approval back."""
        _require(actor)
        prompt = self.prompt(name)
        with writing(self._engine) as session:
            self._act(session, actor, "withdrawn", name, prompt.content or "")

    def heard(self, actor: Actor, name: str, content: str) -> None:
        """He heard this content to its end."""
        if not may_record(actor, name):
            raise ForbiddenError(NOT_HIS)
        if self.prompt(name).content != content:
            return  # it changed while it played: what he heard is not what would be approved
        with writing(self._engine) as session:
            store.note_heard(session, name, content, actor.officer, self._now())

    async def sound(self, actor: Actor, name: str) -> Sound:
        """A prompt as it would be heard. Raises VoiceAwayError, VoiceRefusedError."""
        if not may_record(actor, name):
            raise ForbiddenError(NOT_HIS)
        return await self._voice.audio(self.prompt(name).name)

    async def say(self, actor: Actor, text: str) -> Said:
        """A sentence once. Raises VoiceAwayError, VoiceRefusedError."""
        _require(actor)
        return await self._voice.say(text)

    async def record(self, actor: Actor, name: str, sound: bytes, media_type: str) -> None:
        """Put a recording in. Raises VoiceAwayError, VoiceRefusedError; then the one before stays."""
        if not may_record(actor, name):
            raise ForbiddenError(NOT_HIS)
        await self._voice.record(self.prompt(name).name, sound, media_type)
        await self._after_recording(actor, "recorded", name)

    async def remove(self, actor: Actor, name: str) -> None:
        """Take a recording out. Raises VoiceAwayError, VoiceRefusedError."""
        if not may_record(actor, name):
            raise ForbiddenError(NOT_HIS)
        await self._voice.remove(self.prompt(name).name)
        await self._after_recording(actor, "removed", name)

    async def render(self, actor: Actor) -> None:
        """Have all rendered that is missing. Raises VoiceAwayError, VoiceRefusedError."""
        _require(actor)
        await self._voice.render()
        await asyncio.to_thread(self._log, actor, "rendered")

    async def _after_recording(self, actor: Actor, kind: str, name: str) -> None:
        await self._keeper.at_once()  # so that what is noted names the content that it now has
        found = self._keeper.seen.listing.find(name)
        content = (found.content if found else None) or ""
        await asyncio.to_thread(self._note, actor, kind, name, content)

    def _note(self, actor: Actor, kind: str, name: str, content: str) -> None:
        with writing(self._engine) as session:
            self._act(session, actor, kind, name, content)

    def _log(self, actor: Actor, reason: str) -> None:
        with writing(self._engine) as session:
            log_access(session, self._now(), actor.officer, Opened.PROMPT, "", reason)

    def _act(self, session: Session, actor: Actor, kind: str, name: str, content: str) -> None:
        now = self._now()
        session.add(PromptAct(name=name, kind=kind, content=content, by=actor.officer, at=now))
        log_access(session, now, actor.officer, Opened.PROMPT, name[:80], kind)


def heard_contents(session: Session, officer: str, prompts: Iterable[Prompt]) -> dict[str, str]:
    """Of these prompts those whose present content he heard, with it, by name."""
    heard = store.heard_by(session, officer)
    return {p.name: p.content for p in prompts if p.content and p.content in heard.get(p.name, ())}


def _require(actor: Actor) -> None:
    if not keeps_studio(actor):
        raise ForbiddenError(NOT_HIS)
