"""Which prompts an office needs, in which words, and where a recording would stand.

Owns the built-in sentences (an office may replace each by `words.texts` in charter.toml). A voice that is not
the officer's own never says an officer's name: sentences here are the `-noname` ones. Pure.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum

from ivr.prompts import spoken
from ivr.prompts.parts import parts_of
from office.directory import Desk, ExtensionKind
from office.folder import Office

TEXTS = {
    "greet": "안녕하십니까, {dept} {name}입니다.",
    "greet-thanks": "감사합니다, {dept} {name}입니다.",
    "apology": "늦게 받아 죄송합니다. {office} {dept} {name}입니다.",
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
    "phone-saved": "저장했습니다.",
    "phone-no-citizen": "민원인과 통화하실 때 누르는 번호입니다.",
    "phone-down": "지금은 쓸 수 없습니다. 잠시 후 다시 걸어 주십시오.",
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
    "phone-saved",
    "phone-no-citizen",
    "phone-down",
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

_TO_OFFICERS = frozenset(
    (
        *(
            "note-greet",
            "note-late",
            "note-transfer",
            "duty-call",
            "bell-officer",
            "presence-dnd",
            "presence-back",
        ),
        *("callback-officer", "callback-busy", "callback-no-answer", "callback-unreachable"),
        *("phone-saved", "phone-no-citizen", "phone-down"),
        *("transfer-which", "transfer-unknown", "transfer-failed", "park-empty"),
    )
)
"""Sentences that no citizen hears."""

WORDS = ("greeting", "apology")
"""What is said at answer."""


class Audience(StrEnum):
    """Who hears a prompt."""

    CITIZEN = "citizen"
    OFFICER = "officer"


@dataclass(frozen=True, slots=True)
class Prompt:
    """One prompt file.

    `name` is its place below the prompts directory, `text` what a voice reads; None: recorded only. `key`
    names the sentence it is made from, `template` that sentence with its slots, `words` what is to be heard.
    """

    name: str
    text: str | None
    key: str = ""
    template: str = ""
    words: str = ""
    audience: Audience = Audience.CITIZEN
    parts: tuple[str, ...] = ()
    """Recordings that it can be pieced together from, if all of them exist."""

    @property
    def spoken(self) -> str:
        """What is heard, also where it can only be recorded."""
        return self.text or self.words


def plan(office: Office) -> Iterator[Prompt]:
    """Every prompt of the office, general ones first."""
    greet = office.charter.words.greeting.removesuffix("-noname")
    make = _Sentences(office)
    yield make("office/notice", "notice-recording")
    yield make("office/note-greeting", "note-greet")
    yield make("office/note-apology", "note-late")
    yield make("office/absent-none", "absent-none")
    for key in _OFFICE:
        yield make(f"office/{key}", key)
    yield make("early", "apology-early")
    yield make("office/greeting", f"{greet}-office")
    yield make("office/apology", "apology-office")
    for department in office.directory.departments.values():
        named = spoken.reading(department.name)
        part = {"dept": f"dept/{department.id}"}
        yield make(f"dept/{department.id}/greeting", f"{greet}-noname", part, dept=named)
        yield make(f"dept/{department.id}/apology", "apology-noname", part, dept=named)
    for desk in office.directory.desks.values():
        number = spoken.digits(_public_number(office, desk))
        duty = _duty(office, desk)
        yield make(transfer_notice(desk.number), "transfer-notice", duty=duty, number=number)
        yield make(f"transfer/{desk.number}/sorry", "transfer-sorry", number=number)
    for bell in office.directory.shared.values():
        if bell.kind is ExtensionKind.BELL:
            yield make(bell_prompt(bell.number), "bell-officer", place=spoken.reading(bell.name))
    yield from _menus(office)
    for officer in office.directory.officers.values():
        named = spoken.reading(office.directory.departments[officer.department].name)
        yield make.own(f"officer/{officer.id}/greeting", greet, dept=named, name=officer.name)
        yield make.own(f"officer/{officer.id}/apology", "apology", dept=named, name=officer.name)


def general(office: Office) -> dict[str, tuple[str, ...]]:
    """{file: the prompts that stand in for it, best first} of what is said at answer.

    The dialplan plays `desk/EXTENSION/…`, whoever sits there now; a department whose own words may not be
    heard says the office's.
    """
    found: dict[str, tuple[str, ...]] = {}
    for word in WORDS:
        for department in office.directory.departments:
            found[f"dept/{department}/{word}"] = (f"office/{word}",)
        for desk in office.directory.desks.values():
            own = (f"officer/{desk.officer}/{word}",) if desk.officer else ()
            place = greeting_of(desk.department)
            found[desk_words(desk.number, word)] = tuple(
                dict.fromkeys((*own, f"{place}/{word}", f"office/{word}"))
            )
    return found


def desk_words(number: str, word: str) -> str:
    """The file that is played where extension `number` answers; `word` is greeting or apology."""
    return f"desk/{number}/{word}"


def _menus(office: Office) -> Iterator[Prompt]:
    """Every sentence of the office's own menus that can be heard, in its own words."""
    for menu in office.menus.values():
        for name in menu.reached():
            if say := menu.nodes[name].say:
                file, words = menu.prompt(name), spoken.sentence(say)
                yield Prompt(file, words, file, say, words)


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


class _Sentences:
    """Makes prompts of the office's sentences."""

    def __init__(self, office: Office) -> None:
        self._texts = TEXTS | office.charter.words.texts
        self._office = spoken.reading(office.charter.office.name)

    def __call__(self, file: str, key: str, parts: Mapping[str, str] | None = None, **slots: str) -> Prompt:
        """A prompt that a voice may read; `parts`: {slot: the recorded part that fills it}."""
        template, words = self._filled(key, slots)
        audience = Audience.OFFICER if key in _TO_OFFICERS else Audience.CITIZEN
        pieces = parts_of(key, template, {"office": "office", **(parts or {})})
        return Prompt(file, words, key, template, words, audience, pieces)

    def own(self, file: str, key: str, **slots: str) -> Prompt:
        """A prompt that only the officer himself may speak."""
        template, words = self._filled(key, slots)
        return Prompt(file, None, key, template, words)

    def _filled(self, key: str, slots: Mapping[str, str]) -> tuple[str, str]:
        template = self._texts[key]
        return template, spoken.sentence(spoken.fill(template, {"office": self._office, **slots}))
