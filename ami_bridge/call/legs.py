"""Phones that are tried: dialled, ringing, answered, stopped (charter T1).

Ring start is the phone's own Ringing; a 183 or the dial stands in only when the answer or the end shows that
no Ringing came (EVT-01). Answer is the phone going up, never DialEnd (it is late under Dial's U() and A()).
"""

from ami_bridge.call.effects import Effect, Publish, StartTimer, Step, StopTimers, publish
from ami_bridge.call.facts import (
    Born,
    DialBegan,
    DialEnded,
    Fact,
    Forwarded,
    Joined,
    PickedUp,
    Progressed,
    Rang,
    TimerFired,
    WentUp,
)
from ami_bridge.call.state import Call, Channel, Role
from office.events import (
    CallAnswered,
    CallClass,
    DialStarted,
    Outcome,
    PhoneRang,
    PhoneStopped,
    RingLimitPassed,
    Source,
)

RING_LIMIT = "ring_limit"
MUST_HAVE_RUNG_US = 1_000_000
"""A phone that refused sooner (480, 603) and never signalled a ring is taken not to have rung."""

_BY_STATUS = {
    "BUSY": Outcome.BUSY,
    "CONGESTION": Outcome.UNREACHABLE,
    "CHANUNAVAIL": Outcome.UNREACHABLE,
    "NOANSWER": Outcome.NO_ANSWER,
}
_BY_CAUSE = {
    17: Outcome.BUSY,
    20: Outcome.UNREGISTERED,
    21: Outcome.DECLINED,  # a 603 is DialEnd NOANSWER: only the cause tells it apart
    26: Outcome.ANSWERED_ELSEWHERE,
}
_REACHED = frozenset({Outcome.NO_ANSWER, Outcome.CALLER_GONE, Outcome.ANSWERED_ELSEWHERE})


def role_of(channel: str) -> Role:
    """The role of a channel other than the call's own."""
    return Role.LOCAL if channel.startswith("Local/") else Role.PHONE


def born(call: Call, fact: Born) -> Step:
    """A further channel of the call."""
    if fact.uid in call.channels:
        return Step(call)
    return Step(call.having(Channel(fact.uid, fact.channel, role_of(fact.channel))))


def dial_began(call: Call, fact: DialBegan) -> Step:
    """A phone is being dialled. Dialling one that is already up is a pick-up, not a ring (EVT-03)."""
    if fact.leg == call.id:
        return Step(call)
    leg = call.channels.get(fact.leg) or Channel(fact.leg, fact.channel, role_of(fact.channel))
    if leg.dialled_at or leg.hung_at:
        return Step(call)
    dialled = leg._replace(dialled_at=fact.at)
    effects: tuple[Effect, ...] = ()
    if leg.role is Role.PHONE and not fact.already_up:
        call, effects = _dial_started(call, dialled, fact)
    step = Step(call.having(dialled), effects)
    if fact.already_up and leg.role is Role.PHONE:
        return step.then(_taken(step.call, dialled, fact.at, fact.source))
    return step


def _dial_started(call: Call, leg: Channel, fact: DialBegan) -> tuple[Call, tuple[Effect, ...]]:
    """Without notes, the first phone of a round stands for the round."""
    another = any(
        c.waiting and c.dialled_at and not c.dial_status and c.uid != leg.uid for c in call.channels.values()
    )
    if call.noted or another:
        return call, ()
    phone = call.house.phone(leg.name)
    outside = phone.endpoint in call.house.trunks  # the number dialled is a citizen's: it is told nowhere
    event = publish(
        call,
        DialStarted,
        fact.at,
        fact.source,
        of=leg.uid,
        exten="" if outside else phone.extension or call.exten,
        role="trunk" if outside else "desk",
        hop=call.dials,
        department=phone.department,
        officer=phone.officer,
    )
    return call._replace(dials=call.dials + 1), (event,)


def rang(call: Call, fact: Rang) -> Step:
    """The phone's bell rings. The first one of the call starts the citizen's wait."""
    leg = call.channels.get(fact.uid)
    if leg is None or not leg.waiting or leg.rang_at:
        return Step(call)
    call = call.having(leg._replace(rang_at=fact.at))
    event = _ring_event(call, leg, fact.at, fact.source, estimated=fact.source is Source.SNAPSHOT)
    return _first_ring(call, fact.at, (event,))


def progressed(call: Call, fact: Progressed) -> Step:
    """183: kept, in case no Ringing follows. The late limit runs from here meanwhile."""
    leg = call.channels.get(fact.uid)
    if leg is None or not leg.waiting or leg.progress_at or leg.rang_at:
        return Step(call)
    call = call.having(leg._replace(progress_at=fact.at))
    if call.first_ring_at or call.call_class is not CallClass.CITIZEN:
        return Step(call)
    return Step(call, (limit_from(call, fact.at),))


def went_up(call: Call, fact: WentUp) -> Step:
    """A channel was answered. Only a phone's answer is the call's; the citizen's own Up may be a prompt."""
    channel = call.channels.get(fact.uid)
    if channel is None or channel.up_at or channel.hung_at:
        return Step(call)
    up = channel._replace(up_at=fact.at)
    if channel.role is not Role.PHONE:
        return Step(call.having(up))
    if fact.source is Source.SNAPSHOT:  # up at an unknown moment: no answer that could be judged
        return Step(call.having(up, flaw=call.flaw or "gap"))
    if channel.picked_up:
        return _taken(call, up, fact.at, fact.source)
    step = _estimate(call.having(up), up, fact.source)
    return step.then(_answered(step.call, up, fact.at, fact.source, picked_up=False))


def picked_up(call: Call, fact: PickedUp) -> Step:
    """A colleague's phone takes the call; its own channel joins as a leg."""
    leg = call.channels.get(fact.uid) or Channel(fact.uid, fact.channel, Role.PHONE)
    if leg.picked_up:
        return Step(call)
    return _taken(call, leg, fact.at, fact.source)


def joined(call: Call, fact: Joined) -> Step:
    """A phone of another call shares a bridge with this one (attended transfer). It never rang here."""
    leg = Channel(fact.uid, fact.channel, role_of(fact.channel), up_at=fact.up_at or fact.at)
    # it has talked in this bridge before, in its own call: what comes now is another talk
    entered = leg._replace(bridge=fact.bridge, entered=(fact.bridge, fact.bridge))
    return Step(call.having(entered))


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


def limit_passed(call: Call, fact: TimerFired) -> Step:
    """The late limit passed and nobody has answered."""
    if call.answered_at or call.limit_passed:
        return Step(call)
    if not any(c.waiting for c in call.channels.values()):
        return Step(call)
    event = publish(call, RingLimitPassed, fact.at, fact.source)
    return Step(call._replace(limit_passed=True), (event,))


def infer_ring(call: Call, first_ring_ms: int, source: Source, *, estimated: bool = False) -> Step:
    """First ring as the dialplan kept it (epoch ms), where no phone's own ring was seen."""
    if not first_ring_ms or call.first_ring_at:
        return Step(call)
    legs = [c for c in call.channels.values() if c.role is Role.PHONE and not c.picked_up]
    leg = next((c for c in legs if c.up_at), legs[0] if legs else call.own)
    at = first_ring_ms * 1000
    event = publish(
        call,
        PhoneRang,
        at,
        source,
        subject="first_ring",
        leg=leg.uid,
        phone=call.house.phone(leg.name),
        estimated=estimated,
        inferred=True,
    )
    return _first_ring(call, at, (event,), timer=not call.answered_at)


def stop(call: Call, uid: str, at: int, source: Source, otherwise: Outcome | None = None) -> Step:
    """Tell why a phone that is gone stopped, if that is known by now; `otherwise` decides what is open."""
    leg = call.channels[uid]
    outcome = _outcome(call, leg) or otherwise
    if outcome is None or leg.stopped:
        return Step(call)
    step = Step(call)
    rung_for = (leg.hung_at or at) - leg.dialled_at
    if leg.progress_at or (
        outcome in _REACHED and (outcome is not Outcome.NO_ANSWER or rung_for >= MUST_HAVE_RUNG_US)
    ):
        step = _estimate(call, leg, source)
    stopped = step.call.channels[leg.uid]._replace(stopped=True)
    event = publish(
        call,
        PhoneStopped,
        leg.hung_at or at,
        source,
        of=leg.uid,
        leg=leg.uid,
        phone=call.house.phone(leg.name),
        outcome=outcome,
    )
    return step.then(Step(step.call.having(stopped), (event,)))


def stop_all(call: Call, at: int, source: Source, otherwise: Outcome, *, gone_only: bool = True) -> Step:
    """`stop` for every phone that is gone (or, at the call's end, for every one) without its reason told."""
    step = Step(call)
    for leg in call.channels.values():
        if leg.role is Role.PHONE and not leg.up_at and not leg.stopped and (leg.hung_at or not gone_only):
            step = step.then(stop(step.call, leg.uid, at, source, otherwise))
    return step


def _outcome(call: Call, leg: Channel) -> Outcome | None:
    if leg.forwarded:
        return Outcome.FORWARDED
    if leg.cause in _BY_CAUSE:
        return _BY_CAUSE[leg.cause]
    if leg.dial_status in _BY_STATUS:
        return _BY_STATUS[leg.dial_status]
    if any(c.role is Role.PHONE and c.up_at and not c.hung_at for c in call.channels.values()):
        return Outcome.ANSWERED_ELSEWHERE
    if call.own.hung_at or (call.first_to_hang is not None and not call.answered_at):
        return Outcome.CALLER_GONE
    return None


def _estimate(call: Call, leg: Channel, source: Source) -> Step:
    """The ring of a phone that never said Ringing: its 183, else its dial. The journal knows neither."""
    at = leg.progress_at or leg.dialled_at
    if leg.rang_at or leg.picked_up or not at:
        return Step(call)
    call = call.having(leg._replace(rang_at=at))
    event = _ring_event(call, leg, at, source, estimated=True)
    return _first_ring(call, at, (event,), timer=False)


def _first_ring(call: Call, at: int, effects: tuple[Effect, ...], *, timer: bool = True) -> Step:
    if call.first_ring_at:
        return Step(call, effects)
    started = call._replace(first_ring_at=at)
    if timer and call.call_class is CallClass.CITIZEN:
        effects = (*effects, limit_from(call, at))
    return Step(started, effects)


def limit_from(call: Call, at: int) -> StartTimer:
    """The late limit, counted from `at` (epoch µs)."""
    return StartTimer(call.id, RING_LIMIT, at + call.house.late_after_ms * 1000)


def _ring_event(call: Call, leg: Channel, at: int, source: Source, *, estimated: bool) -> Publish:
    phone = call.house.phone(leg.name)
    return publish(call, PhoneRang, at, source, of=leg.uid, leg=leg.uid, phone=phone, estimated=estimated)


def _taken(call: Call, leg: Channel, at: int, source: Source) -> Step:
    """A pick-up: answered from the moment the colleague's own phone went up, if that is known."""
    up = leg._replace(picked_up=True, up_at=leg.up_at or at)
    return _answered(call.having(up), up, up.up_at, source, picked_up=True)


def _answered(call: Call, leg: Channel, at: int, source: Source, *, picked_up: bool) -> Step:
    """A person answered: the event, the limit's end, and the word on phones that are already gone."""
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
    step = Step(answered, (event, StopTimers(call.id)))
    return step.then(stop_all(step.call, at, source, Outcome.ANSWERED_ELSEWHERE))


def seen(call: Call, fact: Fact) -> Call:
    """The call with the channel of a dial known, before anything is made of it."""
    if not isinstance(fact, DialBegan) or fact.leg in call.channels:
        return call
    return call.having(Channel(fact.leg, fact.channel, role_of(fact.channel)))
