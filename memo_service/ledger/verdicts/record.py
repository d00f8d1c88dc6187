"""A call put together from its events, whatever their order and however often each was delivered.

Owns how events become one record (EVT-05). Judges nothing.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TypeVar

from memo_service.ledger.verdicts.handover import Parking, Span, Transfer, parkings_of, transfers_of
from office.events import (
    AbsenceFound,
    AnomalySeen,
    CallAnswered,
    CallbackTold,
    CallConfirmed,
    CallEnded,
    CallEvent,
    CallStarted,
    CallUncertain,
    DialStarted,
    HangupSeen,
    MemoBegan,
    MemoEnded,
    MemoKept,
    MenuBegan,
    MenuEnded,
    MenuKept,
    Outcome,
    Phone,
    PhoneRang,
    PhoneStopped,
    PromptEnded,
    PromptStarted,
    Side,
    TalkEnded,
    TalkStarted,
    WordsChosen,
    WordsSaid,
)

E = TypeVar("E", bound=CallEvent)


@dataclass(frozen=True, slots=True)
class Leg:
    """One phone's part in the call."""

    leg: str
    phone: Phone
    rang_at: datetime | None = None
    estimated: bool = False
    inferred: bool = False
    answered_at: datetime | None = None
    picked_up: bool = False
    stopped_at: datetime | None = None
    outcome: Outcome | None = None
    talks: tuple[Span, ...] = ()


@dataclass(frozen=True, slots=True)
class Played:
    """One playing of a prompt. `ended_at` is None where the hearer left in it."""

    prompt: str
    to: Side
    started_at: datetime | None
    ended_at: datetime | None
    complete: bool
    missing: bool
    length_ms: int

    def begins_before(self, moment: datetime) -> bool:
        """Whether it began, or where that was not seen ended, before `moment`."""
        known = self.started_at or self.ended_at
        return known is not None and known < moment


@dataclass(frozen=True, slots=True)
class CallRecord:
    """Everything known of one call, each list in order of time."""

    call_id: str
    pbx: str
    first_at: datetime
    last_at: datetime
    last_event: str
    start: CallStarted | None
    dials: tuple[DialStarted, ...]
    legs: tuple[Leg, ...]
    words: tuple[WordsChosen, ...]
    said: tuple[WordsSaid, ...]
    prompts: tuple[Played, ...]
    hangups: tuple[HangupSeen, ...]
    absences: tuple[AbsenceFound, ...]
    memos: tuple[MemoBegan | MemoKept | MemoEnded, ...]
    menus: tuple[MenuBegan | MenuKept | MenuEnded, ...]
    callback: tuple[CallbackTold, ...]
    transfers: tuple[Transfer, ...]
    parkings: tuple[Parking, ...]
    anomalies: tuple[AnomalySeen, ...]
    uncertain_at: datetime | None
    confirmed_at: datetime | None
    end: CallEnded | None

    @property
    def answer(self) -> Leg | None:
        """The leg of the first phone that answered (charter T1 ends there)."""
        answered = [leg for leg in self.legs if leg.answered_at]
        return min(answered, key=lambda leg: (leg.answered_at, leg.leg), default=None)

    @property
    def first_ring(self) -> Leg | None:
        """The leg whose bell the citizen's wait is counted from.

        A measured ring wins over one the dialplan told afterwards; a ring after the answer is no wait.
        """
        answer = self.answer
        until = answer.answered_at if answer else None
        rang = [x for x in self.legs if x.rang_at and (until is None or x.rang_at <= until)]
        measured = [leg for leg in rang if not leg.inferred]
        return min(measured or rang, key=lambda leg: (leg.rang_at, leg.leg), default=None)

    @property
    def talked(self) -> bool:
        """Whether citizen and officer were ever connected."""
        return any(leg.talks for leg in self.legs)

    @property
    def handed_over(self) -> MenuBegan | None:
        """The survey that an officer handed the line over to: then he may go first (charter T8)."""
        begun = (menu for menu in self.menus if isinstance(menu, MenuBegan) and menu.purpose == "survey")
        return next(begun, None)

    @property
    def first_passed_at(self) -> datetime | None:
        """When the citizen was first about to be passed on: what was said before is the first officer's."""
        return self.transfers[0].at if self.transfers else None

    @property
    def last_hangups(self) -> tuple[HangupSeen, ...]:
        """The hang-ups that can have ended the call.

        Not that of an officer who had passed the citizen on: his phone goes down by it (XFR-03, XFR-06).
        """
        gone = [
            (t.request.by.endpoint, t.request.at) for t in self.transfers if t.request and t.takes_officer_out
        ]
        gone += [(p.by.endpoint, p.since) for p in self.parkings if p.by]
        answered = {leg.leg: leg for leg in self.legs if leg.answered_at}
        return tuple(h for h in self.hangups if not _was_out(h, answered.get(h.leg), gone))

    @property
    def is_uncertain(self) -> bool:
        """The link was lost while the call was up, and nothing has confirmed it since."""
        if self.uncertain_at is None or self.end is not None:
            return False
        return self.confirmed_at is None or self.confirmed_at < self.uncertain_at


def fold(events: Iterable[CallEvent]) -> CallRecord:
    """The record of one call. Raises ValueError without any event."""
    ordered = sorted({e.id: e for e in events}.values(), key=_in_time)
    if not ordered:
        raise ValueError("a call record needs at least one event")
    starts = _of(CallStarted, ordered)
    ends = _of(CallEnded, ordered)
    return CallRecord(
        call_id=ordered[0].call_id,
        pbx=ordered[0].pbx,
        first_at=ordered[0].at,
        last_at=ordered[-1].at,
        last_event=ordered[-1].id,
        start=min(starts, key=lambda e: e.adopted, default=None),
        dials=tuple(_of(DialStarted, ordered)),
        legs=_legs(ordered),
        words=tuple(_of(WordsChosen, ordered)),
        said=tuple(_of(WordsSaid, ordered)),
        prompts=_prompts(ordered),
        hangups=tuple(_of(HangupSeen, ordered)),
        absences=tuple(_of(AbsenceFound, ordered)),
        memos=tuple(e for e in ordered if isinstance(e, MemoBegan | MemoKept | MemoEnded)),
        menus=tuple(e for e in ordered if isinstance(e, MenuBegan | MenuKept | MenuEnded)),
        callback=tuple(_of(CallbackTold, ordered)),
        transfers=transfers_of(ordered),
        parkings=parkings_of(ordered),
        anomalies=tuple(_of(AnomalySeen, ordered)),
        uncertain_at=max((e.at for e in _of(CallUncertain, ordered)), default=None),
        confirmed_at=max((e.at for e in _of(CallConfirmed, ordered)), default=None),
        end=min(ends, key=lambda e: not e.complete, default=None),
    )


def _was_out(hangup: HangupSeen, leg: Leg | None, gone: Sequence[tuple[str, datetime]]) -> bool:
    """Whether an officer's phone that hung up was out of the call: by then its officer had passed him on."""
    if hangup.side is not Side.OFFICER or leg is None or leg.answered_at is None:
        return False
    return any(endpoint == leg.phone.endpoint and leg.answered_at <= at <= hangup.at for endpoint, at in gone)


def _in_time(event: CallEvent) -> tuple[datetime, bool, str]:
    """Order of time; what starts and ends in the same microsecond starts first."""
    return event.at, event.kind.endswith("ended"), event.id


def _of(kind: type[E], events: Iterable[CallEvent]) -> list[E]:
    return [event for event in events if isinstance(event, kind)]


def _legs(events: Sequence[CallEvent]) -> tuple[Leg, ...]:
    by_leg: dict[str, list[CallEvent]] = {}
    for event in events:
        if isinstance(event, PhoneRang | PhoneStopped | CallAnswered | TalkStarted | TalkEnded):
            by_leg.setdefault(event.leg, []).append(event)
    return tuple(_leg(name, own) for name, own in by_leg.items())


def _leg(name: str, events: Sequence[CallEvent]) -> Leg:
    rang = min(_of(PhoneRang, events), key=lambda e: e.inferred, default=None)
    answered = next(iter(_of(CallAnswered, events)), None)
    stopped = next(iter(_of(PhoneStopped, events)), None)
    known = (
        answered or rang or next(e for e in events if isinstance(e, PhoneStopped | TalkStarted | TalkEnded))
    )
    return Leg(
        leg=name,
        phone=known.phone,
        rang_at=rang.at if rang else None,
        estimated=bool(rang and rang.estimated),
        inferred=bool(rang and rang.inferred),
        answered_at=answered.at if answered else None,
        picked_up=bool(answered and answered.picked_up),
        stopped_at=stopped.at if stopped else None,
        outcome=stopped.outcome if stopped else None,
        talks=_talks(events),
    )


def _talks(events: Sequence[CallEvent]) -> tuple[Span, ...]:
    spans: list[Span] = []
    open_since: datetime | None = None
    for event in events:
        if isinstance(event, TalkStarted) and open_since is None:
            open_since = event.at
        elif isinstance(event, TalkEnded) and open_since is not None:
            spans.append((open_since, event.at))
            open_since = None
    if open_since is not None:
        spans.append((open_since, None))
    return tuple(spans)


def _prompts(events: Sequence[CallEvent]) -> tuple[Played, ...]:
    """Each start with the next end of the same prompt to the same hearer, before that prompt starts again."""
    played: list[Played] = []
    for (name, to), own in _by_prompt(events).items():
        started: PromptStarted | None = None
        for event in own:
            if isinstance(event, PromptStarted):
                if started:
                    played.append(_played(name, to, started, None))
                started = event
            else:
                played.append(_played(name, to, started, event))
                started = None
        if started:
            played.append(_played(name, to, started, None))
    return tuple(sorted(played, key=lambda p: (p.started_at or p.ended_at, p.prompt, p.to)))


def _by_prompt(events: Sequence[CallEvent]) -> dict[tuple[str, Side], list[PromptStarted | PromptEnded]]:
    found: dict[tuple[str, Side], list[PromptStarted | PromptEnded]] = {}
    for event in events:
        if isinstance(event, PromptStarted | PromptEnded):
            found.setdefault((event.prompt, event.to), []).append(event)
    return found


def _played(name: str, to: Side, start: PromptStarted | None, end: PromptEnded | None) -> Played:
    return Played(
        prompt=name,
        to=to,
        started_at=start.at if start else None,
        ended_at=end.at if end else None,
        complete=bool(end and end.complete),
        missing=bool(end and end.missing),
        length_ms=start.length_ms if start else 0,
    )
