"""How a citizen who is passed on gets there, or does not (charter T5, XFR-01 to 03).

Every passing on that was begun (`transfer`) has exactly one end here, whatever order the facts come in: with
the citizen in talk with whoever took him, with the dialplan's next way, or with the call.
"""

from collections.abc import Iterable

from ami_bridge.call.effects import Step, publish
from ami_bridge.call.facts import AttendedTransferred, ConsultAnswered, ConsultEnded, TimerFired
from ami_bridge.call.passing import Passing
from ami_bridge.call.state import Call, Channel, Role, endpoint_of
from ami_bridge.call.stops import outcome_of
from office.events import (
    CallClass,
    Outcome,
    Side,
    Source,
    TransferAnswered,
    TransferEnded,
    TransferLimitPassed,
    TransferRefusal,
    TransferResult,
    TransferWay,
)

LIMIT = "transfer_limit"
"""How its timer's name begins; the transfer's own follows."""
_WAITED = (TransferResult.FAILED, TransferResult.CALLER_GONE, TransferResult.CANCELLED)
"""Results until which nobody had answered, if nobody was seen to."""


# ---------------------------------------------------------------- the limit


def limit_passed(call: Call, fact: TimerFired) -> Step:
    """The limit passed and nobody has answered."""
    passing = find(call, fact.name.partition("/")[2])
    if passing is None or not passing.open or passing.answered:
        return Step(call)
    return _limit(call, passing, fact.source)


def _limit(call: Call, passing: Passing, source: Source) -> Step:
    if passing.limit_told:
        return Step(call)
    at = _due(call, passing)
    event = publish(call, TransferLimitPassed, at, source, subject=passing.id, transfer=passing.id)
    return Step(_put(call, passing._replace(limit_told=True)), (event,))


def _due(call: Call, passing: Passing) -> int:
    return passing.at + call.house.transfer_limit_us


# ---------------------------------------------------------------- answered


def consult_answered(call: Call, fact: ConsultAnswered) -> Step:
    """The colleague answered the officer."""
    passing = find(call, fact.consult)
    if passing is None:
        return Step(call)
    leg = Channel(fact.leg, fact.channel, Role.PHONE)
    return _answered(call, passing, leg, fact.at, fact.source, picked_up=fact.picked_up)


def phone_answered(call: Call, leg: Channel, at: int, source: Source, *, picked_up: bool) -> Step:
    """A phone of this call went up; whoever is being passed on has it now."""
    waiting = [p for p in call.passings if not p.answered and (p.rings_here or p.leg == leg.uid)]
    if not waiting or leg.uid in {p.by_uid for p in waiting}:
        return Step(call)
    passing = waiting[-1]
    if passing.open and comes_back(call, passing, leg):
        return Step(call)
    return _answered(call, passing, leg, at, source, picked_up=picked_up)


def known_leg(call: Call, consult: str, uid: str) -> Call:
    """The call with the colleague's phone known, also where his answer was not seen."""
    passing = find(call, consult)
    return _put(call, passing._replace(leg=uid)) if passing and not passing.leg else call


def asks_only(call: Call, leg: Channel) -> bool:
    """Whether a phone that goes up answers the officer, and not yet the citizen."""
    return any(p.open and p.inside and not p.released and p.by_uid != leg.uid for p in call.passings)


def _answered(
    call: Call, passing: Passing, leg: Channel, at: int, source: Source, *, picked_up: bool
) -> Step:
    if passing.answered or (passing.result is not None and passing.leg != leg.uid):
        return Step(call)
    late = at >= _due(call, passing)
    step = _limit(call, passing, source) if late else Step(call)
    event = publish(
        call,
        TransferAnswered,
        at,
        source,
        subject=passing.id,
        transfer=passing.id,
        leg=leg.uid,
        phone=call.house.phone(leg.name),
        picked_up=picked_up,
    )
    passing = find(step.call, passing.id) or passing
    return step.then(Step(_put(step.call, passing._replace(answered=True, leg=leg.uid)), (event,)))


# ---------------------------------------------------------------- ended


def joined(call: Call, legs: Iterable[Channel], at: int, source: Source) -> Step:
    """These phones and the citizen are together from `at`: a passing on that waited for it has its end."""
    step = Step(call)
    for leg in legs:
        for passing in step.call.passings:
            has_him = passing.open and passing.leg == leg.uid
            if passing.by_uid == leg.uid or not (passing.rings_here or has_him):
                continue
            if comes_back(step.call, passing, leg):
                step = step.then(failed(step.call, passing, at, source))
            else:
                with_leg = _put(step.call, passing._replace(leg=passing.leg or leg.uid))
                end = ended(with_leg, passing.id, TransferResult.CONNECTED, at, source)
                step = step.then(end)
    return step


def attended(call: Call, fact: AttendedTransferred) -> Step:
    """The officer let go of both. Who has answered has the citizen; one who still rings will (XFR-02)."""
    passing = find(call, fact.consult) if fact.consult else _open_inside(call)
    if passing is None:
        return _never_seen(call, fact)
    if passing.open and passing.answered:
        return ended(call, passing.id, TransferResult.CONNECTED, fact.at, fact.source)
    return Step(unblamed(_put(call, passing._replace(released=True))))


def _never_seen(call: Call, fact: AttendedTransferred) -> Step:
    """A consultation whose beginning was not seen: only its end can be told, now or when somebody answers."""
    if not fact.consult or call.call_class is not CallClass.CITIZEN:
        return Step(call)
    by = call.channels.get(fact.uid) or call.channels.get(fact.second)
    passing = Passing(
        fact.consult, TransferWay.ATTENDED, by.name if by else "", by.uid if by else "", "", fact.at
    )
    known = call._replace(passings=(*call.passings, passing._replace(released=not fact.target)))
    if not fact.target:  # the colleague's phone still rings
        return Step(unblamed(known))
    return ended(known, passing.id, TransferResult.CONNECTED, fact.at, fact.source)


def _open_inside(call: Call) -> Passing | None:
    return next((p for p in call.passings if p.open and p.inside), None)


def consult_ended(call: Call, fact: ConsultEnded) -> Step:
    """The consultation is over and passed nobody on: the officer has the citizen still."""
    passing = find(call, fact.consult)
    if passing is None or not passing.open or passing.released:
        return Step(call)
    why = None if passing.answered else fact.why
    return ended(call, passing.id, TransferResult.CANCELLED, fact.at, fact.source, why)


def _half_gone(call: Call, half: Channel, at: int, source: Source) -> Step:
    """A Local half is gone: with it a consultation that nobody was passed on by."""
    passing = _open_inside(call)
    if passing is None or passing.released or passing.id not in {c.uid for c in call.halves(half)}:
        return Step(call)
    why = None if passing.answered else _why(call, passing)
    return ended(call, passing.id, TransferResult.CANCELLED, at, source, why)


def not_taken(call: Call, uid: str, why: Outcome | None, at: int, source: Source) -> Step:
    """The dialplan goes on to the next way: the new officer did not take it. `uid`: whose channel says so."""
    step = Step(call)
    for passing in call.passings:
        if passing.citizen_waits and (uid == call.id or passing.inside):
            step = step.then(ended(step.call, passing.id, TransferResult.FAILED, at, source, why))
        elif passing.open and passing.inside and uid != call.id:
            step = step.then(ended(step.call, passing.id, TransferResult.CANCELLED, at, source, why))
    return step


def failed(call: Call, passing: Passing, at: int, source: Source) -> Step:
    """The new officer did not take it, by what his phone told."""
    return ended(call, passing.id, TransferResult.FAILED, at, source, _why(call, passing))


def channel_gone(call: Call, gone: Channel, at: int, source: Source) -> Step:
    """A channel of the call is gone, and with it perhaps what a transfer waited for."""
    if gone.role is Role.LOCAL:
        return _half_gone(call, gone, at, source)
    # after a blonde transfer nobody comes after it: the dialplan knows of no transfer
    released = next((p for p in call.passings if p.open and p.released and not p.answered), None)
    if released is None or gone.up_at or any(c.waiting for c in call.channels.values()):
        return Step(call)
    return failed(call, released, at, source)


def closed(call: Call, ended_by: Side, at: int, source: Source) -> Step:
    """The citizen's channel is gone: what is open has its end now."""
    step = Step(call)
    for passing in call.passings:
        if passing.open:
            result, why = _last(call, passing, ended_by)
            step = step.then(ended(step.call, passing.id, result, at, source, why))
    return step


def _last(call: Call, passing: Passing, ended_by: Side) -> tuple[TransferResult, Outcome | None]:
    if ended_by is Side.CITIZEN:
        return TransferResult.CALLER_GONE, None
    if ended_by is Side.UNKNOWN:
        return TransferResult.UNSEEN, None
    if not passing.citizen_waits:
        return TransferResult.CANCELLED, None
    if passing.answered:  # he left before the two were together
        return TransferResult.FAILED, Outcome.OFFICER_GONE
    why = _why(call, passing)
    return (TransferResult.FAILED, why) if why else (TransferResult.UNSEEN, None)


def ended(
    call: Call,
    transfer: str,
    result: TransferResult,
    at: int,
    source: Source,
    why: Outcome | None = None,
    *,
    refusal: TransferRefusal | None = None,
) -> Step:
    """The one end of a passing on; one that has ended stays as it is."""
    passing = find(call, transfer)
    if passing is None or not passing.open:
        return Step(call)
    step = Step(call)
    if result in _WAITED and not passing.answered and at >= _due(call, passing):
        step = _limit(call, passing, source)  # the journal has no timers
    call = step.call
    event = publish(
        call,
        TransferEnded,
        max(at, passing.at),  # a note's time has no more than milliseconds
        source,
        subject=transfer,
        transfer=transfer,
        result=result,
        why=why,
        refusal=refusal,
    )
    over = _put(call, (find(call, transfer) or passing)._replace(result=result))
    return step.then(Step(unblamed(over) if result is TransferResult.CONNECTED else over, (event,)))


# ---------------------------------------------------------------- looking


def passed_on(call: Call, uid: str) -> bool:
    """Whether channel `uid` has passed the citizen on, so that its end is nobody's hanging up first."""
    return uid in call.let_go or any(p.by_uid == uid and p.officer_is_out for p in call.passings)


def comes_back(call: Call, passing: Passing, leg: Channel) -> bool:
    """Whether a phone is that of who passed the citizen on, and not whom he chose."""
    asked_elsewhere = passing.way is TransferWay.ATTENDED and not passing.inside
    if asked_elsewhere or endpoint_of(leg.name) != endpoint_of(passing.by):
        return False
    return call.house.phone(passing.by).extension != passing.exten


def _why(call: Call, passing: Passing) -> Outcome | None:
    """Why the phones tried since did not answer: the last one's word (a Local's is none, XFR-01)."""
    silent = [c for c in call.channels.values() if c.role is Role.PHONE and not c.up_at]
    since = [c for c in silent if (c.dialled_at or c.born_at) >= passing.at]
    tried = [c for c in since if not comes_back(call, passing, c)]
    told = [outcome_of(call, c) or Outcome.NO_ANSWER for c in tried]
    return told[-1] if told else None


def find(call: Call, transfer: str) -> Passing | None:
    """The passing on of this name."""
    return next((p for p in call.passings if p.id == transfer), None)


def _put(call: Call, passing: Passing) -> Call:
    return call._replace(passings=tuple(passing if p.id == passing.id else p for p in call.passings))


def unblamed(call: Call) -> Call:
    """An officer's hang-up of a moment ago was his part of the transfer."""
    return call._replace(first_to_hang=None) if call.first_to_hang is Side.OFFICER else call
