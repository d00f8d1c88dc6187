"""T7 from its facts, and an attempt's outcome from its events, whatever order they come in."""

import itertools
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest

from memo_service.callbacks.attempt import Progress, progress
from memo_service.callbacks.life import Event
from memo_service.callbacks.outcomes import CloseOutcome
from memo_service.callbacks.verdict import Promise, Tried, holder_at, judge_t7
from office.events import CallbackTold, CallEnded
from tests.support.callback_desk import Attempt, kst

RECEIVED, DUE = kst("2026-11-25 10:05"), kst("2026-11-25 11:05")
ASKED = kst("2026-11-25 15:00")
AT = {"early": kst("2026-11-25 10:40"), "late": kst("2026-11-25 11:06"), "limit": DUE}


PLAIN = Promise(
    received_at=RECEIVED,
    asked_at=None,
    due_at=DUE,
    latest_at=DUE,
    seen_until=RECEIVED,
    holders=[(RECEIVED, "kim_ms"), (DUE, "lee_sy")],
    department="haengjeong",
)


def promised(*tried: Tried, **facts: Any) -> Promise:
    return replace(PLAIN, tried=tried, **facts)


def called(at: datetime, *, reached: bool = False) -> Tried:
    return Tried(at, "kim_ms", at, reached)


def asked(*tried: Tried, **facts: Any) -> Promise:
    latest = ASKED + timedelta(minutes=10)
    return promised(*tried, asked_at=ASKED, due_at=ASKED, latest_at=latest, **facts)


LOST = Tried(AT["early"], "kim_ms", unknown=True)
UNDIALLED = Tried(AT["early"], "kim_ms")


@pytest.mark.parametrize(
    ("facts", "verdict"),
    [
        (promised(), None),
        (promised(UNDIALLED), None),
        (promised(called(AT["early"])), ("kept", "called_in_time", "kim_ms")),
        (promised(called(AT["limit"], reached=True)), ("kept", "reached_in_time", "kim_ms")),
        (promised(called(AT["late"])), ("broken", "called_late", "kim_ms")),
        (promised(seen_until=DUE), ("broken", "not_called", "kim_ms")),
        (promised(UNDIALLED, seen_until=AT["late"]), ("broken", "not_called", "kim_ms")),
        (promised(LOST, seen_until=AT["late"]), ("unknown", "attempt_unknown", "kim_ms")),
        (promised(LOST, called(AT["limit"])), ("kept", "called_in_time", "kim_ms")),
        (
            promised(closed_at=AT["early"], outcome=CloseOutcome.REACHED_US),
            ("kept", "citizen_called", "kim_ms"),
        ),
        (
            promised(closed_at=AT["early"], outcome=CloseOutcome.NOT_WANTED),
            ("not_applicable", "no_reply_wanted", "kim_ms"),
        ),
        (
            promised(closed_at=AT["early"], outcome=CloseOutcome.ANSWERED),
            ("unknown", "no_call_seen", "kim_ms"),
        ),
        (
            promised(closed_at=AT["late"], outcome=CloseOutcome.REACHED_US, seen_until=AT["late"]),
            ("broken", "not_called", "kim_ms"),
        ),
        (asked(called(ASKED)), ("kept", "called_in_time", "lee_sy")),
        (asked(called(ASKED + timedelta(minutes=10))), ("kept", "called_in_time", "lee_sy")),
        (asked(called(ASKED + timedelta(minutes=11))), ("broken", "called_late", "lee_sy")),
        (asked(called(AT["early"])), None),
        (asked(called(AT["early"], reached=True)), ("kept", "reached_in_time", "kim_ms")),
        (
            asked(called(AT["early"]), seen_until=ASKED + timedelta(hours=1)),
            ("broken", "not_called", "lee_sy"),
        ),
    ],
)
def test_the_verdict(facts: Promise, verdict: tuple[str, str, str] | None) -> None:
    found = judge_t7(facts)
    assert (found and (found.result.value, found.reason, found.officer)) == verdict


def test_its_figures() -> None:
    found = judge_t7(promised(called(AT["late"], reached=True)))
    assert found is not None
    assert found.measures["late_ms"] == 60_000
    assert found.measures["first_call_at"] == "2026-11-25T11:06:00+09:00"
    assert found.measures["calls"] == 1


def test_credit_goes_to_who_held_it_just_before() -> None:
    holders = [(RECEIVED, "kim_ms"), (DUE, "lee_sy"), (AT["late"], None)]
    assert [holder_at(holders, at) for at in (RECEIVED, DUE, AT["late"])] == ["kim_ms", "kim_ms", "lee_sy"]
    assert holder_at(holders, AT["late"] + timedelta(seconds=1)) is None
    assert holder_at([], DUE) is None


def told(attempt: Attempt) -> Progress | None:
    steps = [event for event in attempt.events if isinstance(event, CallbackTold)]
    ends = [event for event in attempt.events if isinstance(event, CallEnded)]
    return progress(steps, ends[0] if ends else None, 10)


def begun() -> Attempt:
    return Attempt("a1", RECEIVED)


@pytest.mark.parametrize(
    ("attempt", "event", "outcome"),
    [
        (begun().step("officer_answered", 3), None, None),
        (begun().answered(), None, None),
        (begun().answered().step("citizen_answered", 9), None, None),
        (begun().talked(10), Event.TALKED, "reached"),
        (begun().talked(9.999), Event.BRIEF, "unconfirmed"),
        (begun().failed("busy"), Event.FAILED, "busy"),
        (begun().failed("officer_gone"), Event.FAILED, "given_up"),
        (begun().officer_failed("busy"), Event.NOT_DIALLED, "officer_failed"),
        (begun().step("officer_answered", 3).step("ended", 4).end(4), Event.NOT_DIALLED, "officer_gone"),
        (begun().answered().step("ended", 7).end(7), Event.FAILED, "given_up"),
        (begun().answered().end(7), Event.FAILED, "given_up"),
        (begun().answered().end(7, complete=False), Event.LOST, "unknown"),
        (begun().answered().step("citizen_answered", 9).end(60), Event.TALKED, "reached"),
        (begun().answered().step("citizen_answered", 9).end(60, complete=False), Event.BRIEF, "unconfirmed"),
    ],
)
def test_what_became_of_an_attempt(attempt: Attempt, event: Event | None, outcome: str | None) -> None:
    found = told(attempt)
    assert found is not None
    assert (found.event, found.outcome) == (event, outcome)


def test_no_word_is_no_progress() -> None:
    assert told(begun()) is None


def test_a_missed_step_is_read_from_the_next() -> None:
    found = told(begun().step("citizen_failed", 12, None).end(12))
    assert found is not None
    assert found.dialled_at == RECEIVED + timedelta(seconds=12)
    assert found.outcome == "unreachable"


def test_every_part_of_an_attempt_ends_like_the_whole() -> None:
    """Events lost on the way: the end and what was told before it decide."""
    whole = begun().talked(60)
    steps = [event for event in whole.events if isinstance(event, CallbackTold)]
    end = next(event for event in whole.events if isinstance(event, CallEnded))
    for kept in itertools.chain.from_iterable(itertools.combinations(steps, n) for n in range(1, 5)):
        if any(event.step == "citizen_answered" for event in kept):
            found = progress(kept, end, 10)
            assert found is not None
            assert found.outcome == "reached"
