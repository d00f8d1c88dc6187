"""When a reply is due: in any zone of the server (TIM-02), over holidays (CBK-02, -03), at an asked time."""

import os
import time
from collections.abc import Iterator
from datetime import timedelta

import pytest

from memo_service.callbacks.turn import Due, Wake, may_call, moved, next_wake, promise, turn
from office.calendar import Calendar, CalendarFile, Close, Hours
from office.charter import Callback
from tests.support.callback_desk import kst

RULES = Callback()
PLAIN = Calendar([CalendarFile(hours=(Hours(),))])


@pytest.fixture(params=["UTC", "America/New_York", "Asia/Seoul"])
def zone(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    monkeypatch.setenv("TZ", request.param)
    time.tzset()
    yield request.param
    monkeypatch.undo()
    time.tzset()


@pytest.mark.parametrize(
    ("received", "due"),
    [
        # TIM-02
        ("2026-11-25 08:40", "2026-11-25 10:00"),
        ("2026-11-25 12:20", "2026-11-25 14:00"),
        ("2026-11-25 17:00", "2026-11-25 18:00"),
        ("2026-11-25 20:10", "2026-11-26 10:00"),
        ("2026-11-27 17:30", "2026-11-30 09:30"),
        # CBK-02
        ("2026-05-22 17:40", "2026-05-26 09:40"),
        ("2025-05-02 17:30", "2025-05-07 09:30"),
        ("2025-10-02 17:20", "2025-10-10 09:20"),
        ("2026-08-15 10:00", "2026-08-18 10:00"),
        ("2028-09-29 17:30", "2028-10-06 09:30"),
        ("2020-03-02 10:00", "2020-03-02 11:00"),
        # CBK-03 a, b, d
        ("2026-04-30 17:30", "2026-05-04 09:30"),
        ("2025-01-24 17:30", "2025-01-31 09:30"),
        ("2026-06-02 17:30", "2026-06-04 09:30"),
    ],
)
def test_one_working_hour_after_receipt(zone: str, received: str, due: str) -> None:
    assert os.environ["TZ"] == zone
    assert promise(PLAIN, RULES, Due(kst(received), None, None)) == (kst(due), kst(due))


def test_an_asked_time_wins_and_is_late_after_its_tolerance() -> None:
    asked = kst("2026-11-26 15:00")
    wish = Due(kst("2026-11-25 10:00"), asked, None)
    assert promise(PLAIN, RULES, wish) == (asked, asked + timedelta(minutes=10))


def test_the_first_turn_reminds_twice_then_goes_to_deputy_and_leader() -> None:
    made = turn(PLAIN, RULES, Due(kst("2026-11-25 10:05"), None, None))
    assert made.wakes == (
        (kst("2026-11-25 10:50"), Wake.REMIND),
        (kst("2026-11-25 11:00"), Wake.REMIND),
        (kst("2026-11-25 11:05"), Wake.DUE),
        (kst("2026-11-25 11:05"), Wake.TO_DEPUTY),
        (kst("2026-11-25 11:20"), Wake.TO_LEADER),
    )
    assert made.opens_at is None


def test_reminders_keep_to_working_time() -> None:
    made = turn(PLAIN, RULES, Due(kst("2026-11-25 17:05"), None, None))
    assert made.due_at == kst("2026-11-26 09:05")
    assert made.wakes[0] == (kst("2026-11-26 09:00"), Wake.REMIND)
    assert made.wakes[-1] == (kst("2026-11-26 09:20"), Wake.TO_LEADER)


def test_the_leader_of_an_evening_comes_in_the_next_morning() -> None:
    made = turn(PLAIN, RULES, Due(kst("2026-11-25 17:00"), None, None))
    assert made.wakes[-2:] == (
        (kst("2026-11-25 18:00"), Wake.TO_DEPUTY),
        (kst("2026-11-26 09:15"), Wake.TO_LEADER),
    )


def test_an_asked_time_in_the_evening_is_reminded_of_in_the_evening() -> None:
    made = turn(PLAIN, RULES, Due(kst("2026-11-25 10:05"), kst("2026-11-25 20:00"), None))
    assert made.wakes[0] == (kst("2026-11-25 19:45"), Wake.REMIND)
    assert made.latest_at == kst("2026-11-25 20:10")


def test_a_retry_opens_after_its_distance_in_working_time() -> None:
    made = turn(PLAIN, RULES, Due(kst("2026-11-25 10:05"), None, None, 1, kst("2026-11-25 17:50")))
    assert made.opens_at == kst("2026-11-26 09:20")
    assert made.due_at == kst("2026-11-26 10:20")
    assert made.wakes[0] == (kst("2026-11-26 09:20"), Wake.AGAIN)


def test_putting_off_never_moves_the_promise() -> None:
    wish = Due(kst("2026-11-25 10:05"), None, None, deferred_to=kst("2026-11-25 10:40"))
    made = turn(PLAIN, RULES, wish)
    assert (made.opens_at, made.due_at) == (kst("2026-11-25 10:40"), kst("2026-11-25 11:05"))


def test_after_a_standstill_the_steps_keep_their_distance() -> None:
    made = turn(PLAIN, RULES, Due(kst("2026-11-25 10:05"), None, None))
    late = kst("2026-11-25 16:00")
    assert next_wake(made, 3, late, PLAIN, None) == made.wakes[3][0]
    assert next_wake(made, 4, late, PLAIN, None) == kst("2026-11-25 16:15")
    assert next_wake(made, 5, late, PLAIN, None) is None


def test_an_asked_time_on_a_day_closed_since_keeps_its_clock_time() -> None:
    closed = Calendar(
        [CalendarFile(close=(Close.model_validate({"date": "2025-01-27", "name": "임시공휴일"}),))]
    )
    assert moved(closed, kst("2025-01-27 10:00"), None) == kst("2025-01-31 10:00")


@pytest.mark.parametrize(
    ("now", "asked", "may"),
    [
        ("2026-11-25 10:00", None, True),
        ("2026-11-25 12:30", None, False),
        ("2026-11-25 18:00", None, False),
        ("2026-11-25 20:00", "2026-11-25 15:00", False),
        ("2026-11-25 19:49", "2026-11-25 20:00", False),
        ("2026-11-25 19:50", "2026-11-25 20:00", True),
        ("2026-11-25 21:00", "2026-11-25 20:00", True),
        ("2026-11-25 21:01", "2026-11-25 20:00", False),
    ],
)
def test_no_call_outside_working_time_but_at_a_time_asked_for(now: str, asked: str | None, may: bool) -> None:
    assert may_call(PLAIN, RULES, kst(now), kst(asked) if asked else None, None) is may
