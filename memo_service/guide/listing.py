"""What citizens are shown of the directory: duty, department, position, number; a name only where chosen.

Owns the choice (charter.guide, `publish_name`). Presence and absence are never part of it.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from office.charter import Guide
from office.directory import Department, Directory, Officer, Trunk


@dataclass(frozen=True, slots=True)
class Entry:
    """An officer as citizens see him. `name` is empty where the office or he chose so."""

    officer: str
    """His id; it may be made of his name, so it stays inside."""
    exten: str
    name: str
    title: str
    team: str
    duties: tuple[str, ...]
    number: str
    """As people write it: 033-330-2201."""
    dialled: str
    """The same for `tel:`."""


@dataclass(frozen=True, slots=True)
class Listed:
    """A department with those of its officers who were found."""

    department: Department
    entries: tuple[Entry, ...]


class Listing:
    """The directory for citizens."""

    def __init__(self, directory: Directory, guide: Guide) -> None:
        self._directory = directory
        self._guide = guide

    def find(self, query: str = "") -> list[Listed]:
        """Departments in the directory's order. `query`: of duty, team, name, department, number."""
        words = query.casefold().split()
        found = []
        for department in self._directory.departments.values():
            entries = tuple(e for e in self._of(department) if _matches(e, department, words))
            if entries:
                found.append(Listed(department, entries))
        return found

    def of(self, department: str) -> Listed | None:
        """One department, whole; None if there is none of that id."""
        known = self._directory.departments.get(department)
        return Listed(known, tuple(self._of(known))) if known else None

    def _of(self, department: Department) -> Iterable[Entry]:
        officers = self._directory.officers.values()
        return (self._entry(officer) for officer in officers if officer.department == department.id)

    def _entry(self, officer: Officer) -> Entry:
        shown = self._guide.names and officer.publish_name
        return Entry(
            officer=officer.id,
            exten=officer.extension,
            name=officer.name if shown else "",
            title=officer.title,
            team=officer.team or "",
            duties=officer.duties,
            number=public_number(self._directory.trunk, officer.extension),
            dialled=f"{self._directory.trunk.area}{self._directory.trunk.exchange}{officer.extension}",
        )


def public_number(trunk: Trunk, extension: str) -> str:
    """The number citizens dial for an extension, with its hyphens."""
    return f"{trunk.area}-{trunk.exchange}-{extension}"


def _matches(entry: Entry, department: Department, words: list[str]) -> bool:
    text = " ".join(
        (*entry.duties, entry.team, entry.title, entry.name, entry.number, department.name)
    ).casefold()
    return all(word in text for word in words)
