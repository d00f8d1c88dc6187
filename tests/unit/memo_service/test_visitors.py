"""V2 without a database: what the end of a visitor's clock is worth."""

from datetime import timedelta

import pytest

from memo_service.ledger.verdicts import Result, Verdict
from memo_service.visitors.verdict import Ending, Waited, judge_v2, worst
from tests.support.feed import WORKDAY


def judged(seconds: float, ending: Ending | None, limit_s: int = 180) -> Verdict | None:
    ended_at = WORKDAY + timedelta(seconds=seconds) if ending else None
    return judge_v2(Waited("kim_ms", "haengjeong", WORKDAY, limit_s, ended_at, ending))


@pytest.mark.parametrize(
    ("seconds", "ending", "result", "reason"),
    [
        (0, Ending.HELPED, "kept", "visitor_in_time"),
        (179.999, Ending.HELPED, "kept", "visitor_in_time"),
        (180, Ending.HELPED, "broken", "visitor_late"),
        (179.999, Ending.LEFT, "not_applicable", "visitor_left_early"),
        (180, Ending.LEFT, "broken", "visitor_left_late"),
        (5, Ending.MISTAKE, "not_applicable", "pressed_by_mistake"),
        (500, Ending.MISTAKE, "not_applicable", "pressed_by_mistake"),
        (3600, Ending.FORGOTTEN, "unknown", "visitor_end_not_noted"),
    ],
)
def test_less_than_the_limit_is_kept(seconds: float, ending: Ending, result: str, reason: str) -> None:
    verdict = judged(seconds, ending)
    assert verdict is not None
    assert (verdict.result.value, verdict.reason) == (result, reason)
    assert (verdict.promise, verdict.department, verdict.officer) == ("V2", "haengjeong", "kim_ms")


def test_a_clock_that_runs_has_no_verdict_and_a_forgotten_one_no_figure() -> None:
    assert judged(999, None) is None
    forgotten = judged(3600, Ending.FORGOTTEN)
    assert forgotten is not None
    assert forgotten.measures == {"waited_ms": None, "limit_ms": 180_000, "ending": "forgotten"}


def test_the_limit_is_the_clocks_own() -> None:
    tight = judged(100, Ending.HELPED, limit_s=60)
    assert tight is not None
    assert tight.result is Result.BROKEN


def test_at_a_call_for_which_several_waited_the_worst_stands() -> None:
    found = [judged(10, Ending.MISTAKE), judged(20, Ending.HELPED), judged(3600, Ending.FORGOTTEN)]
    verdicts = [verdict for verdict in found if verdict]
    assert worst([]) is None
    first = worst(verdicts[:2])
    assert first is not None
    assert first.reason == "visitor_in_time"
    both = worst(verdicts)
    assert both is not None
    assert both.result is Result.UNKNOWN
