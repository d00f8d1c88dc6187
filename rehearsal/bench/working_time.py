"""Deadlines a second: our working-time engine against businesstimedelta on the same moments of two years.

Rounds take turns in one process. Both must give the same deadline for every moment, or there is no figure.
"""

import random
import statistics
import time
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from datetime import time as clock

import businesstimedelta
import pytz

from office.calendar import KST, Calendar, public_holidays
from office.working_time import add

_YEARS = (2025, 2026)
_SEOUL = pytz.timezone("Asia/Seoul")  # businesstimedelta knows pytz's zones only
_MINUTES = 60


def working_time(*, moments: int = 2_000, rounds: int = 5) -> dict[str, object]:
    """Microseconds a deadline of both, and how many times faster ours is (medians)."""
    calendar, theirs = Calendar(), _business_hours()
    sample = _moments(moments)
    hour = businesstimedelta.BusinessTimeDelta(theirs, hours=1)

    def ours_of(at: datetime) -> datetime:
        return add(calendar, at, _MINUTES)

    def theirs_of(at: datetime) -> datetime:
        due: datetime = at + hour
        return due

    differing = sum(ours_of(at) != theirs_of(at) for at in sample)
    ours, other = [], []
    for _ in range(rounds):
        ours.append(_per_call(ours_of, sample))
        other.append(_per_call(theirs_of, sample))
    mine, stock = statistics.median(ours), statistics.median(other)
    return {
        "moments": moments,
        "differing": differing,
        "us_per_add": round(1e6 * mine, 2),
        "businesstimedelta_us_per_add": round(1e6 * stock, 2),
        "times_faster": round(stock / mine, 1),
    }


def _moments(count: int) -> list[datetime]:
    drawn = random.Random(20251002)
    first = datetime(_YEARS[0], 1, 2, tzinfo=KST)
    # up to two weeks before the end of what the holidays given to the other cover
    minutes = (datetime(_YEARS[1], 12, 15, tzinfo=KST) - first) // timedelta(minutes=1)
    return [first + timedelta(minutes=drawn.randrange(minutes)) for _ in range(count)]


def _business_hours() -> businesstimedelta.Rules:
    """Monday to Friday 09–12 and 13–18 with the same public holidays."""
    days = {day: name for year in _YEARS for day, name in public_holidays(year).items()}
    return businesstimedelta.Rules(
        [
            businesstimedelta.WorkDayRule(clock(9), clock(12), working_days=[0, 1, 2, 3, 4], tz=_SEOUL),
            businesstimedelta.WorkDayRule(clock(13), clock(18), working_days=[0, 1, 2, 3, 4], tz=_SEOUL),
            businesstimedelta.HolidayRule(days, tz=_SEOUL),
        ]
    )


def _per_call(work: Callable[[datetime], datetime], sample: Sequence[datetime]) -> float:
    before = time.process_time()
    for at in sample:
        work(at)
    return (time.process_time() - before) / len(sample)
