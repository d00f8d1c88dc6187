"""The voices by name, and what each needs; which of them can be used here, and if not, why.

Owns the settings of voices (CHARTERLINE_VOICE…) and the order of resort. A voice that cannot be used switches
off nothing but itself.
"""

import os
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from ivr.prompts.korean.wordlist import WordList
from ivr.prompts.sound import Samples
from ivr.prompts.voices.base import Voice, VoiceError
from ivr.prompts.voices.command import Command
from ivr.prompts.voices.espeak import Espeak
from ivr.prompts.voices.kokoro import Kokoro
from ivr.prompts.voices.models import Sherpa, Supertonic

DEFAULT = "kokoro"
LAST_RESORT = "espeak"
RECORDED = "recorded"
WARNINGS: Mapping[str, str] = {
    LAST_RESORT: "전화로는 알아듣기 어려운 음성입니다. 시험할 때만 쓰고, 민원인에게는 녹음을 들려주세요.",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Means:
    """What voices are made with: espeak-ng's program, a model's directory, a command, the word list."""

    espeak: Path
    words: WordList
    model: Path | None = None
    command: str = ""


@dataclass(frozen=True, slots=True)
class Offer:
    """A voice as people choose it: `why` it cannot be used (else empty), `warning` of it (else empty)."""

    name: str
    usable: bool
    why: str
    warning: str


class Recorded:
    """No voice at all: recordings only."""

    name = RECORDED
    version = "1"

    def reading(self, text: str) -> str:
        """The text itself."""
        return text

    def render(self, text: str) -> tuple[Samples, int]:
        """Refuses."""
        raise VoiceError(f"only recordings are played, and there is none of {text!r}; record it")


_MAKERS: Mapping[str, Callable[[Means], Voice]] = {
    "kokoro": lambda means: Kokoro(means.words),
    "kokoro-male": lambda means: Kokoro(means.words, "kokoro-male"),
    "supertonic": lambda means: Supertonic(means.model),
    "sherpa": lambda means: Sherpa(means.model),
    "command": lambda means: Command(means.command),
    RECORDED: lambda means: Recorded(),
    LAST_RESORT: lambda means: Espeak(means.espeak),
}
NAMES = tuple(_MAKERS)


def means_here(espeak: Path, words: WordList) -> Means:
    """With what the environment says: CHARTERLINE_VOICE_MODEL, CHARTERLINE_VOICE_COMMAND."""
    model = os.environ.get("CHARTERLINE_VOICE_MODEL")
    return Means(
        espeak=espeak,
        words=words,
        model=Path(model) if model else None,
        command=os.environ.get("CHARTERLINE_VOICE_COMMAND", ""),
    )


def wanted_name(of_office: str = "") -> str:
    """The voice that is asked for: CHARTERLINE_VOICE, else the charter's (`words.voice`), else kokoro."""
    return os.environ.get("CHARTERLINE_VOICE") or of_office or DEFAULT


def voice_named(name: str, means: Means) -> Voice:
    """The voice of that name; raises VoiceError with the reason where it cannot be used here."""
    if name not in _MAKERS:
        raise VoiceError(f"there is no voice {name!r}; there are {', '.join(NAMES)}")
    return _MAKERS[name](means)


def voice_or_last_resort(name: str, means: Means, told: Callable[[str], None]) -> Voice:
    """That voice, else espeak-ng with the reason told. A name nobody knows is refused: VoiceError."""
    if name not in _MAKERS:
        raise VoiceError(f"there is no voice {name!r}; there are {', '.join(NAMES)}")
    try:
        return voice_named(name, means)
    except VoiceError as error:
        told(f"the voice {name} cannot be used: {error}. {LAST_RESORT} speaks instead, hard to understand")
        return voice_named(LAST_RESORT, means)


def offers(means: Means) -> Iterator[Offer]:
    """All voices, usable or not; loads no model."""
    for name in NAMES:
        try:
            voice_named(name, means)
            why = ""
        except VoiceError as error:
            why = str(error)
        yield Offer(name, not why, why, WARNINGS.get(name, ""))
