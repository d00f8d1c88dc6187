"""What an office still has to set up, worked out from its own files and settings.

Owns which things are worth a line, and the remedy of each. Pure: looks at nothing but what it is given.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum

from office.directory import Officer, OfficeRole
from office.folder import Office

_ROSTER_DAYS = 14
_MOST_NAMES = 6


class Standing(StrEnum):
    """How a thing stands."""

    DONE = "done"
    NEEDED = "needed"
    """Something the office promises does not work until this is done."""
    CHOICE = "choice"
    """Works; the office may want it otherwise."""


@dataclass(frozen=True, slots=True)
class Check:
    """One line of the page. `remedy`: what to do, and in which file or place."""

    title: str
    standing: Standing
    found: str
    remedy: str = ""
    page: str = ""
    """Address of the page where it is done, where there is one."""


@dataclass(frozen=True, slots=True)
class Prompts:
    """How the prompts stand in the studio. `up`: the voice service answers; `weak`: spoken by espeak."""

    up: bool
    seen: bool
    to_approve: int = 0
    weak: int = 0
    missing: int = 0
    refused: int = 0


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What the checks need to know besides the office's files."""

    link_up: bool
    recordings: int
    """Recordings of the office's own."""
    mails: bool
    demo: bool
    clock_shift_s: int
    today: date
    prompts: Prompts | None = None
    """None: no voice service is set up."""
    drafts: str = "off"
    """How writing down recordings stands (`memo_service.drafts.drafter.Standing`)."""
    drafts_model: str = ""
    """SHA-256 of the model that was found."""


def checks(office: Office, around: Surroundings) -> list[Check]:
    """Every check, what is to be done first."""
    found = [check for make in _CHECKS for check in make(office, around)]
    order = (Standing.NEEDED, Standing.CHOICE, Standing.DONE)
    return sorted(found, key=lambda check: order.index(check.standing))


def _link(_: Office, around: Surroundings) -> Iterator[Check]:
    if around.link_up:
        yield Check("전화교환기 연결", Standing.DONE, "전화교환기와 연결되어 통화를 기록하고 있습니다.")
    else:
        yield Check(
            "전화교환기 연결",
            Standing.NEEDED,
            "전화교환기와 연결되어 있지 않습니다. 전화는 정상으로 걸리지만 화면에는 늦게 나타납니다.",
            "scripts/status로 어느 부분이 멈췄는지 확인하고 scripts/run으로 다시 시작하십시오.",
        )


def _roles(office: Office, _: Surroundings) -> Iterator[Check]:
    wanted = {OfficeRole.ADMINISTRATOR: "관리자", OfficeRole.CHARTER_MANAGER: "헌장 담당자"}
    held = {officer.role for officer in office.directory.officers.values()}
    missing = [name for role, name in wanted.items() if role not in held]
    if missing:
        yield Check(
            "관리자와 헌장 담당자",
            Standing.NEEDED,
            f"{', '.join(missing)}로 정해진 직원이 없습니다.",
            'directory.toml에서 그 직원에게 role = "administrator" 또는 "charter_manager"를 쓰십시오.',
        )
    else:
        yield Check("관리자와 헌장 담당자", Standing.DONE, "모두 정해져 있습니다.")


def _deputies(office: Office, _: Surroundings) -> Iterator[Check]:
    alone = [officer for officer in office.directory.officers.values() if officer.deputy is None]
    yield _officers(
        "대직자",
        alone,
        "대직자가 없습니다. 부재 중 전화는 같은 팀이나 메모로만 이어집니다.",
        "directory.toml의 deputy, 또는 부재 화면의 대직자 칸에서 정하십시오.",
        "모든 직원에게 대직자가 있습니다.",
    )


def _leaders(office: Office, _: Surroundings) -> Iterator[Check]:
    directory = office.directory
    without = [
        department.name
        for department in directory.departments.values()
        if not any(
            o.department == department.id and o.role is OfficeRole.LEADER for o in directory.officers.values()
        )
    ]
    if without:
        yield Check(
            "팀장",
            Standing.NEEDED,
            f"{_names(without)}에 팀장이 없어, 늦어진 회신을 알릴 사람이 없습니다.",
            'directory.toml에서 팀장에게 role = "leader"를 쓰십시오.',
        )
    else:
        yield Check("팀장", Standing.DONE, "부서마다 팀장이 있습니다.")


def _duties(office: Office, _: Surroundings) -> Iterator[Check]:
    idle = [officer for officer in office.directory.officers.values() if not officer.duties]
    yield _officers(
        "담당업무",
        idle,
        "담당업무가 없어, 업무로 찾을 수 없습니다.",
        'directory.toml의 duties에 민원인이 쓰는 낱말로 적으십시오. 예: ["여권", "인감"]',
        "모든 직원의 담당업무가 적혀 있습니다.",
    )


def _duty(office: Office, around: Surroundings) -> Iterator[Check]:
    days = [around.today + timedelta(days=n) for n in range(_ROSTER_DAYS)]
    bare = [day for day in days if not office.calendar.duty(day)]
    desk = office.charter.absence.duty_desk
    if not bare:
        yield Check("당직", Standing.DONE, f"앞으로 {_ROSTER_DAYS}일의 당직표가 있습니다.")
    elif desk:
        yield Check(
            "당직",
            Standing.CHOICE,
            f"당직표에 없는 {len(bare)}일은 당직실({desk})로 이어집니다.",
            "당직자의 휴대전화로 이으려면 calendar.d에 [[duty]]를 쓰십시오.",
        )
    else:
        yield Check(
            "당직",
            Standing.NEEDED,
            f"앞으로 {_ROSTER_DAYS}일 가운데 {len(bare)}일은 근무시간 밖의 긴급 전화를 받을 곳이 없습니다.",
            "calendar.d에 [[duty]]를 쓰거나 charter.toml의 [absence] duty_desk를 정하십시오.",
        )


def _voice(_: Office, around: Surroundings) -> Iterator[Check]:
    if around.prompts is not None:
        yield from _prompts(around.prompts)
    elif around.recordings:
        yield Check("안내 음성", Standing.DONE, f"기관이 녹음한 안내 음성 {around.recordings}개를 씁니다.")
    else:
        yield Check(
            "안내 음성",
            Standing.NEEDED,
            "녹음한 안내 음성이 없어 합성 음성을 씁니다. 전화로는 알아듣기 어렵습니다.",
            "기관 폴더의 recordings에 녹음 파일을 넣고 scripts/provision을 실행하십시오.",
        )


def _prompts(prompts: Prompts) -> Iterator[Check]:
    title, page = "안내 음성", "/prompts"
    if not prompts.up:
        yield Check(
            "음성 서비스",
            Standing.NEEDED,
            "음성 서비스가 멈춰 있어 안내를 고치거나 녹음할 수 없습니다. 전화는 그대로 안내를 들려줍니다.",
            "scripts/status로 살피고 scripts/run으로 다시 시작하십시오. "
            "CHARTERLINE_VOICE_URL과 CHARTERLINE_VOICE_TOKEN도 확인하십시오.",
        )
    if not prompts.seen:
        return
    found = (
        (prompts.to_approve, Standing.NEEDED, "안내 {}개가 승인을 기다립니다. 승인해야 민원인에게 들립니다.",
         "안내 음성 화면에서 듣고 승인하십시오.", f"{page}?show=approve"),
        (prompts.weak, Standing.NEEDED, "안내 {}개가 espeak 합성 음성입니다. 전화로는 알아듣기 어렵습니다.",
         "안내 음성 화면에서 자주 들리는 것부터 녹음하십시오.", f"{page}?show=synthetic"),
        (prompts.missing, Standing.NEEDED, "안내 {}개에 소리가 없습니다.",
         "안내 음성 화면에서 ‘음성 모두 만들기’를 누르거나 녹음하십시오.", f"{page}?show=missing"),
        (prompts.refused, Standing.NEEDED, "음성 서비스가 받지 않은 문장이 {}개 있습니다.",
         "안내 음성 화면에서 까닭을 보고 고치십시오.", page),
    )  # fmt: skip
    wanting = [line for line in found if line[0]]
    for count, standing, told, remedy, where in wanting:
        yield Check(title, standing, told.format(count), remedy, where)
    if not wanting:
        yield Check(
            title, Standing.DONE, "모든 안내에 사람이 듣기 좋은 소리가 있고 승인되었습니다.", page=page
        )


def _numbers(office: Office, _: Surroundings) -> Iterator[Check]:
    without = [d.name for d in office.directory.departments.values() if d.number is None]
    if without:
        yield Check(
            "회신 때 보이는 번호",
            Standing.CHOICE,
            f"{_names(without)}에서 회신하면 대표 번호가 보입니다.",
            "부서 번호를 보이려면 directory.toml의 부서에 number를 쓰십시오.",
        )
    else:
        yield Check("회신 때 보이는 번호", Standing.DONE, "부서마다 정해져 있습니다.")


def _mail(_: Office, around: Surroundings) -> Iterator[Check]:
    if around.mails:
        yield Check("전자우편 알림", Standing.DONE, "새 메모를 전자우편으로도 알립니다.")
    else:
        yield Check(
            "전자우편 알림",
            Standing.CHOICE,
            "새 메모를 화면으로만 알립니다.",
            "메일 서버가 있으면 CHARTERLINE_SMTP_URL을 정하십시오.",
        )


def _drafts(_: Office, around: Surroundings) -> Iterator[Check]:
    """Off is a choice that needs no word; a fault is told in one line with its remedy."""
    digest = around.drafts_model[:12]
    title, model = "메모 받아쓰기", "CHARTERLINE_STT_MODEL"
    if around.drafts == "ready":
        yield Check(title, Standing.DONE, f"녹음 메모의 초안을 받아씁니다. 모형 SHA-256: {digest}…")
    elif around.drafts == "starting":
        yield Check(title, Standing.CHOICE, "받아쓰기 모형을 읽는 중입니다.", "잠시 뒤 다시 열어 보십시오.")
    elif around.drafts in _DRAFT_FAULTS:
        found, remedy = _DRAFT_FAULTS[around.drafts]
        yield Check(title, Standing.NEEDED, found.format(digest=digest), remedy.format(model=model))


_DRAFT_FAULTS: Mapping[str, tuple[str, str]] = {
    "no_model": (
        "받아쓰기 모형(model.bin)을 찾지 못해 받아쓰지 않습니다.",
        "{model}에 모형이 있는 폴더를 쓰거나, 지워서 받아쓰기를 끄십시오.",
    ),
    "other_model": (
        "받아쓰기 모형이 정한 것과 다릅니다(SHA-256 {digest}…). 받아쓰지 않습니다.",
        "맞는 모형을 넣거나 CHARTERLINE_STT_SHA256을 고치십시오.",
    ),
    "no_package": (
        "faster-whisper가 설치되어 있지 않아 받아쓰지 않습니다.",
        ".venv/bin/python -m pip install faster-whisper를 실행하거나 {model}을 지우십시오.",
    ),
    "bad_model": (
        "받아쓰기 모형을 읽을 수 없어 받아쓰지 않습니다.",
        "{model}에 faster-whisper(CTranslate2) 모형이 온전히 있는지 확인하십시오.",
    ),
}


def _clock(_: Office, around: Surroundings) -> Iterator[Check]:
    if around.clock_shift_s:
        yield Check(
            "시각",
            Standing.NEEDED,
            "시연을 위해 시각을 옮겨 두었습니다. 실제 운영에 쓰면 안 됩니다.",
            "CHARTERLINE_CLOCK_SHIFT_S를 지우고 다시 시작하십시오.",
        )
    if around.demo:
        yield Check(
            "시연",
            Standing.CHOICE,
            "시연 상태입니다. 비밀번호 없이 자리를 고를 수 있습니다.",
            "실제 운영에서는 --demo 없이 scripts/run을 실행하십시오.",
        )


def _observed(office: Office, _: Surroundings) -> Iterator[Check]:
    names = [d.name for d in office.directory.departments.values() if d.observe]
    if names:
        yield Check(
            "관찰만 하는 부서",
            Standing.CHOICE,
            f"{_names(names)}은(는) 재기만 하고 안내 음성을 틀지 않습니다.",
            "시작할 준비가 되면 directory.toml에서 observe를 지우십시오.",
        )


_CHECKS: Sequence[Callable[[Office, Surroundings], Iterator[Check]]] = (
    _link, _roles, _leaders, _deputies, _duties, _duty, _voice, _numbers, _mail, _drafts, _clock, _observed,
)  # fmt: skip


def _officers(title: str, missing: Sequence[Officer], found: str, remedy: str, done: str) -> Check:
    if not missing:
        return Check(title, Standing.DONE, done)
    names = _names(f"{officer.name} {officer.title}" for officer in missing)
    return Check(title, Standing.CHOICE, f"{names}: {found}", remedy)


def _names(names: Iterable[str]) -> str:
    every = list(names)
    more = f" 외 {len(every) - _MOST_NAMES}" if len(every) > _MOST_NAMES else ""
    return ", ".join(every[:_MOST_NAMES]) + more
