"""The one place that decides who may see an officer's name, number or identity. Deny by default.

There is no sign-in yet: every viewer is a stranger, who sees officers only where the office's charter says
so, or on the demo, whose officers are made up (charter, "Trust of the people measured").
"""

from dataclasses import dataclass
from typing import Any

from office.charter import Charter
from office.directory import Directory, ExtensionKind
from office.events import CallEvent, Phone

_IDENTIFYING = frozenset({"officer", "exten", "extension", "endpoint", "caller"})


@dataclass(frozen=True, slots=True)
class Viewer:
    """What one reader may see."""

    sees_officers: bool
    may_search_by_number: bool


class Access:
    """Makes viewers and names things for them."""

    def __init__(self, charter: Charter, directory: Directory, *, demo: bool) -> None:
        self._directory = directory
        self._viewer = Viewer(
            sees_officers=demo or charter.visibility.officer_names_on_board,
            may_search_by_number=demo,
        )

    def stranger(self) -> Viewer:
        """Somebody who has not signed in."""
        return self._viewer

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
        """An extension; empty where it is one person's and this viewer may not see persons."""
        desk = self._directory.desks.get(exten)
        personal = desk is not None and desk.kind is ExtensionKind.OFFICER
        return "" if personal and not viewer.sees_officers else exten

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
        if found is None or not viewer.sees_officers:
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
