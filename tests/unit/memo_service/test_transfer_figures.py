"""The table of transfers, the board's phases and the picture of a call that was passed on or parked."""

from typing import Any

import pytest

from memo_service.calls import labels
from memo_service.calls.live import phase_of
from memo_service.calls.timeline import draw
from memo_service.calls.transfer_figures import by_department, count
from memo_service.ledger.verdicts import fold, judge
from office import events as ev
from office.calendar import Calendar
from office.charter import Charter, OfficeName
from tests.support.feed import DESK, WORKDAY
from tests.support.transfer_desk import TO, Passed

CHARTER = Charter(version="test", office=OfficeName(id="testgun", name="시험군"))
AT = 10_000


def call() -> Passed:
    return Passed(WORKDAY)


def returned() -> Passed:
    made = call().passed(AT).released(AT + 1).rings(AT + 5).ended(AT + 4_000, "failed", why=ev.Outcome.BUSY)
    return made.rings(AT + 4_010, "d", DESK, "back").has_him(AT + 6_000, "d", DESK)


def measures(passed: Passed) -> tuple[str | None, Any]:
    verdict = judge(passed.events, CHARTER, Calendar())["T5"]
    return verdict.department, verdict.measures


def test_the_table_counts_each_transfer_once() -> None:
    gave_up = call().passed(AT).released(AT + 1).ended(AT + 12_000, "caller_gone").over(AT + 12_000)
    made = [call().connected(n * 1_000).over() for n in (1, 2, 3, 4, 11)]
    office, own = by_department([measures(p) for p in (*made, returned().over(), gave_up)], 3)
    assert own == {"haengjeong": office}
    assert (office.asked, office.kept, office.broken, office.unknown) == (7, 4, 3, 0)
    assert (office.median_ms, office.p95_ms) == (3_000, 11_000)
    assert (office.returned, office.deputy, office.memo, office.gave_up) == (1, 0, 0, 1)
    assert office.share == pytest.approx(4 / 7)


def test_who_never_passed_anybody_on_has_no_line() -> None:
    office, own = by_department([measures(call().over())], 3)
    assert (office.asked, office.share, office.median_ms, own) == (0, None, None, {})


@pytest.mark.parametrize(("warn", "counted"), [(2, 2), (3, 1), (4, 0)])
def test_passing_around_counts_from_the_charters_hop(warn: int, counted: int) -> None:
    hops = [
        {"hop": n, "ended": "failed", "judged_ms": None, "result": "broken", "after": None} for n in (1, 2, 3)
    ]
    assert count(hops, warn).passed_around == counted


@pytest.mark.parametrize(
    ("until_ms", "phase"),
    [
        (9_999, "talking"),
        (10_500, "transferring"),
        (14_500, "transferring"),
        (16_500, "talking"),
    ],
)
def test_the_board_says_where_he_is(until_ms: int, phase: str) -> None:
    assert phase_of(fold(returned().until(until_ms))) == phase


def parked() -> Passed:
    made = call()
    made.script.add(ev.CallParked, AT, "701", space="701", by=DESK)
    made.released(AT + 1)
    made.script.add(ev.CallUnparked, AT + 20_000, "701", how="fetched", phone=TO)
    return made.has_him(AT + 20_000)


def test_a_parked_citizen_stands_on_the_board_as_parked() -> None:
    assert phase_of(fold(parked().until(AT + 10_000))) == "parked"
    assert phase_of(fold(parked().events)) == "talking"


def test_a_citizen_at_the_memo_menu_is_no_longer_being_passed_on() -> None:
    made = call().passed(AT).released(AT + 1).ended(AT + 4_000, "failed", why=ev.Outcome.BUSY)
    made.script.add(ev.MemoBegan, AT + 5_000, "1", exten="2203", taken_by=ev.TakenBy.MENU)
    assert phase_of(fold(made.events)) == "memo"


def drawn(made: Passed) -> list[tuple[str, str]]:
    record = fold(made.events)
    names = {"": "민원인"} | {leg.leg: leg.leg for leg in record.legs}
    picture = draw(record, CHARTER.ring, names, labels.PROMPTS, record.last_at)
    return [(bar.kind, bar.text) for bar in picture.lanes[0].bars]


def test_the_picture_has_the_transfers_with_their_seconds_and_the_parking() -> None:
    assert ("pass", "돌림 4.0초") in drawn(returned().over())
    assert ("park", "701") in drawn(parked().over())


def test_the_new_officers_hang_up_is_drawn_on_his_own_lane() -> None:
    made = call().connected(2_000).bye(AT + 300).over(by=ev.Side.OFFICER)
    record = fold(made.events)
    names = {"": "민원인"} | {leg.leg: leg.phone.extension or "" for leg in record.legs}
    lanes = draw(record, CHARTER.ring, names, labels.PROMPTS, record.last_at).lanes
    hung_up = [lane.label for lane in lanes for mark in lane.marks if mark.kind == "hangup"]
    assert hung_up == ["2203"]


def test_every_end_and_every_reason_has_its_words() -> None:
    assert set(labels.TRANSFER_ENDS) == {result.value for result in ev.TransferResult}
    assert set(labels.TRANSFER_REFUSALS) == {refusal.value for refusal in ev.TransferRefusal}
    assert set(labels.TRANSFER_WAYS) == {way.value for way in ev.TransferWay}
    kinds = [f"refused_{refusal}" for refusal in ev.TransferRefusal]
    assert set(kinds) <= set(labels.REASONS)
