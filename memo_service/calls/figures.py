"""Today's figures: how often each promise was kept, by department, and what is not in that figure.

Owns numerator and denominator: kept over kept and broken. What is unknown or not applicable stands beside it.
"""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from memo_service.ledger.verdicts import ALL_PROMISES, Result


@dataclass(frozen=True, slots=True)
class Figure:
    """One promise's counts."""

    kept: int = 0
    broken: int = 0
    not_applicable: int = 0
    unknown: int = 0

    @property
    def judged(self) -> int:
        """The denominator."""
        return self.kept + self.broken

    @property
    def total(self) -> int:
        """All calls counted, whatever the result."""
        return self.judged + self.not_applicable + self.unknown


@dataclass(frozen=True, slots=True)
class Figures:
    """Figures of the office and of each department that had calls."""

    office: dict[str, Figure]
    departments: dict[str, dict[str, Figure]] = field(default_factory=dict)


def figures(counts: Sequence[tuple[str | None, str, str, int]]) -> Figures:
    """Figures from (department, promise, result, calls)."""
    departments = {row[0] or "" for row in counts}
    return Figures(
        office=_by_promise(counts),
        departments={d: _by_promise(row for row in counts if (row[0] or "") == d) for d in departments},
    )


def _by_promise(counts: Iterable[tuple[str | None, str, str, int]]) -> dict[str, Figure]:
    tally: Counter[tuple[str, str]] = Counter()
    for _, promise, result, calls in counts:
        tally[promise, result] += calls
    return {
        promise: Figure(**{result.value: tally[promise, result.value] for result in Result})
        for promise in ALL_PROMISES
    }
