"""Korean as it is said: numbers, telephone numbers, times, days, durations, particles.

Owns the spelling handed to a voice, which reads digits wrongly (espeak says 이 시 for 2시). Pure; no prompt
names.
"""

import re
from collections.abc import Mapping
from datetime import date, datetime
from string import ascii_uppercase

SINO = "공일이삼사오육칠팔구"
WEEKDAYS = "월화수목금토일"
_UNITS = ("", "십", "백", "천")
_MYRIADS = ("", "만", "억")
_ONES = ("", "한", "두", "세", "네", "다섯", "여섯", "일곱", "여덟", "아홉")
_TENS = ("", "열", "스물", "서른", "마흔", "쉰", "예순", "일흔", "여든", "아흔")
_DAYS = ("", "하루", "이틀", "사흘")
# the months whose number loses its final consonant
_MONTHS = {6: "유월", 10: "시월"}
# names of the Latin letters as heard in Korean
_LETTER_NAMES = (
    *("에이", "비", "씨", "디", "이", "에프", "지", "에이치", "아이", "제이", "케이", "엘", "엠"),
    *("엔", "오", "피", "큐", "알", "에스", "티", "유", "브이", "더블유", "엑스", "와이", "제트"),
)
_LETTERS: Mapping[str, str] = dict(zip(ascii_uppercase, _LETTER_NAMES, strict=True))
_TELEPHONE = re.compile(r"0[0-9]*|[0-9]+(?:-[0-9]+)+")
# numbers that everybody knows by their digits
_SPECIAL = ("110", "112", "119", "120")
_RUN = re.compile(r"[0-9]+(?:-[0-9]+)*|[A-Za-z]+")
_CLOCK = re.compile(r"(?<![0-9:])([01]?[0-9]|2[0-4]):([0-5][0-9])(?![0-9:])")
_DATE = re.compile(r"(?<![0-9-])([12][0-9]{3})-(0?[1-9]|1[0-2])-(0?[1-9]|[12][0-9]|3[01])(?![0-9-])")
_COUNTED = re.compile(
    r"([0-9]{1,3}(?:,[0-9]{3})+|[0-9]+(?:-[0-9]+)*)( ?)"
    r"(시간|시|분|초|번|건|개월|월|주일|주|일|년|층|호|명|개|살|가지|대|원|퍼센트|%|회|차|팀|과|급)?"
)
_NATIVE_UNITS = ("시간", "시", "건", "명", "개", "살", "가지", "대")
# said as one word with their number
_JOINED = ("일", "회", "차", "팀", "과", "급")


def digits(number: str) -> str:
    """A telephone number digit by digit, 에 between its groups: 033-330-2291 → 공삼삼에 삼삼공에 이이구일."""
    groups = [group for group in re.split(r"[^0-9]+", number) if group]
    return "에 ".join("".join(SINO[int(digit)] for digit in group) for group in groups)


def sino(number: int) -> str:
    """0 … 999 999 999 999 in Sino-Korean: 12345 → 만이천삼백사십오. Raises ValueError outside."""
    if not 0 <= number < 10**12:
        raise ValueError(f"{number} is not spoken here; 0 to 999999999999")
    if number == 0:
        return "영"
    said = ""
    for myriad in _MYRIADS:
        number, four = divmod(number, 10_000)
        if four:
            # 10 000 is 만, not 일만; 100 000 000 is 일억
            said = (_four(four) if (four, myriad) != (1, "만") or number else "") + myriad + said
    return said


def _four(number: int) -> str:
    said = ""
    for place, digit in enumerate(reversed(str(number))):
        if digit != "0":
            said = ("" if digit == "1" and place else SINO[int(digit)]) + _UNITS[place] + said
    return said


def native(number: int) -> str:
    """1 … 99 before a counting word: 한, 두, 스무, 스물한. Raises ValueError outside."""
    if not 1 <= number <= 99:
        raise ValueError(f"{number} has no native Korean word here; 1 to 99")
    if number == 20:
        return "스무"
    tens, ones = divmod(number, 10)
    return _TENS[tens] + _ONES[ones]


def clock(hour: int, minute: int = 0) -> str:
    """A time of day on 24 hours: 오후 두 시 삼십 분, 낮 열두 시, 밤 열두 시."""
    half = "밤" if hour == 0 else "낮" if hour == 12 else "오전" if hour < 12 else "오후"
    said = f"{half} {native(hour % 12 or 12)} 시"
    return f"{said} {minutes(minute)}" if minute else said


def minutes(number: int) -> str:
    """Minutes: 십 분."""
    return f"{sino(number)} 분"


def weekday(number: int) -> str:
    """ISO weekday (1 is Monday): 월요일."""
    return f"{WEEKDAYS[number - 1]}요일"


def month(number: int) -> str:
    """A month: 일월, 유월, 시월, 십이월."""
    return _MONTHS.get(number) or f"{sino(number)}월"


def day_of_month(number: int) -> str:
    """A day of a month: 일일, 이십오일."""
    return f"{sino(number)}일"


def day(of: date, today: date) -> str:
    """A day as heard today: 오늘, 내일, a weekday within the week, else 십이월 일일 화요일."""
    ahead = (of - today).days
    if ahead in (0, 1):
        return "내일" if ahead else "오늘"
    if 1 < ahead < 7:
        return weekday(of.isoweekday())
    return f"{month(of.month)} {day_of_month(of.day)} {weekday(of.isoweekday())}"


def moment(at: datetime, now: datetime) -> str:
    """Day and time of one local moment as heard at another: 내일 오전 열 시."""
    return f"{day(at.date(), now.date())} {clock(at.hour, at.minute)}"


def duration(seconds: int) -> str:
    """A length of time, days of 24 hours: 한 시간 삼십 분, 이틀, 십 초."""
    whole, rest = divmod(seconds, 86_400)
    hours, rest = divmod(rest, 3600)
    mins, secs = divmod(rest, 60)
    said = [_days(whole)] if whole else []
    said += [f"{native(hours)} 시간"] if hours else []
    said += [minutes(mins)] if mins else []
    said += [f"{sino(secs)} 초"] if secs or not said else []
    return " ".join(said)


def _days(number: int) -> str:
    return _DAYS[number] if number < len(_DAYS) else f"{sino(number)} 일"


def particle(word: str, pair: str) -> str:
    """`word` with the fitting particle of `pair` (이/가, 은/는, 을/를, 과/와, 으로/로, …).

    A word that ends in a digit or a Latin letter is judged by its reading and keeps its spelling. Raises
    ValueError if its last sound is not known: then use a sentence without a particle.
    """
    after_consonant, after_vowel = pair.split("/")
    final = _final_sound(word)
    closed = final != 0 and not (after_consonant.startswith("으로") and final == _RIEUL)
    return word + (after_consonant if closed else after_vowel)


_SLOT = re.compile(r"\{([a-z][a-z0-9_]*)\}((?:[가-힣]+/[가-힣]+)?)")


def slots_of(template: str) -> tuple[str, ...]:
    """Names of a sentence's slots in their order, each once."""
    return tuple(dict.fromkeys(name for name, _ in _SLOT.findall(template)))


def fill(template: str, slots: Mapping[str, str]) -> str:
    """A sentence with its slots filled; of a pair of particles after a slot the fitting one: {dept}은/는.

    Raises KeyError for a slot that is not given, ValueError as `particle`.
    """

    def filled(found: re.Match[str]) -> str:
        name, pair = found.groups()
        return particle(slots[name], pair) if pair else slots[name]

    return _SLOT.sub(filled, template)


_RIEUL = 8


def _final_sound(word: str) -> int:
    """Index of the last syllable's final consonant; 0 is none, 8 is ㄹ."""
    said = re.sub(r"[^가-힣]+$", "", reading(word)) if word.strip() else ""
    if not said or re.search(r"[^\W\d_가-힣A-Za-z]\W*$", word):
        raise ValueError(f"the last sound of {word!r} is not known; use a sentence without a particle")
    return (ord(said[-1]) - 0xAC00) % 28


def reading(word: str) -> str:
    """`word` with its digits and Latin letters as they are read: KT 2팀 → 케이티 이팀."""
    return _RUN.sub(lambda run: _run(run.group()), word)


def _run(text: str) -> str:
    if text[0].isascii() and text[0].isalpha():
        return "".join(_LETTERS[letter] for letter in text.upper())
    return _number(text)


def _number(text: str) -> str:
    """Special numbers, groups, leading zeros and what is too long to count are read by digits."""
    if text in _SPECIAL or (text != "0" and (_TELEPHONE.fullmatch(text) or len(text) > 12)):
        return digits(text)
    return sino(int(text))


def sentence(text: str) -> str:
    """A whole sentence with its numbers spelled as they are said: 1번 → 일번, 14:30 → 오후 두 시 삼십 분."""
    text = _DATE.sub(lambda found: "{}년 {}월 {}일".format(*(int(part) for part in found.groups())), text)
    text = _CLOCK.sub(lambda found: clock(int(found[1]) % 24, int(found[2])), text)
    return _COUNTED.sub(lambda found: _counted(*found.groups()), text)


def aloud(text: str) -> str:
    """Any text as it is read: numbers as in `sentence`, Latin letters by their names."""
    return reading(sentence(text))


def _counted(number: str, gap: str, unit: str | None) -> str:
    if "," in number:
        number = number.replace(",", "")
        unit = unit or ""
    if unit is None or "-" in number:
        return digits(number) + gap + (unit or "")
    value = int(number)
    unit = "퍼센트" if unit == "%" else unit
    if unit == "월":
        return month(value) if 1 <= value <= 12 else number + gap + unit
    if unit == "번":
        # a key, or a short number; extensions and telephone numbers are read digit by digit
        return (sino(value) if len(number) < 4 else digits(number)) + "번"
    if unit in _NATIVE_UNITS and 1 <= value <= (12 if unit == "시" else 99):
        return f"{native(value)} {unit}"
    if not unit:
        return sino(value) + gap
    return sino(value) + (unit if unit in _JOINED else f" {unit}")
