"""What the studio wants of the prompts: sentences of its own, and which synthetic prompts may be heard.

Owns `STATE/voice/wanted.json` and the check of a sentence against the built-in one. Who approved what and
when is not here (docs/contracts.md, "Voice service").
"""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path

from pydantic import BaseModel, ConfigDict, ValidationError

from ivr.menus.parts import menu_prompts
from ivr.menus.words import TEXTS as MENU_TEXTS
from ivr.prompts.plan import TEXTS, Prompt, plan
from ivr.prompts.spoken import slots_of
from office.folder import Office
from office.problems import OfficeRefusedError

FILE = "wanted.json"
_BUILT_IN: Mapping[str, str] = {**TEXTS, **MENU_TEXTS}


class Wanted(BaseModel):
    """The whole state as memo_service pushes it; `approved` binds a prompt's name to its content."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    texts: dict[str, str] = {}
    approved: dict[str, str] = {}


class TextRefusedError(ValueError):
    """A sentence cannot stand for the built-in one of `key`."""

    def __init__(self, key: str, text: str) -> None:
        super().__init__(text)
        self.key = key


def read_wanted(folder: Path) -> Wanted:
    """The last wanted state below `folder`; none where it was never told or cannot be read."""
    try:
        return Wanted.model_validate_json((folder / FILE).read_bytes())
    except (FileNotFoundError, ValidationError):
        return Wanted()


def write_wanted(folder: Path, wanted: Wanted) -> None:
    """Keep it, whole or not at all."""
    folder.mkdir(parents=True, exist_ok=True)
    part = folder / (FILE + ".part")
    part.write_text(wanted.model_dump_json(indent=1), encoding="utf-8")
    part.replace(folder / FILE)


def check_texts(office: Office, texts: Mapping[str, str]) -> None:
    """Raise TextRefusedError for the first sentence whose slots are not those of the built-in one."""
    for key, text in texts.items():
        if key not in _BUILT_IN:
            raise TextRefusedError(key, f"there is no sentence {key}")
        if sorted(slots_of(text)) != sorted(slots_of(_BUILT_IN[key])) or "{" in _without_slots(text):
            raise TextRefusedError(key, f"keep the slots as in {_BUILT_IN[key]!r}")
        if not text.strip():
            raise TextRefusedError(key, "an empty sentence says nothing")
        try:
            for _ in menu_prompts(with_texts(office, {key: text})):
                pass
        except OfficeRefusedError as error:
            raise TextRefusedError(key, error.problems[0].text) from error


def _without_slots(text: str) -> str:
    for slot in slots_of(text):
        text = text.replace("{" + slot + "}", "")
    return text


def with_texts(office: Office, texts: Mapping[str, str]) -> Office:
    """The office with sentences of the studio's instead of its charter's."""
    if not texts:
        return office
    words = office.charter.words
    words = words.model_copy(update={"texts": words.texts | dict(texts)})
    return replace(office, charter=office.charter.model_copy(update={"words": words}))


def every_prompt(office: Office) -> Iterator[Prompt]:
    """What dialplan and memo menu play. Raises OfficeRefusedError for a sentence without its slots."""
    yield from plan(office)
    yield from menu_prompts(office)
