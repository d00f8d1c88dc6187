"""What a verdict is: a result, the reason for it, and the figures it rests on.

Owns the words of the ledger (kept, broken, not applicable, unknown). Korean for them is in `calls.labels`.
"""

from dataclasses import dataclass, field
from enum import StrEnum

Json = str | int | float | bool | None | list["Json"] | dict[str, "Json"]


class Result(StrEnum):
    """Unknown is never counted as kept, and is shown beside every rate (charter, terms)."""

    KEPT = "kept"
    BROKEN = "broken"
    NOT_APPLICABLE = "not_applicable"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Verdict:
    """One promise in one call. `measures` is JSON; its times are milliseconds.

    Credited to `department`; `officer` is set only where a personal desk answered, and for T8 never.
    """

    promise: str
    result: Result
    reason: str
    department: str | None = None
    officer: str | None = None
    measures: dict[str, Json] = field(default_factory=dict)
