"""Transfers over drawn lives of a call: each party in one place, each transfer with one request and one end.

A drawn life is what a PBX without notes may tell of one citizen: passed on blind, after asking, or while
it still rings; refused, not answered, hung up. Then the facts are doubled, told by the journal again, and
swapped within the tolerance that Asterisk's own order has.
"""

import random
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field, replace

from hypothesis import given, settings
from hypothesis import strategies as st

from ami_bridge.call import facts as f
from ami_bridge.call.state import Call, Channel, Phase, Role
from office.events import CallEvent, Outcome, Source
from tests.replay.play import Play
from tests.replay.wire import BASE_US, TRUNK, U1

OFFICERS = ("2201", "2202", "2203", "2204", "2211", "2212")
MOVES = {
    "blind": ("connected", None),
    "blind_refused": ("failed", Outcome.DECLINED),
    "blind_silent": ("failed", Outcome.NO_ANSWER),
    "ask": ("connected", None),
    "ask_busy": ("cancelled", Outcome.BUSY),
    "ask_and_return": ("cancelled", None),
    "blonde": ("connected", None),
    "blonde_silent": ("failed", Outcome.NO_ANSWER),
}
"""What an officer does, and how that ends."""
ENDS = ("citizen", "officer", "citizen_in_between", "unseen")


@dataclass
class Life:
    """Builds the facts of one citizen's call, move by move."""

    facts: list[f.Fact] = field(default_factory=list)
    at: int = BASE_US
    serial: int = 1
    officer: tuple[str, str] = ("", "")
    """Channel and Uniqueid of who has him; empty while nobody has."""
    bridge: int = 0
    orders: list[tuple[str, Outcome | None]] = field(default_factory=list)
    """How each transfer must end, in order."""

    def tell(self, kind: Callable[..., f.Fact], uid: str, step_ms: int = 200, **fields: object) -> None:
        self.at += step_ms * 1000
        self.facts.append(kind(self.at, uid, **fields))

    def new(self, endpoint: str) -> tuple[str, str]:
        self.serial += 1
        return f"PJSIP/{endpoint}-{self.serial:08x}", f"pbx-1795578000.{self.serial}"

    def begins(self, endpoint: str) -> None:
        self.tell(f.Born, U1, channel=TRUNK, linkedid=U1, exten=endpoint, caller="01000001234")
        self.rung(endpoint, U1)
        self.taken()

    def rung(self, endpoint: str, by: str, linkedid: str = U1) -> None:
        name, uid = self.ringing = self.new(endpoint)
        self.tell(f.Born, uid, channel=name, linkedid=linkedid)
        self.tell(f.DialBegan, by, leg=uid, channel=name)
        self.tell(f.Rang, uid)

    def taken(self) -> None:
        """The ringing phone answers and has the citizen."""
        _, uid = self.officer = self.ringing
        self.tell(f.WentUp, uid, 900)
        self.meet(U1, uid)

    def meet(self, *uids: str) -> None:
        self.bridge += 1
        for uid in uids:
            self.tell(f.EnteredBridge, uid, 5, bridge=f"b{self.bridge}")

    def part(self, *uids: str, bridge: int) -> None:
        for uid in uids:
            self.tell(f.LeftBridge, uid, 5, bridge=f"b{bridge}")

    def gone(self, cause: int) -> None:
        self.tell(f.Hung, self.ringing[1], cause=cause)

    # ---------------------------------------------------------------- moves

    def move(self, move: str, to: str) -> None:
        if self.officer[1]:
            self.orders.append(MOVES[move])
            (self._blind if move.startswith("blind") else self._asks)(move, to)

    def _blind(self, move: str, to: str) -> None:
        name, uid = self.officer
        self.tell(f.BlindTransferred, uid, channel=name, passed=U1, exten=to)
        self.part(U1, uid, bridge=self.bridge)
        self.tell(f.HangupAsked, uid, 280)
        self.tell(f.Hung, uid)
        self.officer = ("", "")
        self.rung(to, U1)
        if move == "blind":
            self.taken()
        else:
            self.gone(21 if move == "blind_refused" else 0)
            self.rung(name[6:10], U1)  # back to who passed him on
            self.taken()

    def _asks(self, move: str, to: str) -> None:
        name, uid = self.officer
        held = self.bridge
        own_name, own = self.new(name[6:10])
        self.tell(f.Born, own, channel=own_name, linkedid=own, exten=to)
        self.rung(to, own, linkedid=own)
        if move in ("ask_busy", "ask_and_return"):
            if move == "ask_and_return":
                self.tell(f.HangupAsked, own)
            self.gone(17 if move == "ask_busy" else 0)
            self.tell(f.Hung, own, cause=17)
            return
        asked = self.ringing[1]
        if move == "ask":
            self.tell(f.WentUp, asked, 900)
            self.meet(asked, own)
            self.part(U1, uid, bridge=held)
            self.part(own, bridge=self.bridge)
            self.tell(f.EnteredBridge, U1, 1, bridge=f"b{self.bridge}")
            self.tell(f.AttendedTransferred, uid, 1, second=own, passed=U1, target=asked)
            self._leave(uid, own)
            self.officer = self.ringing
            return
        self.tell(f.AttendedTransferred, uid, second=own, passed=U1)
        self.part(U1, uid, bridge=held)
        self._leave(uid, own)
        if move == "blonde":
            self.taken()
        else:
            self.officer = ("", "")
            self.gone(0)

    def _leave(self, *uids: str) -> None:
        for uid in uids:
            self.tell(f.Hung, uid, 5)

    def ends(self, how: str) -> None:
        if how == "unseen":
            self.tell(f.Vanished, U1, 1_000)
            return
        if how == "citizen_in_between" and self.officer[1]:
            name, uid = self.officer
            self.orders.append(("caller_gone", None))
            self.tell(f.BlindTransferred, uid, channel=name, passed=U1, exten="2221")
            self.part(U1, uid, bridge=self.bridge)
            self.tell(f.Hung, uid)
            self.rung("2221", U1)
        side = self.officer[1] if how == "officer" and self.officer[1] else U1
        self.tell(f.HangupAsked, side, 1_000)
        self.tell(f.Hung, U1)


@st.composite
def lives(draw: st.DrawFn) -> Life:
    life = Life()
    life.begins(OFFICERS[0])
    for number, move in enumerate(draw(st.lists(st.sampled_from(list(MOVES)), max_size=4))):
        life.move(move, OFFICERS[number + 1])
    life.ends(draw(st.sampled_from(ENDS)))
    return life


def in_one_place(call: Call) -> bool:
    """No channel is in two bridges, and nobody talks with the citizen who is not where he is."""
    up = [c for c in call.channels.values() if c.alive]
    talking: list[Channel] = [c for c in up if c.talk]
    return all(c.role is Role.PHONE and c.bridge == call.own.bridge for c in talking)


def played(facts: list[f.Fact]) -> Play:
    play = Play()
    for fact in facts:
        play.fact(fact)
        assert all(in_one_place(call) for call in play.board.live)
    return play


def counted(events: list[CallEvent], kind: str) -> Counter[str]:
    return Counter(e.model_dump()["transfer"] for e in events if e.kind == kind)


def of_transfers(play: Play) -> set[str]:
    return {
        e.id for e in play.events if e.kind in ("transfer_requested", "transfer_answered", "transfer_ended")
    }


@given(lives())
@settings(max_examples=150, deadline=None)
def test_every_transfer_is_requested_once_and_ends_once(life: Life) -> None:
    play = played(life.facts)
    requested, ended = counted(play.events, "transfer_requested"), counted(play.events, "transfer_ended")
    assert requested == ended
    assert set(requested.values()) <= {1}
    ends = [e.model_dump() for e in play.events if e.kind == "transfer_ended"]
    assert [(end["result"], end["why"]) for end in ends] == life.orders
    assert all(n == 1 for n in counted(play.events, "transfer_answered").values())
    assert {e.call_id for e in play.events if e.kind.startswith("transfer")} <= {U1}
    citizen = play.board.call(U1)
    assert citizen is not None
    assert citizen.phase is Phase.ENDED


@given(lives())
@settings(max_examples=80, deadline=None)
def test_facts_told_twice_and_by_the_journal_again_change_nothing(life: Life) -> None:
    right = of_transfers(played(life.facts))
    doubled = [fact for fact in life.facts for _ in range(2)]
    assert of_transfers(played(doubled)) == right
    play = played(life.facts)
    before = len(play.events)
    for fact in life.facts:
        play.fact(replace(fact, source=Source.JOURNAL))
    assert len(play.events) == before


@given(lives(), st.integers(0, 1000))
@settings(max_examples=80, deadline=None)
def test_facts_of_one_moment_may_come_in_any_order(life: Life, seed: int) -> None:
    """Neighbours closer than 10 ms are swapped; every transfer still has one request and one end."""
    facts = list(life.facts)
    rng = random.Random(seed)  # noqa: S311  # orders for a test, no secret
    for i in range(len(facts) - 1):
        if facts[i + 1].at - facts[i].at < 10_000 and rng.random() < 0.5:
            facts[i], facts[i + 1] = facts[i + 1], facts[i]
    play = played(facts)
    assert counted(play.events, "transfer_requested") == counted(play.events, "transfer_ended")
    assert of_transfers(play) == of_transfers(played(life.facts))


@given(lives(), st.data())
@settings(max_examples=80, deadline=None)
def test_facts_that_were_never_told_leave_no_transfer_open(life: Life, data: st.DataObject) -> None:
    """A gap of any length, and no journal; the end is the snapshot's."""
    first = data.draw(st.integers(1, len(life.facts) - 1))
    length = data.draw(st.integers(0, len(life.facts)))
    kept = [*life.facts[:first], *life.facts[first + length :]]
    play = Play()
    for fact in kept:
        play.fact(fact)
    play.fact(f.Vanished(life.at + 1, U1, Source.SNAPSHOT))
    requested, ended = counted(play.events, "transfer_requested"), counted(play.events, "transfer_ended")
    assert requested.keys() <= ended.keys()
    assert set(ended.values()) <= {1}
