"""Notes: reading what the dialplan says it does (docs/contracts.md, "Dialplan notes") into facts.

Owns the names of kinds and fields. AMI headers and journal strings come here as the same mapping.
"""

from collections.abc import Mapping

from ami_bridge.call.facts import (
    Fact,
    Note,
    NotedAbsence,
    NotedAct,
    NotedAnswer,
    NotedBell,
    NotedCall,
    NotedCallback,
    NotedDial,
    NotedEnd,
    NotedLeft,
    NotedMemo,
    NotedMemoEnd,
    NotedMemoField,
    NotedMenu,
    NotedMenuEnd,
    NotedMenuField,
    NotedPresence,
    NotedPrompt,
    NotedTransfer,
)
from office.events import Source

Fields = Mapping[str, str]
NOTE = "Charterline"
"""Name of the user event that carries a note, in AMI and in the journal."""


def read_note(fact: Fact, fields: Fields) -> Note | None:
    """The note that `fields` tell; None for a kind this version does not know or one without its time."""
    stamp = number(fields.get("At", ""))
    reader = _READERS.get(fields.get("Kind", ""))
    if reader is None or not stamp:
        return None
    return reader(fact.at, fact.uid, fact.source, stamp, fields)


def micros(stamp: str) -> int:
    """Asterisk's time stamps: `1795578812.616647` → 1795578812616647, exact; 0 for anything else."""
    if not stamp:
        return 0
    seconds, _, fraction = stamp.partition(".")
    return number(seconds) * 1_000_000 + number(fraction[:6].ljust(6, "0"))


def number(text: str) -> int:
    """Digits as int, blanks around them aside; 0 for anything else."""
    try:
        return int(text)
    except ValueError:
        return 0


def _call(at: int, uid: str, source: Source, stamp: int, f: Fields) -> Note:
    return NotedCall(
        at, uid, source, stamp,
        call_class=f.get("Class", ""), exten=f.get("Exten", ""), caller=f.get("Caller", ""),
        withheld=f.get("Withheld") == "yes", observe=f.get("Observe") == "yes",
    )  # fmt: skip


def _dial(at: int, uid: str, source: Source, stamp: int, f: Fields) -> Note:
    exten, role = f.get("Exten", ""), f.get("Role", "")
    return NotedDial(at, uid, source, stamp, exten=exten, role=role, hop=number(f.get("Hop", "")))


def _answered(at: int, uid: str, source: Source, stamp: int, f: Fields) -> Note:
    return NotedAnswer(
        at, uid, source, stamp,
        peer=f.get("Peer", ""), ring_ms=number(f.get("RingMs", "")),
        words=f.get("Words", ""), reason=f.get("Reason", ""),
    )  # fmt: skip


def _prompt(at: int, uid: str, source: Source, stamp: int, f: Fields) -> Note:
    return NotedPrompt(
        at, uid, source, stamp,
        prompt=f.get("Prompt", ""), length_ms=number(f.get("LengthMs", "")),
        ended=f.get("State") == "ended", failed=f.get("Status") == "FAILED",
    )  # fmt: skip


def _left(at: int, uid: str, source: Source, stamp: int, _: Fields) -> Note:
    return NotedLeft(at, uid, source, stamp)


def _absent(at: int, uid: str, source: Source, stamp: int, f: Fields) -> Note:
    return NotedAbsence(
        at, uid, source, stamp,
        why=f.get("Why", ""), cause=number(f.get("Cause", "")),
        exten=f.get("Exten", ""), first_ring=number(f.get("FirstRing", "")),
    )  # fmt: skip


def _end(at: int, uid: str, source: Source, stamp: int, f: Fields) -> Note:
    return NotedEnd(
        at, uid, source, stamp,
        by=f.get("Source", ""), first_ring=number(f.get("FirstRing", "")),
        estimated=f.get("Estimated") == "yes",
    )  # fmt: skip


def _memo(at: int, uid: str, source: Source, stamp: int, f: Fields) -> Note:
    return NotedMemo(
        at, uid, source, stamp,
        exten=f.get("Exten", ""), closed=f.get("Closed", ""), taken_by=f.get("TakenBy", ""),
    )  # fmt: skip


def _memo_field(at: int, uid: str, source: Source, stamp: int, f: Fields) -> Note:
    return NotedMemoField(at, uid, source, stamp, name=f.get("Name", ""), value=f.get("Value", ""))


def _memo_end(at: int, uid: str, source: Source, stamp: int, f: Fields) -> Note:
    ending, promised = f.get("Ending", ""), number(f.get("Promised", ""))
    return NotedMemoEnd(at, uid, source, stamp, ending=ending, promised=promised)


def _menu(at: int, uid: str, source: Source, stamp: int, f: Fields) -> Note:
    return NotedMenu(
        at, uid, source, stamp,
        menu=f.get("Menu", ""), purpose=f.get("Purpose", ""), by=f.get("By", ""),
    )  # fmt: skip


def _menu_field(at: int, uid: str, source: Source, stamp: int, f: Fields) -> Note:
    return NotedMenuField(at, uid, source, stamp, name=f.get("Name", ""), value=f.get("Value", ""))


def _menu_end(at: int, uid: str, source: Source, stamp: int, f: Fields) -> Note:
    return NotedMenuEnd(
        at, uid, source, stamp,
        node=f.get("Node", ""), ending=f.get("Ending", ""), act=f.get("Act", ""), target=f.get("Target", ""),
    )  # fmt: skip


def _bell(at: int, uid: str, source: Source, stamp: int, f: Fields) -> Note:
    return NotedBell(
        at, uid, source, stamp, exten=f.get("Exten", ""), state=f.get("State", ""), by=f.get("By", "")
    )


def _presence(at: int, uid: str, source: Source, stamp: int, f: Fields) -> Note:
    return NotedPresence(at, uid, source, stamp, exten=f.get("Exten", ""), state=f.get("State", ""))


def _callback(at: int, uid: str, source: Source, stamp: int, f: Fields) -> Note:
    return NotedCallback(
        at, uid, source, stamp,
        attempt=f.get("Attempt", ""), step=f.get("Step", ""), status=f.get("Status", ""),
        talk_ms=number(f.get("TalkMs", "")), by=f.get("By", ""),
    )  # fmt: skip


def _transfer(at: int, uid: str, source: Source, stamp: int, f: Fields) -> Note:
    return NotedTransfer(
        at, uid, source, stamp,
        by=f.get("By", ""), exten=f.get("Exten", ""), refused=f.get("Refused", ""),
    )  # fmt: skip


def _act(at: int, uid: str, source: Source, stamp: int, f: Fields) -> Note:
    return NotedAct(at, uid, source, stamp, act=f.get("Act", ""))


_READERS = {
    "Call": _call,
    "Dial": _dial,
    "Answered": _answered,
    "Prompt": _prompt,
    "Left": _left,
    "Absent": _absent,
    "End": _end,
    "Memo": _memo,
    "MemoField": _memo_field,
    "MemoEnd": _memo_end,
    "Menu": _menu,
    "MenuField": _menu_field,
    "MenuEnd": _menu_end,
    "Bell": _bell,
    "Presence": _presence,
    "Callback": _callback,
    "Transfer": _transfer,
    "Act": _act,
}
