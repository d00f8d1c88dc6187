"""A citizen at a parking space: his call is not over (XFR-06). The journal does not know the space's number.

Each stay is named by its number in the call, so that live feed and journal name it alike.
"""

from ami_bridge.call.effects import Step, publish
from ami_bridge.call.facts import Parked, Unparked
from ami_bridge.call.state import Call, Stay, endpoint_of
from ami_bridge.call.talk import meet
from office.events import CallParked, CallUnparked, Phone

SAME_MOMENT_US = 100_000
"""The journal's copy of a park lies within this of the live one."""


def parked(call: Call, fact: Parked) -> Step:
    """He waits at a space from now on."""
    known = any(abs(fact.at - stay.since) < SAME_MOMENT_US for stay in call.stays)
    if fact.uid != call.id or known or (call.stays and not call.stays[-1].until):
        return Step(call)
    event = publish(
        call,
        CallParked,
        fact.at,
        fact.source,
        subject=str(len(call.stays) + 1),
        space=fact.space,
        by=_phone(call, fact.by),
    )
    return Step(call._replace(stays=(*call.stays, Stay(fact.at, fact.by))), (event,))


def unparked(call: Call, fact: Unparked) -> Step:
    """He left the space; one who gave up ends his call as ever."""
    if fact.uid != call.id or not call.stays or call.stays[-1].until:
        return Step(call)
    event = publish(
        call,
        CallUnparked,
        fact.at,
        fact.source,
        subject=str(len(call.stays)),
        how=fact.how,
        phone=_phone(call, fact.channel),
    )
    left = call.stays[-1]._replace(until=fact.at)
    step = Step(call._replace(stays=(*call.stays[:-1], left)), (event,))
    return step.then(meet(step.call, fact.at, fact.source))  # who fetched him may be with him already


def has_parked(call: Call, name: str) -> bool:
    """Whether the phone of channel `name` parked the citizen: its going down is no end."""
    return any(_endpoint(stay.by) == endpoint_of(name) for stay in call.stays if stay.by and not stay.until)


def _phone(call: Call, name: str) -> Phone | None:
    return call.house.phone(name if "-" in name else f"{name}-") if name else None


def _endpoint(name: str) -> str:
    """Of a channel's name or of a dial string, `PJSIP/2201`."""
    return endpoint_of(name if "-" in name else f"{name}-")
