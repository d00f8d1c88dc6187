"""The one place that decides whose calls, figures, names and numbers somebody may see. Deny by default.

Charter, "Trust of the people measured": own figures to oneself, departments to their leaders, no ranking. An
officer's name stands where the office's charter says so; else his own people read it, and he himself. On the
demo, whose officers are made up, everybody sees everything.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from memo_service.access.actor import Actor
from memo_service.ledger.reader import Whose
from office.charter import Charter
from office.directory import Directory, ExtensionKind, OfficeRole
from office.events import CallEvent, Phone

_IDENTIFYING = frozenset({"officer", "exten", "extension", "endpoint", "caller"})
EVERYTHING = "office"
"""The scope of figures (`Viewer.figures`) that holds every department's."""
TOTALS = "totals"
"""The scope of figures that holds the office's totals and no department's."""


@dataclass(frozen=True, slots=True)
class Viewer:
    """What one reader may see.

    `sees_officers`: every name. `persons`: these names in any case. `departments` are those whose calls and
    figures are his business, None for all; besides them he sees his own calls (`officer`, `extension`).
    """

    sees_officers: bool
    may_search_by_number: bool
    persons: frozenset[str] = frozenset()
    departments: frozenset[str] | None = frozenset()
    officer: str = ""
    extension: str = ""

    @property
    def figures(self) -> str:
        """Which figures he sees: EVERYTHING, TOTALS, or the id of the one department."""
        if self.departments is None:
            return EVERYTHING
        return min(self.departments, default=TOTALS)

    @property
    def whose(self) -> Whose | None:
        """Whose calls his lists show; None for everybody's."""
        if self.departments is None:
            return None
        return Whose(self.departments, self.extension, self.officer)

    def sees(self, officer: str | None) -> bool:
        """Whether he may read this officer's name."""
        return self.sees_officers or officer in self.persons

    def sees_department(self, department: str | None) -> bool:
        """Whether this department's calls and figures are his business; those of none are the office's."""
        return self.departments is None or department in self.departments

    def sees_call(self, department: str | None, exten: str, phones: Iterable[Phone]) -> bool:
        """Whether he may open a call: his department's, to his extension, or one that rang at his phone."""
        if self.sees_department(department) or (self.extension and exten == self.extension):
            return True
        return any(self._is_his(phone) for phone in phones)

    def _is_his(self, phone: Phone) -> bool:
        own = bool(self.officer) and phone.officer == self.officer
        return own or (phone.department is not None and self.sees_department(phone.department))


class Access:
    """Makes viewers and names things for them."""

    def __init__(self, charter: Charter, directory: Directory, *, demo: bool) -> None:
        self._directory = directory
        self._names = demo or charter.visibility.officer_names_on_board
        self.demo = demo

    def everybody(self) -> Viewer:
        """What everybody who has a desk may see: for what is made once and sent to all."""
        return Viewer(
            sees_officers=self._names,
            may_search_by_number=self.demo,
            departments=None if self.demo else frozenset(),
        )

    def viewer(self, actor: Actor) -> Viewer:
        """What this officer may see."""
        departments: frozenset[str] | None = frozenset()
        persons = {actor.officer}
        if self.demo or actor.sees_all:
            departments = None
        elif actor.role is OfficeRole.LEADER:
            departments = frozenset({actor.department})
            persons |= {o for o in self._directory.officers if actor.leads(self._directory, o)}
        return Viewer(
            sees_officers=self._names,
            may_search_by_number=self.demo,
            persons=frozenset(persons),
            departments=departments,
            officer=actor.officer,
            extension=actor.extension,
        )

    def reader_of(self, figures: str) -> Viewer:
        """Somebody who sees these figures (`Viewer.figures`) and no more."""
        own = None if figures == EVERYTHING else frozenset({figures} - {TOTALS})
        return Viewer(sees_officers=self._names, may_search_by_number=False, departments=own)

    def department(self, department: str | None) -> str:
        """Published name of a department; empty if it is none of ours."""
        found = self._directory.departments.get(department or "")
        return found.name if found else ""

    def desk(self, viewer: Viewer, exten: str | None) -> str:
        """What stands behind an extension, in words this viewer may read."""
        desk = self._directory.desks.get(exten or "")
        if desk is None:
            return ""
        if desk.kind is not ExtensionKind.OFFICER:
            return f"{self._directory.shared[desk.number].name} ({desk.number})"
        return self.officer(viewer, desk.officer) or f"{self.department(desk.department)} 담당자"

    def exten(self, viewer: Viewer, exten: str) -> str:
        """An extension; empty where it is the one of somebody this viewer may not see."""
        desk = self._directory.desks.get(exten)
        personal = desk is not None and desk.kind is ExtensionKind.OFFICER
        return "" if desk and personal and not viewer.sees(desk.officer) else exten

    def phone(self, viewer: Viewer, phone: Phone) -> str:
        """Whose phone it is, in words this viewer may read."""
        named = self.officer(viewer, phone.officer)
        if named:
            return named
        if phone.officer is None and phone.extension:
            return self.desk(viewer, phone.extension) or f"내선 {phone.extension}"
        department = self.department(phone.department)
        return f"{department} 담당자" if department else "담당자"

    def officer(self, viewer: Viewer, officer: str | None) -> str:
        """Name, title and extension of an officer; empty for a viewer who may not see him."""
        found = self._directory.officers.get(officer or "")
        if found is None or not viewer.sees(officer):
            return ""
        return f"{found.name} {found.title} ({found.extension})"

    def event(self, viewer: Viewer, event: CallEvent) -> dict[str, Any]:
        """An event as JSON without what this viewer may not see. A citizen's number is never in it."""
        content = event.model_dump(mode="json", exclude={"caller"})
        return content if viewer.sees_officers else dict(_without_identity(content))

    def measures(self, viewer: Viewer, measures: dict[str, Any]) -> dict[str, Any]:
        """A verdict's figures without what this viewer may not see."""
        return measures if viewer.sees_officers else dict(_without_identity(measures))


def _without_identity(content: Any) -> Any:
    if isinstance(content, list):
        return [_without_identity(value) for value in content]
    if not isinstance(content, dict):
        return content
    return {key: _without_identity(value) for key, value in content.items() if key not in _IDENTIFYING}
