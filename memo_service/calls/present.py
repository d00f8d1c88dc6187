"""Turns calls into what templates print: strings for one viewer, nothing left to decide.

Owns the step from codes and ids to words. Reads no database and makes no HTML.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from memo_service.access.viewer import Access, Viewer
from memo_service.calls import labels
from memo_service.calls.live import LiveCall, Phase, live_view
from memo_service.ledger.reader import ListedCall
from memo_service.ledger.verdicts import ALL_PROMISES, CallRecord, Verdict
from office.calendar import KST
from office.charter import Ring
from office.events import CallClass

MAIN_GROUP = "main"


@dataclass(frozen=True, slots=True)
class Row:
    """A call on the live board."""

    call_id: str
    group: str
    phase: str
    phase_label: str
    title: str
    taken_by: str
    class_label: str
    rang_at_ms: int | None
    ring_ms: int | None
    ring: int | None
    ring_text: str
    talk_since_ms: int | None
    late: bool
    words: str
    observe: bool
    uncertain: bool


@dataclass(frozen=True, slots=True)
class Chip:
    """A verdict in a list."""

    promise: str
    name: str
    result: str
    label: str
    icon: str
    reason: str


@dataclass(frozen=True, slots=True)
class Line:
    """A finished call in a list."""

    call_id: str
    day: str
    clock: str
    title: str
    class_label: str
    ring_text: str
    late: bool
    live: bool
    chips: tuple[Chip, ...]


class Presenter:
    """Words for calls, for one office."""

    def __init__(self, access: Access, ring: Ring) -> None:
        self._access = access
        self._ring = ring

    def row(self, viewer: Viewer, record: CallRecord, now: datetime) -> Row:
        """A live call."""
        call = live_view(record)
        waited = self._waited(call, now)
        taken = self._access.phone(viewer, call.leg.phone) if call.leg else ""
        title = self._title(viewer, call)
        return Row(
            call_id=call.call_id,
            group=call.department or MAIN_GROUP,
            phase=call.phase.value,
            phase_label=labels.PHASES[call.phase.value],
            title=title,
            taken_by="" if taken == title else taken,
            class_label="" if call.call_class is CallClass.CITIZEN else labels.CLASSES[call.call_class],
            rang_at_ms=_epoch_ms(call.rang_at),
            ring_ms=call.ring_ms,
            ring=None if waited is None else self._ring.ring_number(waited),
            ring_text=self.ring_text(waited),
            talk_since_ms=_epoch_ms(call.talk_since),
            late=call.is_late(self._ring, now),
            words=labels.WORDS.get(call.words or "", ""),
            observe=call.observe,
            uncertain=call.uncertain,
        )

    def line(self, viewer: Viewer, call: ListedCall) -> Line:
        """A call in a list. The reader sees whose desk it was only by department."""
        row = call.row
        local = row.started_at.astimezone(KST)
        return Line(
            call_id=row.call_id,
            day=f"{local:%m.%d}.",
            clock=f"{local:%H:%M:%S}",
            title=self._access.department(row.department) or labels.MAIN_LINE,
            class_label="" if row.call_class == CallClass.CITIZEN else labels.CLASSES[row.call_class],
            ring_text=self.ring_text(row.ring_ms),
            late=bool(row.late),
            live=row.ended_at is None,
            chips=self.chips(call.verdicts),
        )

    def chips(self, verdicts: dict[str, Verdict]) -> tuple[Chip, ...]:
        """Verdicts in the charter's order."""
        return tuple(self.chip(verdicts[promise]) for promise in ALL_PROMISES if promise in verdicts)

    def chip(self, verdict: Verdict) -> Chip:
        """One verdict in words."""
        return Chip(
            promise=verdict.promise,
            name=labels.PROMISES[verdict.promise],
            result=verdict.result.value,
            label=labels.RESULTS[verdict.result.value],
            icon=labels.RESULT_ICONS[verdict.result.value],
            reason=labels.reason(verdict.promise, verdict.reason),
        )

    def ring_text(self, ring_ms: int | None) -> str:
        """`2번째 벨 · 4.1초`; empty where nothing rang."""
        if ring_ms is None:
            return ""
        return f"{self._ring.ring_number(ring_ms)}번째 벨 · {labels.seconds(ring_ms)}"

    def _title(self, viewer: Viewer, call: LiveCall) -> str:
        desk = self._access.desk(viewer, call.exten)
        return desk or self._access.department(call.department) or labels.CLASSES[call.call_class]

    def _waited(self, call: LiveCall, now: datetime) -> int | None:
        if call.rang_at is None:
            return None
        if call.ring_ms is not None:
            return call.ring_ms
        if call.phase is not Phase.RINGING:
            return None
        return max(int((now - call.rang_at).total_seconds() * 1000), 0)


def t1_readings(measures: dict[str, Any]) -> list[dict[str, Any]]:
    """The three readings of "three rings" side by side (charter T1)."""
    return [
        {
            "label": labels.READINGS[name],
            "limit": labels.seconds(found["limit_ms"]),
            "late": found["late"],
            "chosen": name == measures["reading"],
        }
        for name, found in measures.get("readings", {}).items()
    ]


def _epoch_ms(moment: datetime | None) -> int | None:
    return None if moment is None else int(moment.timestamp() * 1000)
