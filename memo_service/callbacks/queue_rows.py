"""What a row of the queue says, from the stored callback and the clock. No SQL.

Owns urgency and countdown: late, due soon and put off are told from the clock, never stored.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from memo_service.callbacks.life import State
from memo_service.callbacks.models import AttemptRow, CallbackRow
from office import working_time
from office.calendar import KST, Calendar
from office.charter import Callback
from office.phone_number import NumberKind, PhoneNumber

_S = timedelta(seconds=1)


class Urgency(StrEnum):
    """What the clock says of a callback that waits for a call; each has a label."""

    NONE = "none"
    ASKED = "asked"
    """Before the time the citizen asked for."""
    DEFERRED = "deferred"
    """Put off, or the next try is not yet due."""
    DUE_SOON = "due_soon"
    OVERDUE = "overdue"


@dataclass(frozen=True, slots=True)
class QueueRow:
    """A callback in the queue. Officers are ids; moments are aware."""

    id: str
    memo_id: str
    memo_ids: tuple[str, ...]
    call_id: str | None
    number: str
    """Masked."""
    number_kind: str
    officer: str | None
    owner: str | None
    department: str | None
    received_at: datetime
    asked_at: datetime | None
    due_at: datetime
    """The promise."""
    turn_at: datetime
    """When the next call is due: the promise before the first call, the retry's deadline later."""
    late_after: datetime
    opens_at: datetime | None
    state: State
    urgency: Urgency
    left_s: int
    """Working seconds to `turn_at` (an asked time: seconds by the clock); negative when late."""
    paused: bool
    """The countdown stands: it is not working time."""
    runs_until: datetime | None
    """End of the working span that is now; None while paused."""
    next_open: datetime
    tries: int
    calling: str | None
    """Officer who is calling."""
    calling_step: str | None
    last_outcome: str | None
    last_called_at: datetime | None
    outcome: str | None
    closed_at: datetime | None
    needs_approval: bool
    """An international number that no leader has approved."""


@dataclass(frozen=True, slots=True)
class _Hours:
    paused: bool
    runs_until: datetime | None
    next_open: datetime


class RowMaker:
    """Makes rows of one moment; what is alike for a department is found once."""

    def __init__(self, calendar: Calendar, rules: Callback, now: datetime) -> None:
        self._calendar = calendar
        self._rules = rules
        self._now = now
        self._hours: dict[str | None, _Hours] = {}

    def row(
        self,
        row: CallbackRow,
        memo_ids: Sequence[str],
        attempts: Sequence[AttemptRow],
        number: PhoneNumber | None,
    ) -> QueueRow:
        """One row; `attempts` are its own in order."""
        hours = self._hours_of(row.department)
        by_clock = _is_asked_turn(row)
        last = attempts[-1] if attempts else None
        calling = last if last is not None and last.state == "open" else None
        foreign = number is not None and number.kind is NumberKind.INTERNATIONAL
        return QueueRow(
            id=row.id,
            memo_id=row.memo_id,
            memo_ids=tuple(memo_ids),
            call_id=row.call_id,
            number=str(number or ""),
            number_kind=number.kind.value if number else "",
            officer=row.officer,
            owner=row.owner,
            department=row.department,
            received_at=row.received_at,
            asked_at=row.asked_at,
            due_at=row.due_at,
            turn_at=row.turn_at,
            late_after=row.latest_at,
            opens_at=row.opens_at,
            state=State(row.state),
            urgency=urgency(row, self._rules, self._now),
            left_s=self._left(row, by_clock=by_clock),
            paused=hours.paused and not by_clock,
            runs_until=hours.runs_until,
            next_open=hours.next_open,
            tries=row.tries,
            calling=calling.claimed_by if calling else None,
            calling_step=calling.step if calling else None,
            last_outcome=last.outcome if last else None,
            last_called_at=last.claimed_at if last else None,
            outcome=row.outcome,
            closed_at=row.closed_at,
            needs_approval=foreign and row.approved_by is None,
        )

    def _left(self, row: CallbackRow, *, by_clock: bool) -> int:
        now, due = self._now, row.turn_at
        if by_clock:
            return (due - now) // _S
        if now <= due:
            return working_time.between(self._calendar, now, due, row.department) // _S
        return -(working_time.between(self._calendar, due, now, row.department) // _S)

    def _hours_of(self, department: str | None) -> _Hours:
        if department not in self._hours:
            opens = working_time.next_open(self._calendar, self._now, department)
            paused = opens > self._now
            spans = self._calendar.moments(self._now.astimezone(KST).date(), department)
            ends = next((end for start, end in spans if start <= self._now < end), None)
            self._hours[department] = _Hours(paused, ends, opens)
        return self._hours[department]


def urgency(row: CallbackRow, rules: Callback, now: datetime) -> Urgency:
    """How the row presses at `now`."""
    if row.state != State.WAITING:
        return Urgency.NONE
    if now > row.latest_at:
        return Urgency.OVERDUE
    if row.opens_at is not None and now < row.opens_at:
        return Urgency.DEFERRED
    if now >= row.turn_at - remind_from(rules):
        return Urgency.DUE_SOON
    return Urgency.ASKED if _is_asked_turn(row) else Urgency.NONE


def remind_from(rules: Callback) -> timedelta:
    """How long before its deadline a callback is due soon."""
    return timedelta(minutes=max(rules.remind_before, default=0))


def _is_asked_turn(row: CallbackRow) -> bool:
    """The deadline is a time of the clock: what the citizen asked for, before the first try."""
    return row.asked_at is not None and row.tries == 0 and row.turn_from is None


def grouped(attempts: Sequence[AttemptRow]) -> Mapping[str, list[AttemptRow]]:
    """Attempts by callback, each in their order."""
    found: dict[str, list[AttemptRow]] = {}
    for attempt in attempts:
        found.setdefault(attempt.callback_id, []).append(attempt)
    return found
