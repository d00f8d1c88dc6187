"""A voice for tests: every text is a tone of its own pitch, and it remembers what it was asked to say."""

import hashlib

from ivr.prompts import sound
from ivr.prompts.voices import VoiceError


class ToneVoice:
    """Renders in no time; a text that holds a word of `dumb` cannot be said."""

    version = "1"

    def __init__(self, name: str = "tone") -> None:
        self.name = name
        self.said: list[str] = []
        self.dumb: set[str] = set()

    def reading(self, text: str) -> str:
        return text

    def render(self, text: str) -> tuple[sound.Samples, int]:
        self.said.append(text)
        if any(word in text for word in self.dumb):
            raise VoiceError(f"cannot say {text}")
        pitch = 400 + int.from_bytes(hashlib.sha256(text.encode()).digest()[:2]) % 2000
        return sound.tone(0.3, pitch, level=0.5), sound.RATE
