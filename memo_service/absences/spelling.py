"""How people write moments, kinds of absence and colleagues, in tables and calendars. Pure.

Owns every spelling that an import understands. What cannot be read is a `Fault` with what stood there.
"""

import re
from datetime import date, datetime, time, timedelta

from memo_service.absences import labels
from memo_service.absences.rules import Fault, Kind
from office.calendar import KST
from office.directory import Directory

_DATE = re.compile(
    r"""(?:(?P<year>\d{4}|\d{2})\s*[-./년]\s*)?(?P<month>\d{1,2})\s*[-./월]\s*(?P<day>\d{1,2})\s*[.일]?
    |(?P<all>\d{8})(?!\d)""",
    re.VERBOSE,
)
_WEEKDAY = re.compile(r"^\s*\(?[월화수목금토일](?:요일)?\)?(?=\s|$)")
_TIME = re.compile(
    r"""(?P<half>오전|오후|AM|PM)?\s*(?P<hour>\d{1,2})\s*(?::|시)\s*(?:(?P<minute>\d{1,2})\s*분?|(?P<thirty>반))?
    (?::\d{1,2}(?:\.\d+)?)?\s*(?P<after>AM|PM)?""",
    re.VERBOSE | re.IGNORECASE,
)
_HALF_YEAR = timedelta(days=183)
# 반일연가 is counted from 14:00 in the service rules of public officials; lunch lies in the morning's half
MORNING = (time(9), time(14))
AFTERNOON = (time(14), time(18))

# the first word found decides: the narrower stand before the wider
_KIND_WORDS = (
    (Kind.HALF_DAY, ("반차", "반일연가", "반일 연가", "반가")),
    (Kind.SICK_LEAVE, ("병가", "병원", "sick")),
    (Kind.OFFICIAL_LEAVE, ("공가", "건강검진", "예비군", "민방위 훈련")),
    (Kind.SPECIAL_LEAVE, ("특별휴가", "특휴", "경조", "출산", "육아", "재해구호", "포상휴가")),
    (Kind.TRIP, ("출장", "현장", "business trip")),  # before 외출: 관외출장 holds both
    (Kind.OUTING, ("외출", "조퇴", "지각", "외근")),
    (Kind.ANNUAL_LEAVE, ("연가", "연차", "휴가", "월차", "vacation", "holiday", "leave")),
    (Kind.TRAINING, ("교육", "연수", "훈련", "세미나", "워크숍", "워크샵", "training")),
    (Kind.MEETING, ("회의", "간담회", "협의회", "보고회", "위원회", "면담", "meeting")),
    (Kind.AWAY, ("자리 비움", "자리비움", "부재")),
    (Kind.OTHER, ("기타",)),
)
_NOBODY = frozenset({"-", "–", "없음", "해당없음", "x"})


class UnreadableError(Exception):
    """What is written cannot be read; `fault` says what and how to write it."""

    def __init__(self, fault: Fault) -> None:
        super().__init__(fault.code)
        self.fault = fault


def kind_in(text: str) -> Kind | None:
    """The kind of absence a text speaks of, or None."""
    folded = text.casefold()
    return next((kind for kind, words in _KIND_WORDS if any(word in folded for word in words)), None)


def half_in(text: str) -> tuple[time, time] | None:
    """The hours of a half day off, where the text says which half."""
    if kind_in(text) is not Kind.HALF_DAY:
        return None
    return AFTERNOON if "오후" in text else MORNING if "오전" in text else None


def read_kind(text: str) -> Kind:
    """The kind a table names; nothing there is 기타. Raises UnreadableError."""
    if not text.strip():
        return Kind.OTHER
    found = kind_in(text)
    if found is None:
        raise UnreadableError(Fault("kind_unknown", "kind", (text.strip(),)))
    return found


def read_moment(text: str, now: datetime, field: str) -> tuple[date, time | None]:
    """Day and clock time, the time None where only a day is written. Raises UnreadableError.

    A day without a year is the nearest to `now`. `24:00` is 00:00 of the next day.
    """
    rest, day = _take_day(text, now, field)
    rest = _WEEKDAY.sub("", rest).strip().removeprefix("T").strip()
    if not rest or rest in ("종일", "하루 종일", "하루종일"):
        return day, None
    found = _TIME.fullmatch(rest)
    if found is None:
        raise _unread(text, field)
    hour = _hour(int(found["hour"]), (found["half"] or found["after"] or "").upper())
    minute = 30 if found["thirty"] else int(found["minute"] or 0)
    if (hour, minute) == (24, 0):
        return day + timedelta(days=1), time(0)
    if hour > 23 or minute > 59:
        raise _unread(text, field)
    return day, time(hour, minute)


def span_of(
    start: tuple[date, time | None], end: tuple[date, time | None], half: tuple[time, time] | None
) -> tuple[datetime, datetime]:
    """The span two written moments mean: an end without a time is the whole of its day."""
    (first, begins), (last, ends) = start, end
    if half and begins is None and ends is None:
        begins, ends = half
    if ends is None:
        last, ends = last + timedelta(days=1), time(0)
    return datetime.combine(first, begins or time(0), KST), datetime.combine(last, ends, KST)


def read_officer(text: str, directory: Directory, field: str) -> str:
    """The officer a text names by extension or name. Raises UnreadableError; `field` officer or deputy."""
    words = [word for word in re.split(r"[\s()（）/,·:]+", text) if word]
    if not words:
        raise UnreadableError(Fault("officer_missing", field))
    numbers = {o.extension: o.id for o in directory.officers.values()}
    known = [numbers[word] for word in words if word in numbers]
    named = [o.id for o in directory.officers.values() if o.name in words or o.id in words]
    found = known or named
    if len(set(found)) == 1:
        return found[0]
    raise UnreadableError(Fault(f"{field}_{'twice' if found else 'unknown'}", field, (text.strip(),)))


def read_deputy(text: str, directory: Directory, officer: str) -> str | None:
    """The deputy a table names; nothing there is the directory's, 없음 is nobody. Raises UnreadableError."""
    if not text.strip():
        return directory.officers[officer].deputy
    if text.strip().casefold() in _NOBODY:
        return None
    return read_officer(text, directory, "deputy")


def _take_day(text: str, now: datetime, field: str) -> tuple[str, date]:
    if not text.strip():
        raise UnreadableError(Fault("moment_missing", field, (labels.FIELDS[field],)))
    stripped = text.strip()
    found = _DATE.match(stripped)
    if found is None:
        raise _unread(text, field)
    try:
        day = _day(found, now.astimezone(KST).date())
    except ValueError:
        raise _unread(text, field) from None
    return stripped[found.end() :], day


def _day(found: re.Match[str], today: date) -> date:
    if found["all"]:
        return datetime.strptime(found["all"], "%Y%m%d").replace(tzinfo=KST).date()
    month, day = int(found["month"]), int(found["day"])
    if found["year"]:
        return date(
            int(found["year"]) % 100 + 2000 if len(found["year"]) == 2 else int(found["year"]), month, day
        )
    near = date(today.year, month, day)
    if abs(near - today) <= _HALF_YEAR:
        return near
    return date(today.year + (1 if near < today else -1), month, day)


def _hour(hour: int, half: str) -> int:
    if half in ("오후", "PM"):
        return hour if hour >= 12 else hour + 12
    return 0 if half in ("오전", "AM") and hour == 12 else hour


def _unread(text: str, field: str) -> UnreadableError:
    return UnreadableError(Fault("moment_unread", field, (text.strip()[:60],)))
