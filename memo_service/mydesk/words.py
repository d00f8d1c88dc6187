"""The words that an officer reads from his page: to end a call (charter T8), in a long one, to a visitor and
to his caller (V2). Pure.

Owns which closing phrase fits the time of day. An office replaces each sentence by `words.texts`.
"""

from dataclasses import dataclass
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
    "visitor-visitor": "통화를 마치는 대로 도와드리겠습니다. 잠시만 앉아서 기다려 주십시오.",
    "visitor-caller": "죄송합니다. 방문하신 분이 기다리고 계셔서, {when}에 다시 전화드려도 되겠습니까?",
    "long-warn": "상담 권장 시간이 {left}분 남았습니다. 양해 부탁드립니다.",
    "long-end": (
        "상담 권장 시간이 지나 통화를 마치겠습니다. 더 궁금하신 점은 다시 전화 주시거나 "
        "국민신문고를 이용해 주십시오. 감사합니다."
    ),
}
_MORNING_ENDS, _NOON_ENDS = time(11, 30), time(12, 30)
_EVENING, _WEEKEND = time(17), time(15)


@dataclass(frozen=True, slots=True)
class LongCall:
    """The office's rule for long calls. Milliseconds of talk; `end_ms` 0: a warning only."""

    warn_ms: int
    end_ms: int
    warn: str
    end: str


def text(office: Office, key: str) -> str:
    """One sentence, the office's own where it has one."""
    return (TEXTS | office.charter.words.texts)[key]


def long_call(office: Office) -> LongCall | None:
    """What the page says in a long call; None where the office has no such rule."""
    rule = office.charter.long_call
    if not rule.warn_after:
        return None
    left = rule.end_after - rule.warn_after
    return LongCall(
        warn_ms=rule.warn_after * 60_000,
        end_ms=rule.end_after * 60_000,
        warn=text(office, "long-warn").format(left=left) if rule.end_after else "",
        end=text(office, "long-end"),
    )


def look_ups(office: Office, officer: str, wanted_exten: str) -> tuple[tuple[str, str], ...]:
    """(duty, address) to look things up: of his own duties, and of theirs whom the citizen called."""
    directory = office.directory
    desk = directory.desks.get(wanted_exten)
    people = [directory.officers.get(who or "") for who in (officer, desk and desk.officer)]
    duties = dict.fromkeys(duty for person in people if person for duty in person.duties)
    links = office.charter.knowledge.links
    return tuple((duty, links[duty]) for duty in duties if duty in links)


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
