"""Who holds a callback when the officer cannot: his deputy of the day, then his leader."""

from datetime import datetime
from typing import Protocol

from sqlalchemy.orm import Session

from memo_service.absences.rules import Deputies
from office.directory import Directory


class Absences(Protocol):
    """The calendar of absences, as far as callbacks ask it."""

    def deputies(self, session: Session, at: datetime) -> Deputies:
        """Who stands in for whom at `at`."""


class StandIns:
    """Finds who takes over."""

    def __init__(self, directory: Directory, absences: Absences) -> None:
        self._directory = directory
        self._absences = absences

    def holder(self, session: Session, officer: str, at: datetime) -> str:
        """The officer, or who stands in for him while he is away at `at`."""
        deputies = self._absences.deputies(session, at)
        if deputies.away(officer, at) is None:
            return officer
        return deputies.stand_in(officer, at) or officer

    def deputy(self, session: Session, officer: str, at: datetime) -> str | None:
        """The first of his deputies who is in at `at`; None where the chain ends with nobody."""
        return self._absences.deputies(session, at).stand_in(officer, at)

    def leader(self, officer: str) -> str | None:
        """Who leads his team, else his department; None for nobody, and for one who left the directory."""
        return self._directory.leader_of(officer) if officer in self._directory.officers else None
