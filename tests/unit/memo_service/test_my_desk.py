"""The desk page's parts without a service: cards, closing phrases, and how long an order waits for a page."""

import asyncio
import re
from datetime import datetime
from pathlib import Path

import pytest

from memo_service.mydesk import labels
from memo_service.mydesk.cards import Card, cards_of
from memo_service.mydesk.times import choices, soon_after, spoken
from memo_service.mydesk.words import TEXTS, closing, closing_key, long_call, look_ups
from memo_service.transfers.ahead import LONGEST_S, OPEN_FOR_S, Ahead
from memo_service.transfers.views import (
    Caller,
    Colleague,
    DeskCall,
    DeskView,
    Incoming,
    Outgoing,
    TalkView,
    WordsView,
)
from office.calendar import KST
from office.charter import Charter, Knowledge, LongCall
from office.folder import Office, load_office

OFFICE = load_office(Path(__file__).parents[3] / "examples" / "pyeongchang")
COLLEAGUE = Colleague(exten="2211", text="정하은 팀장 (2211)")


def call(
    call_id: str, phase: str = "talking", *, started_at_ms: int = 0, comes_back: bool = False
) -> DeskCall:
    return DeskCall(
        call_id=call_id,
        call_class="citizen",
        phase=phase,
        phase_label="",
        started_at_ms=started_at_ms,
        rang_at_ms=0,
        ring_ms=None,
        ring=1,
        ring_cycle_ms=3000,
        late_after_ms=6050,
        late=False,
        talk_since_ms=None,
        wanted="",
        wanted_exten="",
        hops=0,
        may_transfer=False,
        comes_back=comes_back,
        uncertain=False,
        words=WordsView(greeting="", apology="", due="greeting"),
        caller=Caller(number="010-2468-5739"),
        talk=TalkView(),
    )


def outgoing(call_id: str, state: str, at_ms: int = 0) -> Outgoing:
    return Outgoing(
        id=f"{call_id}-{at_ms}",
        call_id=call_id,
        to=COLLEAGUE,
        hop=1,
        state=state,
        state_label="",
        why="",
        at_ms=at_ms,
        limit_at_ms=at_ms + 10_000,
        gist="",
        shown=False,
        opened=False,
        asks_gist=False,
    )


def incoming(call_id: str, at_ms: int = 0) -> Incoming:
    return Incoming(
        id=f"in-{call_id}",
        call_id=call_id,
        sender=COLLEAGUE,
        hop=1,
        warning="",
        state="ordered",
        state_label="",
        at_ms=at_ms,
        limit_at_ms=at_ms + 10_000,
        ring_s=20,
        direct_number="033-330-2202",
        gist="여권",
        opened=False,
        caller=Caller(number="010-5555-6666"),
    )


def view(
    calls: tuple[DeskCall, ...] = (),
    made: tuple[Outgoing, ...] = (),
    coming: tuple[Incoming, ...] = (),
) -> DeskView:
    return DeskView(
        position="b-1",
        now_ms=0,
        officer="kim_ms",
        name="김민수",
        title="주무관",
        extension="2202",
        department="행정과",
        limit_s=10,
        warn_hops=3,
        calls=calls,
        outgoing=made,
        incoming=coming,
    )


def states(cards: list[Card]) -> dict[str, str]:
    return {card.call_id: card.state for card in cards}


def test_one_call_is_one_card_whatever_his_part_in_it() -> None:
    cards = cards_of(view((call("1"),), (outgoing("1", "failed"),), (incoming("1"),)))
    assert [(card.call_id, card.state) for card in cards] == [("1", "talking")]
    assert cards[0].caller.number == "010-2468-5739"


def test_each_part_has_its_state_and_its_words() -> None:
    calls = (call("ring", "ringing"), call("back", "ringing", comes_back=True), call("words", "words"))
    made = (outgoing("way", "under_way"), outgoing("gone", "connected"))
    found = states(cards_of(view(calls, made, (incoming("in"),))))
    assert found == {
        "ring": "ringing",
        "back": "returned",
        "words": "words",
        "way": "passing",
        "gone": "passed",
        "in": "coming",
    }
    assert set(found.values()) | {"talking"} == set(labels.CARD_STATES)


def test_a_card_that_stands_is_not_moved_by_one_that_comes() -> None:
    older = call("9", started_at_ms=10)
    assert list(states(cards_of(view((older,), coming=(incoming("1", at_ms=20),))))) == ["9", "1"]


def test_the_last_transfer_of_a_call_is_the_one_shown() -> None:
    cards = cards_of(view(made=(outgoing("1", "under_way", 30), outgoing("1", "failed", 10))))
    assert states(cards) == {"1": "passing"}


@pytest.mark.parametrize(
    ("clock", "key"),
    [
        ("2026-11-25 09:00", "close-morning"),
        ("2026-11-25 11:30", "close-noon"),
        ("2026-11-25 12:30", "close-afternoon"),
        ("2026-11-25 16:59", "close-afternoon"),
        ("2026-11-25 17:00", "close-evening"),
        ("2026-11-27 14:59", "close-afternoon"),
        ("2026-11-27 15:00", "close-friday"),
        ("2026-12-24 15:30", "close-friday"),  # the day before Christmas, a Friday
        ("2026-12-23 15:30", "close-afternoon"),
    ],
)
def test_the_closing_phrase_fits_the_time_of_day(clock: str, key: str) -> None:
    at = datetime.fromisoformat(clock).replace(tzinfo=KST)
    assert closing_key(OFFICE.calendar, at, "haengjeong") == key
    phrases = closing(OFFICE, at, "haengjeong")
    assert phrases == (
        "더 궁금한 사항은 없으십니까?",
        "전화 주셔서 감사합니다.",
        TEXTS[key],
        "안녕히 계십시오.",
    )


def test_every_script_of_the_page_stands_in_its_template() -> None:
    web = Path(__file__).parents[3] / "memo_service" / "web"
    page = (web / "templates" / "my.html").read_text(encoding="utf-8")
    assert {path.name for path in (web / "static").glob("my*.js")} <= set(re.findall(r"my[a-z-]*\.js", page))


class Clock:
    def __init__(self) -> None:
        self.at = 0.0

    def __call__(self) -> float:
        return self.at


async def test_an_order_waits_until_the_gist_stands_on_the_page() -> None:
    ahead = Ahead()
    ahead.opened("jung_ha")
    ahead.expect("t1", {"jung_ha", "yoon_mk"})
    order = asyncio.create_task(ahead.arrived("t1"))
    ahead.stands("t1", "yoon_mk")  # his page is not open: nobody waits for him
    await asyncio.sleep(0)
    assert not order.done()
    ahead.stands("t1", "jung_ha")
    await asyncio.wait_for(order, 5.0)


async def test_a_page_that_says_nothing_hinders_no_transfer() -> None:
    ahead = Ahead()
    ahead.opened("jung_ha")
    ahead.expect("t1", {"jung_ha"})
    loop = asyncio.get_running_loop()
    began = loop.time()
    await asyncio.wait_for(ahead.arrived("t1"), 5.0)
    assert loop.time() - began >= LONGEST_S * 0.9
    ahead.stands("t1", "jung_ha")  # late: nothing is awaited any more


@pytest.mark.parametrize("gone", ["never there", "closed", "long ago"])
async def test_nothing_is_waited_for_where_nobody_looks(gone: str) -> None:
    clock = Clock()
    ahead = Ahead(clock)
    if gone != "never there":
        ahead.opened("jung_ha")
    if gone == "closed":
        ahead.closed("jung_ha")
    clock.at += OPEN_FOR_S + 1 if gone == "long ago" else 0
    ahead.expect("t1", {"jung_ha"})
    order = asyncio.create_task(ahead.arrived("t1"))
    await asyncio.sleep(0)
    assert order.done()


def with_charter(**sections: object) -> Office:
    charter: Charter = OFFICE.charter.model_copy(update=sections)
    return Office(charter, OFFICE.directory, OFFICE.calendar)


def test_a_long_call_has_words_only_where_the_office_has_a_rule() -> None:
    assert long_call(OFFICE) is None
    rule = long_call(with_charter(long_call=LongCall(warn_after=15, end_after=20)))
    assert rule is not None
    assert (rule.warn_ms, rule.end_ms) == (900_000, 1_200_000)
    assert rule.warn == "상담 권장 시간이 5분 남았습니다. 양해 부탁드립니다."
    alone = long_call(with_charter(long_call=LongCall(warn_after=15)))
    assert alone is not None
    assert (alone.end_ms, alone.warn) == (0, "")


def test_look_ups_are_of_his_own_duties_and_of_theirs_whom_the_citizen_called() -> None:
    people = OFFICE.directory.officers
    mine, other = (next(o for o in people.values() if o.id == who) for who in ("kim_ms", "jung_ha"))
    links = {duty: f"https://example.go.kr/{at}" for at, duty in enumerate((mine.duties[0], other.duties[0]))}
    office = with_charter(knowledge=Knowledge(links=links))
    assert dict(look_ups(office, mine.id, mine.extension)) == {mine.duties[0]: links[mine.duties[0]]}
    assert dict(look_ups(office, mine.id, other.extension)) == links
    assert look_ups(OFFICE, mine.id, other.extension) == ()


@pytest.mark.parametrize(
    ("now", "minutes", "offered"),
    [
        ((2026, 11, 25, 10, 1), 30, (25, 10, 40)),
        ((2026, 11, 25, 10, 0), 30, (25, 10, 30)),
        ((2026, 11, 25, 11, 28), 30, (25, 13, 0)),  # 11:58, rounded into lunch
        ((2026, 11, 25, 11, 45), 30, (25, 13, 20)),
        ((2026, 11, 27, 17, 55), 30, (30, 9, 30)),  # over the weekend
    ],
)
def test_the_time_offered_is_in_working_time_and_full_tens(
    now: tuple[int, int, int, int, int], minutes: int, offered: tuple[int, int, int]
) -> None:
    at = soon_after(OFFICE.calendar, datetime(*now, tzinfo=KST), minutes, "haengjeong")
    assert (at.day, at.hour, at.minute) == offered


def test_times_are_said_as_people_say_them() -> None:
    now = datetime(2026, 11, 25, 10, 0, tzinfo=KST)
    assert spoken(datetime(2026, 11, 25, 15, 10, tzinfo=KST), now) == "오후 3시 10분"
    assert spoken(datetime(2026, 11, 26, 12, 0, tzinfo=KST), now) == "내일 오후 12시"
    assert spoken(datetime(2026, 12, 1, 9, 5, tzinfo=KST), now) == "12월 1일 오전 9시 5분"


def test_as_soon_as_possible_is_the_first_choice() -> None:
    found = choices(OFFICE, datetime(2026, 11, 25, 10, 0, tzinfo=KST), "haengjeong")
    assert found[0] == (None, "되도록 빨리 (11:00까지)")
    assert [at.hour for at, _ in found[1:] if at] == [14, 10]
