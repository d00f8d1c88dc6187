"""The life of a callback: a total table of states and events (charter T7). Pure.

Owns which event may happen in which state, and what state follows. Times and duties are not here: they are
the turn's (`callbacks.turn`).
"""

from dataclasses import dataclass, replace
from enum import StrEnum


class State(StrEnum):
    """Where a callback stands. Due soon, overdue and put off are read from the clock, not stored."""

    WAITING = "waiting"
    """A call is due."""
    CALLING = "calling"
    """An attempt is under way."""
    UNCONFIRMED = "unconfirmed"
    """He answered, or his mailbox did: the officer says which (CBK-05)."""
    UNKNOWN = "unknown"
    """What became of the last attempt cannot be told; no call before the officer confirms (CBK-01)."""
    NOT_REACHED = "not_reached"
    """Every try is used up. Stays in sight until somebody closes it."""
    REACHED = "reached"
    """They talked; closing says what came of it."""
    CLOSED = "closed"


class Event(StrEnum):
    """What can happen to a callback."""

    CLAIMED = "claimed"
    CLAIMED_KNOWINGLY = "claimed_knowingly"
    """Claimed by an officer who was told what stands against it: an unknown attempt, a call just made."""
    NOT_DIALLED = "not_dialled"
    """The attempt ended before the citizen was called: the officer did not answer, the command expired."""
    FAILED = "failed"
    """The citizen was called and did not answer."""
    BRIEF = "brief"
    """Somebody answered, and the talk was too short to be taken for one."""
    TALKED = "talked"
    LOST = "lost"
    """No word of the attempt came in time."""
    MARKED_REACHED = "marked_reached"
    MARKED_NOT_REACHED = "marked_not_reached"
    """The officer says that it was a mailbox, or nobody."""
    CITIZEN_CALLED = "citizen_called"
    """He reached us himself (CBK-04)."""
    DEFERRED = "deferred"
    CLOSED = "closed"
    REOPENED = "reopened"


class Refusal(StrEnum):
    """Why an event cannot happen now."""

    TAKEN = "taken"
    CONFIRM_UNKNOWN = "confirm_unknown"
    MARK_FIRST = "mark_first"
    REOPEN_FIRST = "reopen_first"
    CALLING = "calling"
    NOTHING_TO_MARK = "nothing_to_mark"
    ALREADY_OPEN = "already_open"
    ALREADY_CLOSED = "already_closed"


Target = State | Refusal | str
_STAYS = "stays"
_RETRY = "retry"
"""Another turn, or the end of trying."""


@dataclass(frozen=True, slots=True)
class Life:
    """A callback as far as the table looks at it. `tries` counts the calls that may have rung the citizen."""

    state: State = State.WAITING
    tries: int = 0
    allowed: int = 3
    """Tries the office allows."""

    @property
    def is_open(self) -> bool:
        """Whether somebody still has to do something."""
        return self.state is not State.CLOSED

    @property
    def awaits_call(self) -> bool:
        """Whether the next thing due is a call."""
        return self.state is State.WAITING


def advance(life: Life, event: Event) -> "Life | Refusal":
    """The life after `event`, or why it cannot be. An event that changes nothing gives an equal life."""
    target = _TABLE[event][life.state]
    if isinstance(target, Refusal):
        return target
    if target is _STAYS:
        return life
    tries = _tries(life, event)
    if target is _RETRY:
        target = State.WAITING if tries < life.allowed else State.NOT_REACHED
    return replace(life, state=State(target), tries=tries)


def _tries(life: Life, event: Event) -> int:
    if event is Event.REOPENED:
        return 0
    if event is Event.NOT_DIALLED and life.state is State.UNKNOWN:
        return max(life.tries - 1, 0)  # it was counted while nobody knew
    counted_before = life.state in (State.UNKNOWN, State.UNCONFIRMED, State.REACHED)
    rang = event in (Event.FAILED, Event.BRIEF, Event.TALKED, Event.LOST)
    return life.tries + 1 if rang and not counted_before else life.tries


_W, _C, _UC, _UK, _N, _R, _X = State  # in the order they are declared


def _row(*targets: Target) -> dict[State, Target]:
    return dict(zip(State, targets, strict=True))


# fmt: off
_TABLE: dict[Event, dict[State, Target]] = {
    #                        waiting   calling        unconfirmed  unknown  not_reached  reached  closed
    Event.CLAIMED: _row(
        _C, Refusal.TAKEN, Refusal.MARK_FIRST, Refusal.CONFIRM_UNKNOWN, Refusal.REOPEN_FIRST,
        Refusal.REOPEN_FIRST, Refusal.ALREADY_CLOSED),
    Event.CLAIMED_KNOWINGLY: _row(
        _C, Refusal.TAKEN, Refusal.MARK_FIRST, _C, Refusal.REOPEN_FIRST,
        Refusal.REOPEN_FIRST, Refusal.ALREADY_CLOSED),
    # news of an attempt that is no longer under way or unknown changes nothing: the attempt keeps it
    Event.NOT_DIALLED: _row(_STAYS, _W, _STAYS, _W, _STAYS, _STAYS, _STAYS),
    Event.FAILED: _row(_STAYS, _RETRY, _STAYS, _RETRY, _STAYS, _STAYS, _STAYS),
    Event.BRIEF: _row(_STAYS, _UC, _STAYS, _UC, _STAYS, _STAYS, _STAYS),
    Event.TALKED: _row(_STAYS, _R, _R, _R, _STAYS, _STAYS, _STAYS),
    Event.LOST: _row(_STAYS, _UK, _STAYS, _STAYS, _STAYS, _STAYS, _STAYS),
    Event.MARKED_REACHED: _row(
        Refusal.NOTHING_TO_MARK, Refusal.CALLING, _R, _R, Refusal.NOTHING_TO_MARK,
        _STAYS, Refusal.ALREADY_CLOSED),
    Event.MARKED_NOT_REACHED: _row(
        Refusal.NOTHING_TO_MARK, Refusal.CALLING, _RETRY, _RETRY, Refusal.NOTHING_TO_MARK,
        _RETRY, Refusal.ALREADY_CLOSED),
    # while we call him the call itself decides
    Event.CITIZEN_CALLED: _row(_X, _STAYS, _X, _X, _X, _X, _STAYS),
    Event.DEFERRED: _row(
        _W, Refusal.CALLING, Refusal.MARK_FIRST, Refusal.CONFIRM_UNKNOWN, _W, _W, Refusal.ALREADY_CLOSED),
    Event.CLOSED: _row(_X, Refusal.CALLING, _X, _X, _X, _X, Refusal.ALREADY_CLOSED),
    Event.REOPENED: _row(
        Refusal.ALREADY_OPEN, Refusal.CALLING, Refusal.MARK_FIRST, Refusal.CONFIRM_UNKNOWN, _W, _W, _W),
}
# fmt: on
