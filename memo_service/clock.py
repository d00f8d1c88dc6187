"""The two clocks of this process, both aware UTC.

The office's clock may be shifted by a demonstration (docs/contracts.md); the machine's is for what must not
be shifted with it: sessions, pauses, codes.
"""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta


def machine_clock() -> datetime:
    """The machine's clock."""
    return datetime.now(UTC)


def office_clock(shift_s: int) -> Callable[[], datetime]:
    """The office's clock: the machine's, but for the shift of a demonstration."""
    shift = timedelta(seconds=shift_s)
    return lambda: machine_clock() + shift
