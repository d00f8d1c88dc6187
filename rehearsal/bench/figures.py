"""How figures are told: percentiles of a sample."""

from collections.abc import Sequence


def percentile(sample: Sequence[float], share: float) -> float:
    """The value below which `share` (0…1) of the sample lies, by nearest rank."""
    ranked = sorted(sample)
    return ranked[min(len(ranked) - 1, max(0, round(share * len(ranked)) - 1))]


def spread(sample: Sequence[float], digits: int = 1) -> dict[str, float]:
    """p50, p99 and the largest."""
    return {
        "p50": round(percentile(sample, 0.5), digits),
        "p99": round(percentile(sample, 0.99), digits),
        "max": round(max(sample), digits),
    }
