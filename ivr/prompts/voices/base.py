"""What a voice is. Voices speak ahead of time, never during a call."""

from typing import Protocol

from ivr.prompts.sound import Samples


class VoiceError(RuntimeError):
    """A voice could not speak; the text names the cause and the remedy."""


class Voice(Protocol):
    """A voice. `name`, `version` and `reading` make the cache key: what would sound otherwise is anew."""

    @property
    def name(self) -> str:
        """Its name in the settings."""

    @property
    def version(self) -> str:
        """Of whatever the sound depends on besides the reading."""

    def reading(self, text: str) -> str:
        """What it makes of `text` before it speaks: for most the text itself."""

    def render(self, text: str) -> tuple[Samples, int]:
        """Samples in −1…1 and their rate in Hz; raises VoiceError."""
