"""Memos that the recorder left in the PBX's database (docs/contracts.md), for calls whose journal is gone.

What the journal told already comes out with the same ids here, and readers drop it. Pure.
"""

from ami_bridge.call import facts as f
from ami_bridge.call import start
from ami_bridge.call.effects import Publish
from ami_bridge.call.memo import MEMO
from ami_bridge.call.notes import number
from ami_bridge.call.state import Call, House
from ami_bridge.call.transitions import advance
from office.events import CallClass, Source, TakenBy

FAMILY = "memo"
_FIELDS = 6
_SEEN = Source.SNAPSHOT


def recovered(house: House, uid: str, value: str) -> tuple[Publish, ...]:
    """The events of one entry: call and memo, as far as the entry tells them; none if it is not an entry.

    `value` is `exten^department^closed^receipt^caller^file`, the receipt in epoch ms.
    """
    told = value.split("^")
    stamp = number(told[3]) if len(told) == _FIELDS else 0
    if not stamp:
        return ()
    exten, _, closed, _, caller, file = told
    at = stamp * 1000
    step = start.new_call(house, f.Born(at, uid, _SEEN, exten=exten, caller=caller))
    facts: tuple[f.Fact, ...] = (
        f.NotedCall(
            at, uid, _SEEN, stamp,
            call_class=CallClass.CITIZEN, exten=exten, caller=caller, withheld=not caller,
        ),
        f.NotedMemo(at, uid, _SEEN, stamp, exten=exten, closed=closed, taken_by=TakenBy.RECORDER),
        f.NotedMemoField(at, uid, _SEEN, stamp, name="recording", value=file),
        f.Vanished(at, uid, _SEEN, note="journal_lost"),
    )  # fmt: skip
    for fact in facts:
        step = step.then(advance(step.call, fact))
    return tuple(effect for effect in step.effects if isinstance(effect, Publish))


def is_told(call: Call) -> bool:
    """Whether this call's memo is known from its notes."""
    return any(note.startswith(MEMO) for note, _ in call.stamps)
