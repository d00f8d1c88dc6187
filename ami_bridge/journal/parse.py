"""Journal rows into facts.

Owns the columns (docs/contracts.md, "Journal") and what Asterisk 22 writes into them. A row that means
nothing for a call is None; a row that cannot be read raises JournalRowError, for the caller to count.
"""

import json
from collections.abc import Callable
from typing import Any, Literal

from ami_bridge.call import facts as f
from ami_bridge.call.notes import NOTE, micros, number, read_note
from office.events import Source

COLUMNS = 11
_JOURNAL = Source.JOURNAL


class JournalRowError(ValueError):
    """A row that is not as Asterisk writes it."""


class Row:
    """One row by name."""

    def __init__(self, columns: list[str]) -> None:
        if len(columns) < COLUMNS:
            raise JournalRowError(f"{len(columns)} columns instead of {COLUMNS}")
        (self.event, when, self.user_event, self.channel, self.uid, self.linkedid, self.peer) = columns[:7]
        self._extra = columns[7]
        self.at = micros(when)
        if not self.at or not self.uid:
            raise JournalRowError("no time or no uniqueid")

    def extra(self) -> dict[str, Any]:
        """What Asterisk adds, an object; empty if it adds nothing."""
        if not self._extra:
            return {}
        try:
            extra = json.loads(self._extra)
        except ValueError as error:
            raise JournalRowError("extra is not JSON") from error
        return extra if isinstance(extra, dict) else {}


def fact_of(columns: list[str]) -> f.Fact | None:
    """The fact that a row tells; raises JournalRowError."""
    row = Row(columns)
    reader = _READERS.get(row.event)
    if reader is None or row.channel.startswith("Surrogate/"):
        return None
    return reader(row)


def _start(row: Row) -> f.Fact:
    return f.Born(row.at, row.uid, _JOURNAL, channel=row.channel, linkedid=row.linkedid or row.uid)


def _answer(row: Row) -> f.Fact:
    return f.WentUp(row.at, row.uid, _JOURNAL)


def _enter(row: Row) -> f.Fact:
    return f.EnteredBridge(row.at, row.uid, _JOURNAL, bridge=str(row.extra().get("bridge_id", "")))


def _exit(row: Row) -> f.Fact:
    return f.LeftBridge(row.at, row.uid, _JOURNAL, bridge=str(row.extra().get("bridge_id", "")))


def _hangup(row: Row) -> f.Fact:
    extra = row.extra()
    cause = number(str(extra.get("hangupcause", "")))
    return f.Hung(row.at, row.uid, _JOURNAL, cause=cause, by=str(extra.get("hangupsource", "")))


def _end(row: Row) -> f.Fact:
    """CHAN_END follows HANGUP and says no more; it stands in where HANGUP was lost."""
    return f.Hung(row.at, row.uid, _JOURNAL)


def _pickup(row: Row) -> f.Fact | None:
    extra = row.extra()
    picker = str(extra.get("pickup_channel_uniqueid", ""))
    if not picker:
        return None
    channel = str(extra.get("pickup_channel", ""))
    return f.PickedUp(row.at, picker, _JOURNAL, target=row.uid, channel=channel)


def _forward(row: Row) -> f.Fact:
    return f.Forwarded(row.at, row.uid, _JOURNAL)


def _blind(row: Row) -> f.Fact:
    """Asterisk 22 writes this row for orders that it took, and for no other."""
    extra = row.extra()
    return f.BlindTransferred(
        row.at, row.uid, _JOURNAL,
        channel=row.channel, passed=_known(extra.get("transferee_channel_uniqueid")),
        exten=str(extra.get("extension", "")),
    )  # fmt: skip


def _attended(row: Row) -> f.Fact:
    extra = row.extra()
    return f.AttendedTransferred(
        row.at, row.uid, _JOURNAL,
        second=_known(extra.get("channel2_uniqueid")),
        passed=_known(extra.get("transferee_channel_uniqueid")),
        target=_known(extra.get("transfer_target_channel_uniqueid")),
    )  # fmt: skip


def _known(value: object) -> str:
    """Asterisk writes `N/A` where a bridge holds more than two, so that nobody in particular is meant."""
    return "" if value in (None, "N/A") else str(value)


def _parked(row: Row) -> f.Fact:
    """The journal does not know the space."""
    return f.Parked(row.at, row.uid, _JOURNAL, by=str(row.extra().get("parker_dial_string", "")))


def _unparked(row: Row) -> f.Fact | None:
    extra = row.extra()
    how = _LEFT_PARK.get(str(extra.get("reason", "")))
    if how is None:
        return None
    return f.Unparked(row.at, row.uid, _JOURNAL, how=how, channel=str(extra.get("retriever", "")))


_LEFT_PARK: dict[str, Literal["fetched", "came_back", "gave_up"]] = {
    "ParkedCallUnparked": "fetched",
    "ParkedCallTimeOut": "came_back",
    "ParkedCallGiveUp": "gave_up",
}


def _user(row: Row) -> f.Fact | None:
    if row.user_event != NOTE:
        return None
    told = str(row.extra().get("extra", ""))
    fields = dict(part.split(": ", 1) for part in told.split("|") if ": " in part)
    return read_note(f.Fact(row.at, row.uid, _JOURNAL), fields)


_READERS: dict[str, Callable[[Row], f.Fact | None]] = {
    "CHAN_START": _start,
    "ANSWER": _answer,
    "BRIDGE_ENTER": _enter,
    "BRIDGE_EXIT": _exit,
    "HANGUP": _hangup,
    "CHAN_END": _end,
    "PICKUP": _pickup,
    "FORWARD": _forward,
    "USER_DEFINED": _user,
    "BLINDTRANSFER": _blind,
    "ATTENDEDTRANSFER": _attended,
    "PARK_START": _parked,
    "PARK_END": _unparked,
}
