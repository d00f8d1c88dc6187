"""How a call ends, and who hung up first (charter T8).

Only the end of the call's own channel is its end. The first hang-up since the last answer is the one that
counts: when the officer leaves and the dialplan then ends the citizen's channel, the officer ended the call.
"""

from ami_bridge.call import handover, parking
from ami_bridge.call.callback import officer_failed
from ami_bridge.call.effects import Effect, Step, StopTimers, publish
from ami_bridge.call.facts import (
    ClockStepped,
    Fact,
    Found,
    HangupAsked,
    Hung,
    LinkWasLost,
    Merged,
    NotedEnd,
    Vanished,
)
from ami_bridge.call.rings import infer_ring
from ami_bridge.call.state import PARTIES, Call, Channel, Phase, Role
from ami_bridge.call.stops import stop, stop_all
from ami_bridge.call.talk import end_talks
from office.events import (
    AnomalySeen,
    CallConfirmed,
    CallEnded,
    CallUncertain,
    HangupSeen,
    Outcome,
    PromptEnded,
    Side,
    Source,
)


def hangup_asked(call: Call, fact: HangupAsked) -> Step:
    """The far end of a channel hung up: the citizen's, or a phone's that had answered."""
    channel = call.channels.get(fact.uid)
    if channel is None or (channel.role is not Role.OWN and not channel.up_at):
        return Step(call)  # a phone that refuses while it is tried
    return _seen(call, channel, fact.at, fact.source)


def _seen(call: Call, channel: Channel, at: int, source: Source) -> Step:
    if call.first_to_hang is not None or channel.role is Role.LOCAL:
        return Step(call)
    if handover.passed_on(call, channel.uid) or parking.has_parked(call, channel.name):
        return Step(call)
    side = call.side(channel)
    if call.handed_over and side is not Side.CITIZEN:
        return Step(call)
    event = publish(call, HangupSeen, at, source, of=channel.uid, side=side, leg=channel.uid)
    gone = call._replace(first_to_hang=side)
    if channel.uid != call.id:
        return Step(gone, (event,))
    # phones whose stop waited for a reason have one now: the caller gave up
    return Step(gone, (event,)).then(stop_all(gone, at, source, Outcome.CALLER_GONE))


def hung(call: Call, fact: Hung) -> Step:
    """A channel is gone."""
    channel = call.channels.get(fact.uid)
    if channel is None or channel.hung_at:
        return Step(call)
    step = _blame(call, channel, fact)
    gone = step.call.channels[fact.uid]._replace(hung_at=fact.at, cause=fact.cause, bridge="")
    step = step.then(Step(step.call.having(gone)))
    if channel.uid == call.id:
        return step.then(_end(step.call, fact))
    if gone.talk:
        step = step.then(end_talks(step.call, gone, fact.at, fact.source))
    if gone.role is Role.PHONE and not gone.up_at:
        step = step.then(stop(step.call, gone.uid, fact.at, fact.source))
    if call.passings:
        step = step.then(handover.channel_gone(step.call, gone, fact.at, fact.source))
    return step


def _blame(call: Call, channel: Channel, fact: Hung) -> Step:
    """The journal has no HangupRequest; its HANGUP row names the channel that ended this one."""
    ended_it = _named(call, fact.by) if fact.by else None
    if ended_it is None or (channel.role in PARTIES and not channel.up_at and ended_it.uid != call.id):
        return Step(call)
    if ended_it.role in PARTIES and not ended_it.up_at:
        return Step(call)
    return _seen(call, ended_it, fact.at, fact.source)


def noted_end(call: Call, fact: NotedEnd) -> Step:
    """The dialplan's last word: which channel ended the call, and the first ring it kept."""
    stamps = call.stamps | {("End", fact.stamp)}
    if ("End", fact.stamp) in call.stamps:
        return Step(call)
    source = _named(call, fact.by)
    step = infer_ring(
        call._replace(stamps=stamps, ended_by=call.side_of(fact.by)),
        fact.first_ring,
        fact.source,
        estimated=fact.estimated,
    )
    if source is not None and (source.uid == call.id or source.up_at):
        return step.then(_seen(step.call, source, fact.at, fact.source))
    return step


def _named(call: Call, name: str) -> Channel | None:
    return next((c for c in call.channels.values() if c.name == name), None)


def _end(call: Call, fact: Hung) -> Step:
    """The own channel is gone: close what is open, then the call."""
    step = officer_failed(call, fact)
    step = step.then(end_talks(step.call, call.own, fact.at, fact.source))
    otherwise = Outcome.NO_ANSWER if call.answered_at else Outcome.CALLER_GONE
    step = step.then(stop_all(step.call, fact.at, fact.source, otherwise, gone_only=False))
    step = step.then(_prompt_cut(step.call, fact))
    ended_by = call.first_to_hang or call.ended_by or Side.PBX
    return step.then(_close(step.call, fact, ended_by, call.flaw))


def _prompt_cut(call: Call, fact: Fact) -> Step:
    """A prompt whose hearer left never tells its end."""
    if call.prompt is None:
        return Step(call)
    name, stamp = call.prompt.name, call.prompt.stamp
    event = publish(
        call,
        PromptEnded,
        fact.at,
        fact.source,
        subject=f"{name}@{stamp}",
        prompt=name,
        to=Side.CITIZEN,
        complete=False,
    )
    return Step(call._replace(prompt=None), (event,))


def _close(call: Call, fact: Fact, ended_by: Side, note: str) -> Step:
    step = handover.closed(call, ended_by, fact.at, fact.source)
    event = publish(
        call, CallEnded, fact.at, fact.source, ended_by=ended_by, complete=not note, note=note or None
    )
    return step.then(Step(step.call._replace(phase=Phase.ENDED), (event, StopTimers(call.id))))


def vanished(call: Call, fact: Vanished) -> Step:
    """Gone without an end seen: closed, judged by nobody, hung up by nobody."""
    return _close(call, fact, Side.UNKNOWN, fact.note)


def merged(call: Call, fact: Merged) -> Step:
    """A pick-up's own short call. If it was never told, it needs no end."""
    if not call.announced:
        return Step(call._replace(phase=Phase.ENDED), (StopTimers(call.id),))
    return _close(call, fact, Side.PBX, f"merged:{fact.into}")


def link_lost(call: Call, fact: LinkWasLost) -> Step:
    """From here on nothing is sure until a snapshot or the journal speaks."""
    if call.uncertain:
        return Step(call)
    event = publish(call, CallUncertain, fact.at, fact.source, subject=str(fact.at))
    return Step(call._replace(uncertain=True), (event,))


def found(call: Call, fact: Found) -> Step:
    """Alive after a gap."""
    if not call.uncertain:
        return Step(call)
    event = publish(call, CallConfirmed, fact.at, fact.source, subject=str(fact.at))
    return Step(call._replace(uncertain=False), (event,))


def clock_stepped(call: Call, fact: ClockStepped) -> Step:
    """Durations across a step of the PBX's clock are unknown (TIM-01)."""
    if call.flaw == "clock_stepped":
        return Step(call)
    return Step(call._replace(flaw="clock_stepped"), (anomaly(call, fact, "clock_stepped"),))


def anomaly(call: Call, fact: Fact, name: str) -> Effect:
    """What the table does not expect, or the PBX's clock denies. Recorded, never the end of a call."""
    source: Source = fact.source
    return publish(
        call, AnomalySeen, fact.at, source, subject=f"{name}@{fact.at}", phase=call.phase.value, fact=name
    )
