"""Channels of a call: dialled, answered, picked up, joined (charter T1).

Answer is the phone going up, never DialEnd: that one is late under Dial's U() and A().
"""

from ami_bridge.call import handover, transfer
from ami_bridge.call.effects import Step, StopTimers, publish
from ami_bridge.call.facts import (
    Born,
    DialBegan,
    DialEnded,
    Fact,
    Forwarded,
    Joined,
    NotedAnswer,
    PickedUp,
    WentUp,
)
from ami_bridge.call.rings import estimate
from ami_bridge.call.state import Call, Channel, Role
from ami_bridge.call.stops import stop_all
from office.events import CallAnswered, DialStarted, Outcome, Source


def born(call: Call, fact: Born) -> Step:
    """A further channel of the call."""
    if fact.uid in call.channels:
        return Step(call)
    channel = Channel(fact.uid, fact.channel, call.role_of(fact.channel), born_at=fact.at)
    return Step(call.having(channel))


def seen(call: Call, fact: Fact) -> Call:
    """The call with the channel of a dial known, before anything is made of it."""
    if not isinstance(fact, DialBegan) or fact.leg in call.channels:
        return call
    channel = Channel(fact.leg, fact.channel, call.role_of(fact.channel), born_at=fact.at)
    return call.having(channel)


def dial_began(call: Call, fact: DialBegan) -> Step:
    """A phone is being dialled. Dialling one that is already up is a pick-up, not a ring (EVT-03)."""
    if fact.leg == call.id:
        return Step(call)
    call = seen(call, fact)
    leg = call.channels[fact.leg]
    if leg.dialled_at or leg.hung_at:
        return Step(call)
    dialled = leg._replace(dialled_at=fact.at)
    step = Step(call)
    if leg.role is Role.PHONE and not fact.already_up:
        step = _dial_started(call, dialled, fact)
    step = step.then(Step(step.call.having(dialled)))
    if fact.already_up and leg.role is Role.PHONE:
        return step.then(_taken(step.call, dialled, fact.at, fact.source))
    return step


def _dial_started(call: Call, leg: Channel, fact: DialBegan) -> Step:
    """Without notes, the first phone of a round stands for the round."""
    another = any(
        c.waiting and c.dialled_at and not c.dial_status and c.uid != leg.uid for c in call.channels.values()
    )
    if call.noted or another:
        return Step(call)
    before = transfer.dial_begins(call, fact.uid, leg, fact.at, fact.source)
    phone = call.house.phone(leg.name)
    outside = phone.endpoint in call.house.trunks  # the number dialled is a citizen's: it is told nowhere
    event = publish(
        call,
        DialStarted,
        fact.at,
        fact.source,
        of=leg.uid,
        exten="" if outside else phone.extension or call.exten,
        role="trunk" if outside else transfer.role_of(call, leg),
        hop=call.dials,
        department=phone.department,
        officer=phone.officer,
    )
    return before.then(Step(before.call._replace(dials=call.dials + 1), (event,)))


def went_up(call: Call, fact: WentUp) -> Step:
    """A channel was answered. Only a phone's answer is the call's; the citizen's own Up may be a prompt."""
    channel = call.channels.get(fact.uid)
    if channel is None or channel.up_at or channel.hung_at or call.awaits_key(channel):
        return Step(call)
    up = channel._replace(up_at=fact.at)
    if channel.role is not Role.PHONE and not call.tries(channel):
        return Step(call.having(up))
    if fact.source is Source.SNAPSHOT:  # up at an unknown moment: no answer that could be judged
        return Step(call.having(up, flaw=call.flaw or "gap"))
    if channel.picked_up:
        return _taken(call, up, fact.at, fact.source)
    step = estimate(call.having(up), up, fact.source)
    return step.then(_answered(step.call, up, fact.at, fact.source, picked_up=False))


def took_by_key(call: Call, fact: NotedAnswer) -> Step:
    """Somebody outside, rung for a citizen, pressed the key: from now on it is an answer."""
    leg = call.channels.get(fact.uid)
    if leg is None or leg.hung_at or not call.awaits_key(leg):
        return Step(call)
    up = leg._replace(up_at=fact.at)
    step = estimate(call.having(up), up, fact.source)
    return step.then(_answered(step.call, up, fact.at, fact.source, picked_up=False))


def picked_up(call: Call, fact: PickedUp) -> Step:
    """A colleague's phone takes the call; its own channel joins as a leg."""
    leg = call.channels.get(fact.uid) or Channel(fact.uid, fact.channel, Role.PHONE, born_at=fact.at)
    if leg.picked_up:
        return Step(call)
    return _taken(call, leg, fact.at, fact.source)


def joined(call: Call, fact: Joined) -> Step:
    """A phone of another call shares a bridge with this one (attended transfer). It never rang here."""
    leg = Channel(fact.uid, fact.channel, call.role_of(fact.channel), up_at=fact.up_at or fact.at)
    # it has talked in this bridge before, in its own call: what comes now is another talk
    entered = leg._replace(bridge=fact.bridge, entered=(fact.bridge, fact.bridge))
    return Step(handover.known_leg(call.having(entered), fact.consult, fact.uid))


def dial_ended(call: Call, fact: DialEnded) -> Step:
    """How the dial ended; what it means is decided when the phone is gone."""
    leg = call.channels.get(fact.uid)
    if leg is None or leg.dial_status:
        return Step(call)
    return Step(call.having(leg._replace(dial_status=fact.status, forwarded=bool(fact.forward))))


def forwarded(call: Call, _: Forwarded) -> Step:
    """A 302 as the journal tells it: sure only where a single phone is tried."""
    waiting = [c for c in call.channels.values() if c.waiting]
    if len(waiting) != 1:
        return Step(call)
    return Step(call.having(waiting[0]._replace(forwarded=True)))


def _taken(call: Call, leg: Channel, at: int, source: Source) -> Step:
    """A pick-up: answered from the moment the colleague's own phone went up, if that is known."""
    up = leg._replace(picked_up=True, up_at=leg.up_at or at)
    return _answered(call.having(up), up, up.up_at, source, picked_up=True)


def _answered(call: Call, leg: Channel, at: int, source: Source, *, picked_up: bool) -> Step:
    """A person answered: the event, the limit's end, and the word on phones that are already gone."""
    passed = handover.phone_answered(call, leg, at, source, picked_up=picked_up)
    if handover.asks_only(call, leg):
        return passed
    call = passed.call
    event = publish(
        call,
        CallAnswered,
        at,
        source,
        of=leg.uid,
        leg=leg.uid,
        phone=call.house.phone(leg.name),
        picked_up=picked_up,
    )
    answered = call._replace(answered_at=call.answered_at or at, first_to_hang=None, ended_by=None)
    step = passed.then(Step(answered, (event, StopTimers(call.id))))
    return step.then(stop_all(step.call, at, source, Outcome.ANSWERED_ELSEWHERE))
