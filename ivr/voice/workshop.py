"""The prompts of a running office: what is wanted, what is made, and putting it in place.

Owns the prompts folder and `STATE/voice/` while the office is up. All but rendering takes milliseconds and
happens under one lock; rendering happens in the worker, outside of it.
"""

import logging
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from ivr.prompts import sound
from ivr.prompts.library import Library, Places, Source
from ivr.prompts.manifest import Entry, read_manifest
from ivr.prompts.plan import Prompt
from ivr.prompts.spoken import aloud, slots_of
from ivr.prompts.studio import Studio
from ivr.prompts.voices import Voice, VoiceError
from ivr.prompts.voices.choice import Offer, offers, voice_named
from ivr.prompts.wanted import Wanted, check_texts, write_wanted
from ivr.voice.recordings import Accepted, accept
from ivr.voice.worker import LOWEST, Worker
from office.folder import Office
from office.problems import OfficeRefusedError

log = logging.getLogger(__name__)

_SETTLE_S = 5.0
_SAY_S = 60.0


class UnknownPromptError(KeyError):
    """There is no prompt of that name."""


@dataclass(frozen=True, slots=True)
class Progress:
    """How far rendering is; `name` is the prompt at hand, empty when there is none."""

    done: int = 0
    of: int = 0
    name: str = ""


@dataclass(frozen=True, slots=True)
class Shown:
    """A prompt as the studio shows it (docs/contracts.md); levels None until it is made."""

    name: str
    key: str
    text: str
    spoken: str
    slots: tuple[str, ...]
    source: str
    voice: str | None
    length_ms: int | None
    peak_db: float | None
    loudness_db: float | None
    content: str | None
    live: bool
    waits: str | None
    audience: str


class Workshop:
    """One office's prompts. Raises at the start what `opened` raises; later faults are told."""

    def __init__(
        self, where: Places, opened: Callable[[], tuple[Office, Studio]], niceness: int = LOWEST
    ) -> None:
        """`opened` reads the office anew, each time it is asked."""
        self._where, self._opened = where, opened
        self._lock = threading.RLock()
        self._worker = Worker(niceness)
        self._voices: dict[str, Voice] = {}
        self._figures: dict[str, tuple[int, float, float]] = {}
        self._todo: list[Source] = []
        self._failed: dict[str, str] = {}
        self._settled_at = time.monotonic()
        self.progress = Progress()
        self.problem: str | None = None
        self.waiting = 0
        """How many prompts wait for approval."""
        self._office, self._studio = self._opened()

    def start(self) -> None:
        """Put in place what is made, and render what is missing."""
        with self._lock:
            self._settle()
            self._plan_work()

    def stop(self) -> None:
        """Take up nothing more."""
        with self._lock:
            self._todo.clear()
        self._worker.stop()

    # ---------------------------------------------------------------- what there is

    def prompts(self) -> list[Shown]:
        """Every prompt of the office."""
        with self._lock:
            stands = read_manifest(self._where.prompts)
            sources = {source.prompt.name: source for source in self._library.sources(self._studio.prompts)}
            return [self._shown(prompt, sources.get(prompt.name), stands) for prompt in self._studio.prompts]

    def voices(self) -> list[Offer]:
        """All voices, usable or not."""
        return list(offers(self._studio.means))

    def audio(self, name: str) -> tuple[bytes, str]:
        """The WAV as it would be heard, and its content; UnknownPromptError where there is none yet."""
        with self._lock:
            source = next(iter(self._library.sources([self._prompt(name)])), None)
            path = self._library.heard(source) if source else None
            if source is None or path is None:
                raise UnknownPromptError(name)
            return path.read_bytes(), source.key

    @property
    def voice(self) -> str:
        """Who reads what is not recorded."""
        return self._studio.voice.name

    # ---------------------------------------------------------------- what changes

    def say(self, text: str, voice: str, rate: int) -> tuple[bytes, str]:
        """A sentence once: its WAV, and the text as read. Raises VoiceError."""
        words = aloud(text)

        def speak() -> bytes:
            chosen = self._voice(voice or self.voice)
            return sound.wav(sound.telephone(*chosen.render(words), rate), rate)

        try:
            return self._worker.ask(speak, first=True).result(_SAY_S), words
        except TimeoutError as error:
            raise VoiceError("the voice is busy; try again") from error

    def record(self, name: str, raw: bytes) -> Accepted:
        """Take a recording. Raises UnknownPromptError, SoundRefusedError."""
        with self._lock:
            words = self._words(name)
        accepted = accept(raw, words)
        with self._lock:
            path = self._recording(name)
            path.parent.mkdir(parents=True, exist_ok=True)
            part = path.with_name(path.name + ".part")
            part.write_bytes(accepted.wav)
            part.replace(path)
            self._settle()
            self._plan_work()
        return accepted

    def unrecord(self, name: str) -> None:
        """Go back to the next source. Raises UnknownPromptError where the studio has no recording of it."""
        with self._lock:
            self._words(name)
            path = self._recording(name)
            if not path.is_file():
                raise UnknownPromptError(name)
            path.unlink()
            self._settle()
            self._plan_work()

    def want(self, wanted: Wanted) -> list[str]:
        """Take the whole wanted state; the names of what changed by it. Raises TextRefusedError."""
        with self._lock:
            if wanted == self._studio.wanted:
                return []
            check_texts(self._office, wanted.texts)
            before = self._state_of_all()
            write_wanted(self._where.kept, wanted)
            self.refresh()
            after = self._state_of_all()
        return sorted(name for name in before.keys() | after.keys() if before.get(name) != after.get(name))

    def render(self) -> None:
        """Render all that is missing, also what failed before."""
        with self._lock:
            self._failed.clear()
            self._plan_work()

    def refresh(self) -> None:
        """Read the office's folder anew; what cannot be used is told and the old state goes on."""
        with self._lock:
            try:
                self._office, self._studio = self._opened()
                self.problem = None
                self._voices.clear()
                self._settle()
            except (OfficeRefusedError, VoiceError) as error:
                self.problem = str(error)
                log.warning("the office's files cannot be used: %s", error)
            self._plan_work()

    # ---------------------------------------------------------------- inside

    @property
    def _library(self) -> Library:
        return self._studio.library

    def _voice(self, name: str) -> Voice:
        if name == self._studio.voice.name:
            return self._studio.voice
        if name not in self._voices:
            self._voices[name] = voice_named(name, self._studio.means)
        return self._voices[name]

    def _prompt(self, name: str) -> Prompt:
        found = next((prompt for prompt in self._studio.prompts if prompt.name == name), None)
        if found is None:
            raise UnknownPromptError(name)
        return found

    def _words(self, name: str) -> str:
        """What a recording of this name says: a prompt, or a part of prompts (its words are not checked)."""
        if any(name in prompt.parts for prompt in self._studio.prompts):
            return ""
        return self._prompt(name).spoken

    def _recording(self, name: str) -> Path:
        return self._where.kept / "recordings" / f"{name}.wav"

    def _settle(self) -> None:
        try:
            self._library.settle(self._studio.prompts)
        except OfficeRefusedError as error:
            self.problem = str(error)
            log.warning("recordings cannot be used: %s", error)
        self._settled_at = time.monotonic()

    def _state_of_all(self) -> dict[str, tuple[str | None, bool]]:
        return {shown.name: (shown.content, shown.live) for shown in self.prompts()}

    def _shown(self, prompt: Prompt, source: Source | None, stands: dict[str, Entry]) -> Shown:
        entry = stands.get(prompt.name)
        live = bool(source and entry and entry.key == source.key and not entry.general)
        length_ms, peak_db, loudness_db = self._figures_of(source) or (None, None, None)
        kind = "none" if source is None else "synthetic" if source.synthetic else source.kind
        return Shown(
            name=prompt.name,
            key=prompt.key,
            text=prompt.template,
            spoken=prompt.spoken,
            slots=slots_of(prompt.template),
            source=kind,
            voice=source.kind if source and source.synthetic else None,
            length_ms=length_ms,
            peak_db=peak_db,
            loudness_db=loudness_db,
            content=source.key if source else None,
            live=live,
            waits=None if live else _waits(source, made=length_ms is not None),
            audience=prompt.audience,
        )

    def _figures_of(self, source: Source | None) -> tuple[int, float, float] | None:
        if source is None:
            return None
        if source.key not in self._figures:
            path = self._library.heard(source)
            if path is None:
                return None
            samples, _ = sound.read_wav(path.read_bytes())
            self._figures[source.key] = (
                sound.length_ms(path),
                sound.peak_db(samples),
                sound.loudness_db(samples),
            )
        return self._figures[source.key]

    def _plan_work(self) -> None:
        """What is to be rendered: what is new first, then what may be heard at once."""
        library = self._library
        sources = library.sources(self._studio.prompts)
        self.waiting = sum(not library.may_be_heard(source) for source in sources)
        missing = [source for source in library.missing(sources) if source.synthetic]
        wanted = [source for source in missing if source.prompt.name not in self._failed]
        known = {source.key for source in self._todo}
        was_idle = not self._todo
        self._todo = sorted(
            wanted, key=lambda s: (bool(known) and s.key in known, not library.may_be_heard(s))
        )
        if was_idle:
            self.progress = Progress(0, len(self._todo))
            if self._todo:
                self._worker.ask(self._next)

    def _next(self) -> None:
        """In the worker: one prompt, and the turn after it."""
        with self._lock:
            if not self._todo:
                return
            source, library = self._todo[0], self._library
            done = self.progress.done
            self.progress = Progress(done, done + len(self._todo), source.prompt.name)
        try:
            library.render(source)
        except VoiceError as error:
            log.warning("prompt %s was not made: %s", source.prompt.name, error)
            self._failed[source.prompt.name] = str(error)
        except Exception as error:  # a voice is a third party's: it must not stop the others
            log.exception("prompt %s was not made", source.prompt.name)
            self._failed[source.prompt.name] = str(error)
        with self._lock:
            self._todo = [other for other in self._todo if other.key != source.key]
            done += 1
            # what is told as done is in place
            if not self._todo or time.monotonic() - self._settled_at > _SETTLE_S:
                self._settle()
            self.progress = Progress(done, done + len(self._todo))
            if self._todo:
                self._worker.ask(self._next)
            else:
                log.info("%d prompts are made", done)


def _waits(source: Source | None, *, made: bool) -> str:
    if source is None:
        return "recording"
    return "approval" if made else "rendering"
