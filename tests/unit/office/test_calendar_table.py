"""Public holidays on weekdays, 2024 to 2028, as the statute has them; lunch rules and the duty roster."""

from datetime import date, datetime, time, timedelta

import pytest

from office.calendar import KST, LunchRule, public_holidays, read_calendar
from office.problems import OfficeRefusedError
from office.working_time import add

CLOSED_WEEKDAYS = {
    2024: "01-01 02-09 02-12 03-01 04-10 05-06 05-15 06-06 08-15 09-16 09-17 09-18 10-01 10-03 10-09 12-25",
    2025: "01-01 01-27 01-28 01-29 01-30 03-03 05-05 05-06 06-03 06-06 08-15 10-03 10-06 10-07 10-08 10-09"
    " 12-25",
    2026: "01-01 02-16 02-17 02-18 03-02 05-01 05-05 05-25 06-03 07-17 08-17 09-24 09-25 10-05 10-09 12-25",
    2027: "01-01 02-08 02-09 03-01 05-03 05-05 05-13 07-19 08-16 09-14 09-15 09-16 10-04 10-11 12-27",
    2028: "01-26 01-27 01-28 03-01 04-12 05-01 05-02 05-05 06-06 07-17 08-15 10-02 10-03 10-04 10-05 10-09"
    " 12-25",
}
DAY = date(2026, 11, 25)


@pytest.mark.parametrize("year", CLOSED_WEEKDAYS)
def test_public_holidays_on_weekdays(year: int) -> None:
    closed = sorted(f"{day:%m-%d}" for day in public_holidays(year) if day.isoweekday() <= 5)
    assert closed == CLOSED_WEEKDAYS[year].split()


def test_a_substitute_was_not_given_in_2020() -> None:
    assert date(2020, 3, 2) not in public_holidays(2020)


def test_next_years_holidays_are_known_from_july_on() -> None:
    """The almanac of the next year appears at the end of June; an older library must be renewed then."""
    today = datetime.now(KST).date()
    year = today.year + (today.month >= 7)
    names = set(public_holidays(year).values())
    assert {"노동절", "제헌절"} <= {name.split(" 대체")[0] for name in names}
    assert year in CLOSED_WEEKDAYS, "add the year's dates to this table from the almanac (월력요항)"


@pytest.mark.parametrize(
    ("rule", "working", "serving"),
    [
        (None, 2, 1),
        (LunchRule.ROTA, 2, 1),
        (LunchRule.CLOSED, 2, 2),
        (LunchRule.OPEN, 1, 1),
    ],
)
def test_a_departments_lunch(rule: LunchRule | None, working: int, serving: int) -> None:
    text = f'[[lunch]]\nscope = "minwon"\nrule = "{rule}"\n' if rule else ""
    calendar = read_calendar([("calendar.d/lunch.toml", text)])
    assert len(calendar.spans(DAY, "minwon")) == working
    assert len(calendar.serving(DAY, "minwon")) == serving
    # the rule of one department is no other's
    assert calendar.lunch_rule("heoga") is LunchRule.ROTA
    assert len(calendar.spans(DAY, "heoga")) == 2


def test_an_open_lunch_is_working_time() -> None:
    calendar = read_calendar([("calendar.d/lunch.toml", '[[lunch]]\nrule = "open"\n')])
    noon = datetime(2026, 11, 25, 12, 20, tzinfo=KST)
    assert calendar.is_working_time(noon, "minwon")
    assert add(calendar, noon, 60, "minwon") == noon + timedelta(hours=1)


def test_a_department_lunch_wins_over_the_offices() -> None:
    text = '[[lunch]]\nrule = "closed"\n[[lunch]]\nscope = "minwon"\nrule = "rota"\n'
    calendar = read_calendar([("calendar.d/lunch.toml", text)])
    assert calendar.lunch_rule("minwon") is LunchRule.ROTA
    assert calendar.lunch_rule("heoga") is LunchRule.CLOSED
    assert calendar.lunch_rule(None) is LunchRule.CLOSED


def test_a_day_off_serves_nobody() -> None:
    calendar = read_calendar([("calendar.d/lunch.toml", '[[lunch]]\nrule = "open"\n')])
    assert list(calendar.serving(date(2026, 9, 25))) == []
    assert list(calendar.spans(date(2026, 9, 25))) == []


def test_serving_covers_the_gap() -> None:
    assert list(read_calendar([]).serving(DAY)) == [(time(9), time(18))]


def test_the_duty_roster() -> None:
    text = '[[duty]]\ndate = 2026-11-25\nnumbers = ["2000", "010-0000-1234"]\n'
    calendar = read_calendar([("calendar.d/duty.toml", text)])
    assert calendar.duty(DAY) == ("2000", "010-0000-1234")
    assert calendar.duty(DAY + timedelta(days=1)) == ()


@pytest.mark.parametrize("numbers", ["[]", '["당직실"]', '["010 0000"]'])
def test_a_roster_that_nobody_could_call_is_refused(numbers: str) -> None:
    text = f"[[duty]]\ndate = 2026-11-25\nnumbers = {numbers}\n"
    with pytest.raises(OfficeRefusedError) as refused:
        read_calendar([("calendar.d/duty.toml", text)])
    assert "calendar.d/duty.toml" in str(refused.value)
