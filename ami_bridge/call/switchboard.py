"""All calls of one PBX: which call a fact belongs to, and when a finished call is forgotten.

Owns the way from channel to call. Uniqueid of the starting channel is a call's identity; Linkedid only hints.
Finished calls are kept for late facts, for a while and in bounded number: memory does not grow with them.
"""

from collections import deque
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from typing import Any

from ami_bridge.call import facts as f
from ami_bridge.call import start
from ami_bridge.call.consults import Consults
from ami_bridge.call.effects import Effect, Publish, event_id
from ami_bridge.call.snapshot import RINGING, UP, Differences, SeenChannel, Snapshot
from ami_bridge.call.state import Call, Channel, House, Phase, Role, order
from ami_bridge.call.transitions import advance
from office.events import CallClass, LinkLost, LinkRestored, Source

KEEP_US = 60_000_000
KEEP_CALLS = 1_000
Effects = tuple[Effect, ...]


@dataclass(slots=True)
class Counts:
    """What passed through, for the metrics."""

    facts: int = 0
    strays: int = 0
    """Facts of channels that no known call has: Local-only traffic, or the rest of a call before our time."""
    calls: int = 0


class Switchboard:
    """Facts in, effects out, for every call of one PBX. One writer; not thread-safe."""

    def __init__(self, house: House) -> None:
        self.house = house
        self.counts = Counts()
        self._calls: dict[str, Call] = {}
        self._owner: dict[str, str] = {}
        self._bridges: dict[str, set[str]] = {}
        self._ended: deque[tuple[int, str]] = deque()
        self._in_talk: set[str] = set()  # calls of citizens whom somebody talks to
        self._consults = Consults()
        self._placing: dict[type[f.Fact], Callable[[Any], Effects]] = {
            f.Born: self._place_born,
            f.DialBegan: self._place_dial,
            f.PickedUp: self._place_pickup,
            f.EnteredBridge: self._place_entered,
            f.LeftBridge: self._place_left,
            f.Hung: self._place_hung,
            f.BlindTransferred: self._place_blind,
            f.AttendedTransferred: self._place_attended,
            f.Unparked: self._place_unparked,
        }

    # ---------------------------------------------------------------- reading

    @property
    def live(self) -> list[Call]:
        """Calls that have not ended, oldest first."""
        return [call for call in self._calls.values() if call.phase is not Phase.ENDED]

    def call(self, call_id: str) -> Call | None:
        """A live or lately ended call."""
        return self._calls.get(call_id)

    def __len__(self) -> int:
        """Calls held in memory, lately ended ones included."""
        return len(self._calls)

    # ---------------------------------------------------------------- facts

    def feed(self, fact: f.Fact) -> Effects:
        """Hand one fact to its call. Never raises for one it cannot place: that is a stray, and counted."""
        self.counts.facts += 1
        place = self._placing.get(type(fact))
        effects = place(fact) if place else ()
        call_id = self._owner.get(fact.uid)
        if call_id is None:
            self.counts.strays += 1
            return effects
        return effects + self._advance(call_id, fact)

    # ---------------------------------------------------------------- which call: facts that tell of it

    def _place_born(self, fact: f.Born) -> Effects:
        """A channel belongs to the call it is linked to; one that is linked to itself starts a call."""
        if fact.uid in self._owner:
            return ()
        call = self._owner.get(fact.linkedid)
        if call is not None:
            self._owner[fact.uid] = call
        elif fact.uid == fact.linkedid and not fact.channel.startswith("Local/"):
            return self._start(fact)
        return ()

    def _place_dial(self, fact: f.DialBegan) -> Effects:
        """The dialled channel belongs to the dialling one's call; or the other way, if only that is known."""
        dialler, leg = self._owner.get(fact.uid), self._owner.get(fact.leg)
        if dialler is None and leg is not None:
            return self._advance(leg, fact)
        if dialler is not None and leg is None:
            self._owner[fact.leg] = dialler
        elif fact.already_up and dialler is not None:
            return self._take_over(fact.leg, dialler, fact)
        return ()

    def _place_pickup(self, fact: f.PickedUp) -> Effects:
        """The colleague's channel belongs to the call that it takes."""
        into = self._owner.get(fact.target)
        if into is None:
            return ()
        effects = self._take_over(fact.uid, into, fact)
        self._owner[fact.uid] = into
        return effects

    def _start(self, fact: f.Born) -> Effects:
        step = start.new_call(self.house, fact)
        self._put(step.call)
        self._owner[fact.uid] = fact.uid
        self.counts.calls += 1
        return step.effects

    def _advance(self, call_id: str, fact: f.Fact) -> Effects:
        before = self._calls[call_id]
        step = advance(before, fact)
        if step.call is not before:
            self._put(step.call)
            if step.call.phase is Phase.ENDED and before.phase is not Phase.ENDED:
                self._ended.append((fact.at, call_id))
                self._forget(fact.at)
            if step.call.call_class is not CallClass.CITIZEN:
                in_talk = (self._calls[citizen] for citizen in self._in_talk)
                heard = self._consults.told(before, step.call, fact, in_talk)
                if heard is not None:
                    return step.effects + self._advance(heard.uid, heard)
        return step.effects

    def _put(self, call: Call) -> None:
        self._calls[call.id] = call
        if call.phase is Phase.TALKING and call.call_class is CallClass.CITIZEN:
            self._in_talk.add(call.id)
        else:
            self._in_talk.discard(call.id)

    def _forget(self, now: int) -> None:
        while self._ended and (now - self._ended[0][0] > KEEP_US or len(self._ended) > KEEP_CALLS):
            call = self._calls.pop(self._ended.popleft()[1], None)
            for uid, channel in call.channels.items() if call else ():
                if call and self._owner.get(uid) == call.id:
                    del self._owner[uid]
                self._leave(channel.bridge, uid)

    # ---------------------------------------------------------------- calls that become one

    def _take_over(self, picker: str, into: str, fact: f.Fact) -> Effects:
        """A colleague's own short call becomes a leg of the call that he picks up (EVT-03)."""
        short = self._calls.get(picker)
        if short is None or self._owner.get(picker) != picker or picker == into:
            return ()
        effects = self._advance(picker, f.Merged(fact.at, picker, fact.source, into=into))
        self._owner[picker] = into
        self._put(self._calls[into].having(short.own._replace(role=Role.PHONE)))
        return effects

    def _place_blind(self, fact: f.BlindTransferred) -> Effects:
        """A transferring phone whose beginning was not seen is in the call of whom it passes on."""
        citizen = self._owner.get(fact.passed)
        if citizen is not None and fact.uid not in self._owner:
            self._owner[fact.uid] = citizen
        return ()

    def _place_attended(self, fact: f.AttendedTransferred) -> Effects:
        """A consultation becomes part of the citizen's call, with the phone that answered or still rings."""
        owners = [self._owner.get(uid, "") for uid in (fact.uid, fact.second, fact.passed, fact.target)]
        announced: Effects = ()
        citizen = self._citizen_among(owners)
        if citizen is None and owners[0]:  # it may be this fact that tells what its call is
            announced = self._advance(owners[0], fact)
            citizen = self._citizen_among(owners)
        if citizen is None:
            return announced
        consult = next((c for c in owners if c and c != citizen), "")
        if not consult and fact.second not in self._owner:
            consult = fact.second
        if not consult:  # it ran within the citizen's own call
            return announced
        told = self._advance(citizen, replace(fact, uid=citizen, consult=consult))
        return announced + told + self._fold(consult, citizen, fact)

    def _citizen_among(self, owners: list[str]) -> str | None:
        return next((c for c in owners if c and self._is_citizens(c)), None)

    def _is_citizens(self, call_id: str) -> bool:
        return self._calls[call_id].call_class is CallClass.CITIZEN

    def _fold(self, consult: str, into: str, fact: f.Fact) -> Effects:
        """The rest of a consultation joins the citizen's call, and it is no call of its own any more."""
        call = self._calls.get(consult)
        if call is None or call.phase is Phase.ENDED:
            return ()
        for uid, channel in call.channels.items():
            if uid != consult and channel.alive and self._owner.get(uid) == consult:
                self._owner[uid] = into
                self._put(self._calls[into].having(channel))
        return self._advance(consult, f.Merged(fact.at, consult, fact.source, into=into))

    def _place_unparked(self, fact: f.Unparked) -> Effects:
        """Who fetches a parked citizen dialled a call of his own for it."""
        into = self._owner.get(fact.uid)
        fetcher = fact.fetcher or next((c.id for c in self.live if c.own.name == fact.channel), "")
        return self._take_over(fetcher, into, fact) if into else ()

    def _place_left(self, fact: f.LeftBridge) -> Effects:
        self._leave(fact.bridge, fact.uid)
        return ()

    def _place_hung(self, fact: f.Hung) -> Effects:
        """A channel that is gone is in no bridge, whether its leaving was seen or not."""
        call = self._calls.get(self._owner.get(fact.uid, ""))
        channel = call.channels.get(fact.uid) if call else None
        if channel and channel.bridge:
            self._leave(channel.bridge, fact.uid)
        return ()

    def _place_entered(self, fact: f.EnteredBridge) -> Effects:
        """Keep who is in which bridge; a phone of another call that meets a citizen's call joins it."""
        if fact.uid not in self._owner:
            return ()
        members = self._bridges.setdefault(fact.bridge, set())
        members.add(fact.uid)
        if len(members) < 2:
            return ()
        calls = {call for uid in members if (call := self._owner.get(uid)) is not None}
        if len(calls) < 2:
            return ()
        return self._join(sorted(calls, key=self._precedence), members, fact)

    def _join(self, calls: list[str], members: Iterable[str], fact: f.EnteredBridge) -> Effects:
        """Phones in this bridge go over to the first of `calls`; the rest of the others ends by itself.

        So does the short call of who fetches a parked citizen: nothing was told of it yet.
        """
        keeps, effects = calls[0], Effects()
        for uid in sorted(members, key=order):
            owner = self._owner.get(uid)
            if owner is None or owner == keeps:
                continue
            if uid == owner and self._calls[owner].phase is Phase.NEW and self._is_citizens(keeps):
                effects += self._take_over(uid, keeps, fact)
                continue
            channel = self._calls[owner].channels.get(uid)
            if uid == owner or channel is None or channel.role is not Role.PHONE:
                continue
            self._owner[uid] = keeps
            self._calls[owner] = self._calls[owner].without(uid)
            joined = f.Joined(
                fact.at, uid, fact.source,
                channel=channel.name, bridge=channel.bridge or fact.bridge, up_at=channel.up_at,
                consult=owner,
            )  # fmt: skip
            effects += self._advance(keeps, joined)
        return effects

    def _precedence(self, call_id: str) -> tuple[bool, tuple[int, int]]:
        """A citizen's call keeps; else the older one."""
        call = self._calls[call_id]
        return (call.call_class is not CallClass.CITIZEN, order(call.id))

    def _leave(self, bridge: str, uid: str) -> None:
        members = self._bridges.get(bridge)
        if members is not None:
            members.discard(uid)
            if not members:
                del self._bridges[bridge]

    # ---------------------------------------------------------------- gaps

    def lose_link(self, at: int, reason: str) -> Effects:
        """The link to the PBX broke: every live call is uncertain."""
        event = LinkLost(
            id=event_id(self.house.pbx, "link", "link_lost", str(at)),
            pbx=self.house.pbx, call_id="", at=self.house.moment(at), reason=reason,
        )  # fmt: skip
        effects: Effects = (Publish(event),)
        for call in self.live:
            effects += self._advance(call.id, f.LinkWasLost(at, call.id))
        return effects

    def restore_link(self, at: int, since: int, *, covered: bool) -> Effects:
        """The link is back; `covered`: the journal told the whole gap that began at `since`."""
        event = LinkRestored(
            id=event_id(self.house.pbx, "link", "link_restored", str(at)),
            pbx=self.house.pbx, call_id="", at=self.house.moment(at), since=self.house.moment(since),
            covered=covered,
        )  # fmt: skip
        return (Publish(event),)

    def restarted(self, boot: int, at: int) -> Effects:
        """The PBX booted at `boot`: calls from before cannot be up; they end at `at`, unseen (TIM-03)."""
        effects: Effects = ()
        for call in self.live:
            if call.started_at < boot:
                end = f.Vanished(max(at, call.started_at), call.id, Source.SNAPSHOT, note="pbx_restart")
                effects += self._advance(call.id, end)
        return effects

    def clock_stepped(self, at: int) -> Effects:
        """The PBX's clock jumped: no live call can be timed."""
        effects: Effects = ()
        for call in self.live:
            effects += self._advance(call.id, f.ClockStepped(at, call.id))
        return effects

    def doubt(self) -> None:
        """Calls read from the journal at a start may be over, or told uncertain before: confirm them."""
        for call in self.live:
            self._calls[call.id] = call._replace(uncertain=True)

    def restore(self, call_id: str, started: int) -> None:
        """A call that an earlier run of the bridge left open; the next snapshot confirms or ends it."""
        if call_id not in self._calls:
            own = Channel(call_id, "", Role.OWN)
            call = Call(
                call_id, self.house, {call_id: own}, started,
                phase=Phase.OPEN, announced=True, uncertain=True, flaw="start_unseen",
            )  # fmt: skip
            self._calls[call_id] = call._replace(call_class=start.guess(call))
            self._owner[call_id] = call_id

    def compare(self, snapshot: Snapshot) -> Differences:
        """What memory and PBX disagree on. One look is not enough: events may be on their way."""
        alive = {
            uid
            for call in self.live
            for uid, channel in call.channels.items()
            if channel.alive and self._owner.get(uid) == call.id
        }
        listed = snapshot.channels
        starting = {uid for uid, seen in listed.items() if seen.starts_call}
        unknown = {
            uid
            for uid, seen in listed.items()
            if uid not in self._owner and (seen.linkedid in starting or seen.linkedid in self._owner)
        }
        return Differences(frozenset(alive - listed.keys()), frozenset(unknown))

    def reconcile(self, snapshot: Snapshot, settled: Differences) -> Effects:
        """Make memory agree with the PBX where two looks agree; live calls that it lists are confirmed."""
        effects: Effects = ()
        for call in self.live:
            if not call.own.name and call.id in snapshot.channels:
                effects += self._recognise(call, snapshot.channels[call.id], snapshot.at)
        newcomers = [snapshot.channels[uid] for uid in settled.unknown if uid in snapshot.channels]
        for seen in sorted(newcomers, key=lambda s: (not s.starts_call, order(s.uid))):
            effects += self._adopt(seen, snapshot.at)
        for seen in newcomers:  # bridges last: who talks is known once all are there
            if seen.bridge and seen.uid in self._owner:
                effects += self.feed(
                    f.EnteredBridge(snapshot.at, seen.uid, Source.SNAPSHOT, bridge=seen.bridge)
                )
        for call in self.live:
            if call.id in snapshot.channels:
                effects += self._advance(call.id, f.Found(snapshot.at, call.id, Source.SNAPSHOT))
            for uid in settled.missing & call.channels.keys():
                gone: f.Fact = f.Hung(snapshot.at, uid, Source.SNAPSHOT)
                if uid == call.id:
                    gone = f.Vanished(snapshot.at, uid, Source.SNAPSHOT)
                effects += self._advance(call.id, gone)
        return effects

    def _recognise(self, call: Call, seen: SeenChannel, at: int) -> Effects:
        """A call that an earlier run left open is still up: its own channel is known by its name again."""
        own = call.own._replace(name=seen.name)
        self._calls[call.id] = call.having(own, exten=seen.exten, call_class=start.guess(call.having(own)))
        if not seen.bridge:
            return ()
        return self.feed(f.EnteredBridge(at, call.id, Source.SNAPSHOT, bridge=seen.bridge))

    def _adopt(self, seen: SeenChannel, at: int) -> Effects:
        born = f.Born(
            at, seen.uid, Source.SNAPSHOT,
            channel=seen.name, linkedid=seen.linkedid, exten=seen.exten, caller=seen.caller,
        )  # fmt: skip
        if not seen.starts_call:
            effects = self.feed(born)
            if seen.state == RINGING:
                effects += self.feed(f.Rang(at, seen.uid, Source.SNAPSHOT))
            elif seen.state == UP:
                effects += self.feed(f.WentUp(at, seen.uid, Source.SNAPSHOT))
            return effects
        self._start(born)
        step = start.adopt(self._calls[seen.uid], at)
        self._calls[seen.uid] = step.call
        return step.effects
