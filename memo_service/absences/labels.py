"""Korean for absences: kinds, faults with their remedies, presence.

Owns every Korean word of absences. Rules hold codes only; sentences follow the rules for texts to officers
(short nouns, 해요체 where something is asked for).
"""

from collections.abc import Mapping
from datetime import date, datetime, timedelta

from memo_service.absences.rules import Fault, Kind
from office.calendar import KST
from office.directory import Officer

KINDS = {
    Kind.AWAY: "자리 비움",
    Kind.ANNUAL_LEAVE: "연가",
    Kind.HALF_DAY: "반차",
    Kind.SICK_LEAVE: "병가",
    Kind.OFFICIAL_LEAVE: "공가",
    Kind.SPECIAL_LEAVE: "특별휴가",
    Kind.TRIP: "출장",
    Kind.MEETING: "회의",
    Kind.TRAINING: "교육",
    Kind.OUTING: "외출",
    Kind.OTHER: "기타",
}
ACTS = {"set": "정함", "change": "바꿈", "cancel": "취소", "back": "자리로 돌아옴"}
STEPS = {
    "new": "새로",
    "change": "바꿈",
    "same": "그대로",
    "cancel": "취소",
    "past": "지남",
    "nothing": "없음",
}
PRESENCES = {"free": "통화 가능", "talking": "통화 중", "away": "부재", "offline": "연결 안 됨"}
SIGNS = {"do_not_disturb": "받지 않음 설정", "unregistered": "전화기 연결 안 됨"}
QUICK = {"hour": "1시간", "afternoon": "오후", "today": "오늘"}
BY_PHONE = "전화기에서"
FIELDS = {"officer": "직원", "kind": "종류", "starts_at": "시작하는", "ends_at": "끝나는", "deputy": "대직자"}

# (cause, remedy); {} is what the fault is about
FAULTS = {
    "ends_before_start": ("끝나는 때가 시작하는 때보다 앞섭니다.", "끝나는 때를 뒤로 정해 주세요."),
    "too_long": ("한 번에 1년까지만 정할 수 있습니다.", "기간을 나누어 정해 주세요."),
    "past": ("이미 지난 때입니다.", "지금 이후에 끝나는 때로 정해 주세요."),
    "afternoon_over": ("오늘 오후 근무시간이 아닙니다.", "‘직접 정하기’로 정해 주세요."),
    "over": ("이미 끝난 부재라 바꿀 수 없습니다.", "새로 정해 주세요."),
    "not_allowed": (
        "{} 님의 부재를 정할 수 없습니다.",
        "본인이나 팀장이 정해야 합니다. 그분께 말씀해 주세요.",
    ),
    "officer_unknown": ("‘{}’은(는) 직원 명부에 없습니다.", "이름이나 내선 번호를 확인해 주세요."),
    "officer_twice": ("‘{}’ 이름이 여럿입니다.", "내선 번호로 적어 주세요."),
    "officer_missing": ("누구의 부재인지 없습니다.", "이름이나 내선 번호를 적어 주세요."),
    "deputy_self": ("본인은 자기의 대직자가 될 수 없습니다.", "다른 사람을 정해 주세요."),
    "deputy_unknown": ("대직자 ‘{}’이(가) 직원 명부에 없습니다.", "이름이나 내선 번호를 확인해 주세요."),
    "deputy_twice": ("대직자 ‘{}’ 이름이 여럿입니다.", "내선 번호로 적어 주세요."),
    "loop": ("대직자가 서로를 가리킵니다: {}", "그중 한 사람의 대직자를 다른 사람으로 정해 주세요."),
    "doubled": ("같은 때의 부재가 이미 있습니다.", "있는 것을 바꾸거나 다른 때로 정해 주세요."),
    "twice": ("{}번째 줄과 같은 부재입니다.", "둘 중 한 줄을 지워 주세요."),
    "kind_unknown": (
        "부재 종류 ‘{}’을(를) 알 수 없습니다.",
        "연가, 병가, 출장, 회의, 교육 등으로 적어 주세요.",
    ),
    "moment_missing": ("{} 때가 없습니다.", "날짜를 적어 주세요. 예: 2026-11-25 14:00"),
    "moment_unread": ("‘{}’을(를) 날짜로 읽을 수 없습니다.", "2026-11-25 14:00처럼 적어 주세요."),
    "columns_missing": ("‘{}’ 칸이 없습니다.", "첫 줄에 직원, 종류, 시작, 끝, 대직자 이름을 적어 주세요."),
    "file_empty": ("파일에 내용이 없습니다.", "달력이나 표를 다시 내보내 주세요."),
    "file_not_text": (
        "글자로 읽을 수 없는 파일입니다.",
        "달력은 .ics, 표는 CSV(UTF-8 또는 한글 Windows)로 저장해 주세요.",
    ),
    "file_too_large": ("파일이 너무 큽니다 ({}까지).", "기간을 줄여 다시 내보내 주세요."),
    "file_kind": (
        "달력(.ics)이나 표(.csv)가 아닙니다.",
        "달력에서 ‘내보내기’를 하거나, 엑셀에서 CSV로 저장해 주세요.",
    ),
    "row_unread": ("칸을 나눌 수 없습니다.", "따옴표가 짝이 맞는지 확인해 주세요."),
    "event_unread": ("일정을 읽을 수 없습니다: {}", "달력에서 이 일정을 고쳐 다시 내보내 주세요."),
    "calendar_unread": ("달력 파일이 온전하지 않습니다.", "달력에서 다시 내보내 주세요."),
    "too_many": ("한 번에 {}건까지만 가져올 수 있습니다.", "기간을 줄여 다시 내보내 주세요."),
    "event_too_often": ("‘{}’ 일정이 하루에 여러 번 되풀이됩니다.", "하루 한 번 이하로 고쳐 주세요."),
    "zone_unknown": ("시간대 ‘{}’을(를) 알 수 없습니다.", "달력의 시간대를 서울로 바꿔 다시 내보내 주세요."),
    "event_free": ("‘한가함’으로 표시된 일정이라 뺐습니다.", ""),
    "deputy_none": ("대직자가 정해지지 않았습니다.", "지금 정해 주세요."),
    "deputy_away": ("대직자도 그동안 자리에 없습니다: {}", ""),
    "overlap": ("다른 부재와 겹칩니다.", "겹치는 동안은 나중에 정한 대직자에게 갑니다."),
}


def told(fault: Fault, officers: Mapping[str, Officer]) -> tuple[str, str]:
    """Cause and remedy in Korean; officers by name."""
    cause, remedy = FAULTS[fault.code]
    names = [officers[word].name if word in officers else word for word in fault.about]
    if fault.code == "deputy_away":
        first, after = names
        remedy = f"전화는 {after} 님에게 갑니다." if after else "그동안은 전화받을 사람이 없습니다."
        return cause.format(first), remedy
    return cause.format(" → ".join(names)), remedy


def sentence(fault: Fault, officers: Mapping[str, Officer]) -> str:
    """Cause and remedy as one text."""
    return " ".join(part for part in told(fault, officers) if part)


def moment(at: datetime, now: datetime) -> str:
    """`14:00` today, else `11.26.(목) 14:00`; with the year where it is another."""
    local, today = at.astimezone(KST), now.astimezone(KST)
    if local.date() == today.date():
        return f"{local:%H:%M}"
    return (
        f"{day(local)} {local:%H:%M}"
        if local.year == today.year
        else f"{local:%Y.}{day(local)} {local:%H:%M}"
    )


def until(at: datetime, now: datetime) -> str:
    """`18:00까지`; the end of a day by the day: `오늘까지`, `11.27.(금)까지`."""
    local = at.astimezone(KST)
    if not _is_midnight(local):
        return f"{moment(at, now)}까지"
    last = local - timedelta(microseconds=1)
    return "오늘까지" if last.date() == now.astimezone(KST).date() else f"{day(last)}까지"


def day(local: date) -> str:
    """`11.26.(목)`."""
    return f"{local.month}.{local.day}.({'월화수목금토일'[local.weekday()]})"


def span(starts_at: datetime, ends_at: datetime, now: datetime) -> str:
    """A span as colleagues read it; whole days without clock times."""
    start, end = starts_at.astimezone(KST), ends_at.astimezone(KST)
    last = end - timedelta(microseconds=1)
    year = "" if start.year == now.astimezone(KST).year else f"{start:%Y.}"
    if _is_midnight(start) and _is_midnight(end):
        return f"{year}{day(start)}" + (f" – {day(last)}" if start.date() != last.date() else " 하루 종일")
    if start.date() == last.date():
        return f"{year}{day(start)} {start:%H:%M} – {'24:00' if _is_midnight(end) else f'{end:%H:%M}'}"
    return f"{year}{day(start)} {start:%H:%M} – {day(end)} {end:%H:%M}"


def _is_midnight(local: datetime) -> bool:
    return (local.hour, local.minute) == (0, 0)
