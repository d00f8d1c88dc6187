"""How a call begins: what sort it is, and when it is told.

The dialplan's note `Call` says the class. Without it (a foreign PBX) the class is guessed from endpoints.
Until one of the two is possible nothing is published: the short call of a colleague who picks up must not
show as a call.
"""

from ami_bridge.call.effects import StartTimer, Step, publish
from ami_bridge.call.facts import Born, Fact, NotedCall
from ami_bridge.call.state import Call, Channel, House, Role, endpoint_of
from office.events import CallClass, CallStarted, Source

ANNOUNCE = "announce"
ANNOUNCE_AFTER_US = 1_000_000
"""How long a call waits for its note before its class is guessed: a foreign dialplan sends none."""


def new_call(house: House, fact: Born) -> Step:
    """A call that `fact`'s channel starts."""
    own = Channel(fact.uid, fact.channel, Role.OWN)
    call = Call(fact.uid, house, {fact.uid: own}, fact.at, exten=fact.exten, caller=fact.caller)
    if call.attempt:  # we named this channel ourselves: nothing to wait for
        return announce_guessed(call, fact)
    return Step(call, (StartTimer(call.id, ANNOUNCE, fact.at + ANNOUNCE_AFTER_US),))


def announce_noted(call: Call, fact: NotedCall) -> Step:
    """The dialplan told the class. It wins over every guess, but is published once."""
    stamps = call.stamps | {("Call", fact.stamp)}
    told = call._replace(noted=True, exten=fact.exten, stamps=stamps)
    if call.announced:
        return Step(told)
    call_class = (
        CallClass(fact.call_class) if fact.call_class in CallClass.__members__.values() else CallClass.UNKNOWN
    )
    started = told._replace(call_class=call_class, caller="" if fact.withheld else fact.caller)
    return _announce(started, fact.source, withheld=fact.withheld, observe=fact.observe)


def announce_guessed(call: Call, fact: Fact) -> Step:
    """No note came: the class by endpoints (attach mode, or a replay of foreign traffic)."""
    if call.announced:
        return Step(call)
    guessed = _guessed(call)
    withheld = guessed.call_class is CallClass.CITIZEN and not _digits(call.caller)
    return _announce(guessed, fact.source, withheld=withheld, observe=False)


def adopt(call: Call, at: int) -> Step:
    """A call that a snapshot found running; its start was not seen and is never judged (EVT-08)."""
    adopted = call._replace(adopted=True, flaw="start_unseen", started_at=at)
    return _announce(_guessed(adopted), Source.SNAPSHOT, withheld=False, observe=False)


def _announce(call: Call, source: Source, *, withheld: bool, observe: bool) -> Step:
    desk = call.house.desks.get(call.exten)
    citizen = call.call_class is CallClass.CITIZEN
    event = publish(
        call,
        CallStarted,
        call.started_at,
        source,
        call_class=call.call_class,
        exten=call.exten if call.call_class is not CallClass.OUTBOUND else "",
        desk_kind=desk.kind if desk else None,
        department=desk.department if desk else None,
        officer=desk.officer if desk else None,
        caller=_digits(call.caller) if citizen else None,
        withheld=withheld,
        observe=observe,
        adopted=call.adopted,
    )
    return Step(call.told(), (event,))


def _guessed(call: Call) -> Call:
    """The call with its class guessed. A callback is its officer's: it comes from his phone."""
    call_class = guess(call)
    if call_class is not CallClass.CALLBACK:
        return call._replace(call_class=call_class)
    return call._replace(call_class=call_class, exten=call.house.phone(call.own.name).extension or "")


def guess(call: Call) -> CallClass:
    """The class by the call's own name, where we gave it one, else by endpoints alone."""
    if call.attempt:
        return CallClass.CALLBACK
    if endpoint_of(call.own.name) in call.house.trunks:
        return CallClass.CITIZEN
    phones = [c for c in call.channels.values() if c.role is Role.PHONE]
    if any(endpoint_of(c.name) in call.house.trunks for c in phones):
        return CallClass.OUTBOUND
    return CallClass.INTERNAL if endpoint_of(call.own.name) in call.house.phones else CallClass.UNKNOWN


def _digits(caller: str) -> str | None:
    """The number as dialled; None for `<unknown>`, names and the trunk's own name."""
    number = caller.strip()
    return number if number.removeprefix("+").isascii() and number.removeprefix("+").isdigit() else None
