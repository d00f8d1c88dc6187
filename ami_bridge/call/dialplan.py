"""What the dialplan says it does: dials, words, prompts, absences. Its notes as events.

A note is told twice, live and in the journal; its own time `At` tells the two copies for one.
"""

from collections.abc import Mapping

from ami_bridge.call import handover
from ami_bridge.call.effects import Effect, Step, publish
from ami_bridge.call.facts import NotedAbsence, NotedAnswer, NotedDial, NotedLeft, NotedPrompt
from ami_bridge.call.legs import took_by_key
from ami_bridge.call.rings import infer_ring, limit_from
from ami_bridge.call.state import Call, Prompt
from ami_bridge.call.stops import stop_all
from ami_bridge.call.transfer import TARGET
from office.events import (
    AbsenceFound,
    CallClass,
    DialStarted,
    Outcome,
    PromptEnded,
    PromptStarted,
    Side,
    Source,
    Words,
    WordsChosen,
)

CUT_SHORT_MS = 150
"""A prompt that came back this much before its length was not played whole."""
_OUTCOMES: Mapping[str, Outcome] = {outcome.value: outcome for outcome in Outcome}
_WORDS: Mapping[str, Words] = {words.value: words for words in Words}


def noted_dial(call: Call, fact: NotedDial) -> Step:
    """The next extension's phones are tried; whoever rang before did not answer."""
    heard = call.hearing("Dial", fact.stamp)
    if heard is None:
        return Step(call)
    desk = call.house.desks.get(fact.exten)
    event = publish(
        call,
        DialStarted,
        fact.stamp * 1000,
        fact.source,
        subject=str(fact.stamp),
        exten=fact.exten,
        role=fact.role,
        hop=fact.hop,
        department=desk.department if desk else None,
        officer=desk.officer if desk else None,
    )
    step = stop_all(heard._replace(dials=fact.hop + 1), fact.at, fact.source, Outcome.NO_ANSWER)
    if fact.role != TARGET:
        ended = handover.not_taken(step.call, fact.uid, None, fact.stamp * 1000, fact.source)
        step = step.then(ended)
    effects: tuple[Effect, ...] = (event,)
    if fact.source is Source.JOURNAL and not call.first_ring_at and call.call_class is CallClass.CITIZEN:
        # the journal tells no ring before its end; phones ring some 10 ms after their dial
        effects = (event, limit_from(call, fact.stamp * 1000))
    return step.then(Step(step.call, effects))


def noted_answer(call: Call, fact: NotedAnswer) -> Step:
    """The words that the dialplan chose, and its ring figure."""
    heard = call.hearing("Answered", fact.stamp)
    if heard is None:
        return Step(call)
    step = Step(heard)
    if fact.reason == "clock":  # the figure was out of all bounds: the PBX's clock cannot be trusted
        step = Step(heard._replace(flaw="clock_stepped"))
    else:
        step = infer_ring(heard, fact.stamp - fact.ring_ms, fact.source)
    event = publish(
        call,
        WordsChosen,
        fact.stamp * 1000,
        fact.source,
        subject=str(fact.stamp),
        words=_WORDS.get(fact.words, Words.NONE),
        reason=fact.reason,
        ring_ms=fact.ring_ms,
        phone=call.house.phone(fact.peer) if fact.peer else None,
    )
    step = step.then(Step(step.call, (event,)))
    return step.then(took_by_key(step.call, fact))


def noted_prompt(call: Call, fact: NotedPrompt) -> Step:
    """A prompt to the citizen began, or its playback came back."""
    heard = call.hearing(f"Prompt {fact.prompt} {'ended' if fact.ended else 'started'}", fact.stamp)
    if heard is None:
        return Step(call)
    return _prompt_ended(heard, fact) if fact.ended else _prompt_started(heard, fact)


def _prompt_started(call: Call, fact: NotedPrompt) -> Step:
    event = publish(
        call,
        PromptStarted,
        fact.stamp * 1000,
        fact.source,
        subject=f"{fact.prompt}@{fact.stamp}",
        prompt=fact.prompt,
        to=Side.CITIZEN,
        length_ms=fact.length_ms,
    )
    return Step(call._replace(prompt=Prompt(fact.prompt, fact.stamp, fact.length_ms)), (event,))


def _prompt_ended(call: Call, fact: NotedPrompt) -> Step:
    started = call.prompt if call.prompt and call.prompt.name == fact.prompt else None
    played_ms = fact.stamp - started.stamp if started else fact.length_ms
    complete = not fact.failed and played_ms >= fact.length_ms - CUT_SHORT_MS
    event = publish(
        call,
        PromptEnded,
        fact.stamp * 1000,
        fact.source,
        subject=f"{fact.prompt}@{started.stamp if started else fact.stamp}",
        prompt=fact.prompt,
        to=Side.CITIZEN,
        complete=complete,
        missing=fact.failed,
    )
    return Step(call._replace(prompt=None), (event,))


def noted_left(call: Call, fact: NotedLeft) -> Step:
    """The officer left and the citizen is up: told by bridge and hang-up already."""
    return Step(call.hearing("Left", fact.stamp) or call)


def noted_absence(call: Call, fact: NotedAbsence) -> Step:
    """This extension cannot take the call. A later hang-up is judged anew."""
    heard = call.hearing("Absent", fact.stamp)
    if heard is None:
        return Step(call)
    why = _OUTCOMES.get(fact.why, Outcome.UNREACHABLE)
    passed = handover.not_taken(heard, fact.uid, why, fact.stamp * 1000, fact.source)
    if fact.uid != call.id:  # told to the officer who asks a colleague; the citizen is still with him
        return passed
    step = passed.then(infer_ring(passed.call, fact.first_ring, fact.source))
    silent = Outcome.NO_ANSWER if why is Outcome.OFFICER_GONE else why
    step = step.then(stop_all(step.call, fact.at, fact.source, silent))
    event = publish(
        call,
        AbsenceFound,
        fact.stamp * 1000,
        fact.source,
        subject=str(fact.stamp),
        exten=fact.exten,
        why=why,
        cause=fact.cause,
    )
    anew = step.call._replace(first_to_hang=None, ended_by=None)
    return step.then(Step(anew, (event,)))
