"""One office's prompts as its folder and state say: the library, what is planned, and the voice that speaks.

Owns where things lie below the state folder. Provisioning and the voice service both come through here, so
both make the same files.
"""

import secrets
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from ivr.asterisk.site import write_private
from ivr.prompts.korean.wordlist import office_word_list
from ivr.prompts.library import Library, Places, Rules
from ivr.prompts.lines import lines
from ivr.prompts.manifest import Entry
from ivr.prompts.plan import Prompt, general
from ivr.prompts.voices import Voice
from ivr.prompts.voices.choice import (
    LAST_RESORT,
    RECORDED,
    Means,
    means_here,
    voice_named,
    voice_or_last_resort,
    wanted_name,
)
from ivr.prompts.wanted import Wanted, every_prompt, read_wanted, with_texts
from office.charter import Synthetic
from office.folder import Office


def voice_folder(state: Path) -> Path:
    """Where the voice service keeps its own."""
    return state / "voice"


def places(folder: Path, state: Path, share: Path | None = None) -> Places:
    """Where the prompts of the office in `folder` are made and played; `share`: a cache of several."""
    kept = voice_folder(state)
    return Places(state / "prompts", (kept / "recordings", folder / "recordings"), kept, share)


@dataclass(frozen=True, slots=True, kw_only=True)
class Speech:
    """How prompts are to be spoken.

    `espeak` is its program; `name` asks for a voice, else environment and charter do. `quick`: a slow voice
    is not waited for, the last resort stands in. `share`: a cache for several offices.
    """

    espeak: Path
    name: str = ""
    quick: bool = False
    share: Path | None = None


@dataclass(frozen=True, slots=True)
class Studio:
    """Library and plan of one state of the office, and the means of its voices."""

    library: Library
    prompts: tuple[Prompt, ...]
    voice: Voice
    means: Means
    wanted: Wanted


def open_studio(
    office: Office, folder: Path, state: Path, speech: Speech, told: Callable[[str], None]
) -> Studio:
    """The studio of `office`, read from `folder`.

    Raises OfficeRefusedError for a sentence or a word list that cannot be used, VoiceError for a voice that
    nobody knows.
    """
    named = [department.name for department in office.directory.departments.values()]
    means = means_here(speech.espeak, office_word_list(folder, named))
    voice = voice_or_last_resort(speech.name or wanted_name(office.charter.words.voice or ""), means, told)
    is_slow = voice.name not in (LAST_RESORT, RECORDED)
    quick = voice_named(LAST_RESORT, means) if speech.quick and is_slow else None
    return studio_with(office, places(folder, state, speech.share), means, voice, quick)


def studio_with(
    office: Office, where: Places, means: Means, voice: Voice, quick: Voice | None = None
) -> Studio:
    """The studio in which this voice speaks. Raises OfficeRefusedError as `open_studio`."""
    wanted = read_wanted(where.kept)
    office = with_texts(office, wanted.texts)
    rules = Rules(
        ring=office.charter.ring,
        lines=tuple(lines(office)),
        general=general(office),
        always=office.charter.words.synthetic is Synthetic.ALWAYS,
        approved=wanted.approved,
    )
    return Studio(Library(where, voice, rules, quick), tuple(every_prompt(office)), voice, means, wanted)


def provide(studio: Studio, told: Callable[[str], None]) -> dict[str, Entry]:
    """Make the prompts; {name: entry} of what may be heard. Raises as `Library.make`."""
    made = studio.library.make(studio.prompts, told)
    sources = studio.library.sources(studio.prompts)
    if waiting := sum(not studio.library.may_be_heard(source) for source in sources):
        told(f"{waiting} prompts wait for approval; callers hear tones instead (docs/operations.md, Voices)")
    return made


def token_of(state: Path) -> str:
    """The secret of the voice service's API, made at the first use; mode 0600."""
    path = voice_folder(state) / "token"
    if not path.is_file():
        write_private(path, secrets.token_urlsafe(24) + "\n")
    return path.read_text(encoding="utf-8").strip()
