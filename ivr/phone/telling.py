"""What a call at the extension tells the office: the same events as a call through our own dialplan.

Owns their ids, which are deterministic (docs/contracts.md), and the marks of calls that are up, so that a run
that was killed is told to its end by the next one.
"""

import contextlib
import hashlib
import logging
import os
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, get_args

from ivr.phone.outbox import Outbox
from ivr.phone.whose import Wanted
from office.events import (
    AbsenceFound,
    CallClass,
    CallEnded,
    CallEvent,
    CallStarted,
    Closed,
    MemoBegan,
    MemoEnded,
    MemoKept,
    Side,
    TakenBy,
)
from office.events.base import Source
from office.phone_number import NumberKind, PhoneNumber

log = logging.getLogger(__name__)

RESTART = "extension_restart"
_US = timedelta(microseconds=1)
_NAMES: dict[Any, str] = {
    kind: kind.model_fields["kind"].default for kind in get_args(get_args(CallEvent)[0])
}


def call_id_of(sip_call_id: str) -> str:
    """Our id of a SIP call. Its Call-ID is the caller's to choose, so it is not used as it is."""
    return f"sip-{hashlib.sha256(sip_call_id.encode()).hexdigest()[:24]}"


class Teller:
    """Tells one call. `now`: the office's clock (aware)."""

    def __init__(
        self, outbox: Outbox, pbx: str, call_id: str, marks: Path, now: Callable[[], datetime]
    ) -> None:
        self._outbox = outbox
        self._pbx = pbx
        self.call_id = call_id
        self._mark = marks / call_id
        self._now = now
        self._last = datetime.fromtimestamp(0, UTC)

    def started(self, wanted: Wanted, caller: PhoneNumber, closed: Closed | None) -> datetime:
        """He is here, and asked for a message; returns the receipt."""
        with contextlib.suppress(OSError):  # then a kill in this call leaves it without an end
            self._mark.touch(mode=0o600)
        desk = wanted.desk
        whose = {"department": desk.department if desk else None, "officer": desk.officer if desk else None}
        # a colleague's message is kept like a citizen's, but no promise is judged by it
        internal = caller.kind is NumberKind.EXTENSION
        self._tell(
            CallStarted,
            call_class=CallClass.UNKNOWN if internal else CallClass.CITIZEN,
            exten=wanted.exten, desk_kind=desk.kind.value if desk else None, **whose,
            caller=caller.reveal() or None, withheld=caller.kind is NumberKind.WITHHELD,
        )  # fmt: skip
        if wanted.why is not None:
            self._tell(AbsenceFound, exten=wanted.exten, why=wanted.why)
        return self._tell(MemoBegan, exten=wanted.exten, **whose, closed=closed, taken_by=TakenBy.MENU)

    def kept(self, name: str, value: str) -> None:
        """One thing he left, the moment it is known."""
        self._tell(MemoKept, name=name, value=value)

    def ended(self, ending: str, promised: datetime | None, *, by_us: bool) -> None:
        """The menu is over, and so is the call."""
        self._tell(MemoEnded, ending=ending, promised_at=promised)
        self._tell(CallEnded, ended_by=Side.PBX if by_us else Side.CITIZEN)
        self._mark.unlink(missing_ok=True)

    def broken_off(self) -> None:
        """An earlier run was killed in this call: it ended with the last that was told, as far as we know."""
        self._last = datetime.fromtimestamp(self._mark.stat().st_mtime, UTC)
        self._now = lambda: self._last
        self._tell(MemoEnded, ending="hung_up", promised_at=None)
        self._tell(CallEnded, ended_by=Side.UNKNOWN, complete=False, note=RESTART)
        self._mark.unlink(missing_ok=True)

    def _tell(self, kind: Any, **fields: Any) -> datetime:
        at = self._last = max(self._now(), self._last + _US)
        name = _NAMES[kind]
        subject = {"memo_kept": f"{fields.get('name')}@{_us(at)}", "memo_began": f"menu@{_us(at)}"}.get(name)
        event_id = f"{self._pbx}/{self.call_id}/{name}" + (f"/{subject}" if subject else "")
        self._outbox.put(
            kind(id=event_id, pbx=self._pbx, call_id=self.call_id, at=at, source=Source.EXTENSION, **fields)
        )
        with contextlib.suppress(OSError):
            os.utime(self._mark)
        return at


def _us(at: datetime) -> int:
    return (at - datetime.fromtimestamp(0, UTC)) // _US


def end_what_was_killed(outbox: Outbox, pbx: str, marks: Path, shift: timedelta) -> int:
    """Tell the end of every call that was up when an earlier run died; how many there were."""
    found = sorted(marks.iterdir())
    for mark in found:
        teller = Teller(outbox, pbx, mark.name, marks, lambda: datetime.now(UTC) + shift)
        teller.broken_off()
        log.warning("a call of an earlier run was told to its end", extra={"call_id": mark.name})
    return len(found)
