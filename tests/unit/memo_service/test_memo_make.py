"""What a call leaves of itself: one memo, whatever was told of it and in which order (charter T6, EVT-04)."""

import itertools
import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from memo_service.ledger.verdicts import fold
from memo_service.memos.make import MISSED, Draft, file_name, make_memo
from office import events as ev
from office.charter import Charter, read_charter
from office.events import CallEvent, MemoBegan, MemoEnded, MemoKept, Outcome, TakenBy, decode
from tests.support.feed import WORKDAY, Script, abandoned, answered
from tests.support.memo import ROOT

CHARTER = read_charter(
    "charter.toml", (ROOT / "examples/pyeongchang/charter.toml").read_text(encoding="utf-8")
)
RECORDED = ROOT / "tests" / "data" / "ami" / "rehearsal"
_AT = itertools.count(1)


def absent(why: Outcome = Outcome.NO_ANSWER, **start: Any) -> Script:
    """Rings for 20 s at an officer who is not there."""
    call = Script().arrive(**start).dial().ring(50, "b").stop(20_000, "b", outcome=Outcome.NO_ANSWER)
    return call.add(ev.AbsenceFound, 20_001, "2202@20001", exten="2202", why=why)


def began(call: Script, at_ms: float = 20_010, taken_by: TakenBy = TakenBy.MENU) -> Script:
    subject = f"{taken_by}@{next(_AT)}"
    return call.add(
        MemoBegan, at_ms, subject, exten="2202", department="haengjeong", officer="kim_ms", taken_by=taken_by
    )


def kept(call: Script, at_ms: float, name: str, value: str) -> Script:
    return call.add(MemoKept, at_ms, f"{name}@{next(_AT)}", name=name, value=value)


def spoken(call: Script, at_ms: float = 25_000, file: str = "take-1.wav", silent: str = "no") -> Script:
    kept(call, at_ms, "recording", file)
    kept(call, at_ms + 1, "seconds", "4.2")
    return kept(call, at_ms + 2, "silent", silent)


def over(call: Script, at_ms: float = 40_000, ending: str = "") -> Script:
    if ending:
        call.add(MemoEnded, at_ms - 10, f"{next(_AT)}", ending=ending)
    return call.hangup(at_ms, ev.Side.CITIZEN).end(at_ms + 2)


def made(call: Script, charter: Charter = CHARTER) -> Draft | None:
    return make_memo(fold(call.events), charter)


def memo_of(call: Script) -> Draft:
    draft = made(call)
    assert draft is not None
    return draft


def test_who_speaks_and_hangs_up_has_left_a_whole_memo() -> None:
    memo = memo_of(over(spoken(began(absent()))))
    assert (memo.taken_by, memo.why, memo.officer, memo.department) == (
        "menu",
        "asked",
        "kim_ms",
        "haengjeong",
    )
    assert memo.has_voice
    assert memo.wants_reply
    assert memo.received_at == WORKDAY + timedelta(milliseconds=20_010)


def test_nothing_is_made_while_he_is_still_asked() -> None:
    assert made(spoken(began(absent()))) is None


def test_a_goodbye_settles_it_before_the_call_is_over() -> None:
    call = spoken(began(absent()))
    call.add(MemoEnded, 30_000, "1", ending="goodbye", promised_at=datetime(2026, 11, 25, 2, 40, tzinfo=UTC))
    assert memo_of(call).promised_at == datetime(2026, 11, 25, 2, 40, tzinfo=UTC)


def test_on_the_way_to_a_person_it_waits_for_the_call_to_end() -> None:
    call = spoken(began(absent()))
    call.add(MemoEnded, 30_000, "1", ending="person")
    assert made(call) is None
    assert memo_of(over(call)).why == "asked"


def test_who_left_nothing_and_reached_a_person_leaves_no_memo() -> None:
    call = began(absent())
    call.add(MemoEnded, 24_000, "1", ending="person").ring(24_100, "op").answer(27_000, "op")
    assert made(over(call.talk(27_100, 39_000, "op"))) is None


def test_what_he_left_before_he_reached_a_person_is_kept_and_nobody_calls_back() -> None:
    call = spoken(began(absent()))
    call.add(MemoEnded, 28_000, "1", ending="person").ring(28_100, "op").answer(29_000, "op")
    memo = memo_of(over(call.talk(29_100, 39_000, "op")))
    assert (memo.why, memo.wants_reply) == ("reached", False)


@pytest.mark.parametrize(
    ("ends_at", "voice", "number"),
    [(21_000, False, False), (26_000, True, False), (33_000, True, True)],
    ids=["at once", "after the recording", "after the number"],
)
def test_a_hang_up_at_any_step_keeps_what_there_is(ends_at: int, voice: bool, number: bool) -> None:
    call = spoken(began(absent()))
    kept(call, 30_000, "number_keyed", "0335551234")
    kept(call, 32_000, "number", "0335551234")
    cut = [event for event in call.events if event.at < WORKDAY + timedelta(milliseconds=ends_at)]
    call.events = cut
    memo = memo_of(over(call, ends_at))
    assert memo.has_voice is voice
    assert (memo.number_event is not None) is number


def test_a_value_taken_back_is_gone_and_the_latest_stands() -> None:
    call = began(absent())
    first = kept(call, 22_000, "number", "0335551234").events[-1]
    kept(call, 23_000, "number", "")
    assert memo_of(over(Script(call_id=call.call_id, events=list(call.events)))).number_event is None
    second = kept(call, 24_000, "number", "0335550000").events[-1]
    memo = memo_of(over(call))
    assert memo.number_event == second.id != first.id


def test_asked_time_and_no_reply() -> None:
    call = began(absent())
    kept(call, 22_000, "asked_at", "2026-11-26T10:00:00+09:00")
    kept(call, 23_000, "reply_wanted", "no")
    memo = memo_of(over(call))
    assert memo.asked_at == datetime(2026, 11, 26, 1, 0, tzinfo=UTC)
    assert not memo.wants_reply


def kinds(call: Script) -> dict[str, str]:
    return {take.name: take.kind for take in memo_of(over(call)).takes}


def test_the_take_said_again_stands_and_the_first_is_kept_beside_it() -> None:
    call = spoken(spoken(began(absent()), 22_000, "a.wav"), 28_000, "b.wav")
    assert [(take.name, take.kind) for take in memo_of(over(call)).takes] == [
        ("a.wav", "earlier"),
        ("b.wav", "matter"),
    ]


def test_a_silent_second_take_does_not_hide_the_first() -> None:
    call = spoken(spoken(began(absent()), 22_000, "a.wav"), 28_000, "b.wav", silent="yes")
    assert [(take.name, take.kind) for take in memo_of(over(call)).takes] == [
        ("a.wav", "matter"),
        ("b.wav", "earlier"),
    ]


def test_a_spoken_number_is_no_matter() -> None:
    call = kept(began(absent()), 30_000, "number_spoken", "n.wav")
    memo = memo_of(over(call))
    assert [take.kind for take in memo.takes] == ["number"]
    assert not memo.has_voice


@pytest.mark.parametrize("told", ["../../etc/passwd", "/etc/shadow", "a/b/c", "", ".hidden", "x" * 200])
def test_a_recordings_name_leads_nowhere_else(told: str) -> None:
    name = file_name(told)
    assert "/" not in name
    assert not name.startswith(".")
    assert Path("spool", name).parent == Path("spool") or not name


def test_evt_04_a_forwarded_phone_that_nobody_answers_leaves_exactly_one_memo() -> None:
    """302 ends the first dial, the other phone rings in vain, menu and recorder are both told of."""
    call = Script().arrive().dial().stop(900, "b", outcome=Outcome.FORWARDED)
    call.add(ev.AbsenceFound, 901, "2202@901", exten="2202", why=Outcome.FORWARDED)
    call.dial(1000, "2203", "deputy", 1).ring(1200, "c").stop(16_000, "c", outcome=Outcome.NO_ANSWER)
    call.add(ev.AbsenceFound, 16_001, "2203@16001", exten="2203", why=Outcome.NO_ANSWER)
    began(began(call, 16_010), 18_000, TakenBy.RECORDER)
    memo = memo_of(over(spoken(call)))
    assert (memo.officer, memo.taken_by) == ("kim_ms", "recorder")
    assert memo.received_at == WORKDAY + timedelta(milliseconds=16_010)


def test_evt_04_a_forwarded_call_that_is_answered_leaves_none() -> None:
    call = Script().arrive().dial().stop(900, "b", outcome=Outcome.FORWARDED)
    call.add(ev.AbsenceFound, 901, "2202@901", exten="2202", why=Outcome.FORWARDED)
    call.dial(1000, "2203", "deputy", 1).ring(1200, "c").answer(4000, "c").words(
        4010, "greeting", "on_time", 2800
    )
    assert made(over(call.talk(7000, 30_000, "c"))) is None


def test_who_waits_to_the_limit_and_gives_up_is_a_memo() -> None:
    memo = memo_of(abandoned(6100))
    assert (memo.taken_by, memo.why, memo.has_voice) == (MISSED, "waited", False)
    assert (memo.caller_event == memo.call_id and memo.caller_event) or memo.caller_event


def test_who_gives_up_before_the_limit_is_none() -> None:
    assert made(abandoned(5900)) is None


def test_who_hears_that_nobody_is_in_and_hangs_up_is_one_at_any_time() -> None:
    call = Script().arrive()
    call.add(ev.AbsenceFound, 100, "2202@100", exten="2202", why=Outcome.CLOSED)
    assert memo_of(over(call, 3000)).why == "absent"


def test_an_office_may_do_without_missed_calls() -> None:
    without = CHARTER.model_copy(update={"memo": CHARTER.memo.model_copy(update={"missed_calls": False})})
    assert made(abandoned(8000), without) is None
    assert made(over(began(absent())), without) is not None


def test_tim_03_a_restart_of_the_exchange_leaves_a_memo_of_whom_it_cut_off() -> None:
    ringing = (
        Script().arrive().dial().ring(50, "b").end(2000, ev.Side.UNKNOWN, complete=False, note="pbx_restart")
    )
    assert memo_of(ringing).why == "pbx_restart"
    talking = answered(2000)
    talking.events[-1] = talking.events[-1].model_copy(update={"complete": False, "note": "pbx_restart"})
    assert made(talking) is None


def test_an_officer_who_leaves_in_the_greeting_has_not_answered() -> None:
    call = Script().arrive().dial().ring(50, "b").answer(2000, "b").words(2010, "greeting", "on_time", 1950)
    call.hangup(3000, ev.Side.OFFICER, "b").add(
        ev.AbsenceFound, 3001, "2202@3001", exten="2202", why=Outcome.OFFICER_GONE
    )
    assert memo_of(over(call, 9000)).why == "absent"


@pytest.mark.parametrize("kind", ["fax", "door", "meeting"])
def test_no_memo_for_what_is_nobodys_phone(kind: str) -> None:
    call = Script().arrive(desk_kind=kind, officer=None).dial().ring(50, "b")
    assert made(over(call, 30_000)) is None


def test_only_citizens_leave_memos() -> None:
    call = Script().arrive(call_class=ev.CallClass.INTERNAL).dial().ring(50, "b")
    assert made(over(call, 30_000)) is None


@given(st.permutations(range(13)), st.sets(st.integers(0, 12)))
def test_order_and_doubles_change_nothing(order: list[int], twice: set[int]) -> None:
    call = over(kept(spoken(began(absent())), 30_000, "number", "*"), ending="goodbye")
    assert len(call.events) == 13
    again = [call.events[n] for n in order] + [call.events[n] for n in twice]
    assert make_memo(fold(again), CHARTER) == memo_of(call)


def _recorded(name: str) -> list[Draft]:
    """The memos that a real PBX's calls left."""
    lines = (RECORDED / f"{name}.events.jsonl").read_text(encoding="utf-8").splitlines()
    calls: dict[str, list[CallEvent]] = {}
    for event in (decode(json.dumps({"pbx": "pbx1", **json.loads(line)})) for line in lines):
        calls.setdefault(event.call_id, []).append(event)
    drafts = (make_memo(fold(events), CHARTER) for call_id, events in calls.items() if call_id)
    return [draft for draft in drafts if draft is not None]


@pytest.mark.parametrize(
    ("name", "taken_by", "voice"),
    [
        ("memo_keys", "menu", True),
        ("memo_cut_in_words", "menu", True),
        ("memo_cut_at_once", "menu", False),
        ("memo_recorder", "recorder", True),
        ("abandoned_late", MISSED, False),
    ],
)
def test_recorded_calls_leave_exactly_one_memo(name: str, taken_by: str, voice: bool) -> None:
    found = _recorded(name)
    assert [(draft.taken_by, draft.has_voice) for draft in found] == [(taken_by, voice)]


@pytest.mark.parametrize("name", ["on_time", "late", "abandoned_early", "internal_call", "outbound_officer"])
def test_recorded_calls_that_leave_none(name: str) -> None:
    assert _recorded(name) == []


def test_the_recorded_keys_are_all_there() -> None:
    memo = _recorded("memo_keys")[0]
    assert memo.number_event
    assert memo.keyed_event
    assert memo.asked_at == memo.promised_at == datetime(2026, 11, 26, 1, 0, tzinfo=UTC)
