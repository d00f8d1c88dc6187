"""What an officer does within a call by codes at his phone: read back, a visitor waits, call him back.

Told of the channel that keyed it, so that the officer is known by his phone and by nothing else.
"""

from collections.abc import Mapping

from ami_bridge.call.effects import Step, publish
from ami_bridge.call.ending import anomaly
from ami_bridge.call.facts import NotedAct
from ami_bridge.call.state import Call
from office.events import DeskActed, WordsSaid
from office.phone_codes import PhoneAct

_ACTS: Mapping[str, PhoneAct] = {act.value: act for act in PhoneAct}


def noted_act(call: Call, fact: NotedAct) -> Step:
    """A code. One that this version does not know, or of a phone that nobody saw, is recorded as odd."""
    heard = call.hearing(f"Act {fact.uid} {fact.act}", fact.stamp)
    if heard is None:
        return Step(call)
    act, channel = _ACTS.get(fact.act), call.channels.get(fact.uid)
    if act is None or channel is None:
        return Step(heard, (anomaly(call, fact, "NotedAct"),))
    phone = call.house.phone(channel.name)
    if act is PhoneAct.SAID and phone.officer:
        # as memo_service names it, which asks for it on the page: told by both it is one
        said = publish(call, WordsSaid, fact.stamp * 1000, fact.source, subject=phone.officer, phone=phone)
        return Step(heard, (said,))
    event = publish(
        call,
        DeskActed,
        fact.stamp * 1000,
        fact.source,
        of=fact.uid,
        subject=f"{act}@{fact.stamp}",
        act=act,
        phone=phone,
    )
    return Step(heard, (event,))
