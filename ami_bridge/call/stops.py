"""Why a phone stopped without answering: busy, declined, the caller gone, answered elsewhere …

Asterisk's DialStatus alone does not tell (a 603 is NOANSWER, a 302 may be BUSY); the hang-up cause and what
the others did do. Where nothing tells yet, the word waits for the next fact of the call that does.
"""

from ami_bridge.call.effects import Step, publish
from ami_bridge.call.rings import estimate
from ami_bridge.call.state import Call, Channel, Role
from office.events import Outcome, PhoneStopped, Source

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


def stop(call: Call, uid: str, at: int, source: Source, otherwise: Outcome | None = None) -> Step:
    """Tell why a phone that is gone stopped, if that is known by now; `otherwise` decides what is open."""
    leg = call.channels[uid]
    outcome = outcome_of(call, leg) or otherwise
    if outcome is None or leg.stopped:
        return Step(call)
    step = Step(call)
    rung_for = (leg.hung_at or at) - leg.dialled_at
    if leg.progress_at or (
        outcome in _REACHED and (outcome is not Outcome.NO_ANSWER or rung_for >= MUST_HAVE_RUNG_US)
    ):
        step = estimate(call, leg, source)
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


def outcome_of(call: Call, leg: Channel) -> Outcome | None:
    """Why a phone did not answer, as far as is known by now."""
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
