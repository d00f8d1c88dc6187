"""The prompts as the voice service lists them, whose they are, and how a list is narrowed down.

Owns the shape of `GET /prompts` (docs/contracts.md, "Voice service"). Pure.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Literal

from pydantic import BaseModel, ConfigDict

from office.directory import Directory


class _Told(BaseModel):
    model_config = ConfigDict(frozen=True, extra="ignore")


class Prompt(_Told):
    """One prompt file. `length_ms` in ms, levels in dBFS; None where there is no sound yet."""

    name: str
    key: str | None = None
    text: str | None = None
    spoken: str | None = None
    slots: tuple[str, ...] = ()
    source: Literal["recorded", "synthetic", "assembled", "none"]
    voice: str | None = None
    length_ms: int | None = None
    peak_db: float | None = None
    loudness_db: float | None = None
    content: str | None = None
    live: bool = False
    waits: Literal["approval", "rendering", "recording"] | None = None
    audience: Literal["citizen", "officer"] = "citizen"

    @property
    def to_approve(self) -> bool:
        """It can be heard, and waits for somebody to approve it."""
        return self.waits == "approval" and self.sounds

    @property
    def sounds(self) -> bool:
        """There is something to hear: made, not only planned."""
        return self.length_ms is not None and bool(self.content)


class Progress(_Told):
    """How far rendering is: `done` of `of` prompts; `name` is the one at hand."""

    done: int = 0
    of: int = 0
    name: str | None = None

    @property
    def running(self) -> bool:
        """Something is still to be rendered."""
        return self.done < self.of


class VoiceOf(_Told):
    """A voice. `why` it cannot be used; `warning` where it can but should not."""

    name: str
    usable: bool = True
    why: str | None = None
    warning: str | None = None


class Listing(_Told):
    """All that the voice service tells."""

    prompts: tuple[Prompt, ...] = ()
    progress: Progress = Progress()
    voices: tuple[VoiceOf, ...] = ()

    def find(self, name: str) -> Prompt | None:
        """The prompt of that name."""
        return next((prompt for prompt in self.prompts if prompt.name == name), None)

    def of_key(self, key: str) -> list[Prompt]:
        """The prompts made from that text."""
        return [prompt for prompt in self.prompts if prompt.key == key]


@dataclass(frozen=True, slots=True)
class Whose:
    """Whose words a prompt is: an officer's, a department's, or (both empty) the whole office's."""

    department: str = ""
    officer: str = ""
    exten: str = ""


def whose(name: str, directory: Directory) -> Whose:
    """By the first two parts of its name (`dept/ID/…`, `officer/ID/…`, `transfer/EXTENSION/…`)."""
    kind, _, rest = name.partition("/")
    subject = rest.split("/")[0]
    if kind == "dept" and subject in directory.departments:
        return Whose(subject)
    if kind == "officer" and subject in directory.officers:
        officer = directory.officers[subject]
        return Whose(officer.department, subject, officer.extension)
    desk = directory.desks.get(subject) if kind in ("transfer", "passed") else None
    if desk is not None:
        return Whose(desk.department or "", desk.officer or "", desk.number)
    return Whose()


SHOWN = ("all", "approve", "heard", "synthetic", "missing", "recorded")
OFFICE_ONLY = "office"


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a list should show. `of`: a department's id, `office` for what is nobody's own, empty for all."""

    show: str = "all"
    of: str = ""
    officer: str = ""
    words: str = ""


def narrowed(
    prompts: Iterable[Prompt], wanted: Wanted, directory: Directory, heard: Mapping[str, str]
) -> Iterator[Prompt]:
    """Those that meet every wish, in their order. `heard`: content by name that the reader has heard."""
    words = wanted.words.casefold().split()
    for prompt in prompts:
        own = whose(prompt.name, directory)
        if wanted.of and wanted.of != (own.department or OFFICE_ONLY):
            continue
        if wanted.officer and wanted.officer != own.officer:
            continue
        if not is_shown(prompt, wanted.show, heard):
            continue
        if words and not all(word in _searched(prompt, own, directory) for word in words):
            continue
        yield prompt


def is_shown(prompt: Prompt, show: str, heard: Mapping[str, str]) -> bool:
    """Whether a prompt belongs to one of the groups of `SHOWN`."""
    if show == "approve":
        return prompt.to_approve
    if show == "heard":
        return prompt.to_approve and heard.get(prompt.name) == prompt.content
    if show == "synthetic":
        return prompt.source == "synthetic"
    if show == "missing":
        return prompt.source == "none"
    return show != "recorded" or prompt.source == "recorded"


def _searched(prompt: Prompt, own: Whose, directory: Directory) -> str:
    officer, department = directory.officers.get(own.officer), directory.departments.get(own.department)
    parts = [prompt.name, prompt.text or "", prompt.spoken or "", own.exten]
    parts += [officer.name, officer.title] if officer else []
    parts += [department.name] if department else []
    return " ".join(parts).casefold()


@dataclass(frozen=True, slots=True)
class Counts:
    """How many prompts stand how. `weak`: spoken by espeak, which is hard to understand on a line."""

    total: int
    live: int
    to_approve: int
    rendering: int
    synthetic: int
    weak: int
    missing: int
    """Without any sound though somebody should hear them; officers who have not recorded are not counted."""

    @classmethod
    def of(cls, prompts: Iterable[Prompt]) -> "Counts":
        """The figures of a list."""
        every = list(prompts)
        synthetic = [p for p in every if p.source == "synthetic"]
        return cls(
            total=len(every),
            live=sum(p.live for p in every),
            to_approve=sum(p.to_approve for p in every),
            rendering=sum(p.waits == "rendering" for p in every),
            synthetic=len(synthetic),
            weak=sum((p.voice or "").startswith("espeak") for p in synthetic),
            missing=sum(p.source == "none" and not p.name.startswith("officer/") for p in every),
        )
