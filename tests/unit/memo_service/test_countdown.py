"""The countdown of a callback: working time that is left, standing still when nobody works."""

from datetime import date, datetime, time, timedelta

import pytest

from memo_service.callbacks.countdown import to_asked_time, to_deadline, told
from office import working_time
from office.calendar import KST, Calendar

CALENDAR = Calendar()


def at(clock: str, day: int = 25) -> datetime:
    """November 2026; the 25th is a Wednesday."""
    return datetime.combine(date(2026, 11, day), time.fromisoformat(clock), KST)


def minutes(number: float) -> timedelta:
    return timedelta(minutes=number)


def test_it_counts_down_to_the_deadline() -> None:
    count = to_deadline(CALENDAR, at("10:00"), at("11:00"), None)
    assert count.left(at("10:00")) == minutes(60)
    assert count.left(at("10:42")) == minutes(18)
    assert count.resumes_at(at("10:42")) is None
    assert count.left(at("11:05")) == minutes(0)
    assert count.resumes_at(at("11:05")) is None


def test_it_stands_still_over_lunch_and_says_when_it_goes_on() -> None:
    count = to_deadline(CALENDAR, at("11:40"), at("13:40"), None)
    assert count.left(at("11:40")) == minutes(60)
    for clock in ("12:00", "12:30", "12:59"):
        assert count.left(at(clock)) == minutes(40), clock
        assert count.resumes_at(at(clock)) == at("13:00"), clock
    assert count.resumes_at(at("13:00")) is None
    assert count.left(at("13:10")) == minutes(30)


def test_it_stands_still_over_the_weekend() -> None:
    count = to_deadline(CALENDAR, at("17:30", 27), at("09:30", 30), None)
    assert count.left(at("12:00", 28)) == minutes(30)
    assert count.resumes_at(at("12:00", 28)) == at("09:00", 30)


@pytest.mark.parametrize("received", ["09:00", "11:30", "11:59", "12:20", "17:45", "22:00"])
def test_a_fresh_promise_of_an_hour_has_an_hour_left(received: str) -> None:
    due = working_time.add(CALENDAR, at(received), 60)
    assert to_deadline(CALENDAR, at(received), due, None).left(at(received)) == minutes(60)


def test_an_asked_time_is_counted_by_the_clock() -> None:
    count = to_asked_time(at("11:40"), at("13:40"))
    assert count.left(at("12:30")) == minutes(70)
    assert count.resumes_at(at("12:30")) is None
    assert to_asked_time(at("14:00"), at("13:40")).left(at("14:00")) == minutes(0)


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(-5, "0분 0초"), (0, "0분 0초"), (599.9, "9분 59초"), (600, "10분"), (3599, "59분"), (3600, "1시간 0분"),
     (3960, "1시간 6분"), (90000, "25시간 0분")],
)  # fmt: skip
def test_it_is_told_cut_never_rounded_up(seconds: float, text: str) -> None:
    assert told(timedelta(seconds=seconds)) == text
