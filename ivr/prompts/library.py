"""The prompt files of one office on disk: recorded first, else spoken by a voice, cached by content.

Order: the officer's own recording, the office's recording, synthesis, the general sentence.
A file that stands is never touched while it is right, so a second start renders nothing.
"""

import hashlib
import json
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from ivr.prompts import sound
from ivr.prompts.plan import Prompt
from ivr.prompts.voices import Voice
from office.charter import Ring
from office.problems import OfficeRefusedError, Problem

_RINGBACK_AFTER_S = 120


@dataclass(frozen=True, slots=True)
class Entry:
    """One prompt file: its source (`recorded` or a voice's name), its length, its content key."""

    source: str
    length_ms: int
    key: str
    text: str


class Library:
    """Prompts below `folder`, with a manifest of what each is."""

    def __init__(self, folder: Path, recordings: Path, voice: Voice, ring: Ring) -> None:
        self._folder = folder
        self._recordings = recordings
        self._voice = voice
        self._ring = ring
        self._manifest = folder / "manifest.json"

    def make(self, prompts: Iterable[Prompt], told: Callable[[str], None]) -> dict[str, Entry]:
        """Make what is missing or changed, forget what is no longer planned; {name: entry} of what stands."""
        before = self._read()
        made: dict[str, Entry] = {}
        problems: list[Problem] = []
        for prompt in prompts:
            try:
                entry = self._entry(prompt, before.get(prompt.name), told)
            except sound.SoundRefusedError as error:
                problems.append(Problem(f"recordings/{prompt.name}.wav", 1, str(error)))
                continue
            if entry:
                made[prompt.name] = entry
        if problems:
            raise OfficeRefusedError(problems)
        self._furnish(made, before)
        for name in before.keys() - made.keys():
            (self._folder / f"{name}.wav").unlink(missing_ok=True)
        self._write(made)
        return made

    def _entry(self, prompt: Prompt, before: Entry | None, told: Callable[[str], None]) -> Entry | None:
        path = self._folder / f"{prompt.name}.wav"
        recording = self._recordings / f"{prompt.name}.wav"
        raw = recording.read_bytes() if recording.is_file() else None
        if raw is None and prompt.text is None:
            return None
        source = "recorded" if raw is not None else self._voice.name
        content = raw if raw is not None else f"{self._voice.version}\0{prompt.text}".encode()
        key = hashlib.sha256(source.encode() + b"\0" + content).hexdigest()
        if before and before.key == key and path.is_file():
            return before
        told(f"prompt {prompt.name} ({source})")
        samples, rate = sound.read_wav(raw) if raw is not None else self._voice.render(prompt.text or "")
        sound.write_wav(path, sound.telephone(samples, rate))
        return Entry(source, sound.length_ms(path), key, prompt.text or "")

    def _furnish(self, made: dict[str, Entry], before: dict[str, Entry]) -> None:
        """Files that are put together: the early class (ringback, apology, ringback), hold tone, silence."""
        early = self._folder / "early" / "early.wav"
        key = f"{made['early'].key} {self._ring.model_dump_json()}"
        if not early.is_file() or "early/early" not in before or before["early/early"].key != key:
            sound.write_wav(early, self._early(self._folder / "early.wav"))
        made["early/early"] = Entry("assembled", sound.length_ms(early), key, made["early"].text)
        hold = self._folder / "hold" / "hold.wav"
        if not hold.is_file():
            beat = np.concatenate([sound.tone(0.2, 523.25, level=0.1), sound.silence(4.8)])
            sound.write_wav(hold, beat)
        quiet = self._folder / "office" / "silence.wav"
        if not quiet.is_file():
            sound.write_wav(quiet, sound.silence(0.1))

    def _early(self, apology: Path) -> sound.Samples:
        spoken, _ = sound.read_wav(apology.read_bytes())
        limit_s = self._ring.limit_ms() / 1000
        return np.concatenate([self._ringback(limit_s), spoken, self._ringback(_RINGBACK_AFTER_S)])

    def _ringback(self, seconds: float) -> sound.Samples:
        cycle = np.concatenate(
            [sound.tone(self._ring.on_ms / 1000, 440, 480), sound.silence(self._ring.off_ms / 1000)]
        )
        wanted = round(seconds * sound.RATE)
        return np.resize(cycle, wanted)

    def _read(self) -> dict[str, Entry]:
        try:
            stored = json.loads(self._manifest.read_text(encoding="utf-8"))
            return {name: Entry(**entry) for name, entry in stored.items()}
        except FileNotFoundError:
            return {}
        except (ValueError, TypeError):
            # a manifest of another version, or cut short: everything is made anew
            return {}

    def _write(self, entries: dict[str, Entry]) -> None:
        self._folder.mkdir(parents=True, exist_ok=True)
        stored = {
            name: {"source": e.source, "length_ms": e.length_ms, "key": e.key, "text": e.text}
            for name, e in entries.items()
        }
        part = self._manifest.with_suffix(".part")
        part.write_text(json.dumps(stored, ensure_ascii=False, indent=1), encoding="utf-8")
        part.replace(self._manifest)
