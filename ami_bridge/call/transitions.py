"""The table: what each kind of fact does in each phase. Total: every pair moves, stays or is an anomaly.

Owns which facts a phase expects. Asterisk's events come late, doubled, out of order and again from the
journal, so a fact that changes nothing is common and `stay`; an anomaly is a pair that no order of true facts
explains. It is recorded and never ends a call. A rule may be given a fact that it has seen before and must
then stay.
"""

from collections.abc import Callable, Mapping
from typing import Any

from ami_bridge.call import (
    acts,
    callback,
    dialplan,
    ending,
    handover,
    legs,
    memo,
    menu,
    parking,
    rings,
    start,
    talk,
    transfer,
)
from ami_bridge.call import facts as f
from ami_bridge.call.effects import Step
from ami_bridge.call.state import Call, Phase

Rule = Callable[[Call, Any], Step]


def stay(call: Call, _: f.Fact) -> Step:
    """Nothing changes."""
    return Step(call)


def anomaly(call: Call, fact: f.Fact) -> Step:
    """The pair makes no sense: record it, change nothing."""
    return Step(call, (ending.anomaly(call, fact, type(fact).__name__),))


def _timer(call: Call, fact: f.TimerFired) -> Step:
    if fact.name == start.ANNOUNCE:
        return start.announce_guessed(call, fact)
    if fact.name.startswith(handover.LIMIT):
        return handover.limit_passed(call, fact)
    return rings.limit_passed(call, fact)


def _first(rule: Rule) -> Rule:
    """In NEW: guess the class and tell the call, then follow `rule`."""

    def follow(call: Call, fact: f.Fact) -> Step:
        # the fact's channel may be what tells an outbound call, so it is known first
        seen = legs.seen(call, fact)
        step = start.announce_guessed(seen, fact)
        return step.then(rule(step.call, fact))

    return follow


def _dial_from_new(call: Call, fact: f.DialBegan) -> Step:
    """An Originate rings the call's own channel first: no sign yet of what sort of call it is."""
    return Step(call) if fact.leg == call.id else _first(legs.dial_began)(call, fact)


def _if_phone(rule: Rule) -> Rule:
    """In NEW: a fact of the call's own channel waits for its class; one of a phone tells the call."""

    def follow(call: Call, fact: f.Fact) -> Step:
        return rule(call, fact) if fact.uid == call.id else _first(rule)(call, fact)

    return follow


def _presence_from_new(call: Call, fact: f.NotedPresence) -> Step:
    """A feature code is nobody's extension, and the journal does not know what was dialled."""
    return _first(memo.noted_presence)(call._replace(exten=""), fact)


_LIVE: Mapping[type[f.Fact], Rule] = {
    f.Born: legs.born,
    f.DialBegan: legs.dial_began,
    f.Rang: rings.rang,
    f.Progressed: rings.progressed,
    f.WentUp: legs.went_up,
    f.DialEnded: legs.dial_ended,
    f.Forwarded: legs.forwarded,
    f.EnteredBridge: talk.entered,
    f.LeftBridge: talk.left,
    f.HangupAsked: ending.hangup_asked,
    f.Hung: ending.hung,
    f.PickedUp: legs.picked_up,
    f.Joined: legs.joined,
    f.BlindTransferred: transfer.blind,
    f.AttendedTransferred: handover.attended,
    f.Consulted: transfer.consulted,
    f.ConsultAnswered: handover.consult_answered,
    f.ConsultEnded: handover.consult_ended,
    f.Parked: parking.parked,
    f.Unparked: parking.unparked,
    f.NotedCall: start.announce_noted,
    f.NotedDial: dialplan.noted_dial,
    f.NotedAnswer: dialplan.noted_answer,
    f.NotedPrompt: dialplan.noted_prompt,
    f.NotedLeft: dialplan.noted_left,
    f.NotedAbsence: dialplan.noted_absence,
    f.NotedEnd: ending.noted_end,
    f.NotedMemo: memo.noted_memo,
    f.NotedMemoField: memo.noted_memo_field,
    f.NotedMemoEnd: memo.noted_memo_end,
    f.NotedMenu: menu.noted_menu,
    f.NotedMenuField: menu.noted_menu_field,
    f.NotedMenuEnd: menu.noted_menu_end,
    f.NotedBell: menu.noted_bell,
    f.NotedPresence: memo.noted_presence,
    f.NotedCallback: callback.noted_callback,
    f.NotedTransfer: transfer.noted,
    f.NotedAct: acts.noted_act,
    f.TimerFired: _timer,
    f.LinkWasLost: ending.link_lost,
    f.Found: ending.found,
    f.Vanished: ending.vanished,
    f.Merged: ending.merged,
    f.ClockStepped: ending.clock_stepped,
}

KINDS = tuple(_LIVE)
"""Every kind of fact there is."""

_NEW: Mapping[type[f.Fact], Rule] = {
    **_LIVE,
    f.DialBegan: _dial_from_new,
    f.Rang: _if_phone(rings.rang),
    f.Progressed: _if_phone(rings.progressed),
    f.WentUp: _if_phone(legs.went_up),
    f.EnteredBridge: _first(talk.entered),
    f.HangupAsked: _first(ending.hangup_asked),
    f.Hung: _first(ending.hung),
    f.PickedUp: _first(legs.picked_up),
    f.Joined: _first(legs.joined),
    f.BlindTransferred: _first(transfer.blind),
    f.AttendedTransferred: _first(handover.attended),
    f.Consulted: _first(transfer.consulted),
    f.ConsultAnswered: _first(handover.consult_answered),
    f.ConsultEnded: _first(handover.consult_ended),
    f.Parked: _first(parking.parked),
    f.Unparked: _first(parking.unparked),
    # the dialplan's first word of a call is its class; without it the others have no call to speak of
    f.NotedDial: anomaly,
    f.NotedAnswer: anomaly,
    f.NotedPrompt: anomaly,
    f.NotedLeft: anomaly,
    f.NotedAbsence: anomaly,
    f.NotedEnd: anomaly,
    f.NotedTransfer: anomaly,
    # what a citizen left is worth more than order
    f.NotedMemo: _first(memo.noted_memo),
    f.NotedMemoField: _first(memo.noted_memo_field),
    f.NotedMemoEnd: _first(memo.noted_memo_end),
    f.NotedMenu: _first(menu.noted_menu),
    f.NotedMenuField: _first(menu.noted_menu_field),
    f.NotedMenuEnd: _first(menu.noted_menu_end),
    f.NotedBell: _first(menu.noted_bell),
    f.NotedPresence: _presence_from_new,
    f.NotedCallback: _first(callback.noted_callback),
    f.NotedAct: _first(acts.noted_act),
    f.LinkWasLost: _first(ending.link_lost),
    f.Vanished: _first(ending.vanished),
    f.ClockStepped: _first(ending.clock_stepped),
}

TABLE: Mapping[Phase, Mapping[type[f.Fact], Rule]] = {
    Phase.NEW: _NEW,
    Phase.OPEN: _LIVE,
    # nobody answered, so nobody can have left
    Phase.RINGING: {**_LIVE, f.NotedLeft: anomaly},
    Phase.ANSWERED: _LIVE,
    # the citizen talks: nothing rings for him that a colleague could take
    Phase.TALKING: {**_LIVE, f.PickedUp: anomaly},
    Phase.ENDED: dict.fromkeys(KINDS, stay),
}


def advance(call: Call, fact: f.Fact) -> Step:
    """The call after `fact`, and what follows from it. Pure; raises KeyError for a fact outside the table."""
    return TABLE[call.phase][type(fact)](call, fact)
