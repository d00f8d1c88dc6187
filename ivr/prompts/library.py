"""The prompt files of one office on disk: what each is made from, and what stands where a caller hears it.

Order of sources: the officer's own recording, the office's (the studio's before the folder's), pieced
together from recorded parts, synthesis, the general sentence. What is made lies in the cache under the hash
of all that it depends on; what may be heard is put from there to the prompts folder, whole files by rename. A
file that stands is never touched while it is right, so a second start renders nothing.
"""

import hashlib
import os
import shutil
from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from pathlib import Path

from ivr.menus.effects import BEEP, PAUSE
from ivr.prompts import sound
from ivr.prompts.lines import Line, lay
from ivr.prompts.manifest import Entry, read_manifest, write_manifest
from ivr.prompts.plan import Audience, Prompt
from ivr.prompts.voices import Voice, VoiceError
from office.charter import Ring
from office.problems import OfficeRefusedError, Problem

READY = "ready"
"""A file that stands in a menu's folder while all of it may be heard; the dialplan looks for it."""

_TOLD_SINGLY = 20
_RECORDED, _ASSEMBLED = "recorded", "assembled"


@dataclass(frozen=True, slots=True)
class Places:
    """Where prompts are played from and made from; the first of `recordings` that has one wins.

    `kept` holds the wanted state, the studio's recordings and the cache, unless several offices `share` one.
    """

    prompts: Path
    recordings: tuple[Path, ...]
    kept: Path
    share: Path | None = None

    @property
    def cache(self) -> Path:
        """What is made, 8 kHz, by the hash of what it depends on."""
        return self.share or self.kept / "cache"


@dataclass(frozen=True, slots=True, kw_only=True)
class Rules:
    """What an office lays down: its bell, what is put together, stand-ins, and what may be heard.

    `general`: {file: what stands in for it}. `always`: synthetic prompts need no approval. `approved`: {name:
    content} of those that have it.
    """

    ring: Ring
    lines: tuple[Line, ...] = ()
    general: Mapping[str, tuple[str, ...]]
    always: bool
    approved: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Source:
    """What a prompt file is made from: recordings (`raw`), else `text` for the voice named by `kind`.

    `key` is the SHA-256 of all that it depends on; an approval binds to it.
    """

    prompt: Prompt
    kind: str
    key: str
    raw: tuple[bytes, ...] = ()
    studio: bool = False
    """Recorded through the studio; a file of the office's folder was put there by who may."""

    @property
    def synthetic(self) -> bool:
        """Whether a voice speaks it."""
        return self.kind not in (_RECORDED, _ASSEMBLED)


class Library:
    """Prompts of one office, with a manifest of what may be heard.

    `quick` is a voice that stands in until `voice`, a slow one, has spoken: never where approval is needed.
    """

    def __init__(self, places: Places, voice: Voice, rules: Rules, quick: Voice | None = None) -> None:
        self._places = places
        self._voice = voice
        self._rules = rules
        self._quick = quick

    def sources(self, prompts: Iterable[Prompt]) -> list[Source]:
        """What each prompt is made from; without those that are to be recorded and are not."""
        return [source for prompt in prompts if (source := self._source(prompt))]

    def make(self, prompts: Iterable[Prompt], told: Callable[[str], None]) -> dict[str, Entry]:
        """Render what is missing and put everything in place; {name: entry} of what may be heard.

        With a quick voice that one speaks, and the slow one is not waited for. Raises OfficeRefusedError
        naming every recording that cannot be used, VoiceError.
        """
        planned = list(prompts)
        stale = self.missing(self.sources(planned))
        if self._quick is not None:
            before = read_manifest(self._places.prompts)
            free = [
                source for source in stale if self.may_be_heard(source) and not self._goes_on(source, before)
            ]
            stale = [self._instead(source) for source in free]
        if len(stale) > _TOLD_SINGLY:
            told(f"{len(stale)} prompts are made")
        else:
            for source in stale:
                told(f"prompt {source.prompt.name} ({source.kind})")
        # a voice is a program of its own: as many speak at once as there are processors
        # two prompts of the same words are one file
        aloud = {s.key: s for s in stale if s.synthetic and not self.cached(s).is_file()}
        with ThreadPoolExecutor(os.cpu_count()) as pool:
            list(pool.map(self.render, aloud.values()))
        return self.settle(planned)

    def missing(self, sources: Iterable[Source]) -> list[Source]:
        """Those that neither stand nor lie in the cache."""
        before = read_manifest(self._places.prompts)
        return [s for s in sources if not self._stands(s, before) and not self.cached(s).is_file()]

    def cached(self, source: Source) -> Path:
        """Where the made file lies, 8 kHz."""
        return self._places.cache / f"{source.key}.wav"

    def heard(self, source: Source) -> Path | None:
        """The file as it would be heard, also before approval; None if it is not made yet."""
        if self.cached(source).is_file():
            return self.cached(source)
        stands = self._stands(source, read_manifest(self._places.prompts))
        return self._file(source.prompt.name) if stands else None

    def may_be_heard(self, source: Source) -> bool:
        """Whether a caller may hear it: the folder's recordings, what officers hear, what was approved."""
        officers = source.prompt.audience is Audience.OFFICER
        by_itself = self._rules.always or officers or not (source.synthetic or source.studio)
        return by_itself or self._rules.approved.get(source.prompt.name) == source.key

    def render(self, source: Source) -> None:
        """Make the file and lay it into the cache. Raises SoundRefusedError for a recording, VoiceError."""
        if source.kind == _ASSEMBLED:
            laid = sound.joined([sound.read_wav(raw)[0] for raw in source.raw])
        elif source.raw:
            laid = sound.telephone(*sound.read_any(source.raw[0]))
        else:
            quick = self._quick is not None and source.kind == self._quick.name
            voice = self._quick if quick and self._quick else self._voice
            laid = _said(voice, source.prompt.text or "")
        sound.write_wav(self.cached(source), laid)

    def settle(self, prompts: Iterable[Prompt]) -> dict[str, Entry]:
        """Put in place all that may be heard and is made, take away what may not; {name: entry}.

        Recordings are made here, they take milliseconds. Raises OfficeRefusedError for those that cannot be
        used, after all others are in place.
        """
        before = read_manifest(self._places.prompts)
        planned = list(prompts)
        stands: dict[str, Entry] = {}
        problems: list[Problem] = []
        for source in self.sources(planned):
            try:
                entry = self._settled(source, before)
            except sound.SoundRefusedError as error:
                problems.append(Problem(f"recordings/{source.prompt.name}.wav", 1, str(error)))
                continue
            if entry:
                stands[source.prompt.name] = entry
        self._stand_in_for(stands)
        self._furnish(stands, before)
        self._tell_ready(planned, stands)
        # also what no manifest knows of: a file that stands is heard
        known = before.keys() | {prompt.name for prompt in planned} | self._rules.general.keys()
        for name in known - stands.keys():
            self._file(name).unlink(missing_ok=True)
        write_manifest(self._places.prompts, stands)
        if problems:
            raise OfficeRefusedError(problems)
        return stands

    def _source(self, prompt: Prompt, *, studio: bool = True) -> Source | None:
        """What it is made from; without the `studio`, what it would be made from else."""
        folders = self._places.recordings if studio else self._places.recordings[1:]
        if recording := _recording(prompt.name, folders):
            raw = recording.read_bytes()
            from_studio = recording.is_relative_to(self._places.kept)
            return Source(prompt, _RECORDED, _hash(_RECORDED, raw), (raw,), from_studio)
        if prompt.text is None:
            return None
        if parts := self._parts(prompt):
            return Source(prompt, _ASSEMBLED, _hash(_ASSEMBLED, *parts), parts)
        if self._voice.name == _RECORDED:  # no voice at all
            return None
        return _spoken(prompt, prompt.text, self._voice)

    def _instead(self, source: Source) -> Source:
        """What stands in for a synthetic prompt that is not made yet."""
        if self._quick is None or not source.synthetic or source.prompt.text is None:
            return source
        return _spoken(source.prompt, source.prompt.text, self._quick)

    def _parts(self, prompt: Prompt) -> tuple[bytes, ...]:
        """Recorded parts that make the sentence, if every one of them exists."""
        found = [_recording(part, self._places.recordings) for part in prompt.parts]
        if not found or None in found:
            return ()
        return tuple(sound.wav(sound.telephone(*sound.read_any(path.read_bytes()))) for path in found if path)

    def _stands(self, source: Source, before: Mapping[str, Entry]) -> bool:
        entry = before.get(source.prompt.name)
        return entry is not None and entry.key == source.key and self._file(source.prompt.name).is_file()

    def _settled(self, source: Source, before: Mapping[str, Entry]) -> Entry | None:
        """What a caller hears of this prompt from now on; None: nothing of its own."""
        name = source.prompt.name
        stands = self._stands(source, before)
        if not (stands or source.synthetic or self.cached(source).is_file()):
            self.render(source)
        if self.may_be_heard(source):
            if stands:
                return before[name]
            if made := next((s for s in (source, self._instead(source)) if self.cached(s).is_file()), None):
                return self._put(made)
        if self._goes_on(source, before):
            return before[name]
        other = self._source(source.prompt, studio=False) if source.studio else None
        return self._settled(other, before) if other else None

    def _goes_on(self, source: Source, before: Mapping[str, Entry]) -> bool:
        """Whether what stood until now may stand until the right one is made or approved."""
        entry = before.get(source.prompt.name)
        if entry is None or entry.general or not self._file(source.prompt.name).is_file():
            return False
        if not (entry.synthetic or source.studio):  # a recording that was taken back
            return False
        if self._rules.approved.get(source.prompt.name) == entry.key:
            return True
        free = self._rules.always or source.prompt.audience is Audience.OFFICER
        return free and entry.synthetic and entry.text == source.prompt.text

    def _put(self, source: Source) -> Entry:
        made, name = self.cached(source), source.prompt.name
        # who writes into a played file must not change what another office plays
        _copy(made, self._file(name), link=self._places.share is None)
        samples, _ = sound.read_wav(made.read_bytes())
        return Entry(
            source=source.kind,
            length_ms=sound.length_ms(made),
            key=source.key,
            text=source.prompt.spoken,
            peak_db=sound.peak_db(samples),
            loudness_db=sound.loudness_db(samples),
            synthetic=source.synthetic,
        )

    def _stand_in_for(self, stands: dict[str, Entry]) -> None:
        """General sentences, where the better ones may not be heard."""
        own = dict(stands)
        for name, stand_ins in self._rules.general.items():
            found = next((other for other in stand_ins if other in own), None)
            if name not in own and found is not None:
                _copy(self._file(found), self._file(name), link=True)
                stands[name] = replace(own[found], general=True)

    def _furnish(self, stands: dict[str, Entry], before: Mapping[str, Entry]) -> None:
        """Files that are put together from prompts, tones and silences."""
        for line in self._rules.lines:
            heard = [name for name in line.prompts if name in stands]
            spoken = "".join(stands[name].key for name in heard)
            key = _hash(str(line.parts), self._rules.ring.model_dump_json().encode(), spoken.encode())
            path = self._file(line.name)
            if not path.is_file() or line.name not in before or before[line.name].key != key:
                laid = lay(line, self._rules.ring, lambda name: self._samples(name, stands))
                sound.write_wav(path, laid)
            text = " ".join(stands[name].text for name in heard)
            stands[line.name] = Entry(_ASSEMBLED, sound.length_ms(path), key, text)
        for name, samples in _SOUNDS.items():
            if not self._file(name).is_file():
                sound.write_wav(self._file(name), samples)

    def _samples(self, name: str, stands: Mapping[str, Entry]) -> sound.Samples:
        """A prompt's sound; nothing where it may not be heard."""
        return sound.read_wav(self._file(name).read_bytes())[0] if name in stands else sound.silence(0)

    def _tell_ready(self, planned: Sequence[Prompt], stands: Mapping[str, Entry]) -> None:
        """The mark of the memo menu, and of each menu of the office's own (`menus/ID`)."""
        ready: dict[str, bool] = {}
        for prompt in planned:
            top, _, rest = prompt.name.partition("/")
            if top in ("menu", "menus"):
                menu = top if top == "menu" else f"{top}/{rest.partition('/')[0]}"
                ready[menu] = ready.get(menu, True) and prompt.name in stands
        for menu, whole in ready.items():
            mark = self._places.prompts / menu / READY
            if whole:
                mark.parent.mkdir(parents=True, exist_ok=True)
                mark.touch()
            else:
                mark.unlink(missing_ok=True)

    def _file(self, name: str) -> Path:
        return self._places.prompts / f"{name}.wav"


_SOUNDS = {
    BEEP: sound.tone(0.5, 1000),
    PAUSE: sound.silence(0.4),
}
"""Files without words."""


def _said(voice: Voice, text: str) -> sound.Samples:
    try:
        return sound.telephone(*voice.render(text))
    except sound.SoundRefusedError as error:
        raise VoiceError(f"{voice.name} gave no sound for {text!r}: {error}") from error


def _recording(name: str, folders: Iterable[Path]) -> Path | None:
    places = (folder / f"{name}{ending}" for folder in folders for ending in (".wav", ".mp3"))
    return next((path for path in places if path.is_file()), None)


def _spoken(prompt: Prompt, text: str, voice: Voice) -> Source:
    return Source(prompt, voice.name, _hash(voice.name, voice.version.encode(), voice.reading(text).encode()))


def _hash(kind: str, *content: bytes) -> str:
    return hashlib.sha256(b"\0".join((kind.encode(), *content))).hexdigest()


def _copy(made: Path, path: Path, *, link: bool) -> None:
    """The same file under another name, whole or not at all."""
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_name(path.name + ".part")
    part.unlink(missing_ok=True)
    if not (link and _linked(made, part)):
        shutil.copyfile(made, part)
    part.replace(path)


def _linked(made: Path, path: Path) -> bool:
    try:
        path.hardlink_to(made)
    except OSError:  # another file system, or one without hard links
        return False
    return True
