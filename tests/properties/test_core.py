"""Properties of the core over drawn streams: cuts, doubles, rubbish, and every call ends."""

import gzip
import itertools
from collections.abc import Callable

from hypothesis import example, given, settings
from hypothesis import strategies as st

from ami_bridge.ami.framing import Framer
from ami_bridge.call import facts as f
from ami_bridge.call.effects import Publish
from ami_bridge.call.snapshot import Differences, Snapshot
from ami_bridge.call.state import Phase
from ami_bridge.call.switchboard import Switchboard
from office.events import CallbackStep
from tests.replay.golden import CAPTURES
from tests.replay.play import DATA, Play, example_house, foreign_house, trace
from tests.replay.wire import BASE_US, PHONE, TRUNK

LOAD = gzip.decompress((DATA / "load-ami.txt.gz").read_bytes())[:300_000]
WHOLE = Framer().feed(LOAD)
UIDS = [*(f"pbx-1795578000.{n}" for n in range(1, 6)), "cb-7-1-1"]
NAMES = {
    UIDS[0]: TRUNK,
    UIDS[1]: PHONE,
    UIDS[2]: "PJSIP/2202-3",
    UIDS[3]: "Local/2@x-1;1",
    UIDS[4]: "PJSIP/2203-5",
    UIDS[5]: "PJSIP/2201-6",
}
CODES = ["do_not_disturb", "back", "dance"]
STEPS = [*CallbackStep, "dance"]
TIMERS = ["announce", "ring_limit", f"transfer_limit/{UIDS[1]}"]


@given(st.lists(st.integers(0, len(LOAD)), max_size=40))
@settings(max_examples=60, deadline=None)
def test_any_cuts_of_a_stream_give_the_same_messages(cuts: list[int]) -> None:
    edges = [0, *sorted(cuts), len(LOAD)]
    framer = Framer()
    found = [m for a, b in itertools.pairwise(edges) for m in framer.feed(LOAD[a:b])]
    assert found == WHOLE


@given(st.sampled_from([name for name in CAPTURES if name != "resync_midcall"]), st.data())
@settings(max_examples=60, deadline=None)
def test_any_cut_of_a_trace_gives_the_same_events(name: str, data: st.DataObject) -> None:
    raw = trace(name)
    cut = data.draw(st.integers(0, len(raw)))
    assert Play(foreign_house()).bytes(raw[:cut], raw[cut:]).events == Play(foreign_house()).bytes(raw).events


@given(st.binary(max_size=400))
@settings(max_examples=200, deadline=None)
def test_rubbish_on_the_wire_neither_raises_nor_hides_what_follows(rubbish: bytes) -> None:
    play = Play()
    play.feed.feed(rubbish + b"\r\n\r\n")
    play.feed.feed(trace("abandon_ring2"))
    assert play.feed.counts.facts >= 8


stamps = st.integers(0, 100_000_000).map(lambda us: BASE_US + us)
uids = st.sampled_from(UIDS)
bridges = st.sampled_from(["b1", "b2"])
takers = st.sampled_from(["menu", "recorder"])
sources = st.sampled_from(["ami", "journal", "snapshot"])


@st.composite
def drawn_facts(draw: st.DrawFn) -> f.Fact:
    at, uid = draw(stamps), draw(uids)
    other = draw(uids)
    kinds: tuple[Callable[[], f.Fact], ...] = (
        lambda: f.Born(
            at, uid, channel=NAMES[uid], linkedid=draw(st.sampled_from([uid, UIDS[0]])), exten="2201"
        ),
        lambda: f.DialBegan(at, uid, leg=other, channel=NAMES[other], already_up=draw(st.booleans())),
        lambda: f.Rang(at, uid),
        lambda: f.Progressed(at, uid),
        lambda: f.WentUp(at, uid),
        lambda: f.DialEnded(at, uid, status=draw(st.sampled_from(["BUSY", "CANCEL", "NOANSWER", "ANSWER"]))),
        lambda: f.Forwarded(at, uid),
        lambda: f.EnteredBridge(at, uid, bridge=draw(bridges)),
        lambda: f.LeftBridge(at, uid, bridge=draw(bridges)),
        lambda: f.HangupAsked(at, uid),
        lambda: f.Hung(at, uid, cause=draw(st.sampled_from([0, 16, 17, 21, 26, 127])), by=NAMES[other]),
        lambda: f.PickedUp(at, uid, target=other, channel=NAMES[uid]),
        lambda: f.NotedCall(at, uid, stamp=at // 1000, call_class="citizen", exten="2201"),
        lambda: f.NotedDial(at, uid, stamp=at // 1000, exten="2201", role="desk"),
        lambda: f.NotedAnswer(at, uid, stamp=at // 1000, peer=NAMES[other], ring_ms=100, words="greeting"),
        lambda: f.NotedPrompt(at, uid, stamp=at // 1000, prompt="greeting", ended=draw(st.booleans())),
        lambda: f.NotedLeft(at, uid, stamp=at // 1000),
        lambda: f.NotedAbsence(at, uid, stamp=at // 1000, why="busy", first_ring=at // 1000),
        lambda: f.NotedEnd(at, uid, stamp=at // 1000, by=NAMES[other], first_ring=at // 1000),
        lambda: f.NotedMemo(at, uid, stamp=at // 1000, exten="2201", taken_by=draw(takers)),
        lambda: f.NotedMemoField(at, uid, stamp=at // 1000, name="number", value="01000001234"),
        lambda: f.NotedMemoEnd(at, uid, stamp=at // 1000, ending="goodbye", promised=at // 1_000_000),
        lambda: f.NotedPresence(at, uid, stamp=at // 1000, exten="2201", state=draw(st.sampled_from(CODES))),
        lambda: f.NotedCallback(at, uid, stamp=at // 1000, attempt="7-1", step=draw(st.sampled_from(STEPS))),
        lambda: f.BlindTransferred(at, uid, channel=NAMES[uid], passed=draw(uids), exten="2203"),
        lambda: f.AttendedTransferred(at, uid, second=other, passed=draw(uids), target=draw(uids)),
        lambda: f.Consulted(at, UIDS[0], consult=other, by=uid, exten="2203"),
        lambda: f.ConsultAnswered(at, UIDS[0], consult=other, leg=uid, channel=NAMES[uid]),
        lambda: f.ConsultEnded(at, UIDS[0], consult=other),
        lambda: f.Parked(at, uid, space="701", by=NAMES[other]),
        lambda: f.Unparked(at, uid, fetcher=other, channel=NAMES[other]),
        lambda: f.NotedTransfer(at, uid, stamp=at // 1000, by=NAMES[other], exten="2203", refused=""),
        lambda: f.NotedAct(at, uid, stamp=at // 1000, act=draw(st.sampled_from(["read_back", "dance"]))),
        lambda: f.TimerFired(at, uid, name=draw(st.sampled_from(TIMERS))),
        lambda: f.LinkWasLost(at, uid),
        lambda: f.Found(at, uid),
        lambda: f.ClockStepped(at, uid),
    )
    make: Callable[[], f.Fact] = draw(st.sampled_from(kinds))
    return make()


def published(board: Switchboard, facts: list[f.Fact]) -> list[str]:
    return [e.event.id for fact in facts for e in board.feed(fact) if isinstance(e, Publish)]


def end_all(board: Switchboard, at: int) -> list[str]:
    """The PBX shows no channel at all: every call that is up is gone."""
    nothing = Snapshot(at, {})
    effects = board.reconcile(nothing, board.compare(nothing) & Differences(frozenset(UIDS)))
    return [e.event.id for e in effects if isinstance(e, Publish)]


@given(st.lists(drawn_facts(), max_size=60))
@settings(max_examples=400, deadline=None)
def test_any_facts_in_any_order_never_raise_and_every_call_ends_once(facts: list[f.Fact]) -> None:
    board = Switchboard(example_house())
    ids = published(board, facts)
    ids += end_all(board, BASE_US + 200_000_000)
    assert board.live == []
    started = [i for i in ids if i.endswith("/call_started")]
    ended = [i for i in ids if i.endswith("/call_ended")]
    assert len(ended) == len(set(ended))
    assert {i.rsplit("/", 1)[0] for i in started} == {i.rsplit("/", 1)[0] for i in ended}


@given(st.lists(drawn_facts(), max_size=40))
@settings(max_examples=200, deadline=None)
def test_a_start_is_told_before_anything_else_of_a_call(facts: list[f.Fact]) -> None:
    board = Switchboard(example_house())
    known: set[str] = set()
    for fact in facts:
        for effect in board.feed(fact):
            if isinstance(effect, Publish):
                if effect.event.kind == "call_started":
                    known.add(effect.event.call_id)
                assert effect.event.call_id in known or effect.event.kind == "anomaly_seen"


@given(st.lists(drawn_facts(), max_size=40))
@example(  # a transfer of who was consulted out of our sight, and nothing told before it what his call is
    [
        f.Born(BASE_US, UIDS[0], channel=TRUNK, linkedid=UIDS[0], exten="2201"),
        f.AttendedTransferred(BASE_US, UIDS[0], second=UIDS[1], passed=UIDS[0], target=UIDS[0]),
    ]
)
@settings(max_examples=200, deadline=None)
def test_every_fact_told_twice_changes_nothing(facts: list[f.Fact]) -> None:
    once, twice = Switchboard(example_house()), Switchboard(example_house())
    first = published(once, facts)
    again = published(twice, [fact for fact in facts for _ in range(2)])
    quiet = [i for i in again if "/anomaly_seen/" not in i]
    assert quiet == [i for i in first if "/anomaly_seen/" not in i]


@given(st.lists(drawn_facts(), max_size=40))
@settings(max_examples=200, deadline=None)
def test_an_anomaly_never_ends_a_call(facts: list[f.Fact]) -> None:
    board = Switchboard(example_house())
    for fact in facts:
        before = {call.id for call in board.live}
        effects = board.feed(fact)
        if any(isinstance(e, Publish) and e.event.kind == "anomaly_seen" for e in effects):
            still = {call.id for call in board.live}
            merges = isinstance(fact, f.PickedUp | f.DialBegan)
            assert before <= still or merges
    assert all(call.phase is not Phase.ENDED for call in board.live)
