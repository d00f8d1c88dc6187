"""Every prompt file that the memo menu may play, with its words, for rendering ahead of time.

Owns the words of days, times and digits as parts, and the check that an office's own sentence still falls
apart as the menu expects. Does not decide what is played.
"""

from collections.abc import Iterator, Mapping
from dataclasses import replace

from ivr.menus.desk_words import COUNTS
from ivr.menus.desk_words import TEXTS as DESK_TEXTS
from ivr.menus.words import MOMENT_PARTICLES, NUMBER_PARTICLES, SHAPES, TEXTS, Slot, Words, split
from ivr.prompts import spoken
from ivr.prompts.plan import Audience, Prompt
from office.folder import Office
from office.problems import OfficeRefusedError, Problem


def menu_prompts(office: Office) -> Iterator[Prompt]:
    """Every part of the menu for this office. The tone and the pause are sounds and not among them.

    Raises OfficeRefusedError if a sentence of the office's own has not the slots of the built-in one.
    """
    yield from _sentences(office)
    for department in office.directory.departments.values():
        yield _part(f"menu/duty/{department.id}", spoken.reading(department.name))
    yield from _days()
    yield from _times()
    yield from _digits()
    yield from _counts()


def _sentences(office: Office) -> Iterator[Prompt]:
    own = office.charter.words.texts
    texts = {key: own.get(key, text) for key, text in TEXTS.items()}
    named = {key: text.replace("{office}", office.charter.office.name) for key, text in texts.items()}
    if problems := list(_misshapen(named)):
        raise OfficeRefusedError(problems)
    for key, text in named.items():
        for piece in split(key, text):
            if isinstance(piece, Words):
                words = spoken.sentence(piece.text)
                to = Audience.OFFICER if key in DESK_TEXTS else Audience.CITIZEN
                yield Prompt(piece.name, words, key, texts[key], words, to)


def _misshapen(texts: Mapping[str, str]) -> Iterator[Problem]:
    for key, text in texts.items():
        pieces = split(key, text)
        unknown = any("{" in piece.text for piece in pieces if isinstance(piece, Words))
        if unknown or not text.strip() or _shape(pieces) != _shape(SHAPES[key]):
            yield Problem("charter.toml", 1, f"words.texts.{key}: keep the slots as in {TEXTS[key]!r}")


def _shape(pieces: tuple[Words | Slot, ...]) -> tuple[str | Slot, ...]:
    return tuple(piece.name if isinstance(piece, Words) else piece for piece in pieces)


def _part(name: str, words: str) -> Prompt:
    """A part that fills slots; its own name is its key."""
    return Prompt(name, words, name, words, words)


def _days() -> Iterator[Prompt]:
    yield _part("menu/day/today", "오늘")
    yield _part("menu/day/tomorrow", "내일")
    for weekday in range(1, 8):
        yield _part(f"menu/weekday/{weekday}", spoken.weekday(weekday))
    for month in range(1, 13):
        yield _part(f"menu/month/{month}", spoken.month(month))
    for day in range(1, 32):
        yield _part(f"menu/date/{day}", spoken.day_of_month(day))


def _times() -> Iterator[Prompt]:
    for particle, end in MOMENT_PARTICLES.items():
        for hour in range(24):
            yield _part(f"menu/hour/{hour}{end}", spoken.clock(hour) + particle)
        for minute in range(10, 60, 10):
            yield _part(f"menu/minute/{minute}{end}", spoken.minutes(minute) + particle)


def _digits() -> Iterator[Prompt]:
    ends = {"": "", "에": "-group", **NUMBER_PARTICLES}
    for particle, end in ends.items():
        for digit in "0123456789":
            yield _part(f"menu/digit/{digit}{end}", spoken.digits(digit) + particle)


def _counts() -> Iterator[Prompt]:
    for number in range(1, COUNTS + 1):
        yield _to_officer(f"menu/count/{number}", f"{spoken.native(number)} 건")
    yield _to_officer("menu/count/more", f"{spoken.native(COUNTS)} 건 넘게")


def _to_officer(name: str, words: str) -> Prompt:
    """A part that no citizen hears: nobody has to approve it."""
    return replace(_part(name, words), audience=Audience.OFFICER)
