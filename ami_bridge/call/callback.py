"""Calls that we place to a citizen (charter T7): how far each attempt came.

The dialplan notes every step but the first: an officer who does not answer never reaches it, so his failure
is read from the end of his channel. A step happens once per attempt, so it names the event by itself.
"""

from collections.abc import Mapping

from ami_bridge.call.effects import Step, publish
from ami_bridge.call.facts import Hung, NotedCallback
from ami_bridge.call.state import Call
from office.events import CallbackStep, CallbackTold, CallClass, Outcome, Side

_STEPS: Mapping[str, CallbackStep] = {step.value: step for step in CallbackStep}
_OUTCOMES: Mapping[str, Outcome] = {outcome.value: outcome for outcome in Outcome}
_BY_CAUSE: Mapping[int, Outcome] = {
    0: Outcome.NO_ANSWER,
    3: Outcome.UNREGISTERED,
    16: Outcome.NO_ANSWER,  # Originate's own timeout
    17: Outcome.BUSY,
    18: Outcome.NO_ANSWER,
    19: Outcome.NO_ANSWER,
    20: Outcome.UNREGISTERED,
    21: Outcome.DECLINED,
}


def noted_callback(call: Call, fact: NotedCallback) -> Step:
    """A step as the dialplan tells it. One that this version does not know changes nothing."""
    step = _STEPS.get(fact.step)
    heard = call.hearing(f"Callback {fact.step}", 0)
    if step is None or heard is None:
        return Step(call)
    event = publish(
        call,
        CallbackTold,
        fact.stamp * 1000,
        fact.source,
        subject=step,
        attempt=fact.attempt or call.attempt,
        step=step,
        outcome=_OUTCOMES.get(fact.status),
        talk_ms=fact.talk_ms,
        hung_up_by=call.side_of(fact.by) if fact.by else Side.UNKNOWN,
    )
    return Step(heard, (event,))


def officer_failed(call: Call, fact: Hung) -> Step:
    """The officer's channel ends and never was up: the citizen was not called."""
    seen = call.flaw != "start_unseen"  # else his answer may have been missed
    if call.call_class is not CallClass.CALLBACK or call.own.up_at or not seen:
        return Step(call)
    outcome = _BY_CAUSE.get(fact.cause, Outcome.UNREACHABLE)
    step = CallbackStep.OFFICER_FAILED
    event = publish(
        call,
        CallbackTold,
        fact.at,
        fact.source,
        subject=step,
        attempt=call.attempt,
        step=step,
        outcome=outcome,
    )
    return Step(call, (event,))
