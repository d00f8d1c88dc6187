"""What waits at an officer's desk besides calls that are up: visitors, and calls that he has to finish.

Owns what the page shows of both. Who may end or finish what is their own services' to decide.
"""

from dataclasses import dataclass
from datetime import datetime

from memo_service.absences.labels import moment
from memo_service.access.actor import Actor
from memo_service.aftercall.service import Waiting
from memo_service.calls.labels import duration
from memo_service.context import Context
from memo_service.mydesk import labels
from memo_service.mydesk.times import choices, soon_after, spoken
from memo_service.mydesk.words import text
from memo_service.transfers.caller import epoch_ms
from memo_service.visitors.service import Clock
from office.working_time import NoWorkingTimeError

_MOST = 12


@dataclass(frozen=True, slots=True)
class VisitorView:
    """A visitor who waits. `on_line`: the caller is still there; `callable`: his number is known.

    `promised`: when he was told he would be called back. `when`: the time to offer; empty without any.
    """

    id: str
    since_ms: int
    near_at_ms: int
    limit_at_ms: int
    on_line: bool
    callable: bool
    promised: str
    when: str
    when_ms: int | None
    say_to_caller: str


@dataclass(frozen=True, slots=True)
class AfterView:
    """A call to finish."""

    call_id: str
    who: str
    when: str
    talked: str
    first: str
    follow: bool
    promised: str
    gist: str
    callable: bool


@dataclass(frozen=True, slots=True)
class WaitingView:
    """All of it. `choices` are (epoch ms or empty, words)."""

    visitors: tuple[VisitorView, ...]
    say_to_visitor: str
    limit_min: str
    calls: tuple[AfterView, ...]
    count: int
    choices: tuple[tuple[str, str], ...]


class WaitingDesk:
    """Makes the views of one office."""

    def __init__(self, context: Context) -> None:
        self._context = context

    def view(self, actor: Actor) -> WaitingView:
        """What waits at his desk at this moment."""
        office, now = self._context.office, self._context.now()
        waiting, count = self._context.after.calls.waiting(actor.officer, _MOST)
        shown = [w for w in waiting if not self._context.visitors.has_on_line(actor, w.call_id)]
        return WaitingView(
            visitors=tuple(
                self._visitor(actor, c, now) for c in self._context.visitors.clocks.running(actor.officer)
            ),
            say_to_visitor=text(office, "visitor-visitor"),
            limit_min=duration(office.charter.visitor.limit_s * 1000).removesuffix(" 0초"),
            calls=tuple(self._call(actor, w, now) for w in shown),
            count=count - (len(waiting) - len(shown)),
            choices=tuple(
                (str(epoch_ms(at)) if at else "", said) for at, said in choices(office, now, actor.department)
            ),
        )

    def _visitor(self, actor: Actor, clock: Clock, now: datetime) -> VisitorView:
        office = self._context.office
        on_line = self._context.visitors.has_on_line(actor, clock.call_id)
        promised = self._context.after.calls.promised(actor.officer, clock.call_id) if clock.call_id else None
        try:
            minutes = office.charter.visitor.callback_minutes
            when = promised or soon_after(office.calendar, now, minutes, actor.department)
        except NoWorkingTimeError:
            when = None
        said = spoken(when, now) if when else labels.LATER
        return VisitorView(
            id=clock.id,
            since_ms=epoch_ms(clock.began_at),
            near_at_ms=epoch_ms(clock.near_at),
            limit_at_ms=epoch_ms(clock.limit_at),
            on_line=on_line,
            callable=on_line and self._has_number(clock.call_id or ""),
            promised=moment(promised, now) if promised else "",
            when=moment(when, now) if when else "",
            when_ms=epoch_ms(when) if when else None,
            say_to_caller=text(office, "visitor-caller").format(when=said),
        )

    def _call(self, actor: Actor, waiting: Waiting, now: datetime) -> AfterView:
        stored = self._context.reader.call(waiting.call_id)
        hangups = stored.record.last_hangups if stored and stored.record.end else ()
        talk = self._context.transfers.talks.get(actor, waiting.call_id)
        return AfterView(
            call_id=waiting.call_id,
            who=str(stored.number or "") if stored else "",
            when=moment(waiting.left_at, now),
            talked=duration(waiting.talk_ms),
            first=labels.FIRST_TO_HANG_UP[hangups[0].side.value if hangups else "unknown"]
            if stored and stored.record.end
            else "",
            follow=waiting.follow,
            promised=moment(waiting.asked_at, now) if waiting.asked_at else "",
            gist=talk.read_back,
            callable=bool(stored and stored.number),
        )

    def _has_number(self, call_id: str) -> bool:
        stored = self._context.reader.call(call_id)
        return stored is not None and stored.number is not None
