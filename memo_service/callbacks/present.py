"""Turns callbacks into what the queue's templates print, for one officer at one moment.

Owns the step from codes, ids and moments to words. Reads no database and makes no HTML.
"""

from dataclasses import dataclass
from datetime import datetime

from memo_service.access.actor import Actor
from memo_service.callbacks import labels
from memo_service.callbacks.countdown import Countdown, to_asked_time, to_deadline, told
from memo_service.callbacks.life import State
from memo_service.callbacks.queue_rows import QueueRow, Urgency, remind_from
from memo_service.calls.labels import NUMBER_KINDS
from office.calendar import KST
from office.folder import Office

_WEEKDAYS = "월화수목금토일"
_CALLABLE = frozenset({State.WAITING, State.UNKNOWN})
_PROGRESS = {"officer_answered": 1, "citizen_dialled": 1, "citizen_answered": 2}


@dataclass(frozen=True, slots=True)
class Clock:
    """The countdown of a row, ready for the page to go on counting. Epoch seconds."""

    latest: int
    opens: int
    spans: str
    big: str
    small: str
    paused: bool


@dataclass(frozen=True, slots=True)
class Row:
    """A callback in the queue."""

    id: str
    memo_id: str
    state: str
    state_label: str
    icon: str
    hint: str
    turn: int
    clock: Clock | None
    due_label: str
    due_text: str
    asked: bool
    opens_text: str
    number: str
    number_kind: str
    who: str
    matter: str
    received: str
    officer: str
    owner: str
    mine: bool
    attempt: str
    calling_by: str
    calling_me: bool
    progress: int
    outcome: str
    callable: bool
    open: bool


class Presenter:
    """Words for the callbacks of one office."""

    def __init__(self, office: Office) -> None:
        self._office = office
        self.soon = remind_from(office.charter.callback)
        """So long before its deadline a callback is due soon (기한 임박)."""

    def row(self, actor: Actor, found: QueueRow, now: datetime, glance: tuple[str, str] = ("", "")) -> Row:
        """A callback for `actor`, who may see it; `glance`: the citizen's name and the matter."""
        count = self._countdown(found, now)
        state = state_of(found)
        return Row(
            id=found.id,
            memo_id=found.memo_id,
            state=state,
            state_label=labels.STATES[state],
            icon=labels.STATE_ICONS[state],
            hint=labels.STATE_HINTS.get(state, ""),
            turn=int(found.turn_at.timestamp()),
            clock=_clock(found, count, now) if found.state is State.WAITING else None,
            due_label=_due_label(found),
            due_text=moment(found.turn_at if found.closed_at is None else found.due_at, now),
            asked=_is_asked(found),
            opens_text=_opens(found, now),
            number=found.number or labels.NUMBER_ABSENT,
            number_kind=NUMBER_KINDS.get(found.number_kind, ""),
            who=glance[0],
            matter=glance[1],
            received=moment(found.received_at, now),
            officer=self.officer(found.officer) or self.department(found.department),
            owner=self.officer(found.owner) or labels.NOBODY,
            mine=found.owner == actor.officer,
            attempt=self._last(found),
            calling_by=labels.CALLING_BY.format(who=self.officer(found.calling)) if found.calling else "",
            calling_me=found.calling == actor.officer,
            progress=_PROGRESS.get(found.calling_step or "", 0) if found.calling else -1,
            outcome=labels.CLOSE_OUTCOMES.get(found.outcome or "", ""),
            callable=found.state in _CALLABLE,
            open=found.closed_at is None,
        )

    def officer(self, officer: str | None) -> str:
        """Name and title of an officer; empty for nobody, the id for one who left."""
        found = self._office.directory.officers.get(officer or "")
        return f"{found.name} {found.title}" if found else officer or ""

    def department(self, department: str | None) -> str:
        """Name of a department; empty for none."""
        found = self._office.directory.departments.get(department or "")
        return found.name if found else ""

    def _countdown(self, found: QueueRow, now: datetime) -> Countdown:
        if _is_asked(found):
            return to_asked_time(now, found.turn_at)
        return to_deadline(self._office.calendar, now, found.turn_at, found.department)

    def _last(self, found: QueueRow) -> str:
        word = labels.OUTCOMES.get(found.last_outcome or "", "")
        return f"{found.tries}번째 {word}" if word and found.tries else word


def state_of(found: QueueRow) -> str:
    """A key of `labels.STATES`: the stored state; while a call is due, what the clock makes of it."""
    if found.state is not State.WAITING:
        return found.state.value
    return "waiting" if found.urgency is Urgency.NONE else found.urgency.value


def _is_asked(found: QueueRow) -> bool:
    """Whether the next call is the one at the time the citizen asked for."""
    return found.asked_at is not None and found.tries == 0 and found.turn_at == found.asked_at


def _due_label(found: QueueRow) -> str:
    if _is_asked(found):
        return labels.ASKED_TIME
    return labels.RETRY if found.tries and found.closed_at is None else labels.DUE_AT


def _opens(found: QueueRow, now: datetime) -> str:
    """From when on the next call is to be made, if that is still to come."""
    return moment(found.opens_at, now) if found.opens_at is not None and found.opens_at > now else ""


def _clock(found: QueueRow, count: Countdown, now: datetime) -> Clock:
    big, small, paused = _counted(found, count, now)
    return Clock(
        latest=int(found.late_after.timestamp()),
        opens=int(found.opens_at.timestamp()) if found.opens_at else 0,
        spans=" ".join(f"{int(a.timestamp())}-{int(b.timestamp())}" for a, b in count.spans),
        big=big,
        small=small,
        paused=paused,
    )


def _counted(found: QueueRow, count: Countdown, now: datetime) -> tuple[str, str, bool]:
    """What the countdown reads: the figure, the words below it, whether it stands still."""
    if now > found.late_after:
        return told(now - found.late_after), labels.PAST, False
    if now >= count.due_at:
        return labels.NOW, labels.ASKED_TIME, False
    resumes = count.resumes_at(now)
    if resumes is not None:
        again = labels.RESUMES.format(next_open=moment(resumes, now))
        return told(count.left(now)), f"{labels.PAUSED} · {again}", True
    return told(count.left(now)), labels.LEFT, False


def moment(at: datetime, now: datetime) -> str:
    """`14:30` today, else `11.26.(목) 09:30`."""
    local = at.astimezone(KST)
    if local.date() == now.astimezone(KST).date():
        return f"{local:%H:%M}"
    return f"{local.month}.{local.day}.({_WEEKDAYS[local.weekday()]}) {local:%H:%M}"
