"""What an officer does by keys between calls: each act the page's own, by the same service (charter T6, T7).

Owns which service an act goes to, and the codes by which the menu knows why one is refused.
"""

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from sqlalchemy import Engine

from memo_service.absences.quick import Quick, quick_span
from memo_service.absences.rules import AbsenceRefusedError, Kind, Wanted
from memo_service.absences.service import Absences
from memo_service.access.actor import Actor
from memo_service.aftercall.feature import AfterFeature
from memo_service.aftercall.refused import AfterRefusedError
from memo_service.aftercall.service import Finish
from memo_service.callbacks.feature import CallbackFeature
from memo_service.callbacks.life import State
from memo_service.callbacks.outcomes import CloseOutcome
from memo_service.callbacks.refused import CallbackRefusedError
from memo_service.db.session import reading
from memo_service.errors import NotFoundError
from memo_service.memos.feature import MemoFeature
from memo_service.phone.views import Carried
from memo_service.visitors.feature import VisitorFeature
from memo_service.visitors.verdict import Ending
from office.folder import Office


class Act(StrEnum):
    """What can be done. The item: a memo for ACTED, a call for FOLLOW_UP, FOLLOW, DONE, else a callback."""

    ACTED = "acted"
    HAND_OVER = "hand_over"
    CALL = "call"
    REACHED = "reached"
    NOT_REACHED = "not_reached"
    FOLLOW_UP = "follow_up"
    DONE = "done"
    FOLLOW = "follow"
    VISITOR_HELPED = "visitor_helped"
    VISITOR_LEFT = "visitor_left"
    VISITOR_MISTAKE = "visitor_mistake"
    AWAY_HOUR = "away_hour"
    AWAY_AFTERNOON = "away_afternoon"
    AWAY_TODAY = "away_today"


@dataclass(frozen=True, slots=True)
class Asked:
    """An act that is asked for. `confirmed`: he was told what stands against a call, and goes on."""

    act: Act
    item: str = ""
    confirmed: bool = False


class PhoneRefusedError(Exception):
    """It cannot be done now; `code` chooses what he hears."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


_FINISHES = {Act.DONE: Finish.DONE, Act.FOLLOW: Finish.FOLLOW, Act.FOLLOW_UP: Finish.CALLBACK}
_ENDINGS = {
    Act.VISITOR_HELPED: Ending.HELPED,
    Act.VISITOR_LEFT: Ending.LEFT,
    Act.VISITOR_MISTAKE: Ending.MISTAKE,
}
_QUICK = {Act.AWAY_HOUR: Quick.HOUR, Act.AWAY_AFTERNOON: Quick.AFTERNOON, Act.AWAY_TODAY: Quick.TODAY}


@dataclass(frozen=True, slots=True)
class PhoneActs:
    """The acts of one office."""

    engine: Engine
    office: Office
    absences: Absences
    callbacks: CallbackFeature
    memos: MemoFeature
    now: Callable[[], datetime]
    after: AfterFeature
    visitors: VisitorFeature

    async def carry_out(self, actor: Actor, asked: Asked) -> Carried:
        """Do it. Raises PhoneRefusedError, NotFoundError, ForbiddenError."""
        try:
            if asked.act in _FINISHES:
                await self.after.finish(actor, asked.item, _FINISHES[asked.act])
                return Carried()
            if asked.act in _ENDINGS:
                await self._visitor(actor, _ENDINGS[asked.act])
                return Carried()
            return await asyncio.to_thread(self._carry_out, actor, asked)
        except (CallbackRefusedError, AfterRefusedError) as error:
            raise PhoneRefusedError(error.code) from error
        except AbsenceRefusedError as error:
            raise PhoneRefusedError(error.faults[0].code) from error

    def _carry_out(self, actor: Actor, asked: Asked) -> Carried:
        if asked.act in _QUICK:
            return self._away(actor, _QUICK[asked.act])
        _DO[asked.act](self, actor, asked)
        return Carried()

    async def _visitor(self, actor: Actor, ending: Ending) -> None:
        """The one who has waited longest."""
        running = await asyncio.to_thread(self.visitors.clocks.running, actor.officer)
        if not running or not await self.visitors.end(actor, running[0].id, ending):
            raise PhoneRefusedError("no_visitor")

    def _away(self, actor: Actor, choice: Quick) -> Carried:
        start, end = quick_span(choice, self.now(), self.office.calendar, actor.department)
        deputy = self.absences.standing.get(actor.officer)
        saved = self.absences.set(actor, Wanted(actor.officer, Kind.AWAY, start, end, deputy))
        return Carried(until=saved.absence.ends_at)


def _acted(acts: PhoneActs, actor: Actor, asked: Asked) -> None:
    """The memo is done; an open callback of it is closed, by a talk where there was one."""
    found = acts.memos.reader.memo(asked.item)
    if found is None:
        raise NotFoundError
    if found.callback is not None and found.callback.closed_at is None:
        talked = found.callback.state is State.REACHED
        outcome = CloseOutcome.ANSWERED if talked else CloseOutcome.OTHER_WAY
        acts.callbacks.acts.close(actor, found.callback.id, outcome)
    acts.memos.acts.acted(actor, asked.item)


def _hand_over(acts: PhoneActs, actor: Actor, asked: Asked) -> None:
    with reading(acts.engine) as session:
        deputy = acts.absences.stand_in(session, actor.officer, acts.now())
    if deputy is None:
        raise PhoneRefusedError("no_deputy")
    if not acts.callbacks.acts.assign(actor, [asked.item], deputy):
        raise PhoneRefusedError("already_closed")


def _call(acts: PhoneActs, actor: Actor, asked: Asked) -> None:
    acts.callbacks.acts.call(actor, asked.item, confirmed=asked.confirmed)


def _reached(acts: PhoneActs, actor: Actor, asked: Asked) -> None:
    acts.callbacks.acts.mark(actor, asked.item, "reached")


def _not_reached(acts: PhoneActs, actor: Actor, asked: Asked) -> None:
    acts.callbacks.acts.mark(actor, asked.item, "not_reached")


_DO: Mapping[Act, Callable[[PhoneActs, Actor, Asked], None]] = {
    Act.ACTED: _acted,
    Act.HAND_OVER: _hand_over,
    Act.CALL: _call,
    Act.REACHED: _reached,
    Act.NOT_REACHED: _not_reached,
}
