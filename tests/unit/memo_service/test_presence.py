"""Presence, the quick ways to be away, and what is known of holidays."""

from datetime import UTC, date, datetime, timedelta

import pytest

from memo_service.absences import office_days
from memo_service.absences.presence import Sign, State, presence_of, talking_now
from memo_service.absences.quick import Quick, quick_span
from memo_service.absences.rules import Absence, AbsenceRefusedError, Deputies, Kind
from memo_service.ledger.verdicts import fold
from office.calendar import KST, Calendar, public_holidays, read_calendar
from office.events import Side
from tests.support.feed import DEPUTY, Script

NOW = datetime(2026, 11, 25, 1, 30, tzinfo=UTC)  # Wednesday, 10:30 in Korea
LEAVE = Absence("a", "kim_ms", Kind.ANNUAL_LEAVE, NOW, NOW + timedelta(hours=3), "lee_sy", NOW)
SAID = {Sign.DO_NOT_DISTURB.value: NOW}
LOST = {Sign.UNREGISTERED.value: NOW}


@pytest.mark.parametrize(
    ("absences", "signs", "talking", "state"),
    [
        ([], {}, (), State.FREE),
        ([], LOST, (), State.OFFLINE),
        ([], LOST | SAID, (), State.AWAY),
        ([LEAVE], LOST | SAID, (), State.AWAY),
        ([LEAVE], LOST | SAID, ("kim_ms",), State.TALKING),
        ([], {}, ("lee_sy",), State.FREE),
    ],
)
def test_which_of_them_wins(
    absences: list[Absence], signs: dict[str, datetime], talking: tuple[str, ...], state: State
) -> None:
    deputies = Deputies(absences, {"kim_ms": None, "lee_sy": None})
    assert presence_of("kim_ms", deputies, signs, talking, NOW).state is state


def test_who_is_away_is_back_when_his_absence_ends() -> None:
    presence = presence_of("kim_ms", Deputies([LEAVE], {"kim_ms": None}), {}, (), NOW)
    assert (presence.back_at, presence.absence) == (LEAVE.ends_at, LEAVE)


def test_who_talks_on_the_board() -> None:
    up = Script().arrive().dial().ring(50, "a").answer(2000, "a").talk(5000, None, "a")
    ringing = Script().arrive().dial().ring(50, "b", DEPUTY)
    answered = Script().arrive().dial().ring(50, "b", DEPUTY).answer(2000, "b", DEPUTY)
    assert talking_now([fold(up.events)]) == {"kim_ms"}
    assert talking_now([fold(ringing.events)]) == frozenset()
    assert talking_now([fold(answered.events)]) == {"lee_sy"}, "the words are played, he has the phone up"
    assert talking_now([fold(up.hangup(9000, Side.OFFICER, "a").events)]) == frozenset()
    assert talking_now([fold(answered.end(9000).events)]) == frozenset()


def local(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=KST)


@pytest.mark.parametrize(
    ("choice", "now", "span"),
    [
        (Quick.HOUR, "2026-11-25T10:30", ("10:30", "11:30")),
        (Quick.AFTERNOON, "2026-11-25T10:30", ("13:00", "18:00")),
        (Quick.AFTERNOON, "2026-11-25T14:20", ("14:20", "18:00")),
        (Quick.TODAY, "2026-11-25T10:30", ("10:30", "18:00")),
        (Quick.TODAY, "2026-11-25T19:00", ("19:00", "00:00")),
        (Quick.TODAY, "2026-11-28T10:00", ("10:00", "00:00")),
    ],
)
def test_the_quick_ways(choice: Quick, now: str, span: tuple[str, str]) -> None:
    start, end = quick_span(choice, local(now), Calendar(), None)
    assert (f"{start:%H:%M}", f"{end:%H:%M}") == span
    assert timedelta() < end - start < timedelta(days=1)


@pytest.mark.parametrize("now", ["2026-11-25T18:00", "2026-11-28T10:00"])
def test_an_afternoon_that_is_over_or_off_is_refused(now: str) -> None:
    with pytest.raises(AbsenceRefusedError, match="afternoon_over"):
        quick_span(Quick.AFTERNOON, local(now), Calendar(), None)


def test_special_days_are_shut_weekdays_and_open_days_off() -> None:
    text = """
        [[close]]
        date = 2026-11-26
        name = "군민의 날"
        [[open]]
        date = 2026-11-28
        [[duty]]
        date = 2026-11-25
        numbers = ["2000", "010-1234-5678"]
    """
    calendar = read_calendar([("calendar.d/a.toml", text)])
    days = office_days.special_days(calendar, date(2026, 11, 25))
    assert [(d.day.isoformat(), d.name, d.is_open) for d in days] == [
        ("2026-11-26", "군민의 날", False),
        ("2026-11-28", "여는 날", True),
        ("2026-12-25", "기독탄신일", False),
        ("2027-01-01", "신정연휴", False),
    ]
    assert office_days.duty_days(calendar, date(2026, 11, 25), "033") == [
        (date(2026, 11, 25), ["2000", "010-****-5678"])
    ]


def test_holidays_older_than_the_law_are_told(monkeypatch: pytest.MonkeyPatch) -> None:
    assert office_days.basis(Calendar(), date(2026, 11, 25)).doubts == []

    def old(year: int) -> dict[date, str]:
        return {day: name for day, name in public_holidays(year).items() if day != date(2026, 5, 1)}

    monkeypatch.setattr(office_days, "public_holidays", old)
    told = office_days.basis(Calendar(), date(2026, 11, 25)).doubts
    assert told == ["설치된 휴일 자료가 2026년 법보다 오래되어 5월 1일 노동절을(를) 모릅니다."]
    assert "2030년" in office_days.basis(Calendar(), date(2030, 1, 2)).doubts[-1]
