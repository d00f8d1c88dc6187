"""Verdicts of T1, T2, T3 and T8: each rule, and what is never held against anybody."""

from datetime import UTC, datetime, time
from typing import Any

import pytest

from memo_service.ledger.verdicts import Verdict, judge
from office.calendar import Calendar, CalendarFile, Hours
from office.charter import Charter, OfficeName
from office.events import AbsenceFound, CallClass, Outcome, Phone, Side, WordsSaid
from tests.support.feed import DEPUTY, DESK, Script, abandoned, answered

CHARTER = Charter(version="test", office=OfficeName(id="testgun", name="시험군"))
CALENDAR = Calendar()
KEPT, BROKEN, NOT, UNKNOWN = "kept", "broken", "not_applicable", "unknown"


def verdicts(script: Script) -> dict[str, Verdict]:
    return judge(script.events, CHARTER, CALENDAR)


def results(script: Script) -> dict[str, tuple[str, str]]:
    return {promise: (v.result.value, v.reason) for promise, v in verdicts(script).items()}


def in_talk(call: Script, at: int, side: Side = Side.CITIZEN) -> Script:
    """Words are over: talk, and `side` hangs up."""
    return call.talk(at, at + 9000, "b").hangup(at + 9000, side).end(at + 9001, side)


def test_answered_in_the_second_ring() -> None:
    found = results(answered(3500))
    assert found == {
        "T1": (KEPT, "on_time"),
        "T2": (KEPT, "heard"),
        "T3": (NOT, "on_time"),
        "T5": (NOT, "no_transfer"),
        "T8": (KEPT, "citizen_first"),
    }


def test_answered_late_with_an_apology() -> None:
    found = results(answered(9500))
    assert found == {
        "T1": (BROKEN, "late"),
        "T2": (NOT, "late"),
        "T3": (KEPT, "heard"),
        "T5": (NOT, "no_transfer"),
        "T8": (KEPT, "citizen_first"),
    }


@pytest.mark.parametrize(("wait", "result"), [(6049, KEPT), (6050, BROKEN)])
def test_the_limit_is_the_third_ring_and_50_ms_of_grace(wait: int, result: str) -> None:
    call = Script().arrive().ring(50, "b").answer(50 + wait, "b")
    call.words(70 + wait, "greeting" if result == KEPT else "apology", "x", wait)
    assert results(in_talk(call, 9000))["T1"][0] == result


def test_three_readings_stand_side_by_side() -> None:
    measures: dict[str, Any] = verdicts(answered(7500))["T1"].measures
    late = {name: reading["late"] for name, reading in measures["readings"].items()}
    assert late == {"before_last_ring": True, "before_last_ring_ends": True, "within_cycles": False}


@pytest.mark.parametrize(
    ("ours", "dialplan", "words", "t2", "t3"),
    [
        (6040, 6060, "apology", (NOT, "late"), (KEPT, "heard")),
        (6055, 6045, "greeting", (KEPT, "heard"), (NOT, "on_time")),
    ],
)
def test_two_clocks_astride_the_limit_count_for_the_officer_and_accept_the_words(
    ours: int, dialplan: int, words: str, t2: tuple[str, str], t3: tuple[str, str]
) -> None:
    call = Script().arrive().ring(50, "b").answer(50 + ours, "b").words(70 + ours, words, "x", dialplan)
    found = results(in_talk(call.prompt(80 + ours, words), 9500))
    assert found["T1"] == (KEPT, "clocks_disagree")
    assert (found["T2"], found["T3"]) == (t2, t3)
    person: Any = verdicts(call)["T1"].measures["person"]
    assert person["late"] is False


def test_a_deputy_who_answers_on_his_first_bell_is_not_blamed_for_the_offices_late_answer() -> None:
    call = Script().arrive().dial().ring(50, "a").stop(12_050, "a", outcome=Outcome.NO_ANSWER)
    call.ring(12_100, "b", DEPUTY).answer(13_100, "b", DEPUTY).words(13_120, "apology", "late", 13_060)
    call.prompt(13_121, "apology").talk(16_200, 20_000, "b", DEPUTY).hangup(20_000, Side.CITIZEN).end(20_001)
    t1 = verdicts(call)["T1"]
    person: Any = t1.measures["person"]
    assert (t1.result, t1.measures["ring_ms"]) == (BROKEN, 13_050)
    assert (person["ring_ms"], person["late"], person["officer"]) == (1000, False, "lee_sy")


def test_a_colleague_who_picks_up_has_no_figure_of_his_own() -> None:
    call = Script().arrive().ring(50, "a").answer(9000, "b", DEPUTY, picked_up=True)
    call.words(9020, "apology", "late", 8960).prompt(9021, "apology")
    t1 = verdicts(in_talk(call, 12_100))["T1"]
    person: Any = t1.measures["person"]
    assert (t1.result, person["ring_ms"], person["late"]) == (BROKEN, None, None)


def test_a_measured_ring_wins_over_one_told_afterwards() -> None:
    call = Script().arrive().ring(50, "b").ring(10, "x", inferred=True)
    call.answer(6090, "b").words(6100, "greeting", "on_time", 6045).prompt(6101, "greeting")
    assert verdicts(in_talk(call, 9200))["T1"].measures["ring_ms"] == 6040


def test_a_ring_told_afterwards_serves_where_none_was_measured() -> None:
    call = Script().arrive().ring(50, "x", inferred=True).answer(7050, "b")
    call.words(7060, "apology", "late", 7010).prompt(7061, "apology")
    t1 = verdicts(in_talk(call, 10_100))["T1"]
    assert (t1.result, t1.measures["source"]) == (BROKEN, "inferred")


def test_words_without_any_phone_seen_are_an_answer_by_the_dialplans_clock() -> None:
    call = Script().arrive().words(4000, "greeting", "on_time", 3900).prompt(4001, "greeting")
    found = results(call.hangup(9000, Side.CITIZEN).end(9001))
    assert (found["T1"], found["T2"]) == ((KEPT, "on_time"), (KEPT, "heard"))


@pytest.mark.parametrize(
    ("script", "t1"),
    [
        (abandoned(4000), (NOT, "abandoned_early")),
        (abandoned(9000), (BROKEN, "abandoned_late")),
        (Script().arrive().dial().end(900, Side.CITIZEN), (NOT, "no_phone_rang")),
    ],
)
def test_abandoned(script: Script, t1: tuple[str, str]) -> None:
    found = results(script)
    assert found["T1"] == t1
    assert found["T2"] == found["T3"] == (NOT, "not_answered")
    assert found["T8"] == (NOT, "no_talk")


def test_nobody_answered_and_the_citizen_went_the_absence_way() -> None:
    call = Script().arrive().ring(50, "b").stop(20_050, "b", outcome=Outcome.NO_ANSWER)
    call.add(AbsenceFound, 20_060, "2202", exten="2202", why=Outcome.NO_ANSWER)
    assert results(call.end(30_000, Side.PBX))["T1"] == (BROKEN, "not_answered")


@pytest.mark.parametrize(
    ("start", "reason"),
    [
        (datetime(2026, 11, 25, 3, 30, tzinfo=UTC), "lunch"),
        (datetime(2026, 11, 25, 9, 0, tzinfo=UTC), "outside_hours"),
        (datetime(2026, 11, 28, 1, 0, tzinfo=UTC), "outside_hours"),
    ],
)
def test_t1_is_not_judged_outside_working_time(start: datetime, reason: str) -> None:
    found = results(answered(9500, script=Script(start=start)))
    assert found["T1"] == (NOT, reason)
    assert found["T3"] == (KEPT, "heard")


def test_an_office_open_all_day_has_no_lunch() -> None:
    always = Hours(weekdays=(1, 2, 3, 4, 5, 6, 7), hours=((time(0), time(0)),), on_holidays=True)
    call = answered(9500, script=Script(start=datetime(2026, 11, 28, 3, 30, tzinfo=UTC)))
    assert judge(call.events, CHARTER, Calendar([CalendarFile(hours=(always,))]))["T1"].result == BROKEN


@pytest.mark.parametrize(
    "kind", [CallClass.INTERNAL, CallClass.OUTBOUND, CallClass.EMERGENCY, CallClass.TEST]
)
def test_only_citizens_calls_are_judged(kind: CallClass) -> None:
    assert set(results(answered(9500, call_class=kind)).values()) == {(NOT, kind.value)}


@pytest.mark.parametrize("desk", ["fax", "door", "bell", "meeting"])
def test_a_line_that_is_not_greeted_is_not_judged(desk: str) -> None:
    assert set(results(answered(9500, desk_kind=desk)).values()) == {(NOT, "not_greeted")}


def test_a_call_found_running_is_unknown() -> None:
    assert set(results(answered(2000, adopted=True)).values()) == {(UNKNOWN, "start_not_seen")}


def test_a_call_whose_end_was_not_seen_keeps_what_was_seen_before() -> None:
    call = Script().arrive().ring(50, "b").answer(2050, "b").words(2070, "greeting", "on_time", 2010)
    call.prompt(2071, "greeting").talk(5100, None, "b").end(9000, Side.UNKNOWN, complete=False)
    found = results(call)
    assert found["T1"] == (KEPT, "on_time")
    assert found["T2"] == (KEPT, "heard")
    assert found["T8"] == (UNKNOWN, "record_incomplete")


def test_an_unanswered_call_with_a_gap_is_unknown() -> None:
    call = Script().arrive().ring(50, "b").end(60_000, Side.UNKNOWN, complete=False)
    assert {r for r, _ in results(call).values()} == {UNKNOWN}


def test_the_citizen_leaves_in_the_greeting() -> None:
    call = Script().arrive().ring(50, "b").answer(2050, "b").words(2070, "greeting", "on_time", 2010)
    call.prompt(2071, "greeting", ended=False).hangup(3000, Side.CITIZEN).end(3001)
    found = results(call)
    assert found["T2"] == (NOT, "citizen_left")
    assert found["T8"] == (NOT, "citizen_left")


def test_the_officer_leaves_in_words_that_the_citizen_hears_to_the_end() -> None:
    call = Script().arrive().ring(50, "b").answer(2050, "b").words(2070, "greeting", "on_time", 2010)
    call.prompt(2071, "greeting").hangup(3000, Side.OFFICER, "b").end(30_000, Side.PBX)
    found = results(call)
    assert found["T2"] == (KEPT, "heard")
    assert found["T8"] == (BROKEN, "officer_left_in_words")


def test_a_missing_prompt_is_the_offices_fault() -> None:
    call = Script().arrive().ring(50, "b").answer(2050, "b").words(2070, "greeting", "on_time", 2010)
    call.prompt(2071, "greeting", complete=False, missing=True)
    assert results(in_talk(call, 2100))["T2"] == (BROKEN, "no_prompt")


def test_an_early_apology_heard_whole_keeps_t3_and_the_plain_greeting_t2() -> None:
    call = Script().arrive().ring(50, "b").prompt(6100, "early", 4000).answer(12_000, "b")
    call.words(12_020, "greeting", "early_apology_heard", 11_960).prompt(12_021, "greeting")
    found = results(in_talk(call, 15_100))
    assert found["T1"] == (BROKEN, "late")
    assert found["T2"] == (KEPT, "heard")
    assert found["T3"] == (KEPT, "early_apology_heard")


def test_late_without_an_apology_breaks_t3() -> None:
    call = Script().arrive().ring(50, "b").answer(9050, "b").words(9070, "greeting", "on_time", 9010)
    assert results(in_talk(call.prompt(9071, "greeting"), 12_100))["T3"] == (BROKEN, "other_words")


def test_observe_mode_measures_the_ring_and_says_not_measured_of_the_words() -> None:
    call = Script().arrive(observe=True).ring(50, "b").answer(9050, "b").words(9070, "none", "observe", 9010)
    found = results(in_talk(call, 9100))
    assert found["T1"] == (BROKEN, "late")
    assert found["T2"] == found["T3"] == (UNKNOWN, "not_measured")
    assert found["T8"] == (KEPT, "citizen_first")


def own_voice(wait: int, reason: str = "own_voice") -> Script:
    """Nothing is played; citizen and officer are together at once."""
    call = Script().arrive().ring(50, "b").answer(50 + wait, "b").words(70 + wait, "none", reason, wait)
    return in_talk(call, 100 + wait)


def said(call: Script, phone: Phone = DESK) -> Script:
    return call.add(WordsSaid, 12_000, phone.officer or "", phone=phone)


@pytest.mark.parametrize(("wait", "due", "other"), [(2000, "T2", "T3"), (9000, "T3", "T2")])
def test_what_an_officer_says_himself_is_kept_by_his_tick_and_never_by_assumption(
    wait: int, due: str, other: str
) -> None:
    silent, ticked = results(own_voice(wait)), results(said(own_voice(wait)))
    assert silent[due] == (UNKNOWN, "own_voice")
    assert ticked[due] == (KEPT, "by_officer")
    assert silent[other] == ticked[other] == (NOT, "late" if due == "T3" else "on_time")
    assert silent["T1"] == ticked["T1"]


def test_a_colleagues_tick_says_nothing_of_the_officer_who_answered() -> None:
    assert results(said(own_voice(2000), DEPUTY))["T2"] == (UNKNOWN, "own_voice")


def test_a_tick_changes_nothing_where_a_machine_spoke() -> None:
    assert results(said(answered(3500))) == results(answered(3500))


def test_a_broken_clock_hides_the_reason_of_an_own_voice_and_blames_nobody() -> None:
    found = results(own_voice(2000, "clock"))
    assert (found["T2"], found["T3"]) == ((UNKNOWN, "own_voice"), (UNKNOWN, "clock"))


def test_an_early_apology_heard_whole_stands_before_an_own_voice() -> None:
    call = Script().arrive().ring(50, "b").prompt(6100, "early", 4000).answer(12_000, "b")
    found = results(in_talk(call.words(12_020, "none", "own_voice", 11_960), 12_030))
    assert found["T3"] == (KEPT, "early_apology_heard")
    assert found["T2"] == (UNKNOWN, "own_voice")


def test_a_broken_clock_of_the_pbx_leaves_t1_to_measured_rings_alone() -> None:
    measured = Script().arrive().ring(50, "b").answer(2050, "b").words(2070, "greeting", "clock", -400)
    blind = Script().arrive().answer(2050, "b").words(2070, "greeting", "clock", -400)
    assert results(in_talk(measured.prompt(2071, "greeting"), 5100))["T1"] == (KEPT, "on_time")
    found = results(in_talk(blind.prompt(2071, "greeting"), 5100))
    assert (found["T1"], found["T3"]) == ((UNKNOWN, "clock"), (UNKNOWN, "clock"))
    assert found["T2"] == (KEPT, "heard")


@pytest.mark.parametrize(
    ("side", "t8"),
    [
        (Side.OFFICER, (BROKEN, "officer_first")),
        (Side.PBX, (NOT, "ended_by_pbx")),
        (Side.UNKNOWN, (UNKNOWN, "side_unknown")),
    ],
)
def test_who_hung_up_first(side: Side, t8: tuple[str, str]) -> None:
    assert results(answered(2000, first=side))["T8"] == t8


def test_t8_names_a_department_and_never_a_person() -> None:
    t8 = verdicts(answered(2000, first=Side.OFFICER))["T8"]
    assert (t8.department, t8.officer) == ("haengjeong", None)


def test_a_shared_number_is_credited_to_the_department_alone() -> None:
    found = verdicts(answered(2000, desk_kind="shared", officer=None))
    assert {v.officer for v in found.values()} == {None}
    assert verdicts(answered(2000))["T1"].officer == "kim_ms"


def test_a_fork_counts_from_the_first_bell_of_any_phone() -> None:
    other = Phone(endpoint="2202b", extension="2202", officer="kim_ms", department="haengjeong")
    call = Script().arrive().ring(50, "b").ring(900, "c", other).answer(5050, "c", other)
    call.stop(5051, "b", outcome=Outcome.ANSWERED_ELSEWHERE).words(5070, "greeting", "on_time", 5010)
    t1 = verdicts(in_talk(call.prompt(5071, "greeting"), 8100))["T1"]
    person: Any = t1.measures["person"]
    assert (t1.measures["ring_ms"], person["ring_ms"]) == (5000, 4150)
