"""T5: each rule and its edges, and what a transfer must not change of the others (XFR-01 to XFR-06)."""

from typing import Any

import pytest

from memo_service.ledger.verdicts import Verdict, fold, judge
from memo_service.ledger.verdicts.handover import After
from office import events as ev
from office.calendar import Calendar
from office.charter import AttendedUntil, Charter, OfficeName, Transfer
from tests.support.feed import DESK, WORKDAY
from tests.support.transfer_desk import LEADER, TO, Passed

OFFICE = OfficeName(id="testgun", name="시험군")
CHARTER = Charter(version="test", office=OFFICE)
JOINED = Charter(version="test", office=OFFICE, transfer=Transfer(attended=AttendedUntil.JOINED))
CALENDAR = Calendar()
KEPT, BROKEN, NOT, UNKNOWN = "kept", "broken", "not_applicable", "unknown"
AT = 10_000
"""When the transfers below are asked for."""


def call() -> Passed:
    return Passed(WORKDAY)


def verdicts(passed: Passed, charter: Charter = CHARTER) -> dict[str, Verdict]:
    return judge(passed.events, charter, CALENDAR)


def t5(passed: Passed, charter: Charter = CHARTER) -> tuple[str, str]:
    found = verdicts(passed, charter)["T5"]
    return found.result.value, found.reason


def figures(passed: Passed) -> list[dict[str, Any]]:
    found: Any = verdicts(passed)["T5"].measures["transfers"]
    return list(found)


def consulted(answered_ms: float | None, joined_ms: float, result: str = "connected") -> Passed:
    made = call().passed(AT, way="attended")
    if answered_ms is not None:
        made.taken(AT + answered_ms)
    if result == "connected":
        made.released(AT + joined_ms).has_him(AT + joined_ms)
    return made.ended(AT + joined_ms, result)


def failed(after_ms: float = 4_000, why: str = "busy") -> Passed:
    made = call().passed(AT).released(AT + 1).rings(AT + 5)
    return made.ended(AT + after_ms, "failed", why=ev.Outcome(why))


@pytest.mark.parametrize(
    ("after_ms", "found"),
    [
        (9_999, (KEPT, "connected_in_time")),
        (10_000, (KEPT, "connected_in_time")),
        (10_001, (BROKEN, "connected_late")),
        (0, (KEPT, "connected_in_time")),
    ],
)
def test_blind_is_judged_from_the_order_to_the_answer(after_ms: int, found: tuple[str, str]) -> None:
    assert t5(call().connected(after_ms).over()) == found


@pytest.mark.parametrize(
    ("answered_ms", "joined_ms", "until_answered", "until_joined"),
    [
        (9_999, 9_999, KEPT, KEPT),
        (9_999, 10_001, KEPT, BROKEN),
        (10_000, 30_000, KEPT, BROKEN),
        (10_001, 10_002, BROKEN, BROKEN),
        (2_000, 10_000, KEPT, KEPT),
    ],
)
def test_attended_is_judged_by_the_offices_setting_and_keeps_both_figures(
    answered_ms: int, joined_ms: int, until_answered: str, until_joined: str
) -> None:
    made = consulted(answered_ms, joined_ms).over()
    assert t5(made)[0] == until_answered
    assert t5(made, JOINED)[0] == until_joined
    (one,) = figures(made)
    assert (one["answered_ms"], one["joined_ms"], one["judged_ms"]) == (answered_ms, joined_ms, answered_ms)


def test_blonde_is_an_attended_one_whose_answer_comes_after_the_officer_has_left() -> None:
    made = call().passed(AT, way="attended").released(AT + 1_000).bye(AT + 1_000).rings(AT + 1_001)
    made.taken(AT + 4_000).has_him(AT + 4_000).ended(AT + 4_002, "connected").over()
    assert t5(made) == (KEPT, "connected_in_time")
    assert figures(made)[0]["answered_ms"] == 4_000


@pytest.mark.parametrize(
    ("joined_ms", "found"),
    [(10_000, (KEPT, "connected_in_time")), (10_001, (UNKNOWN, "answer_not_seen"))],
)
def test_an_answer_that_was_not_seen_was_no_later_than_the_joining(
    joined_ms: int, found: tuple[str, str]
) -> None:
    assert t5(consulted(None, joined_ms).over()) == found


@pytest.mark.parametrize(
    ("waited_ms", "found"),
    [
        (9_999, (NOT, "gave_up_early")),
        (10_000, (NOT, "gave_up_early")),
        (10_001, (BROKEN, "gave_up_late")),
    ],
)
def test_a_citizen_who_gives_up_is_blamed_on_nobody_before_the_limit(
    waited_ms: int, found: tuple[str, str]
) -> None:
    made = call().passed(AT).released(AT + 1).rings(AT + 5)
    made.ended(AT + waited_ms, "caller_gone").over(AT + waited_ms)
    assert t5(made) == found


def test_not_taken_and_brought_back_is_broken() -> None:
    made = failed().rings(AT + 4_010, "d", DESK, "back").has_him(AT + 6_000, "d", DESK).over()
    assert t5(made) == (BROKEN, "not_taken_returned")
    (one,) = figures(made)
    assert (one["ended"], one["why"], one["after"], one["waited_ms"]) == ("failed", "busy", "returned", 4_000)


def test_not_taken_and_a_deputy_takes_him_is_broken() -> None:
    made = failed().rings(AT + 4_010, "d", LEADER, "deputy").has_him(AT + 6_000, "d", LEADER).over()
    assert t5(made) == (BROKEN, "not_taken_deputy")


def test_not_taken_and_a_memo_is_broken() -> None:
    made = failed()
    made.script.add(ev.MemoBegan, AT + 9_000, "1", exten="2203", taken_by=ev.TakenBy.MENU)
    assert t5(made.over()) == (BROKEN, "not_taken_memo")


@pytest.mark.parametrize(
    ("left_ms", "found"), [(10_000, (NOT, "gave_up_early")), (10_001, (BROKEN, "not_taken_left"))]
)
def test_who_leaves_while_he_is_brought_back_has_waited_since_the_order(
    left_ms: int, found: tuple[str, str]
) -> None:
    made = failed().rings(AT + 4_010, "d", DESK, "back")
    made.script.hangup(AT + left_ms, ev.Side.CITIZEN).end(AT + left_ms)
    assert t5(made) == found


def test_no_transfer() -> None:
    assert t5(call().over()) == (NOT, "no_transfer")
    assert t5(call().over(complete=False)) == (UNKNOWN, "record_incomplete")


def test_a_consultation_that_passed_nobody_on_is_none() -> None:
    assert t5(consulted(5_000, 20_000, "cancelled").over()) == (NOT, "consulted_only")


@pytest.mark.parametrize("refusal", list(ev.TransferRefusal))
def test_refused_by_the_pbx_is_none(refusal: ev.TransferRefusal) -> None:
    made = call().passed(AT).released(AT + 1).ended(AT + 20, "refused", refusal=refusal)
    made.rings(AT + 30, "d", DESK, "back").has_him(AT + 2_000, "d", DESK).over()
    assert t5(made) == (NOT, f"refused_{refusal}")
    assert fold(made.events).transfers[0].after is After.RETURNED


def test_an_end_that_was_not_seen_is_unknown() -> None:
    assert t5(call().passed(AT).over()) == (UNKNOWN, "transfer_end_not_seen")
    assert t5(call().passed(AT).ended(AT + 1, "unseen").over()) == (UNKNOWN, "transfer_end_not_seen")
    assert t5(call().taken(AT).ended(AT + 1, "connected").over()) == (UNKNOWN, "request_not_seen")
    assert t5(failed().over(complete=False)) == (UNKNOWN, "record_incomplete")


def test_a_witnessed_end_wins_over_an_unseen_one() -> None:
    made = call().connected(3_000).over()
    made.script.events.append(
        next(e for e in made.events if isinstance(e, ev.TransferEnded)).model_copy(
            update={"id": "another", "result": ev.TransferResult.UNSEEN}
        )
    )
    assert t5(made) == (KEPT, "connected_in_time")


def chain(*seconds: float) -> Passed:
    """Passed on from desk to desk, each answering after so long."""
    made, by, at = call(), [DESK, TO, LEADER], AT
    for hop, after in enumerate(seconds, 1):
        source, to = by[hop - 1], by[hop % len(by)]
        leg, name = "bcd"[hop - 1], f"t{hop}"
        made.passed(at, name, by=source, to=to.extension or "", hop=hop).released(at + 1, leg, source)
        made.taken(at + after * 1000, name, "bcde"[hop], to)
        made.has_him(at + after * 1000, "bcde"[hop], to).ended(at + after * 1000 + 1, "connected", name)
        at += 20_000
    return made.over(at)


def test_several_in_one_call_are_broken_by_one_and_credited_to_who_broke_it() -> None:
    assert t5(chain(2, 3)) == (KEPT, "connected_in_time")
    made = chain(2, 11, 3)
    verdict = verdicts(made)["T5"]
    assert (verdict.result.value, verdict.officer) == (BROKEN, "lee_sy")
    assert [one["result"] for one in figures(made)] == [KEPT, BROKEN, KEPT]
    assert [one["hop"] for one in figures(made)] == [1, 2, 3]
    assert verdict.measures["hops"] == 3


def test_one_kept_outweighs_what_nobody_knows_and_what_was_none() -> None:
    made = call().passed(5_000, "t0", way="attended").ended(6_000, "cancelled", "t0").connected(2_000).over()
    assert t5(made) == (KEPT, "connected_in_time")
    unknown = call().passed(5_000, "t0", way="attended").ended(6_000, "cancelled", "t0").passed(AT).over()
    assert t5(unknown) == (UNKNOWN, "transfer_end_not_seen")


def test_an_internal_call_is_not_judged() -> None:
    made = Passed(WORKDAY, call_class=ev.CallClass.INTERNAL).connected(20_000).over()
    assert t5(made) == (NOT, "internal")


def test_the_transferring_officers_phone_going_down_ends_nothing() -> None:
    made = call().connected(3_000).bye(AT + 300).over()
    assert verdicts(made)["T8"].reason == "citizen_first"
    answer = fold(made.events).answer
    assert answer is not None
    assert answer.phone == DESK


def test_the_new_officer_who_hangs_up_first_is_told() -> None:
    assert verdicts(call().connected(3_000).bye(AT + 300).over(by=ev.Side.OFFICER))["T8"].result == BROKEN


@pytest.mark.parametrize("result", ["cancelled", "refused", "unseen"])
def test_who_only_asked_a_colleague_hangs_up_as_any_officer(result: str) -> None:
    made = consulted(2_000, 4_000, result).released(20_000).bye(20_000).over(20_001, ev.Side.OFFICER)
    assert verdicts(made)["T8"].reason == "officer_first"


def test_parking_is_no_hanging_up() -> None:
    made = call()
    made.script.add(ev.CallParked, AT, "701", space="701", by=DESK)
    made.released(AT + 1).bye(AT + 2)
    made.script.add(ev.CallUnparked, AT + 20_000, "701", how="fetched", phone=TO)
    made.has_him(AT + 20_000).over()
    assert verdicts(made)["T8"].reason == "citizen_first"
    (stay,) = fold(made.events).parkings
    assert (stay.space, stay.how, stay.until is not None) == ("701", "fetched", True)


def test_first_answer_and_words_are_the_first_officers() -> None:
    plain, made = verdicts(call().over()), call().connected(3_000)
    made.script.add(ev.AbsenceFound, 50_000, "2203", exten="2203", why=ev.Outcome.OFFICER_GONE)
    passed = verdicts(made.over())
    for promise in ("T1", "T2", "T3", "T8"):
        assert (passed[promise].result, passed[promise].reason) == (
            plain[promise].result,
            plain[promise].reason,
        )


def test_the_next_officers_greeting_is_no_second_chance_for_the_first() -> None:
    made = call()
    made.script.events = [e for e in made.events if not isinstance(e, ev.PromptEnded)]
    made.connected(3_000)
    made.script.prompt(AT + 3_010, "greeting", 900)
    assert verdicts(made.over())["T2"].result == BROKEN
