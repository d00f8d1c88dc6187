"""Consultations: which calls between two officers are about which citizen (charter T5, attended transfers).

A call that a phone of the office starts to an extension of the office, while the same phone has a citizen
in talk or on hold, is a consultation about him. Nothing else joins the two calls before the transfer is
done. Owns that pairing, and what of the consultation the citizen's call must hear. Reads calls, changes none.
"""

from collections.abc import Iterable

from ami_bridge.call import facts as f
from ami_bridge.call.state import Call, Channel, Phase, Role, endpoint_of
from ami_bridge.call.stops import outcome_of
from office.events import CallClass, Outcome, Side

_BETWEEN_OFFICERS = (CallClass.INTERNAL, CallClass.UNKNOWN)
_BY_CAUSE = {17: Outcome.BUSY, 20: Outcome.UNREGISTERED, 21: Outcome.DECLINED}
_NOT_HIS_WORD = (Outcome.CALLER_GONE, Outcome.ANSWERED_ELSEWHERE)


class Consults:
    """Open consultations: {call: the citizen's call that it is about}."""

    def __init__(self) -> None:
        self._about: dict[str, str] = {}
        self._none: set[str] = set()  # calls between officers that are about no citizen

    def about(self, call_id: str) -> str | None:
        """The citizen's call that an open consultation is about."""
        return self._about.get(call_id)

    def told(self, before: Call, after: Call, fact: f.Fact, in_talk: Iterable[Call]) -> f.Fact | None:
        """What the citizen's call must hear of a step of another call; `in_talk`: the citizens in a talk."""
        about = self._about.get(after.id)
        if about is None:
            return self._perhaps_begun(before, after, fact, in_talk)
        if after.answered_at and not before.answered_at:
            return _answered(after, about, fact)
        if after.phase is Phase.ENDED:
            del self._about[after.id]
            return f.ConsultEnded(fact.at, about, fact.source, consult=after.id, why=_why(after))
        return None

    def _perhaps_begun(
        self, before: Call, after: Call, fact: f.Fact, in_talk: Iterable[Call]
    ) -> f.Fact | None:
        """Asked once a call, when it is known to be one between officers: most are about nobody."""
        known = before.phase is Phase.ENDED or after.id in self._none
        if after.phase is Phase.ENDED:
            self._none.discard(after.id)
        if known or not _is_between_officers(after):
            return None
        begun = self._begun(after, fact, in_talk)
        if begun is None and after.phase is not Phase.ENDED:
            self._none.add(after.id)
        return begun

    def _begun(self, call: Call, fact: f.Fact, in_talk: Iterable[Call]) -> f.Fact | None:
        endpoint = endpoint_of(call.own.name)
        found = [
            (leg.up_at, citizen.id, leg.uid)
            for citizen in in_talk
            for leg in citizen.channels.values()
            if leg.talk and endpoint_of(leg.name) == endpoint and leg.up_at <= call.started_at
        ]
        exten = _exten(call)
        if not found or not exten:
            return None
        _, about, by = max(found)
        self._about[call.id] = about
        return f.Consulted(call.started_at, about, fact.source, consult=call.id, by=by, exten=exten)


def _is_between_officers(call: Call) -> bool:
    """Whether it is known by now that a phone of the office is called from one."""
    if not call.announced or call.call_class not in _BETWEEN_OFFICERS:
        return False
    return bool(_exten(call)) and endpoint_of(call.own.name) not in call.house.trunks


def _exten(call: Call) -> str:
    """Whom the officer calls: told by the dialplan, else by the first phone that is dialled."""
    if call.exten in call.house.desks:
        return call.exten
    for leg in call.channels.values():
        if leg.role is Role.PHONE and endpoint_of(leg.name) not in call.house.trunks:
            return call.exten if call.exten.isdigit() else call.house.phone(leg.name).extension or ""
    return ""


def _answered(call: Call, about: str, fact: f.Fact) -> f.Fact | None:
    leg = next((c for c in _phones(call) if c.up_at == call.answered_at), None)
    if leg is None:
        return None
    return f.ConsultAnswered(
        call.answered_at, about, fact.source,
        consult=call.id, leg=leg.uid, channel=leg.name, picked_up=leg.picked_up,
    )  # fmt: skip


def _why(call: Call) -> Outcome | None:
    """Why the colleague did not take it; None if the officer hung up himself, or it is not known."""
    if call.answered_at or call.first_to_hang is Side.OFFICER:
        return None
    told = [outcome_of(call, leg) for leg in _phones(call)]
    outcome = next((o for o in told if o and o not in _NOT_HIS_WORD), None)
    if outcome is None and told and call.first_to_hang is None:
        return Outcome.NO_ANSWER
    return outcome or _BY_CAUSE.get(call.own.cause)


def _phones(call: Call) -> list[Channel]:
    return [c for c in call.channels.values() if c.role is Role.PHONE]
