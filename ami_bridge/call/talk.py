"""Who is bridged with whom: talk begins and ends.

Talk is a phone of the call in one bridge with the call's own channel, directly or through the two halves of a
Local channel. A Local half's own comings and goings end nothing: it is glue that optimises itself away
(EVT-07).
"""

from collections.abc import Iterable

from ami_bridge.call import handover
from ami_bridge.call.effects import Effect, Step, publish
from ami_bridge.call.facts import EnteredBridge, LeftBridge
from ami_bridge.call.state import PARTIES, Call, Channel, Role
from office.events import Source, TalkEnded, TalkStarted

SAME_MOMENT_US = 100_000
"""The journal's copy of a bridge fact lies within this of the live one; a true return comes later."""


def entered(call: Call, fact: EnteredBridge) -> Step:
    """A channel came into a bridge; phones that now share it with the citizen talk."""
    channel = call.channels.get(fact.uid)
    if channel is None or channel.hung_at or channel.bridge == fact.bridge:
        return Step(call)
    if fact.bridge in channel.entered and fact.at <= channel.left_at + SAME_MOMENT_US:
        return Step(call)
    inside = channel._replace(bridge=fact.bridge, entered=(*channel.entered, fact.bridge))
    return meet(call.having(inside), fact.at, fact.source)


def left(call: Call, fact: LeftBridge) -> Step:
    """A channel left its bridge."""
    channel = call.channels.get(fact.uid)
    if channel is None or channel.bridge != fact.bridge:
        return Step(call)
    call = call.having(channel._replace(bridge="", left_at=fact.at))
    if channel.role is Role.LOCAL:
        return Step(call)
    return end_talks(call, channel, fact.at, fact.source)


def end_talks(call: Call, channel: Channel, at: int, source: Source) -> Step:
    """The talks that end when `channel` goes: its own, or all if it is the citizen's."""
    effects: list[Effect] = []
    for leg in tuple(call.channels.values()):
        if leg.talk and (channel.uid in (leg.uid, call.id)):
            effects.append(_told(call, TalkEnded, leg, leg.talk, at, source))
            call = call.having(leg._replace(talk=""))
    return Step(call, tuple(effects))


def meet(call: Call, at: int, source: Source) -> Step:
    """Whoever shares a bridge with the citizen by now talks with him."""
    effects: list[Effect] = []
    began: list[Channel] = []
    for leg in _with_citizen(call):
        if leg.talk:
            continue
        # a return to the same bridge is a talk of its own
        again = leg.entered.count(leg.bridge)
        subject = leg.bridge if again < 2 else f"{leg.bridge}+{again - 1}"
        effects.append(_told(call, TalkStarted, leg, subject, at, source))
        call = call.having(leg._replace(talk=subject))
        began.append(leg)
    step = Step(call, tuple(effects))
    return step.then(handover.joined(call, began, at, source)) if call.passings else step


def _told(
    call: Call, kind: type[TalkStarted | TalkEnded], leg: Channel, subject: str, at: int, source: Source
) -> Effect:
    """The event names the officer's side: where we call back, that is the call's own channel."""
    side = call.own if leg.role is Role.CITIZEN else leg
    phone = call.house.phone(side.name)
    return publish(call, kind, at, source, of=side.uid, subject=subject, leg=side.uid, phone=phone)


def _with_citizen(call: Call) -> Iterable[Channel]:
    """Who is reachable from the own channel's bridge, through Local pairs."""
    reached, frontier = set[str](), [call.own.bridge]
    locals_ = [c for c in call.channels.values() if c.role is Role.LOCAL and c.bridge]
    while frontier:
        bridge = frontier.pop()
        if not bridge or bridge in reached:
            continue
        reached.add(bridge)
        stems = {_stem(c.name) for c in locals_ if c.bridge == bridge}
        frontier += [c.bridge for c in locals_ if _stem(c.name) in stems]
    return [c for c in call.channels.values() if c.role in PARTIES and c.bridge in reached]


def _stem(name: str) -> str:
    """`Local/102@x-0000000d;1` and `…;2` are two halves of one thing."""
    return name.rpartition(";")[0]
