"""A citizen is passed on: who asks for it, and when it began (charter T5, XFR-01, XFR-02).

Blind: from the PBX's order. Attended: from the consultation's dialling. Which call is a consultation is told
by `consults`. What the dialplan says (notes) wins over what channels suggest; a foreign dialplan says
nothing. How it goes on is `handover`'s.
"""

from ami_bridge.call.effects import StartTimer, Step, publish
from ami_bridge.call.facts import BlindTransferred, Consulted, NotedTransfer
from ami_bridge.call.handover import LIMIT, comes_back, ended, failed, find, unblamed
from ami_bridge.call.passing import Passing
from ami_bridge.call.state import Call, Channel, Role
from office.events import (
    CallClass,
    Source,
    TransferRefusal,
    TransferRequested,
    TransferResult,
    TransferWay,
)

TARGET, BACK = "transfer", "back"
"""Roles of a dial: to whom the citizen is passed on, and back to who passed him on."""
_REFUSALS = {refusal.value: refusal for refusal in TransferRefusal}


def blind(call: Call, fact: BlindTransferred) -> Step:
    """The PBX took an order to pass the citizen on. What he is passed to besides phones (a park) is none."""
    passed = call.channels.get(fact.passed)
    is_citizen = not fact.passed or fact.passed == call.id or (passed and passed.role is Role.LOCAL)
    if fact.uid == call.id or not is_citizen:
        return Step(call)
    if not _is_office(call, fact.exten):
        return Step(unblamed(call._replace(let_go=call.let_go | {fact.uid})))
    passing = Passing(fact.uid, TransferWay.BLIND, fact.channel, fact.uid, fact.exten, fact.at)
    return _requested(call, passing, fact.source)


def noted(call: Call, fact: NotedTransfer) -> Step:
    """The dialplan's first word where passed-on citizens arrive; it stands in for an order not seen."""
    heard = call.hearing("Transfer", fact.stamp)
    if heard is None:
        return Step(call)
    passing = _noted_passing(heard, fact)
    if passing is None:
        return Step(heard)
    step = _requested(heard, passing, fact.source)
    refusal = _REFUSALS.get(fact.refused)
    if refusal is None:
        return step
    end = ended(
        step.call, passing.id, TransferResult.REFUSED, fact.stamp * 1000, fact.source, refusal=refusal
    )
    return step.then(end)


def _noted_passing(call: Call, fact: NotedTransfer) -> Passing | None:
    at = fact.stamp * 1000
    by = next((c for c in call.channels.values() if c.name == fact.by and c.uid != call.id), None)
    half = call.channels.get(fact.uid)
    if by and (known := find(call, by.uid)):
        return known
    if half is not None and half.role is Role.LOCAL:
        officer = by or _officer(call)
        return _inside(call, half, officer, fact.exten, at) if officer else None
    return Passing(by.uid, TransferWay.BLIND, by.name, by.uid, fact.exten, at) if by else None


def _inside(call: Call, half: Channel, officer: Channel, exten: str, at: int) -> Passing:
    """The consultation that runs on a Local channel of this call, by the officer who is still in it."""
    first = min(call.halves(half), key=lambda c: c.name).uid
    return Passing(first, TransferWay.ATTENDED, officer.name, officer.uid, exten, at, inside=True)


def _officer(call: Call) -> Channel | None:
    """Whose phone has the citizen: the one that went up last, of those that have not passed him on."""
    out = {p.by_uid for p in call.passings if p.officer_is_out}
    up = [c for c in call.channels.values() if c.role is Role.PHONE and c.up_at and c.alive]
    return max((c for c in up if c.uid not in out), key=lambda c: c.up_at, default=None)


def consulted(call: Call, fact: Consulted) -> Step:
    """The officer asks a colleague first."""
    by = call.channels.get(fact.by)
    if by is None:
        return Step(call)
    passing = Passing(fact.consult, TransferWay.ATTENDED, by.name, by.uid, fact.exten, fact.at)
    return _requested(call, passing, fact.source)


def dial_begins(call: Call, dialler: str, leg: Channel, at: int, source: Source) -> Step:
    """Without notes: the phone of who passed the citizen on ends it; a colleague's may begin one."""
    for passing in call.passings:
        if passing.rings_here and comes_back(call, passing, leg):
            return failed(call, passing, at, source)
    half, officer = call.channels.get(dialler), _officer(call)
    if half is None or half.role is not Role.LOCAL or any(p.open for p in call.passings):
        return Step(call)
    if officer is None or half.born_at < officer.up_at:  # a group that was rung for the citizen
        return Step(call)
    exten = call.house.phone(leg.name).extension or ""
    return _requested(call, _inside(call, half, officer, exten, at), source)


def _requested(call: Call, passing: Passing, source: Source) -> Step:
    if call.call_class is not CallClass.CITIZEN or find(call, passing.id):
        return Step(call)
    step = _superseded(call, passing, source) if passing.way is TransferWay.BLIND else Step(call)
    call = step.call
    desk = call.house.desks.get(passing.exten)
    event = publish(
        call,
        TransferRequested,
        passing.at,
        source,
        subject=passing.id,
        transfer=passing.id,
        way=passing.way,
        by=call.house.phone(passing.by),
        exten=passing.exten,
        department=desk.department if desk else None,
        officer=desk.officer if desk else None,
        hop=1 + sum(p.counts for p in call.passings),
    )
    timer = StartTimer(call.id, f"{LIMIT}/{passing.id}", passing.at + call.house.transfer_limit_us)
    with_it = call._replace(passings=(*call.passings, passing))
    if passing.officer_is_out:  # a hang-up of his that was seen a moment before is no end (XFR-03)
        with_it = unblamed(with_it)
    return step.then(Step(with_it, (event, timer)))


def _superseded(call: Call, by: Passing, source: Source) -> Step:
    """Who orders had the citizen, so an earlier order that is still open has been fulfilled, seen or not."""
    step = Step(call)
    for passing in call.passings:
        if passing.citizen_waits:
            result = TransferResult.CONNECTED if passing.answered else TransferResult.UNSEEN
            step = step.then(ended(step.call, passing.id, result, by.at, source))
    return step


def _is_office(call: Call, exten: str) -> bool:
    """Whether an extension is the office's; where its directory is not known, any is."""
    return not call.house.desks or exten in call.house.desks


def role_of(call: Call, leg: Channel) -> str:
    """Without notes: what a phone is rung for."""
    if call.passings and comes_back(call, call.passings[-1], leg):
        return BACK
    if not any(p.rings_here for p in call.passings):
        return "desk"
    return TARGET
