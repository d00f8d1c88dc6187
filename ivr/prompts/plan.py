"""Which prompts an office needs, in which words, and where a recording would stand.

Owns the built-in sentences (an office may replace each by `words.texts` in charter.toml). A voice that is not
the officer's own never says an officer's name: sentences here are the `-noname` ones. Pure.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from ivr.prompts import spoken
from office.directory import Desk, ExtensionKind
from office.folder import Office

TEXTS = {
    "greet-noname": "안녕하십니까, {office} {dept}입니다.",
    "greet-thanks-noname": "감사합니다, {office} {dept}입니다.",
    "greet-office": "안녕하십니까, {office}입니다.",
    "greet-thanks-office": "감사합니다, {office}입니다.",
    "apology-noname": "늦게 받아 죄송합니다. {office} {dept}입니다.",
    "apology-office": "늦게 받아 죄송합니다. {office}입니다.",
    "apology-early": "바로 받지 못해 죄송합니다. 잠시만 기다려 주십시오.",
    "notice-recording": "{office}입니다. 담당자 보호를 위해 통화 내용이 녹음됩니다.",
    "note-greet": "인사 안내 중입니다.",
    "note-late": "늦은 전화입니다.",
    "absent-none": "지금은 전화를 받을 수 있는 직원이 없습니다. 죄송합니다. 잠시 후 다시 전화해 주십시오.",
    "recorder-closed": "{office}입니다. 지금은 근무시간이 아닙니다.",
    "recorder-urgent": "급한 일은 0번을 눌러 주십시오.",
    "duty-call": "당직 전화입니다. 받으시려면 1번을 눌러 주십시오.",
    "callback-officer": "회신 전화입니다. 민원인에게 연결합니다.",
    "callback-busy": "상대방이 통화 중입니다. 잠시 후 다시 걸어 주십시오.",
    "callback-no-answer": "상대방이 전화를 받지 않습니다. 잠시 후 다시 걸어 주십시오.",
    "callback-unreachable": "연결할 수 없는 번호입니다. 번호를 확인해 주십시오.",
    "transfer-notice": "{duty} 담당자에게 연결합니다. 끊어지면 {number}번으로 전화해 주십시오.",
    "transfer-late": "연결이 늦어 죄송합니다. 조금만 더 기다려 주십시오.",
    "transfer-back": "담당자가 받지 않아, 먼저 통화한 직원에게 다시 연결하겠습니다. 죄송합니다.",
    "transfer-return": "먼저 통화한 직원에게 다시 연결하겠습니다.",
    "transfer-memo": "지금은 연결이 어렵습니다. 말씀하신 내용을 담당자에게 전하고 전화드리겠습니다.",
    "transfer-sorry": "지금은 연결이 어렵습니다. 죄송합니다. {number}번으로 다시 전화해 주십시오.",
    "note-transfer": "돌려받은 전화입니다. 요점은 화면에 있습니다.",
    "transfer-which": "돌려줄 번호를 눌러 주십시오.",
    "transfer-unknown": "없는 번호입니다.",
    "transfer-failed": "연결되지 않았습니다.",
    "park-empty": "기다리는 전화가 없습니다.",
    "hold": "잠시만 기다려 주십시오.",
    "hold-again": "기다려 주셔서 감사합니다.",
    "menu-connect": "담당자에게 연결하겠습니다. 잠시만 기다려 주십시오.",
    "menu-back": "앞 안내로 돌아가시려면 우물 정자를 눌러 주십시오.",
    "bell-visitor": "직원을 부르고 있습니다. 잠시만 기다려 주십시오.",
    "bell-coming": "직원이 가고 있습니다. 조금만 기다려 주십시오.",
    "bell-none": "지금은 갈 수 있는 직원이 없습니다. 죄송합니다. 잠시 후 다시 눌러 주십시오.",
    "bell-officer": "{place}에서 도움을 기다리는 분이 있습니다. 가실 수 있으면 1번을 눌러 주십시오.",
    "presence-dnd": "전화가 울리지 않도록 바꿨습니다.",
    "presence-back": "자리로 돌아왔습니다.",
}

_OFFICE = (
    "recorder-closed",
    "recorder-urgent",
    "duty-call",
    "callback-officer",
    "callback-busy",
    "callback-no-answer",
    "callback-unreachable",
    "presence-dnd",
    "presence-back",
    "transfer-late",
    "transfer-back",
    "transfer-return",
    "transfer-memo",
    "note-transfer",
    "transfer-which",
    "transfer-unknown",
    "transfer-failed",
    "park-empty",
    "hold",
    "hold-again",
    "menu-connect",
    "menu-back",
    "bell-visitor",
    "bell-coming",
    "bell-none",
)
"""Sentences whose file is `office/KEY`."""


@dataclass(frozen=True, slots=True)
class Prompt:
    """One prompt file: `name` below the prompts directory, `text` for a voice; `text` None: recorded only."""

    name: str
    text: str | None


def plan(office: Office) -> Iterator[Prompt]:
    """Every prompt of the office, general ones first."""
    greet = office.charter.words.greeting.removesuffix("-noname")
    say = _Sentences(office)
    yield Prompt("office/notice", say("notice-recording"))
    yield Prompt("office/note-greeting", say("note-greet"))
    yield Prompt("office/note-apology", say("note-late"))
    yield Prompt("office/absent-none", say("absent-none"))
    for key in _OFFICE:
        yield Prompt(f"office/{key}", spoken.sentence(say(key)))
    yield Prompt("early", say("apology-early"))
    yield Prompt("office/greeting", say(f"{greet}-office"))
    yield Prompt("office/apology", say("apology-office"))
    for department in office.directory.departments.values():
        yield Prompt(f"dept/{department.id}/greeting", say(f"{greet}-noname", dept=department.name))
        yield Prompt(f"dept/{department.id}/apology", say("apology-noname", dept=department.name))
    for desk in office.directory.desks.values():
        number = spoken.digits(_public_number(office, desk))
        yield Prompt(
            transfer_notice(desk.number), say("transfer-notice", duty=_duty(office, desk), number=number)
        )
        yield Prompt(f"transfer/{desk.number}/sorry", say("transfer-sorry", number=number))
    for bell in office.directory.shared.values():
        if bell.kind is ExtensionKind.BELL:
            yield Prompt(bell_prompt(bell.number), say("bell-officer", place=spoken.reading(bell.name)))
    yield from _menus(office)
    for officer in office.directory.officers:
        yield Prompt(f"officer/{officer}/greeting", None)
        yield Prompt(f"officer/{officer}/apology", None)


def _menus(office: Office) -> Iterator[Prompt]:
    """Every sentence of the office's own menus that can be heard, in its own words."""
    for menu in office.menus.values():
        for name in menu.reached():
            if say := menu.nodes[name].say:
                yield Prompt(menu.prompt(name), spoken.sentence(say))


def bell_prompt(number: str) -> str:
    """Name of the prompt that tells an officer which bell calls him."""
    return f"bell/{number}"


def transfer_notice(number: str) -> str:
    """Name of the prompt that tells a citizen that he is passed on to extension `number`."""
    return f"transfer/{number}/notice"


def _public_number(office: Office, desk: Desk) -> str:
    trunk = office.directory.trunk
    return f"{trunk.area}-{trunk.exchange}-{desk.number}"


def _duty(office: Office, desk: Desk) -> str:
    """What a desk is in charge of, in words that name nobody: a duty, else the department or the phone."""
    officer = office.directory.officers.get(desk.officer or "")
    if officer is None:
        return spoken.reading(office.directory.shared[desk.number].name)
    department = office.directory.departments[officer.department]
    return spoken.reading(officer.duties[0] if officer.duties else department.name)


def greeting_of(department: str | None) -> str:
    """Directory, below the prompts, of a department's words; the office's own without one."""
    return f"dept/{department}" if department else "office"


def speaker_prompts(office: Office, desk: Desk, known: Mapping[str, object]) -> tuple[str, str]:
    """Names of greeting and apology for who answers at `desk`: his own recordings where they exist."""
    place = greeting_of(desk.department)
    own = f"officer/{desk.officer}"
    greeting, apology = (
        f"{own}/{word}" if f"{own}/{word}" in known else f"{place}/{word}" for word in ("greeting", "apology")
    )
    return greeting, apology


class _Sentences:
    def __init__(self, office: Office) -> None:
        self._texts = TEXTS | office.charter.words.texts
        self._office = office.charter.office.name

    def __call__(self, key: str, **slots: str) -> str:
        return self._texts[key].format(office=self._office, **slots)
