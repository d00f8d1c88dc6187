"""T6, by its pure rule."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from memo_service.calls import labels
from memo_service.memos.verdict import MemoFacts, judge_t6
from tests.support.feed import WORKDAY

READ = WORKDAY + timedelta(minutes=7)
FACTS = MemoFacts(
    taken_by="menu",
    why="asked",
    officer="kim_ms",
    department="haengjeong",
    received_at=WORKDAY,
    has_matter=True,
    has_number=True,
    seen_whole=True,
    recording_lost=False,
    delivered_at=WORKDAY + timedelta(minutes=5),
    read_at=READ,
    destroyed_at=None,
)


def test_delivered_and_read_is_kept_and_the_times_are_measures() -> None:
    verdict = judge_t6(FACTS)
    assert verdict is not None
    assert (verdict.promise, verdict.result, verdict.reason) == ("T6", "kept", "memo_read")
    assert (verdict.department, verdict.officer) == ("haengjeong", "kim_ms")
    assert verdict.measures == {
        "taken_by": "menu",
        "delivered_ms": 300_000,
        "read_ms": 420_000,
        "missing": [],
    }


def test_while_nobody_has_read_it_there_is_no_verdict() -> None:
    assert judge_t6(replace(FACTS, read_at=None)) is None


@pytest.mark.parametrize(
    ("change", "result", "reason"),
    [
        ({"read_at": None, "destroyed_at": READ}, "broken", "memo_not_read"),
        ({"recording_lost": True}, "broken", "recording_lost"),
        ({"why": "reached", "read_at": None}, "not_applicable", "reached_person"),
        ({"seen_whole": False, "has_matter": False}, "unknown", "record_incomplete"),
        ({"seen_whole": False}, "kept", "memo_read"),
        ({"has_matter": False, "has_number": False}, "kept", "memo_read"),
    ],
)
def test_the_other_ways(change: dict[str, Any], result: str, reason: str) -> None:
    verdict = judge_t6(replace(FACTS, **change))
    assert verdict is not None
    assert (verdict.result, verdict.reason) == (result, reason)
    assert reason in labels.REASONS


def test_what_could_not_be_had_is_named() -> None:
    verdict = judge_t6(replace(FACTS, has_matter=False))
    assert verdict is not None
    assert verdict.measures["missing"] == ["matter"]
