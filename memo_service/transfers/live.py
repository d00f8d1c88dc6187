"""Tells the desks that something on them changed: hub message `desk` with the officers concerned.

Owns whom an event concerns, and that nobody else is told. The message holds ids alone: to those named under
`cards` theirs are sent (`mydesk.live`), what stands on another desk its page asks for with its own right.
"""

from collections.abc import Callable, Iterable, Sequence
from typing import Protocol

from memo_service.ledger.verdicts import CallRecord
from memo_service.transfers import stations
from memo_service.web.hub import Hub
from office import events as ev

_QUIET = ev.PromptStarted | ev.PromptEnded | ev.MemoKept | ev.AnomalySeen | ev.DialStarted | ev.CallStarted
"""What changes nothing on a desk, or says nothing of who is concerned."""


class Cards(Protocol):
    """What sends officers their cards."""

    def send(self, officers: Iterable[str], first: frozenset[str]) -> list[str]:
        """Send these their cards, `first` before the others; returns who will get them."""
        ...

    async def made(self, officers: frozenset[str]) -> None:
        """Until the cards of these are on their way, and never for long."""
        ...


class LiveDesks:
    """Remembers who stands in which call that is up, so that he who leaves it is told, too."""

    def __init__(self, hub: Hub, at_desk: Callable[[str], frozenset[str]]) -> None:
        """`at_desk`: the officers of an extension."""
        self._hub = hub
        self._at_desk = at_desk
        self._stood: dict[str, frozenset[str]] = {}
        self.cards: Cards | None = None

    def tell(self, officers: Iterable[str], first: frozenset[str] = frozenset()) -> None:
        """Have these look at their desk again, `first` before the others. On the event loop."""
        named = sorted(set(officers))
        if named:
            cards = self.cards.send(named, first) if self.cards else []
            self._hub.publish("desk", {"officers": named, "cards": cards}, officers=named)

    async def apply(self, records: Iterable[CallRecord], events: Sequence[ev.CallEvent]) -> None:
        """Calls as they now stand, after the commit of `events`. On the event loop.

        Returns once those who are rung by them have their cards, or after a moment.
        """
        moved = {event.call_id for event in events if not isinstance(event, _QUIET)}
        concerned: set[str] = set()
        for record in records:
            before = self._stood.get(record.call_id, frozenset())
            now = self._concerned(record)
            if record.end is None:
                self._stood[record.call_id] = now
            else:
                self._stood.pop(record.call_id, None)
            if record.call_id in moved:
                concerned |= before | now
        rung = frozenset(officer for event in events for officer in self._rung(event))
        self.tell(concerned, rung)
        if self.cards:
            await self.cards.made(rung & concerned)

    def forget(self, up: Iterable[str]) -> None:
        """Only these calls are up; what else is remembered ended unseen."""
        alive = set(up)
        self._stood = {call_id: stood for call_id, stood in self._stood.items() if call_id in alive}

    def _rung(self, event: ev.CallEvent) -> Iterable[str]:
        """Whose bell an event starts, or is about to start."""
        if isinstance(event, ev.PhoneRang):
            return (event.phone.officer,) if event.phone.officer else ()
        return self._at_desk(event.exten) if isinstance(event, ev.TransferRequested) else ()

    def _concerned(self, record: CallRecord) -> frozenset[str]:
        """Who is in the call, who passed him on, to whom."""
        found = set(stations.officers_in(record))
        for transfer in record.transfers:
            if transfer.request is not None:
                found |= {transfer.request.by.officer or ""}
                found |= self._at_desk(transfer.request.exten)
        return frozenset(found - {""})
