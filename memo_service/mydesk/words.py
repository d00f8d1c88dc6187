"""The words by which an officer ends a call, and repeats what he heard (charter T4, T8). Pure.

Owns which closing phrase fits the time of day. An office replaces each sentence by `words.texts`.
"""

from datetime import date, datetime, time, timedelta

from office.calendar import KST, Calendar
from office.folder import Office

TEXTS = {
    "close-check": "더 궁금한 사항은 없으십니까?",
    "close-thanks": "전화 주셔서 감사합니다.",
    "close-morning": "좋은 하루 보내십시오.",
    "close-noon": "점심 맛있게 드십시오.",
    "close-afternoon": "좋은 오후 보내십시오.",
    "close-evening": "편안한 저녁 보내십시오.",
    "close-friday": "좋은 주말 보내십시오.",
    "close-plain": "안녕히 계십시오.",
}
_MORNING_ENDS, _NOON_ENDS = time(11, 30), time(12, 30)
_EVENING, _WEEKEND = time(17), time(15)


def closing(office: Office, at: datetime, department: str | None) -> tuple[str, ...]:
    """The phrases that end a call at `at`, in the order they are said; the last one is always right."""
    fitting = closing_key(office.calendar, at, department)
    texts = TEXTS | office.charter.words.texts
    return tuple(texts[key] for key in ("close-check", "close-thanks", fitting, "close-plain"))


def closing_key(calendar: Calendar, at: datetime, department: str | None) -> str:
    """Which phrase fits the time of day; on the last working day of a week from 15:00 on, the weekend's."""
    local = at.astimezone(KST)
    clock = local.time()
    if clock >= _WEEKEND and _week_is_over(calendar, local.date(), department):
        return "close-friday"
    if clock < _MORNING_ENDS:
        return "close-morning"
    if clock < _NOON_ENDS:
        return "close-noon"
    return "close-afternoon" if clock < _EVENING else "close-evening"


def _week_is_over(calendar: Calendar, day: date, department: str | None) -> bool:
    """Whether no day after `day` until Sunday is worked."""
    rest = (day + timedelta(days=ahead) for ahead in range(1, 7 - day.weekday()))
    return not any(calendar.spans(later, department) for later in rest)
