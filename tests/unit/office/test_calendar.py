"""Working time: weekdays 09–12 and 13–18, no public holidays, the office's own files on top."""

from datetime import date, datetime

import pytest

from office.calendar import KST, public_holidays, read_calendar

WORKING = [
    ("2026-11-25T09:00", True),
    ("2026-11-25T08:59", False),
    ("2026-11-25T11:59", True),
    ("2026-11-25T12:00", False),
    ("2026-11-25T13:00", True),
    ("2026-11-25T18:00", False),
    ("2026-11-28T10:00", False),
    ("2026-05-01T10:00", False),
    ("2026-07-17T10:00", False),
    ("2025-10-08T10:00", False),
    ("2025-10-10T10:00", True),
]


@pytest.mark.parametrize(("at", "working"), WORKING)
def test_the_offices_hours(at: str, working: bool) -> None:
    assert read_calendar([]).is_working_time(datetime.fromisoformat(at).replace(tzinfo=KST)) is working


@pytest.mark.parametrize(("at", "working"), WORKING)
def test_the_zone_of_the_moment_does_not_matter(at: str, working: bool) -> None:
    moment = datetime.fromisoformat(at).replace(tzinfo=KST)
    assert read_calendar([]).is_working_time(moment.astimezone()) is working


def test_the_office_closes_and_opens_days_by_file() -> None:
    calendar = read_calendar(
        [
            ("calendar.d/2027.toml", '[[close]]\ndate = 2027-10-08\nname = "임시공휴일"\n'),
            (
                "calendar.d/2028.toml",
                '[[open]]\ndate = 2027-05-03\nscope = "minwon"\nhours = [["09:00", "12:00"]]\n',
            ),
        ]
    )
    assert not calendar.is_working_time(datetime(2027, 10, 8, 10, tzinfo=KST))
    assert calendar.is_working_time(datetime(2027, 5, 3, 10, tzinfo=KST), "minwon")
    assert not calendar.is_working_time(datetime(2027, 5, 3, 14, tzinfo=KST), "minwon")
    assert not calendar.is_working_time(datetime(2027, 5, 3, 10, tzinfo=KST), "heoga")


def test_a_departments_season() -> None:
    text = (
        '[[hours]]\nscope = "nonggi"\nfrom = 2027-07-01\nto = 2027-08-31\n'
        'hours = [["08:00", "12:00"], ["13:00", "17:00"]]\n'
    )
    calendar = read_calendar([("calendar.d/2027.toml", text)])
    assert calendar.is_working_time(datetime(2027, 7, 1, 8, 30, tzinfo=KST), "nonggi")
    assert not calendar.is_working_time(datetime(2027, 9, 1, 8, 30, tzinfo=KST), "nonggi")


@pytest.mark.parametrize(
    "day",
    [
        "2024-10-01",
        "2025-01-27",
        "2025-06-03",
        "2025-10-08",
        "2026-05-01",
        "2026-06-03",
        "2026-07-17",
        "2026-08-17",
        "2026-10-05",
        "2027-02-09",
        "2027-08-16",
        "2028-05-01",
        "2028-10-05",
    ],
)
def test_the_pinned_library_knows_the_law(day: str) -> None:
    when = date.fromisoformat(day)
    assert when in public_holidays(when.year)


def test_2020_03_02_was_a_working_day() -> None:
    assert date(2020, 3, 2) not in public_holidays(2020)
