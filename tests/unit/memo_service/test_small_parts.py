"""The parts around the ledger: protection, views, figures, timeline, labels, the hub."""

import asyncio
import json
import re
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from starlette.types import Message

from memo_service.access.viewer import Access
from memo_service.calls import labels
from memo_service.calls.figures import Figure, figures
from memo_service.calls.live import Phase, live_view, phase_of
from memo_service.calls.present import Presenter
from memo_service.calls.story import tell
from memo_service.calls.timeline import LEFT, RIGHT, WIDTH, Scale, draw
from memo_service.ledger.verdicts import ALL_PROMISES, Result, fold
from memo_service.settings import Settings
from memo_service.state import State
from memo_service.stream.bridge_state import LinkState
from memo_service.web.hub import EventStream, Hub, Reader
from office.charter import Visibility
from office.events import (
    AbsenceFound,
    CallConfirmed,
    CallEnded,
    CallEvent,
    CallUncertain,
    HangupSeen,
    MenuBegan,
    MenuEnded,
    Outcome,
    Side,
)
from office.folder import load_office
from tests.support.feed import DESK, WORKDAY, Script, abandoned, answered
from tests.support.memo import ROOT

OFFICE = load_office(ROOT / "examples" / "pyeongchang")
RING = OFFICE.charter.ring
CODE = re.compile(r'Result\.[A-Z_]+, "([a-z_0-9]+)"|"([a-z_]+)" if|else "([a-z_]+)"$')


def access(*, demo: bool = False, names: bool = False) -> Access:
    visible = Visibility(officer_names_on_board=names)
    return Access(OFFICE.charter.model_copy(update={"visibility": visible}), OFFICE.directory, demo=demo)


def test_every_reason_in_the_rules_has_korean_words() -> None:
    rules = ROOT / "memo_service" / "ledger" / "verdicts"
    codes = {
        code
        for file in rules.glob("*.py")
        for match in CODE.finditer(file.read_text(encoding="utf-8"))
        for code in match.groups()
        if code
    } - {"greeting", "early", "apology", "inferred", "estimated", "measured", "none", "dialplan"}
    assert len(codes) > 20
    assert codes - labels.REASONS.keys() == set()


def test_labels_cover_what_they_name() -> None:
    assert labels.PROMISES.keys() == labels.PROMISE_SENTENCES.keys() == set(ALL_PROMISES)
    assert labels.RESULTS.keys() == labels.RESULT_ICONS.keys() == {result.value for result in Result}
    assert labels.PHASES.keys() == {phase.value for phase in Phase}
    assert labels.OUTCOMES.keys() == {outcome.value for outcome in Outcome}


@pytest.mark.parametrize(("ms", "text"), [(0, "0.0초"), (5999, "5.9초"), (6050, "6.0초"), (None, "–")])
def test_seconds_are_cut_never_rounded_up(ms: int | None, text: str) -> None:
    assert labels.seconds(ms) == text


@pytest.mark.parametrize(
    ("steps", "phase"),
    [
        (1, Phase.ARRIVED),
        (3, Phase.RINGING),
        (4, Phase.WORDS),
        (8, Phase.TALKING),
        (9, Phase.CLOSING),
        (11, Phase.ENDED),
    ],
)
def test_the_phases_of_a_call(steps: int, phase: Phase) -> None:
    assert phase_of(fold(answered(2000).events[:steps])) is phase


def test_the_phases_beside_the_straight_way() -> None:
    notice = Script().arrive().prompt(10, "notice", ended=False)
    assert phase_of(fold(notice.events)) is Phase.NOTICE
    absent = Script().arrive().dial().ring(50, "b").stop(20_050, "b", outcome=Outcome.NO_ANSWER)
    absent.add(AbsenceFound, 20_060, exten="2202", why=Outcome.NO_ANSWER)
    assert phase_of(fold(absent.events)) is Phase.ABSENT
    absent.ring(20_100, "c")
    assert phase_of(fold(absent.events)) is Phase.RINGING
    absent.answer(22_000, "c")
    assert phase_of(fold(absent.events)) is Phase.WORDS


def test_the_phases_of_menus() -> None:
    menu = Script().arrive().add(MenuBegan, 10, menu="main", purpose="main")
    assert phase_of(fold(menu.events)) is Phase.MENU
    dead = Script().arrive().add(MenuBegan, 10, menu="main", purpose="main").dial(900)
    assert phase_of(fold(dead.events)) is Phase.ARRIVED  # the bridge died in it, the dialplan went on
    menu.add(MenuEnded, 900, node="top", ending="key", act="dial").dial(950).ring(1000, "b")
    assert phase_of(fold(menu.events)) is Phase.RINGING
    survey = Script()
    survey.events = [e for e in answered(2000).events if not isinstance(e, CallEnded | HangupSeen)]
    assert phase_of(fold(survey.events)) is Phase.CLOSING
    survey.add(MenuBegan, 60_000, menu="survey", purpose="survey")
    assert phase_of(fold(survey.events)) is Phase.SURVEY


def test_a_call_is_uncertain_from_the_loss_to_the_confirmation() -> None:
    call = Script().arrive().ring(50, "b").add(CallUncertain, 1000)
    assert live_view(fold(call.events)).uncertain
    call.add(CallConfirmed, 2000)
    assert not live_view(fold(call.events)).uncertain


def test_lateness_on_the_board_follows_the_one_limit() -> None:
    view = live_view(fold(Script().arrive().ring(50, "b").events))
    rang = WORKDAY + timedelta(milliseconds=50)
    assert not view.is_late(RING, rang + timedelta(milliseconds=6049))
    assert view.is_late(RING, rang + timedelta(milliseconds=6050))


def test_figures_count_only_judged_calls_in_the_rate() -> None:
    made = figures([("a", "T1", "kept", 3), ("a", "T1", "unknown", 2), (None, "T1", "broken", 1)])
    assert made.office["T1"] == Figure(kept=3, broken=1, unknown=2)
    assert (made.office["T1"].judged, made.office["T1"].total) == (4, 6)
    assert made.departments["a"]["T1"].judged == 3
    assert made.departments[""]["T1"].broken == 1


def test_the_scale_keeps_order_and_stays_inside() -> None:
    scale = Scale([0.0, 0.05, 3.05, 6.1, 7.0, 307.0])
    xs = [scale.x(second) for second in (-1, 0, 0.05, 3, 6.1, 7, 100, 307, 400)]
    assert xs == sorted(xs)
    assert (xs[0], xs[-1]) == (LEFT, WIDTH - RIGHT)
    assert len(scale.cuts) == 1


def test_the_timeline_of_a_call_without_any_ring() -> None:
    record = fold(Script().arrive().end(0).events)
    drawn = draw(record, RING, {"": "민원인"}, labels.PROMPTS, WORKDAY)
    assert len(drawn.lanes) == 1
    assert drawn.limit_x is None


def test_a_very_long_ring_draws_a_bounded_number_of_bells() -> None:
    call = Script().arrive().ring(50, "b")
    record = fold(call.events)
    drawn = draw(record, RING, {"": "민원인", f"{call.call_id}b": "전화"}, {}, WORKDAY + timedelta(hours=9))
    assert len([mark for mark in drawn.lanes[1].marks if mark.kind == "bell"]) == 40


def test_a_stranger_sees_no_person() -> None:
    closed = access()
    stranger = closed.everybody()
    assert closed.desk(stranger, "2202") == "행정과 담당자"
    assert closed.phone(stranger, DESK) == "행정과 담당자"
    assert closed.exten(stranger, "2202") == ""
    assert closed.exten(stranger, "2000") == "2000"
    assert not stranger.may_search_by_number
    for event in answered(2000).events:
        told = json.dumps(closed.event(stranger, event))
        assert "kim_ms" not in told
        assert "2202" not in told


@pytest.mark.parametrize("way", [{"demo": True}, {"names": True}])
def test_officers_are_named_on_the_demo_and_where_the_charter_says_so(way: dict[str, bool]) -> None:
    opened = access(**way)
    assert opened.desk(opened.everybody(), "2202") == "김민수 주무관 (2202)"
    assert opened.everybody().may_search_by_number is ("demo" in way)


def test_a_citizens_number_is_in_nothing_that_is_shown() -> None:
    opened = access(demo=True)
    call = answered(2000, caller="01024685739")
    steps = tell(opened, opened.everybody(), call.events, call.start)
    assert "5739" not in "".join(step.raw + step.text for step in steps)
    assert [step.text for step in steps][:3] == ["전화가 들어옴", "담당자 전화를 부름", "벨이 울림"]


def test_a_row_counts_on_while_it_rings_and_stands_still_after() -> None:
    opened = access(demo=True)
    present = Presenter(opened, RING)
    now = WORKDAY + timedelta(seconds=9)
    row = present.row(opened.everybody(), fold(abandoned(20_000).events[:3]), now)
    assert (row.ring, row.ring_ms, row.late, row.ring_text) == (3, None, True, "3번째 벨 · 8.9초")
    row = present.row(opened.everybody(), fold(answered(3500).events[:4]), now)
    assert (row.ring, row.ring_ms, row.late) == (2, 3500, False)


def test_the_gravest_banner_stands_first_and_one_cause_has_one_banner() -> None:
    settings = Settings(office=Path("x"), state=Path("y"), demo=True)
    state = State.of(settings, OFFICE.directory)
    assert state.banners() == ["redis_lost", "demo"]
    state.stream.redis_up = True
    assert state.banners() == ["link_lost", "demo"]
    state.link = LinkState.UP
    state.stream.database_up = False
    assert state.banners() == ["database_lost", "demo"]
    state.stream.database_up = True
    state.link = LinkState.REPLAY
    assert state.banners() == ["replay"]


def test_the_hub_resumes_exactly_and_resets_what_it_has_forgotten() -> None:
    hub = Hub(remembered=3)
    start = hub.position
    assert hub.after(start) == (b"", start)
    hub.publish("board", {"n": 1})
    first = hub.position
    hub.publish("board", {"n": 2})
    chunk, position = hub.after(first)
    assert chunk.count(b"event: board") == 1
    assert b'{"n":2}' in chunk
    assert position == hub.position
    for n in range(3, 6):
        hub.publish("board", {"n": n})
    assert b"event: reset" in hub.after(first)[0]
    assert b"event: reset" in hub.after(Hub().position)[0]
    assert b"event: reset" in hub.after(f"{hub.position}9")[0]


def test_what_is_for_officers_reaches_nobody_else() -> None:
    hub = Hub()
    start = hub.position
    hub.publish("desk", {}, officers=("kim", "lee"))
    hub.publish("board", {}, scope="a")
    assert hub.after(start, "a", "kim")[0].count(b"event:") == 2
    assert b"desk" not in hub.after(start, "a", "choe")[0]
    assert b"board" not in hub.after(start, "b", "lee")[0]
    assert hub.after(start, "b") == (b"", hub.position)


async def test_a_message_wakes_those_it_is_for_and_the_end_all() -> None:
    hub, sent = Hub(), dict[str, list[str]]()

    async def for_ever() -> Message:
        return await asyncio.Future[Message]()

    async def stands() -> bool:
        return True

    async def read(officer: str) -> None:
        async def send(message: Message) -> None:
            told = re.findall(r"event: (\w+)", message.get("body", b"").decode())
            sent.setdefault(officer, []).extend(told)

        await EventStream(hub, hub.position, Reader(officer, "", officer, stands))({}, for_ever, send)

    async def settle() -> dict[str, list[str]]:
        for _ in range(5):
            await asyncio.sleep(0)
        told, sent["kim"], sent["lee"] = dict(sent), [], []
        return told

    readers = [asyncio.create_task(read(officer)) for officer in ("kim", "lee")]
    assert await settle() == {"kim": ["ping"], "lee": ["ping"]}
    hub.publish("cards", {}, officers=("kim",))
    assert await settle() == {"kim": ["cards"], "lee": []}
    hub.publish("board", {})
    hub.publish("desk", {}, officers=("lee",))
    assert await settle() == {"kim": ["board"], "lee": ["board", "desk"]}
    hub.end(["lee"])
    await asyncio.wait_for(readers[1], 1)
    assert not readers[0].done()
    hub.close()
    await asyncio.wait_for(readers[0], 1)


def test_events_of_every_kind_have_a_sentence() -> None:
    opened = access(demo=True)
    samples: list[CallEvent] = [
        *answered(7000).events,
        *abandoned(9000).events,
        *Script().arrive().add(CallUncertain, 1).add(CallConfirmed, 2).events,
    ]
    steps = tell(opened, opened.everybody(), samples, datetime(2026, 11, 25, tzinfo=UTC))
    assert all(step.text and step.who for step in steps)
    assert labels.SIDES.keys() == {side.value for side in Side}
