"""Who acts, and what he may see and do. One place, deny by default.

Owns the rules between an officer and a desk's memos, callbacks and absences. Who somebody is, is found by
`access.desk`.
"""

from dataclasses import dataclass

from office.directory import Directory, OfficeRole


@dataclass(frozen=True, slots=True)
class Actor:
    """An officer at work. `officer` is his id in the directory."""

    officer: str
    name: str
    title: str
    extension: str
    department: str
    team: str | None
    role: OfficeRole

    @classmethod
    def of(cls, directory: Directory, officer: str) -> "Actor | None":
        """The officer of that id, or None."""
        found = directory.officers.get(officer)
        if found is None:
            return None
        return cls(
            officer=found.id,
            name=found.name,
            title=found.title,
            extension=found.extension,
            department=found.department,
            team=found.team,
            role=found.role,
        )

    @property
    def spoken(self) -> str:
        """Name and title, as colleagues read it."""
        return f"{self.name} {self.title}"

    def leads(self, directory: Directory, officer: str) -> bool:
        """Whether he leads the team of `officer`, or his department where he has no team of his own."""
        other = directory.officers.get(officer)
        if self.role is not OfficeRole.LEADER or other is None or other.department != self.department:
            return False
        return self.team is None or other.team == self.team

    def works_for(self, department: str | None) -> bool:
        """Whether this department's memos and callbacks are his business; those of none are everybody's."""
        return department is None or department == self.department or self.sees_all

    def may_set_absence(self, directory: Directory, officer: str) -> bool:
        """His own, his team's as its leader, everybody's as administrator."""
        own = officer == self.officer
        return own or self.role is OfficeRole.ADMINISTRATOR or self.leads(directory, officer)

    def may_see_reason(self, directory: Directory, officer: str) -> bool:
        """Why somebody is away is seen by himself and his leader alone."""
        return officer == self.officer or self.leads(directory, officer)

    @property
    def sees_all(self) -> bool:
        """Whether every department is his business."""
        return self.role in (OfficeRole.CHARTER_MANAGER, OfficeRole.ADMINISTRATOR)
