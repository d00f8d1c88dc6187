"""The form by which an absence is set or changed: what was typed, and what it means.

Owns the fields of the form, so that a refused one comes back as it was typed.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from memo_service.absences import labels
from memo_service.absences.rules import Absence, AbsenceRefusedError, Fault, Kind, Wanted
from office.calendar import KST

_TYPED = "%Y-%m-%dT%H:%M"
_LONGEST_NOTE = 200
_KINDS = frozenset(kind.value for kind in Kind)


@dataclass(frozen=True, slots=True)
class Typed:
    """The fields as text. `deputy` is empty for nobody."""

    officer: str
    kind: str = Kind.ANNUAL_LEAVE.value
    starts: str = ""
    ends: str = ""
    deputy: str = ""
    note: str = ""

    @classmethod
    def of(cls, form: Mapping[str, str], officer: str) -> "Typed":
        """What a browser sent; `officer` where it names none."""
        return cls(
            officer=form.get("officer", "") or officer,
            kind=form.get("kind", ""),
            starts=form.get("starts", ""),
            ends=form.get("ends", ""),
            deputy=form.get("deputy", ""),
            note=form.get("note", "").strip(),
        )

    @classmethod
    def from_absence(cls, absence: Absence, note: str) -> "Typed":
        """The form of a stored absence."""
        return cls(
            officer=absence.officer,
            kind=absence.kind.value,
            starts=f"{absence.starts_at.astimezone(KST):{_TYPED}}",
            ends=f"{absence.ends_at.astimezone(KST):{_TYPED}}",
            deputy=absence.deputy or "",
            note=note,
        )

    def wanted(self) -> Wanted:
        """What is asked for; raises AbsenceRefusedError with every field that cannot be read."""
        starts_at, ends_at = typed_moment(self.starts), typed_moment(self.ends)
        faults = [
            Fault("moment_missing", field, (labels.FIELDS[field],))
            for field, found in (("starts_at", starts_at), ("ends_at", ends_at))
            if found is None
        ]
        if self.kind not in _KINDS:
            faults.insert(0, Fault("kind_unknown", "kind", (self.kind,)))
        if faults or starts_at is None or ends_at is None:
            raise AbsenceRefusedError(*faults)
        return Wanted(
            officer=self.officer,
            kind=Kind(self.kind),
            starts_at=starts_at,
            ends_at=ends_at,
            deputy=self.deputy or None,
            note=self.note[:_LONGEST_NOTE],
        )


def typed_moment(text: str) -> datetime | None:
    """The moment of a `datetime-local` field, in Korea; None where it is empty or no moment."""
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        return None
    return found.replace(tzinfo=KST) if found.tzinfo is None else found
