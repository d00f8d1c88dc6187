"""How long it is still to a deadline, counted as the promise is: in working time. Pure.

Owns what the page counts from: the working spans up to the deadline, so that a page that stays open over
lunch or the night stands still then without asking again. `static/callbacks.js` counts by the same rules.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from office.calendar import KST, Calendar

_DAY = timedelta(days=1)
_LONGEST_DAYS = 100
_FINE = timedelta(minutes=10)
Spans = tuple[tuple[datetime, datetime], ...]


@dataclass(frozen=True, slots=True)
class Countdown:
    """To `due_at`, over `spans` (the counted time from the moment it was made on)."""

    due_at: datetime
    spans: Spans

    def left(self, now: datetime) -> timedelta:
        """Counted time from `now` to the deadline."""
        return sum((max(b - max(a, now), timedelta()) for a, b in self.spans), timedelta())

    def resumes_at(self, now: datetime) -> datetime | None:
        """When it goes on, if it stands still now; None while it runs, and past the deadline."""
        if now >= self.due_at or any(a <= now < b for a, b in self.spans):
            return None
        return next((a for a, _ in self.spans if a > now), None)


def to_deadline(calendar: Calendar, now: datetime, due_at: datetime, department: str | None) -> Countdown:
    """The countdown in working time of `department`."""
    spans: list[tuple[datetime, datetime]] = []
    day, last = now.astimezone(KST).date(), due_at.astimezone(KST).date()
    for _ in range(_LONGEST_DAYS):
        if day > last:
            break
        for a, b in calendar.moments(day, department):
            if b > now and a < due_at:
                spans.append((max(a, now), min(b, due_at)))
        day += _DAY
    return Countdown(due_at, tuple(spans))


def to_asked_time(now: datetime, asked_at: datetime) -> Countdown:
    """The countdown to a time the citizen asked for: by the clock, because it is one."""
    return Countdown(asked_at, ((now, asked_at),) if now < asked_at else ())


def told(left: timedelta) -> str:
    """`1시간 5분`, `42분`, and below ten minutes `9분 30초`; cut, never rounded up."""
    minutes, seconds = divmod(max(int(left.total_seconds()), 0), 60)
    if left < _FINE:
        return f"{minutes}분 {seconds}초"
    return f"{minutes}분" if minutes < 60 else f"{minutes // 60}시간 {minutes % 60}분"
