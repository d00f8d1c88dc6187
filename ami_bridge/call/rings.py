"""When the bell rings (charter T1): the first ring, the late limit, and what stands in where no ring is told.

A phone's own Ringing starts its ring. A 183 or the dial stands in only when the answer or the end shows that
no Ringing came (EVT-01); the dialplan's figure only where no phone's ring was seen at all.
"""

from ami_bridge.call.effects import Effect, Publish, StartTimer, Step, publish
from ami_bridge.call.facts import Progressed, Rang, TimerFired
from ami_bridge.call.state import Call, Channel, Role
from office.events import CallClass, PhoneRang, RingLimitPassed, Source

RING_LIMIT = "ring_limit"


def rang(call: Call, fact: Rang) -> Step:
    """The phone's bell rings. The first one of the call starts the citizen's wait."""
    leg = call.channels.get(fact.uid)
    if leg is None or not call.tries(leg) or leg.rang_at:
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


def estimate(call: Call, leg: Channel, source: Source) -> Step:
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
