"""The prompt files of one office on disk: recorded first, else spoken by a voice, cached by content.

Order: the officer's own recording, the office's recording, synthesis, the general sentence.
A file that stands is never touched while it is right, so a second start renders nothing.
"""

import hashlib
import json
import os
from collections.abc import Callable, Iterable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from ivr.menus.effects import BEEP, PAUSE
from ivr.prompts import sound
from ivr.prompts.lines import Line, lay
from ivr.prompts.plan import Prompt
from ivr.prompts.voices import Voice
from office.charter import Ring
from office.problems import OfficeRefusedError, Problem

_TOLD_SINGLY = 20


def _sounds() -> Iterator[tuple[str, sound.Samples]]:
    """Files without words."""
    yield "office/silence", sound.silence(0.1)
    yield BEEP, sound.tone(0.5, 1000)
    yield PAUSE, sound.silence(0.4)


@dataclass(frozen=True, slots=True)
class Entry:
    """One prompt file: its source (`recorded` or a voice's name), its length, its content key."""

    source: str
    length_ms: int
    key: str
    text: str


@dataclass(frozen=True, slots=True)
class _Source:
    """What a prompt file is made from: a recording (`raw`), else `text` for the voice named by `kind`."""

    name: str
    kind: str
    key: str
    text: str
    raw: bytes | None


class Library:
    """Prompts below `folder`, with a manifest of what each is."""

    def __init__(
        self, folder: Path, recordings: Path, voice: Voice, ring: Ring, lines: Iterable[Line]
    ) -> None:
        self._folder = folder
        self._recordings = recordings
        self._voice = voice
        self._ring = ring
        self._lines = tuple(lines)
        self._manifest = folder / "manifest.json"

    def make(self, prompts: Iterable[Prompt], told: Callable[[str], None]) -> dict[str, Entry]:
        """Make what is missing or changed, forget what is no longer planned; {name: entry} of what stands.

        Raises OfficeRefusedError naming every recording that cannot be used, VoiceError.
        """
        before = self._read()
        wanted = [source for prompt in prompts if (source := self._source(prompt))]
        made = {source.name: before[source.name] for source in wanted if self._stands(source, before)}
        stale = [source for source in wanted if source.name not in made]
        if len(stale) > _TOLD_SINGLY:
            told(f"{len(stale)} prompts are made")
        else:
            for source in stale:
                told(f"prompt {source.name} ({source.kind})")
        # a voice is a program of its own: as many speak at once as there are processors
        with ThreadPoolExecutor(os.cpu_count()) as pool:
            rendered = list(zip(stale, pool.map(self._render, stale), strict=True))
        if problems := [entry for _, entry in rendered if isinstance(entry, Problem)]:
            raise OfficeRefusedError(problems)
        made |= {source.name: entry for source, entry in rendered if isinstance(entry, Entry)}
        self._furnish(made, before)
        for name in before.keys() - made.keys():
            (self._folder / f"{name}.wav").unlink(missing_ok=True)
        self._write(made)
        return made

    def _source(self, prompt: Prompt) -> "_Source | None":
        """Where the prompt's sound comes from; None if it is one to be recorded and is not."""
        recording = self._recordings / f"{prompt.name}.wav"
        raw = recording.read_bytes() if recording.is_file() else None
        if raw is None and prompt.text is None:
            return None
        kind = "recorded" if raw is not None else self._voice.name
        content = raw if raw is not None else f"{self._voice.version}\0{prompt.text}".encode()
        key = hashlib.sha256(kind.encode() + b"\0" + content).hexdigest()
        return _Source(prompt.name, kind, key, prompt.text or "", raw)

    def _stands(self, source: "_Source", before: Mapping[str, Entry]) -> bool:
        entry = before.get(source.name)
        return entry is not None and entry.key == source.key and self._file(source.name).is_file()

    def _render(self, source: "_Source") -> Entry | Problem:
        path = self._file(source.name)
        try:
            samples, rate = (
                sound.read_wav(source.raw) if source.raw is not None else self._voice.render(source.text)
            )
            sound.write_wav(path, sound.telephone(samples, rate))
        except sound.SoundRefusedError as error:
            return Problem(f"recordings/{source.name}.wav", 1, str(error))
        return Entry(source.kind, sound.length_ms(path), source.key, source.text)

    def _file(self, name: str) -> Path:
        return self._folder / f"{name}.wav"

    def _furnish(self, made: dict[str, Entry], before: dict[str, Entry]) -> None:
        """Files that are put together from prompts, tones and silences."""
        for line in self._lines:
            spoken = "".join(made[name].key for name in line.prompts)
            key = hashlib.sha256(f"{line.parts} {self._ring.model_dump_json()} {spoken}".encode()).hexdigest()
            if not self._file(line.name).is_file() or line.name not in before or before[line.name].key != key:
                sound.write_wav(self._file(line.name), lay(line, self._ring, self._samples))
            text = " ".join(made[name].text for name in line.prompts)
            made[line.name] = Entry("assembled", sound.length_ms(self._file(line.name)), key, text)
        for name, samples in _sounds():
            if not self._file(name).is_file():
                sound.write_wav(self._file(name), samples)

    def _samples(self, name: str) -> sound.Samples:
        return sound.read_wav(self._file(name).read_bytes())[0]

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
