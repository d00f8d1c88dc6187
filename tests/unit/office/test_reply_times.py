"""The moments that are offered besides "as soon as possible"."""

from datetime import date, datetime, time, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from office.calendar import KST, Calendar, CalendarFile, Close, Hours
from office.folder import load_office
from office.reply_times import APART, reply_times
from office.working_time import NoWorkingTimeError, add
from tests.replay.play import ROOT

CALENDAR = load_office(ROOT / "examples" / "pyeongchang").calendar


def kst(month: int, day: int, hour: int, minute: int = 0) -> datetime:
    return datetime(2026, month, day, hour, minute, tzinfo=KST)


@pytest.mark.parametrize(
    ("received", "first", "second"),
    [
        (kst(11, 25, 9, 5), kst(11, 25, 14), kst(11, 26, 10)),
        (kst(11, 25, 12, 30), kst(11, 25, 16), kst(11, 26, 10)),
        (kst(11, 25, 14, 3), kst(11, 25, 16), kst(11, 26, 10)),
        (kst(11, 25, 14, 20), kst(11, 26, 10), kst(11, 27, 10)),
        (kst(11, 25, 17, 30), kst(11, 26, 14), kst(11, 27, 10)),
        (kst(11, 25, 22), kst(11, 26, 14), kst(11, 27, 10)),
        (kst(11, 27, 16), kst(11, 30, 10), kst(12, 1, 10)),
        (kst(5, 22, 17, 40), kst(5, 26, 14), kst(5, 27, 10)),  # a weekend and a substitute holiday
    ],
)
def test_the_next_moment_and_a_later_days(received: datetime, first: datetime, second: datetime) -> None:
    assert reply_times(CALENDAR, add(CALENDAR, received, 60)) == (first, second)


@given(st.integers(0, 400 * 24 * 60))
def test_what_is_offered_is_working_time_clearly_later_and_on_two_days(minutes: int) -> None:
    due = add(CALENDAR, kst(1, 1, 0) + timedelta(minutes=minutes), 60)
    first, second = reply_times(CALENDAR, due)
    assert due + APART <= first < second
    assert first.date() < second.date()
    for moment in (first, second):
        assert CALENDAR.is_working_time(moment)
        assert CALENDAR.is_working_time(moment + timedelta(minutes=29))
        assert moment.minute == 0


def test_an_office_that_works_at_night_offers_its_own_hours() -> None:
    night = Calendar([CalendarFile(hours=(Hours(hours=((time(18, 30), time(23)),)),))])
    due = add(night, kst(11, 25, 19), 60)
    assert reply_times(night, due) == (kst(11, 26, 19), kst(11, 27, 19))


def test_spans_too_short_for_a_call_offer_nothing() -> None:
    short = Calendar([CalendarFile(hours=(Hours(hours=((time(11), time(11, 20)),)),))])
    with pytest.raises(NoWorkingTimeError):
        reply_times(short, add(short, kst(11, 25, 9), 10))


def test_a_day_the_office_closes_is_not_offered() -> None:
    closed = Calendar([CalendarFile(close=(Close(date=date(2026, 11, 26), name="군민의 날"),))])
    first, second = reply_times(closed, add(closed, kst(11, 25, 14, 3), 60))
    assert (first, second) == (kst(11, 25, 16), kst(11, 27, 10))
