"""What an officer listens to: a recording, or what somebody typed, said by a voice.

Owns that listening is an opening like any other: logged, and a receipt (charter T6).
"""

from dataclasses import dataclass

from memo_service.access.actor import Actor
from memo_service.errors import NotFoundError
from memo_service.memos.feature import MemoFeature
from memo_service.phone.voice import Voice
from memo_service.transfers.feature import TransferFeature

_SPOKEN = {"name": "{} 님.", "matter": "{}", "note": "{}"}


class NoVoiceError(Exception):
    """There is a text, and nothing that could say it."""


@dataclass(frozen=True, slots=True)
class HeardGist:
    """A gist as WAV, and whose desks show that it was opened."""

    sound: bytes
    officers: frozenset[str]


@dataclass(frozen=True, slots=True)
class Ear:
    """Reads to the officers of one office."""

    memos: MemoFeature
    transfers: TransferFeature
    voice: Voice

    def memo(self, actor: Actor, memo_id: str) -> bytes:
        """A memo as WAV, opened by this. Raises NotFoundError, ForbiddenError, NoVoiceError."""
        self.memos.acts.read(actor, memo_id)
        found = self.memos.reader.memo(memo_id)
        if found is None:
            raise NotFoundError
        spoken = next((row for row in found.recordings if row.kind == "matter" and row.playable), None)
        if spoken is not None:
            return self.memos.acts.sound(actor, memo_id, spoken.id)
        lines = [form.format(found.texts[name]) for name, form in _SPOKEN.items() if found.texts[name]]
        return self._said(" ".join(lines))

    def gist(self, actor: Actor) -> HeardGist:
        """The gist of the last transfer to him, opened by this. Raises NotFoundError, NoVoiceError."""
        coming = [one for one in self.transfers.desk_view(actor).incoming if one.gist]
        if not coming:
            raise NotFoundError
        sound = self._said(coming[-1].gist)
        return HeardGist(sound, self.transfers.orders.opened(actor, coming[-1].id))

    def _said(self, text: str) -> bytes:
        if not text:
            raise NotFoundError
        said = self.voice.say(text)
        if said is None:
            raise NoVoiceError
        return said
