"""What citizens said, counted by department. Pure.

Owns numerator and denominator: satisfied of those who answered; who did not answer stands beside it.
"""

from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Opinions:
    """One department's: how many were asked, and what they said."""

    asked: int
    good: int
    fair: int
    poor: int
    remarks: int

    @property
    def answered(self) -> int:
        """The denominator."""
        return self.good + self.fair + self.poor

    @property
    def silent(self) -> int:
        """Who was asked and did not say."""
        return self.asked - self.answered

    @property
    def share(self) -> float | None:
        """Satisfied of those who answered, 0 to 1; None where nobody did."""
        return self.good / self.answered if self.answered else None


Row = tuple[str | None, int | None, bool]
"""Department, score, whether there is a remark to hear."""


def by_department(rows: Iterable[Row]) -> dict[str, Opinions]:
    """Opinions by department id; those of none stand under an empty one."""
    found: dict[str, list[Row]] = {}
    for row in rows:
        found.setdefault(row[0] or "", []).append(row)
    return {department: _count(own) for department, own in found.items()}


def _count(rows: list[Row]) -> Opinions:
    scores = [score for _, score, _ in rows]
    return Opinions(
        asked=len(rows),
        good=scores.count(3),
        fair=scores.count(2),
        poor=scores.count(1),
        remarks=sum(remark for *_, remark in rows),
    )
