"""Whose call it is: whom the citizen wanted, why he comes to us, and who he is, by the INVITE alone.

Reads Diversion (RFC 5806), History-Info (RFC 7044) and the called number; the caller by P-Asserted-Identity
(RFC 3325) or From. Pure.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from ivr.phone.message import Parsed, host_of, user_of, values
from office.directory import Desk, Directory
from office.events import Outcome
from office.phone_number import NumberKind, PhoneNumber, classify

_LONGEST_EXTENSION = 6
_REASONS: Mapping[str, Outcome] = {
    "no-answer": Outcome.NO_ANSWER,
    "user-busy": Outcome.BUSY,
    "do-not-disturb": Outcome.DO_NOT_DISTURB,
    "dnd": Outcome.DO_NOT_DISTURB,  # as Asterisk spells it
    "unavailable": Outcome.UNREGISTERED,
    "out-of-service": Outcome.UNREGISTERED,
    "away": Outcome.AWAY,
    "time-of-day": Outcome.CLOSED,
    "unconditional": Outcome.FORWARDED,
    "deflection": Outcome.FORWARDED,
    "follow-me": Outcome.FORWARDED,
}
_CAUSES: Mapping[str, Outcome] = {  # RFC 4458, and the status of a Reason header
    "302": Outcome.FORWARDED,
    "404": Outcome.UNREACHABLE,
    "408": Outcome.NO_ANSWER,
    "480": Outcome.UNREGISTERED,
    "486": Outcome.BUSY,
    "487": Outcome.NO_ANSWER,
    "503": Outcome.UNREACHABLE,
    "603": Outcome.DECLINED,
}


@dataclass(frozen=True, slots=True)
class Wanted:
    """Whom the citizen wanted: an extension as the directory spells it, else as the PBX told it."""

    exten: str
    desk: Desk | None = None
    why: Outcome | None = None
    """Why he was not taken there; None where the PBX does not say."""


def wanted(invite: Parsed, directory: Directory, called: Mapping[str, str]) -> Wanted:
    """Whom this call was for first. `called`: which extension a number of ours stands for.

    The first diversion counts, not the last: who covers for an officer may be away too. A diverting number
    that is not in the directory (a hunt group, the main number of another PBX) is passed over.
    """
    told = [*_diverted(invite), *_history(invite)]
    for number, why in told:
        desk = _desk(number, directory, called)
        if desk is not None:
            return Wanted(desk.number, desk, why)
    why = told[0][1] if told else None
    numbers = [user_of(invite.first.split(" ")[1]), user_of(invite.one("To"))]
    for number in numbers:
        desk = _desk(number, directory, called)
        if desk is not None:
            return Wanted(desk.number, desk, why)
    return Wanted((told[0][0] if told else numbers[0])[:40], None, why)


def _diverted(invite: Parsed) -> Iterator[tuple[str, Outcome | None]]:
    """Who sent the call on, the first one first: the newest is on top (RFC 5806 §6.1)."""
    for entry in reversed(list(values(invite.all("Diversion")))):
        if number := user_of(entry):
            found = re.search(r';\s*reason="?([A-Za-z0-9-]+)', entry)
            yield number, _REASONS.get(found[1].lower()) if found else None


def _history(invite: Parsed) -> Iterator[tuple[str, Outcome | None]]:
    """Whom the call was sent to, by index. An entry tells why it was left, the next one why it is there."""
    entries = sorted(values(invite.all("History-Info")), key=_index)
    for number, entry in enumerate(entries):
        after = entries[number + 1] if number + 1 < len(entries) else ""
        own = re.search(r"cause(?:%3D|=)(\d{3})", entry.partition("?")[2], re.IGNORECASE)
        next_ = re.search(r";cause=(\d{3})", after)
        cause = own or next_
        if (user := user_of(entry)) and after:  # the last one is where it is now: here
            yield user.partition("?")[0], _CAUSES.get(cause[1]) if cause else None


def _index(entry: str) -> tuple[int, ...]:
    found = re.search(r";\s*index=([\d.]+)", entry)
    return tuple(int(part) for part in found[1].split(".") if part) if found else ()


def _desk(number: str, directory: Directory, called: Mapping[str, str]) -> Desk | None:
    """The desk of an extension, or of its public number in whatever spelling."""
    number = called.get(number, number)
    if number in directory.desks:
        return directory.desks[number]
    trunk = directory.trunk
    digits = classify(number, area=trunk.area, extension_digits=_LONGEST_EXTENSION).reveal()
    block = trunk.area + trunk.exchange
    return directory.desks.get(digits.removeprefix(block)) if digits.startswith(block) else None


def caller(invite: Parsed, directory: Directory) -> PhoneNumber:
    """Who calls. Withheld is decided by presentation, even where the PBX tells the number all the same."""
    nobody = PhoneNumber(NumberKind.WITHHELD)
    asserted = next(values(invite.all("P-Asserted-Identity")), "") or invite.one("Remote-Party-Id")
    who = asserted or invite.one("From")
    hidden = re.search(r"\b(id|user|header|session)\b", invite.one("Privacy"), re.IGNORECASE)
    if hidden or "privacy=full" in who or host_of(invite.one("From")) == "anonymous.invalid":
        return nobody
    number = user_of(who)
    if number.lower() == "anonymous":
        return nobody
    return classify(number, area=directory.trunk.area, extension_digits=_LONGEST_EXTENSION)
