"""Tells the desks that something on them changed: hub message `desk` with the officers concerned.

Owns whom an event concerns, and that nobody else is told. The message holds ids alone: to those named under
`cards` theirs are sent (`mydesk.live`), what stands on another desk its page asks for with its own right.
"""

from collections.abc import Callable, Iterable, Sequence

from memo_service.ledger.verdicts import CallRecord
from memo_service.transfers import stations
from memo_service.web.hub import Hub
from office import events as ev

_QUIET = ev.PromptStarted | ev.PromptEnded | ev.MemoKept | ev.AnomalySeen | ev.DialStarted | ev.CallStarted
"""What changes nothing on a desk, or says nothing of who is concerned."""


class LiveDesks:
    """Remembers who stands in which call that is up, so that he who leaves it is told, too."""

    def __init__(self, hub: Hub, at_desk: Callable[[str], frozenset[str]]) -> None:
        """`at_desk`: the officers of an extension."""
        self._hub = hub
        self._at_desk = at_desk
        self._stood: dict[str, frozenset[str]] = {}
        self.send_cards: Callable[[Iterable[str]], list[str]] = _to_nobody
        """Sends their cards to some of the officers, and says to whom."""

    def tell(self, officers: Iterable[str]) -> None:
        """Have these look at their desk again. On the event loop."""
        named = sorted(set(officers))
        if named:
            cards = self.send_cards(named)
            self._hub.publish("desk", {"officers": named, "cards": cards}, officers=named)

    def apply(self, records: Iterable[CallRecord], events: Sequence[ev.CallEvent]) -> None:
        """Calls as they now stand, after the commit of `events`. On the event loop."""
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
        self.tell(concerned)

    def forget(self, up: Iterable[str]) -> None:
        """Only these calls are up; what else is remembered ended unseen."""
        alive = set(up)
        self._stood = {call_id: stood for call_id, stood in self._stood.items() if call_id in alive}

    def _concerned(self, record: CallRecord) -> frozenset[str]:
        """Who is in the call, who passed him on, to whom."""
        found = set(stations.officers_in(record))
        for transfer in record.transfers:
            if transfer.request is not None:
                found |= {transfer.request.by.officer or ""}
                found |= self._at_desk(transfer.request.exten)
        return frozenset(found - {""})


def _to_nobody(_: Iterable[str]) -> list[str]:
    return []
