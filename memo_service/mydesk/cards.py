"""The calls of a desk as cards: one card a call, whatever the officer's part in it. Pure.

Owns what is joined into one card and in which order cards stand; the facts are `transfers.views`'.
"""

from dataclasses import dataclass

from memo_service.transfers.views import Caller, DeskCall, DeskView, Incoming, Outgoing

_OPEN = frozenset({"ordered", "under_way", "late"})


@dataclass(frozen=True, slots=True)
class Card:
    """One call at this desk: as it rings or talks here, comes here, or was passed on from here."""

    call_id: str
    call: DeskCall | None
    incoming: Incoming | None
    outgoing: Outgoing | None

    @property
    def state(self) -> str:
        """A key of `labels.CARD_STATES`."""
        if self.call is not None and self.call.phase == "ringing":
            return "returned" if self.call.comes_back else "ringing"
        if self.call is not None:
            return "words" if self.call.phase == "words" else "talking"
        if self.incoming is not None:
            return "coming"
        return "passing" if self.outgoing and self.outgoing.state in _OPEN else "passed"

    @property
    def caller(self) -> Caller:
        """Who is on the line; nobody known once the citizen is with somebody else."""
        known = self.call or self.incoming
        return known.caller if known else Caller()

    @property
    def since_ms(self) -> int:
        """When the card came to this desk."""
        known = self.incoming or self.outgoing
        return self.call.started_at_ms if self.call else known.at_ms if known else 0


def cards_of(view: DeskView) -> list[Card]:
    """The cards of a desk, the oldest first, so that a card that stands does not move when another comes."""
    calls = {call.call_id: call for call in view.calls}
    incoming = {transfer.call_id: transfer for transfer in view.incoming}
    outgoing = {transfer.call_id: transfer for transfer in sorted(view.outgoing, key=lambda t: t.at_ms)}
    found = [
        Card(call_id, calls.get(call_id), incoming.get(call_id), outgoing.get(call_id))
        for call_id in {**calls, **incoming, **outgoing}
    ]
    return sorted(found, key=lambda card: (card.since_ms, card.call_id))
