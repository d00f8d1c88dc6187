"""The table of transfers by department: how long citizens waited for it, and what became of them. Pure.

Owns numerator and denominator, as `figures` does: kept over kept and broken, the unknown beside it.
A transfer is its department's who passed the citizen on (charter T5).
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from memo_service.ledger.verdicts import Result
from memo_service.ledger.verdicts.handover import After
from office.events import TransferResult

Measured = Mapping[str, Any]
"""One transfer of a T5 verdict's measures."""


@dataclass(frozen=True, slots=True)
class TransferFigures:
    """Some transfers counted. Times in milliseconds, of those that connected; None without any."""

    asked: int
    kept: int
    broken: int
    unknown: int
    median_ms: int | None
    p95_ms: int | None
    returned: int
    deputy: int
    memo: int
    gave_up: int
    passed_around: int
    """Transfers from the charter's `warn_hops` on in their call (전화 돌림)."""

    @property
    def judged(self) -> int:
        """The denominator."""
        return self.kept + self.broken

    @property
    def share(self) -> float | None:
        """Kept of judged, 0 to 1; None where nothing was judged."""
        return self.kept / self.judged if self.judged else None


def count(transfers: Sequence[Measured], warn_hops: int) -> TransferFigures:
    """Figures of these transfers."""
    waits = sorted(
        one["judged_ms"]
        for one in transfers
        if one["ended"] == TransferResult.CONNECTED and one["judged_ms"] is not None
    )
    results = [one["result"] for one in transfers]
    after = [one["after"] for one in transfers]
    return TransferFigures(
        asked=len(transfers),
        kept=results.count(Result.KEPT),
        broken=results.count(Result.BROKEN),
        unknown=results.count(Result.UNKNOWN),
        median_ms=_rank(waits, 50),
        p95_ms=_rank(waits, 95),
        returned=after.count(After.RETURNED),
        deputy=after.count(After.DEPUTY),
        memo=after.count(After.MEMO),
        gave_up=sum(one["ended"] == TransferResult.CALLER_GONE for one in transfers)
        + after.count(After.LEFT),
        passed_around=sum((one["hop"] or 0) >= warn_hops for one in transfers),
    )


def by_department(
    verdicts: Iterable[tuple[str | None, Measured]], warn_hops: int
) -> tuple[TransferFigures, dict[str, TransferFigures]]:
    """(the office, each department that passed somebody on) from (department, measures) of T5 verdicts."""
    found: dict[str, list[Measured]] = {}
    for credited, measures in verdicts:
        for one in measures.get("transfers", ()):
            department = (one["by"] or {}).get("department") or credited or ""
            found.setdefault(department, []).append(one)
    everything = [one for own in found.values() for one in own]
    return count(everything, warn_hops), {d: count(own, warn_hops) for d, own in found.items()}


def _rank(ordered: Sequence[int], percent: int) -> int | None:
    """The nearest rank: a wait that somebody had, never one between two."""
    return ordered[-(-len(ordered) * percent // 100) - 1] if ordered else None
