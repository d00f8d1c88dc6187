"""The office's data rendered as Asterisk's configuration files.

Owns what each template is given. Pure but for reading its own templates: returns texts, writes nothing.
"""

from collections.abc import Iterator
from dataclasses import asdict, dataclass
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined

from ivr.asterisk.escape import asterisk
from ivr.asterisk.modules import MODULES
from ivr.asterisk.site import Site
from ivr.prompts.plan import WORDS, bell_prompt, desk_words, greeting_of
from office.directory import Desk, ExtensionKind
from office.folder import Office
from office.menus import Purpose
from office.phone_codes import DIALLED, IN_CALL, SURVEY

_FILES = (
    "asterisk.conf",
    "cdr.conf",
    "cel.conf",
    "cel_custom.conf",
    "extensions.conf",
    "features.conf",
    "http.conf",
    "indications.conf",
    "logger.conf",
    "manager.conf",
    "modules.conf",
    "musiconhold.conf",
    "pjsip.conf",
    "res_parking.conf",
    "rtp.conf",
    "stasis.conf",
)
# read at start by modules we load; absent, each would log an error
_EMPTY = (
    "acl.conf",
    "ccss.conf",
    "geolocation.conf",
    "pjproject.conf",
    "udptl.conf",
    "websocket_client.conf",
)


@dataclass(frozen=True, slots=True)
class _DialplanDesk:
    number: str
    department: str
    greeted: str
    observe: str
    notice: str
    early: str
    role: str
    ring_s: int
    deputy: str
    endpoints: tuple[str, ...]
    personal: bool
    team: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class _Speaker:
    key: str
    greeting: str
    apology: str
    own_voice: str = "no"


@dataclass(frozen=True, slots=True)
class _Bell:
    """A help bell: its extension, its phones, whom it calls, its prompt."""

    number: str
    endpoints: tuple[str, ...]
    calls: tuple[str, ...]
    prompt: str


@dataclass(frozen=True, slots=True)
class _Phone:
    endpoint: str
    extension: str
    name: str
    group: str | None
    browser: bool
    context: str
    personal: bool


def render(office: Office, site: Site) -> dict[str, str]:
    """{file name: text} of the whole configuration."""
    environment = Environment(
        loader=PackageLoader("ivr.asterisk"),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
        autoescape=False,  # noqa: S701 - not HTML; values pass `asterisk` and the directory's own checks
    )
    environment.filters["asterisk"] = asterisk
    given = _given(office, site)
    texts = {name: environment.get_template(name + ".j2").render(given) for name in _FILES}
    return texts | dict.fromkeys(_EMPTY, "; nothing set\n")


def _given(office: Office, site: Site) -> dict[str, Any]:
    directory = office.directory
    return {
        "charter": office.charter,
        "directory": directory,
        "state": site.state,
        "etc": site.etc,
        "prompts": site.prompts,
        "memos": site.memos,
        "menu_takes": site.menu_takes,
        "menus": [menu for menu in office.menus.values() if menu.purpose is Purpose.MAIN],
        "survey": next((m for m in office.menus.values() if m.purpose is Purpose.SURVEY), None),
        "bells": list(_bells(office)),
        "modules": MODULES,
        "program": site.program,
        "ports": site.ports,
        "clock_shift_s": site.clock_shift_s,
        "secrets": asdict(site.secrets),
        "desks": [_desk(office, desk) for desk in directory.desks.values()],
        "speakers": list(_speakers(office)),
        "peers": sorted((e, desk.number) for e, desk in directory.desk_by_endpoint.items()),
        "phones": list(_phones(office)),
        "did_prefixes": _did_prefixes(office),
        "codes_in_call": [(act.value, code) for act, code in IN_CALL.items()],
        "code_of_survey": SURVEY,
        "codes_dialled": [(wish.value, code) for wish, code in DIALLED.items()],
        "lengths_of_extensions": sorted({len(number) for number in directory.desks}),
    }


def _yes(value: object) -> str:
    return "yes" if value else "no"


def _desk(office: Office, desk: Desk) -> _DialplanDesk:
    charter = office.charter
    department = office.directory.departments.get(desk.department or "")
    early = department.early_apology if department else None
    notice = department.recording_notice if department else None
    is_operator = desk.kind is ExtensionKind.OPERATOR
    return _DialplanDesk(
        number=desk.number,
        department=desk.department or "",
        greeted=_yes(desk.kind.greeted),
        observe=_yes(department and department.observe),
        notice=_yes(charter.notice.recording if notice is None else notice),
        early=_yes(desk.kind.greeted and (charter.words.early_apology if early is None else early)),
        role="operator" if is_operator else "desk",
        ring_s=charter.answer.operator_ring_s if is_operator else charter.answer.desk_ring_s,
        deputy=desk.deputy or "",
        endpoints=desk.endpoints,
        personal=desk.kind is ExtensionKind.OFFICER,
        team=tuple(o.extension for o in office.directory.team_of(desk.officer)) if desk.officer else (),
    )


def _speakers(office: Office) -> Iterator[_Speaker]:
    """Who can be named at answer: each extension, and each department for a phone that is not known."""
    for desk in office.directory.desks.values():
        greeting, apology = (desk_words(desk.number, word) for word in WORDS)
        yield _Speaker(desk.number, greeting, apology, _yes(office.own_voice(desk.officer)))
    for department in ("", *office.directory.departments):
        place = greeting_of(department)
        yield _Speaker(f"dept-{department}", f"{place}/greeting", f"{place}/apology")


def _phones(office: Office) -> Iterator[_Phone]:
    directory = office.directory
    for endpoint, desk in sorted(directory.desk_by_endpoint.items()):
        officer = directory.officers.get(desk.officer or "")
        name = officer.name if officer else directory.shared[desk.number].name
        browser = endpoint in directory.browser_phones
        context = "bell" if desk.kind is ExtensionKind.BELL else "phones"
        own = officer is not None
        yield _Phone(endpoint, desk.number, name, desk.department, browser, context, own)


def _bells(office: Office) -> Iterator[_Bell]:
    """Each bell: the officer, his deputies, the duty desk, the operator, in turn (charter V3)."""
    directory = office.directory
    last = (office.charter.absence.duty_desk, directory.trunk.main_number)
    for bell in directory.shared.values():
        if bell.kind is ExtensionKind.BELL:
            own = (bell.officer, *directory.deputies_of(bell.officer)) if bell.officer else ()
            people = [directory.officers[officer].extension for officer in own]
            calls = dict.fromkeys([*people, *filter(None, last)])
            yield _Bell(bell.number, bell.endpoints, tuple(calls), bell_prompt(bell.number))


def _did_prefixes(office: Office) -> list[str]:
    """Every way a Korean carrier may spell the office's numbers, before the extension's own digits."""
    trunk = office.directory.trunk
    national = trunk.area + trunk.exchange
    abroad = trunk.area[1:] + trunk.exchange
    return [
        "",
        trunk.exchange,
        national,
        abroad,
        *(code + number for code in ("82", "+82", "0082") for number in (abroad, national)),
    ]
