"""What became of an attempt, from the events of its call. Pure.

Owns how steps told by the PBX become an outcome (CBK-05, CBK-06). Only the legs' own words count, never an
answer to Originate.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from memo_service.callbacks.life import Event
from office.events import CallbackStep, CallbackTold, CallEnded, Outcome


class AttemptState(StrEnum):
    """`open` holds the claim: nobody else can call."""

    OPEN = "open"
    UNKNOWN = "unknown"
    DONE = "done"


class Reached(StrEnum):
    """Outcomes of an attempt beside those of `office.events.Outcome`."""

    REACHED = "reached"
    UNCONFIRMED = "unconfirmed"
    MAILBOX = "mailbox"
    NOT_REACHED = "not_reached"
    OFFICER_FAILED = "officer_failed"
    OFFICER_GONE = "officer_gone"
    GIVEN_UP = "given_up"
    """The officer hung up while the citizen's phone rang."""
    EXPIRED = "expired"
    REFUSED = "refused"
    RELEASED = "released"
    """Taken back before it was sent: the citizen is on the line with us."""
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Progress:
    """How far an attempt came. `event` is None while it is under way."""

    step: str
    event: Event | None = None
    outcome: str | None = None
    officer_outcome: str | None = None
    dialled_at: datetime | None = None
    answered_at: datetime | None = None
    ended_at: datetime | None = None
    talk_ms: int = 0


def progress(told: Sequence[CallbackTold], end: CallEnded | None, confirm_talk_s: int) -> Progress | None:
    """The attempt as its call's events tell it, in order of time; None without any."""
    if not told:
        return None
    by_step = {event.step: event for event in told}
    event, outcome = _result(by_step, end, confirm_talk_s)
    officer = by_step.get(CallbackStep.OFFICER_FAILED)
    ended = by_step.get(CallbackStep.ENDED)
    over = officer or by_step.get(CallbackStep.CITIZEN_FAILED) or ended or end
    return Progress(
        step=told[-1].step.value,
        event=event,
        outcome=outcome,
        officer_outcome=officer.outcome.value if officer and officer.outcome else None,
        dialled_at=_first(by_step, CallbackStep.CITIZEN_DIALLED, *_AFTER_DIALLING),
        answered_at=_first(by_step, CallbackStep.CITIZEN_ANSWERED),
        ended_at=over.at if over and event else None,
        talk_ms=ended.talk_ms if ended else 0,
    )


_AFTER_DIALLING = (CallbackStep.CITIZEN_FAILED, CallbackStep.CITIZEN_ANSWERED)
Steps = Mapping[CallbackStep, CallbackTold]


def _first(by_step: Steps, *steps: CallbackStep) -> datetime | None:
    """When the first of `steps` was told; a later one stands in for one that was missed."""
    return next((by_step[step].at for step in steps if step in by_step), None)


def _result(by_step: Steps, end: CallEnded | None, confirm_talk_s: int) -> tuple[Event | None, str | None]:
    if CallbackStep.OFFICER_FAILED in by_step:
        return Event.NOT_DIALLED, Reached.OFFICER_FAILED
    if failed := by_step.get(CallbackStep.CITIZEN_FAILED):
        gone = failed.outcome in (Outcome.OFFICER_GONE, Outcome.CALLER_GONE)
        return Event.FAILED, Reached.GIVEN_UP if gone else (failed.outcome or Outcome.UNREACHABLE).value
    ended = by_step.get(CallbackStep.ENDED)
    answered = by_step.get(CallbackStep.CITIZEN_ANSWERED)
    if answered is not None and (ended or end):
        return _talked(answered, ended, end, confirm_talk_s)
    return _cut_short(by_step, ended or end)


def _cut_short(by_step: Steps, over: CallbackTold | CallEnded | None) -> tuple[Event | None, str | None]:
    """The call is over, or is not yet, and nobody of the citizen's side answered."""
    if over is None:
        return None, None
    if isinstance(over, CallEnded) and not over.complete:
        return Event.LOST, Reached.UNKNOWN
    if CallbackStep.CITIZEN_DIALLED in by_step:
        return Event.FAILED, Reached.GIVEN_UP
    return Event.NOT_DIALLED, Reached.OFFICER_GONE


def _talked(
    answered: CallbackTold, ended: CallbackTold | None, end: CallEnded | None, confirm_talk_s: int
) -> tuple[Event, str]:
    """A talk long enough is one; how long is told by the PBX, else by answer and end."""
    if ended is not None:
        talk_s = ended.talk_ms / 1000
    else:
        talk_s = (end.at - answered.at).total_seconds() if end is not None and end.complete else 0.0
    if talk_s < confirm_talk_s:
        return Event.BRIEF, Reached.UNCONFIRMED
    return Event.TALKED, Reached.REACHED
