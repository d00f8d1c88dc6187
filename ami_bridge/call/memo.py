"""What a citizen leaves in the memo menu or with the recorder (charter T6), and officers' feature codes.

A thing is told the moment it is known, so a hang-up or a dead bridge costs nothing. Whether it makes a memo
is decided by its readers, not here.
"""

from collections.abc import Mapping
from typing import Literal

from ami_bridge.call import handover
from ami_bridge.call.effects import Step, publish
from ami_bridge.call.ending import anomaly
from ami_bridge.call.facts import NotedMemo, NotedMemoEnd, NotedMemoField, NotedPresence
from ami_bridge.call.state import Call
from office.calendar import utc
from office.events import Closed, MemoBegan, MemoEnded, MemoKept, PresenceSet, TakenBy

MEMO = "Memo"
"""How a memo's notes begin among those that a call has heard."""
_CLOSED: Mapping[str, Closed] = {closed.value: closed for closed in Closed}
_STATES: Mapping[str, Literal["do_not_disturb", "back"]] = {
    "do_not_disturb": "do_not_disturb",
    "back": "back",
}


def noted_memo(call: Call, fact: NotedMemo) -> Step:
    """The citizen is asked for a message. Menu and recorder may each say so, even in one millisecond."""
    taken_by = TakenBy.MENU if fact.taken_by == TakenBy.MENU else TakenBy.RECORDER
    heard = call.hearing(f"{MEMO} {taken_by}", fact.stamp)
    if heard is None:
        return Step(call)
    exten = fact.exten or call.exten
    desk = call.house.desks.get(exten)
    event = publish(
        call,
        MemoBegan,
        fact.stamp * 1000,
        fact.source,
        subject=f"{taken_by}@{fact.stamp}",
        exten=exten,
        department=desk.department if desk else None,
        officer=desk.officer if desk else None,
        closed=_CLOSED.get(fact.closed),
        taken_by=taken_by,
    )
    step = Step(heard, (event,))
    return step.then(handover.not_taken(heard, fact.uid, None, fact.stamp * 1000, fact.source))


def noted_memo_field(call: Call, fact: NotedMemoField) -> Step:
    """One thing he left."""
    heard = call.hearing(f"{MEMO}Field {fact.name}", fact.stamp)
    if heard is None:
        return Step(call)
    at, subject = fact.stamp * 1000, f"{fact.name}@{fact.stamp}"
    event = publish(call, MemoKept, at, fact.source, subject=subject, name=fact.name, value=fact.value)
    return Step(heard, (event,))


def noted_memo_end(call: Call, fact: NotedMemoEnd) -> Step:
    """Menu or recorder is over, and what he was promised. A promise is made in the office's own time."""
    heard = call.hearing(f"{MEMO}End", fact.stamp)
    if heard is None:
        return Step(call)
    event = publish(
        call,
        MemoEnded,
        fact.stamp * 1000,
        fact.source,
        subject=str(fact.stamp),
        ending=fact.ending,
        promised_at=utc(fact.promised * 1_000_000) if fact.promised else None,
    )
    return Step(heard, (event,))


def noted_presence(call: Call, fact: NotedPresence) -> Step:
    """A feature code. One that this version does not know is recorded as odd, no more."""
    heard = call.hearing("Presence", fact.stamp)
    if heard is None:
        return Step(call)
    state = _STATES.get(fact.state)
    if state is None:
        return Step(heard, (anomaly(call, fact, "NotedPresence"),))
    desk = call.house.desks.get(fact.exten)
    event = publish(
        call,
        PresenceSet,
        fact.stamp * 1000,
        fact.source,
        subject=str(fact.stamp),
        exten=fact.exten,
        officer=desk.officer if desk else None,
        state=state,
    )
    return Step(heard, (event,))
