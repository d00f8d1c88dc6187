"""An office folder put together: charter, directory and calendar.

Owns which files make an office, and is the one module here that reads them (every process needs the same
reading); all else in this package takes text.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from office.calendar import Calendar, read_calendar
from office.charter import Charter, read_charter
from office.directory import Directory, read_directory
from office.menus import Menu, read_menus
from office.problems import OfficeRefusedError, Problem

_LONGEST_EXTENSION = 6
REQUIRED = ("charter.toml", "directory.toml")


@dataclass(frozen=True, slots=True)
class Office:
    """One office as data."""

    charter: Charter
    directory: Directory
    calendar: Calendar
    menus: Mapping[str, Menu] = field(default_factory=dict)

    def own_voice(self, officer: str | None) -> bool:
        """Whether this officer greets citizens himself (charter T2, T3); shared phones (None) never."""
        found = self.directory.officers.get(officer or "")
        if found is None:
            return False
        return self.charter.words.own_voice if found.own_voice is None else found.own_voice


def read_office(texts: Mapping[str, str]) -> Office:
    """Office from {relative file name: text}; raises OfficeRefusedError with every fault of every file."""
    problems: list[Problem] = [
        Problem(name, 1, "this file is missing; copy it from examples/pyeongchang and change it")
        for name in REQUIRED
        if name not in texts
    ]
    if problems:
        raise OfficeRefusedError(problems)
    charter = directory = calendar = None
    try:
        charter = read_charter("charter.toml", texts["charter.toml"])
    except OfficeRefusedError as error:
        problems += error.problems
    try:
        directory = read_directory("directory.toml", texts["directory.toml"])
    except OfficeRefusedError as error:
        problems += error.problems
    try:
        calendar = read_calendar(
            sorted((name, text) for name, text in texts.items() if name.startswith("calendar.d/"))
        )
    except OfficeRefusedError as error:
        problems += error.problems
    if problems or charter is None or directory is None or calendar is None:
        raise OfficeRefusedError(problems)
    if problems := list(_between_files(charter, directory, calendar)):
        raise OfficeRefusedError(problems)
    own = sorted((name, text) for name, text in texts.items() if name.startswith("menus/"))
    return Office(charter, directory, calendar, read_menus(own, directory, charter.office.name))


def _between_files(charter: Charter, directory: Directory, calendar: Calendar) -> Iterator[Problem]:
    """What one file says of another: extensions and duties that must exist."""
    desk = charter.absence.duty_desk
    if desk is not None and desk not in directory.desks:
        yield Problem(
            "charter.toml", 1, f"absence.duty_desk {desk} is no extension of directory.toml; correct it"
        )
    duties = {duty for officer in directory.officers.values() for duty in officer.duties}
    for duty in sorted(charter.knowledge.links.keys() - duties):
        text = f"knowledge.links names {duty!r}, which is nobody's duty in directory.toml; correct it"
        yield Problem("charter.toml", 1, text)
    for number in sorted(calendar.rostered):
        if len(number) <= _LONGEST_EXTENSION and number not in directory.desks:
            text = f"duty number {number} is no extension of directory.toml; correct it, or write it in full"
            yield Problem("calendar.d", 1, text)


def _more(folder: Path) -> Iterator[Path]:
    for part in ("calendar.d", "menus"):
        yield from sorted(folder.glob(f"{part}/*.toml"))


def load_office(folder: Path) -> Office:
    """Office from a folder on disk; raises OfficeRefusedError with every fault, file and line."""
    problems: list[Problem] = []
    texts: dict[str, str] = {}
    for path in (*(folder / name for name in REQUIRED), *_more(folder)):
        name = path.relative_to(folder).as_posix()
        try:
            texts[name] = path.read_text(encoding="utf-8")
        except FileNotFoundError:
            continue
        except UnicodeDecodeError as error:
            line = error.object[: error.start].count(b"\n") + 1
            problems.append(Problem(name, line, "not UTF-8; save the file as UTF-8 (not CP949)"))
        except OSError as error:
            problems.append(Problem(name, 1, f"cannot be read: {error.strerror}"))
    if problems:
        raise OfficeRefusedError(problems)
    return read_office(texts)
