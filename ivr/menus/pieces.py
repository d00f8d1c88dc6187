"""Which files say a sentence with its slots filled: days, times and numbers by name, in playing order.

Owns the names of the parts below `menu/`; `parts` owns their words. A time is said rounded up to ten minutes,
never earlier than it is (the deadline itself is not moved). Pure.
"""

from collections.abc import Callable
from datetime import date, datetime, time, timedelta

from ivr.menus.desk_words import COUNTS
from ivr.menus.effects import PAUSE
from ivr.menus.words import MOMENT_PARTICLES, NUMBER_PARTICLES, SHAPES, Words
from office.calendar import KST
from office.phone_number import PhoneNumber

Names = tuple[str, ...]
Filling = Callable[[str], Names]
"""What fills a slot: from the slot's particle to the names of the files."""

_STEP = timedelta(minutes=10)
_DAY = timedelta(days=1)
_LATE = time(23, 50)


def say(key: str, **slots: Filling) -> Names:
    """The files of sentence `key`; raises KeyError for a slot that is not given."""
    names: list[str] = []
    for piece in SHAPES[key]:
        if isinstance(piece, Words):
            names.append(piece.name)
            if piece.ends_a_phrase:
                names.append(PAUSE)
        else:
            names += slots[piece.name](piece.particle)
    return tuple(names)


def told(at: datetime) -> datetime:
    """The moment that is said for `at`: rounded up to ten minutes, in KST."""
    local = at.astimezone(KST)
    midnight = local.replace(hour=0, minute=0, second=0, microsecond=0)
    return midnight + -((midnight - local) // _STEP) * _STEP


def moment(at: datetime, now: datetime) -> Filling:
    """Day and time of `at` as heard at `now` (both aware): 내일 / 오후 세 시 / 십 분까지."""
    said = told(at)
    # the hour after midnight is the end of the night before: 오늘 밤 열두 시
    day = said.date() - _DAY if said.hour == 0 else said.date()
    days = _day(day, now.astimezone(KST))

    def fill(particle: str) -> Names:
        end = MOMENT_PARTICLES[particle]
        if said.minute:
            return (*days, f"menu/hour/{said.hour}", f"menu/minute/{said.minute}{end}")
        return (*days, f"menu/hour/{said.hour}{end}")

    return fill


def _day(day: date, now: datetime) -> Names:
    ahead = (day - now.date()).days
    # today and tomorrow change their meaning if the call goes on past midnight
    if ahead in (0, 1) and now.time() < _LATE:
        return (f"menu/day/{'tomorrow' if ahead else 'today'}",)
    weekday = f"menu/weekday/{day.isoweekday()}"
    if 0 <= ahead < 7:
        return (weekday,)
    return (f"menu/month/{day.month}", f"menu/date/{day.day}", weekday)


def number(keyed: PhoneNumber) -> Filling:
    """A number the citizen keyed, digit by digit in its groups: 공삼삼에 / 삼삼공에 / 이이구일번이."""
    *groups, last = keyed.display.split("-")

    def fill(particle: str) -> Names:
        names: list[str] = []
        for group in groups:
            names += [*_digits(group[:-1]), f"menu/digit/{group[-1]}-group", PAUSE]
        return (*names, *_digits(last[:-1]), f"menu/digit/{last[-1]}{NUMBER_PARTICLES[particle]}")

    return fill


def _digits(text: str) -> Names:
    return tuple(f"menu/digit/{digit}" for digit in text)


def duty(department: str | None) -> Filling:
    """The department's name before 담당자; nothing where the desk has none."""
    return lambda _: (f"menu/duty/{department}",) if department else ()


def count(number: int) -> Filling:
    """How many there are, from one on: 세 건, 스무 건 넘게."""
    return lambda _: (f"menu/count/{number if number <= COUNTS else 'more'}",)
