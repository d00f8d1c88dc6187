"""Deadlines in working time: the table of the field cases, and the laws that any counting must keep."""

from datetime import datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from office.ask import main
from office.calendar import KST, Calendar, read_calendar
from office.working_time import NoWorkingTimeError, add, between, explain, next_open

PLAIN = Calendar()
MOMENTS = st.integers(0, 60 * 24 * 365 * 4 + 60 * 24 * 300).map(
    lambda minutes: datetime(2024, 1, 1, tzinfo=KST) + timedelta(minutes=minutes)
)
MINUTES = st.integers(1, 3000)


def kst(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=KST)


@pytest.mark.parametrize(
    ("received", "due"),
    [
        # TIM-02
        ("2026-11-25T08:40", "2026-11-25T10:00"),
        ("2026-11-25T12:20", "2026-11-25T14:00"),
        ("2026-11-25T17:00", "2026-11-25T18:00"),
        ("2026-11-25T20:10", "2026-11-26T10:00"),
        ("2026-11-27T17:30", "2026-11-30T09:30"),
        # CBK-02, substitute holidays
        ("2026-05-22T17:40", "2026-05-26T09:40"),
        ("2025-05-02T17:30", "2025-05-07T09:30"),
        ("2025-10-02T17:20", "2025-10-10T09:20"),
        ("2026-08-15T10:00", "2026-08-18T10:00"),
        ("2028-09-29T17:30", "2028-10-06T09:30"),
        # CBK-03, decreed late
        ("2026-04-30T17:30", "2026-05-04T09:30"),
        ("2025-01-24T17:30", "2025-01-31T09:30"),
        ("2026-06-02T17:30", "2026-06-04T09:30"),
        # a span's end ends the count
        ("2026-11-25T11:00", "2026-11-25T12:00"),
        ("2026-11-25T11:30", "2026-11-25T13:30"),
    ],
)
def test_one_working_hour(received: str, due: str) -> None:
    assert add(PLAIN, kst(received), 60) == kst(due)


@given(at=MOMENTS, minutes=MINUTES)
def test_what_is_added_is_what_lies_between(at: datetime, minutes: int) -> None:
    assert between(PLAIN, at, add(PLAIN, at, minutes)) == timedelta(minutes=minutes)


@given(at=MOMENTS, first=MINUTES, second=MINUTES)
def test_adding_in_two_steps_is_adding_at_once(at: datetime, first: int, second: int) -> None:
    assert add(PLAIN, add(PLAIN, at, first), second) == add(PLAIN, at, first + second)


@given(at=MOMENTS, later=st.timedeltas(timedelta(0), timedelta(days=9)), minutes=MINUTES)
def test_who_asks_later_is_never_due_earlier(at: datetime, later: timedelta, minutes: int) -> None:
    assert add(PLAIN, at + later, minutes) >= add(PLAIN, at, minutes)


@given(at=MOMENTS, minutes=MINUTES)
def test_the_steps_tell_the_whole_way(at: datetime, minutes: int) -> None:
    steps = explain(PLAIN, at, minutes)
    assert sum((step.counted for step in steps), timedelta()) == timedelta(minutes=minutes)
    assert max(step.ends_at for step in steps if step.ends_at) == add(PLAIN, at, minutes)
    assert all(step.why_not for step in steps if not step.counted)


@given(at=MOMENTS)
def test_the_office_opens_at_a_working_moment(at: datetime) -> None:
    opened = next_open(PLAIN, at)
    assert opened >= at
    assert PLAIN.is_working_time(opened)


def test_an_office_that_never_opens_is_told_of() -> None:
    never = read_calendar([("calendar.d/x.toml", "[[hours]]\nhours = []\n")])
    with pytest.raises(NoWorkingTimeError, match=r"calendar\.d"):
        add(never, kst("2026-11-25T10:00"), 1)


def test_a_day_added_changes_the_calendars_version() -> None:
    added = read_calendar([("calendar.d/x.toml", '[[close]]\ndate = 2026-11-25\nname = "군민의 날"\n')])
    assert added.version != PLAIN.version
    assert Calendar().version == PLAIN.version


def test_the_question_why_this_time(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["due", "2025-10-02T17:30"]) == 0
    told = capsys.readouterr().out.splitlines()
    assert told[0] == "2025-10-10T09:30:00+09:00"
    assert told[1].endswith("17:30–18:00  30분")
    assert "개천절" in told[2]
    assert told[-1].endswith("09:00–09:30  30분")


@pytest.mark.parametrize(
    "words", [["due", "2025-10-02T17:30", "--minutes", "0"], ["due", "2025-10-02T17:30", "--department", "x"]]
)
def test_a_question_that_cannot_be_answered_names_the_cause(
    words: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(words) == 1
    assert capsys.readouterr().err.count("\n") == 1
