"""Who holds a callback when the officer cannot: his deputy of the day, then his leader."""

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol

from sqlalchemy.orm import Session

from memo_service.absences.rules import Deputies
from office.directory import Directory


class Absences(Protocol):
    """The calendar of absences, as far as callbacks ask it."""

    def deputies(self, session: Session, at: datetime, until: datetime | None = None) -> Deputies:
        """Who stands in for whom at `at`, or at every moment from then to `until`."""


class StandIns:
    """Finds who takes over."""

    def __init__(self, directory: Directory, absences: Absences) -> None:
        self._directory = directory
        self._absences = absences

    def holders(self, session: Session, duties: Sequence[tuple[str, datetime]]) -> list[str]:
        """For each (officer, moment): the officer, or who stands in for him while he is away then."""
        if not duties:
            return []
        moments = [at for _, at in duties]
        deputies = self._absences.deputies(session, min(moments), max(moments))
        return [
            officer if deputies.away(officer, at) is None else deputies.stand_in(officer, at) or officer
            for officer, at in duties
        ]

    def deputy(self, session: Session, officer: str, at: datetime) -> str | None:
        """The first of his deputies who is in at `at`; None where the chain ends with nobody."""
        return self._absences.deputies(session, at).stand_in(officer, at)

    def leader(self, officer: str) -> str | None:
        """Who leads his team, else his department; None for nobody, and for one who left the directory."""
        return self._directory.leader_of(officer) if officer in self._directory.officers else None
