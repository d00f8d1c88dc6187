"""Words whose sound the letters do not tell, as data that an office may edit.

Owns how `words.toml` is read and applied. The built-in list lies beside this file; the office's own, in its
folder, adds to it and wins.
"""

import re
from collections.abc import Iterable
from pathlib import Path

from pydantic import BaseModel, ConfigDict

from office.problems import OfficeRefusedError, Problem, TomlSource

FILE = "words.toml"
_BUILT_IN = Path(__file__).with_name(FILE)
_HANGUL = re.compile(r"[가-힣 ]+")


class _File(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")

    words: dict[str, str] = {}
    endings: dict[str, str] = {}
    """How a department's name ends, and how that is said."""


class WordList:
    """Spellings that are replaced by how they sound, the longest first."""

    def __init__(self, sounds: dict[str, str]) -> None:
        self._sounds = sounds
        longest_first = sorted(sounds, key=len, reverse=True)
        self._pattern = re.compile("|".join(map(re.escape, longest_first)) or r"(?!)")

    def applied(self, text: str) -> str:
        """`text` with its listed words spelled as they sound: 행정과입니다 → 행정꽈입니다."""
        return self._pattern.sub(lambda found: self._sounds[found.group()], text)


def word_list(own: str | None = None, departments: Iterable[str] = ()) -> WordList:
    """The built-in list with the text of the office's own, and its departments; raises OfficeRefusedError."""
    built_in = TomlSource(FILE, _BUILT_IN.read_text(encoding="utf-8")).read(_File)
    mine = _read(own) if own is not None else _File()
    endings = built_in.endings | mine.endings
    named = {
        name: name.removesuffix(ending) + said
        for name in departments
        for ending, said in endings.items()
        if name.endswith(ending)
    }
    return WordList(built_in.words | named | mine.words)


def office_word_list(folder: Path, departments: Iterable[str] = ()) -> WordList:
    """The list of the office in `folder`; raises OfficeRefusedError with file and line."""
    path = folder / FILE
    try:
        own = path.read_text(encoding="utf-8") if path.is_file() else None
    except (OSError, UnicodeDecodeError) as error:
        raise OfficeRefusedError([Problem(FILE, 1, f"cannot be read as UTF-8: {error}")]) from error
    return word_list(own, departments)


def _read(text: str) -> _File:
    source = TomlSource(FILE, text)
    read = source.read(_File)
    problems = [
        source.problem((table, written), f"{written!r} = {said!r}: write both in Hangul")
        for table, entries in (("words", read.words), ("endings", read.endings))
        for written, said in entries.items()
        if not (_HANGUL.fullmatch(written) and _HANGUL.fullmatch(said))
    ]
    if problems:
        raise OfficeRefusedError(problems)
    return read
