"""Problems found in an office's files, each with its file and line, and where a TOML entry stands.

Owns how a fault in the office's data is told. Does not read files: the text is handed in.
"""

import re
import tomllib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

M = TypeVar("M", bound=BaseModel)

# what a pattern means, for the person who wrote something else
_WORDS = {
    r"^[0-9]{2,6}$": "an extension of 2 to 6 digits",
    r"^[a-z][a-z0-9_]{0,40}$": "small letters, digits and _, beginning with a letter",
    r"^[a-z0-9_]{2,40}$": "small letters, digits and _",
    r"^[^\x00-\x1f\x7f$]+$": "text without control characters and without $ (Asterisk would run it)",
    r"^0[0-9]{1,2}$": "an area code like 033",
    r"^https://[A-Za-z0-9.-]+(:[0-9]{1,5})?(/[^\s<>\"]*)?$": "an address that begins with https://",
}

_HEADER = re.compile(r"^\s*(\[\[?)\s*([^\]]+?)\s*\]\]?")
_KEY = re.compile(r"""^\s*(?:"([^"]+)"|'([^']+)'|([A-Za-z0-9_-]+))\s*=""")
_TOML_LINE = re.compile(r"at line (\d+)")


@dataclass(frozen=True, slots=True)
class Problem:
    """One fault: where it stands and what to do about it."""

    file: str
    line: int
    text: str

    def __str__(self) -> str:
        return f"{self.file}:{self.line}: {self.text}"


class OfficeRefusedError(ValueError):
    """The office's files cannot be used; `problems` lists every fault found, in file order."""

    def __init__(self, problems: Iterable[Problem]) -> None:
        self.problems = sorted(problems, key=lambda p: (p.file, p.line))
        super().__init__("\n".join(str(problem) for problem in self.problems))


class TomlSource:
    """A parsed TOML text that still knows on which line each entry stands."""

    def __init__(self, file: str, text: str) -> None:
        """Parse `text`; raises OfficeRefusedError where it is not TOML."""
        self.file = file
        self._lines = _index_lines(text)
        try:
            self.data: dict[str, Any] = tomllib.loads(text)
        except tomllib.TOMLDecodeError as error:
            found = _TOML_LINE.search(str(error))
            line = int(found.group(1)) if found else text.count("\n") + 1
            raise OfficeRefusedError([Problem(file, line, f"not valid TOML: {error}")]) from error

    def line(self, *path: str | int) -> int:
        """Line (from 1) of the entry at `path`, or of its nearest table that stands in the file."""
        for end in range(len(path), 0, -1):
            if (found := self._lines.get(tuple(path[:end]))) is not None:
                return found
        return 1

    def problem(self, path: Sequence[str | int], text: str) -> Problem:
        """A problem at `path`."""
        return Problem(self.file, self.line(*path), text)

    def read(self, model: type[M]) -> M:
        """Validate the whole file as `model`; raises OfficeRefusedError with one problem a fault."""
        try:
            return model.model_validate(self.data)
        except ValidationError as error:
            raise OfficeRefusedError(
                self.problem(fault["loc"], _explained(fault)) for fault in error.errors(include_url=False)
            ) from None


def _explained(fault: ErrorDetails) -> str:
    """The fault in words, with the value that was written."""
    where = ".".join(str(part) for part in fault["loc"])
    if fault["type"] == "missing":
        return f"{where} is missing; add it"
    if fault["type"] == "extra_forbidden":
        return f"{where} is not known here; check the spelling or remove it"
    if fault["type"] == "string_pattern_mismatch":
        pattern = fault["ctx"]["pattern"]
        return f"{where} = {fault['input']!r} is not allowed; it must be {_WORDS.get(pattern, pattern)}"
    return f"{where} = {fault['input']!r}: {fault['msg']}"


def _index_lines(text: str) -> dict[tuple[str | int, ...], int]:
    """Line of every table header and key. Good for how offices write: one key a line."""
    lines: dict[tuple[str | int, ...], int] = {}
    counts: dict[tuple[str | int, ...], int] = {}
    table: tuple[str | int, ...] = ()
    for number, line in enumerate(text.splitlines(), start=1):
        if header := _HEADER.match(line):
            name = tuple(part.strip().strip("\"'") for part in header.group(2).split("."))
            table = name
            if header.group(1) == "[[":
                index = counts.get(name, -1) + 1
                counts[name] = index
                table = (*name, index)
            lines.setdefault(table, number)
        elif key := _KEY.match(line):
            lines.setdefault((*table, next(g for g in key.groups() if g)), number)
    return lines
