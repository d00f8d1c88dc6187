"""Slots of a text, such as {dept}: which there are, what is wrong with them, what stands in them. Pure."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from office.folder import Office

LONGEST = 400
_SLOT = re.compile(r"\{([a-z][a-z0-9_]*)\}")
_EXAMPLES = {
    "when": "오늘 오후 3시 30분",
    "next_open": "내일 오전 9시",
    "lunch_end": "오후 1시",
    "opt2": "오늘 오후 4시쯤이면",
    "opt3": "내일 오전 10시쯤이면",
    "holiday": "한글날",
    "days": "60",
}
_UNKNOWN = "○○"


@dataclass(frozen=True, slots=True)
class SlotFault:
    """What is wrong with a text: `empty`, `long`, `braces`, `unknown` or `missing` slots (`about`)."""

    code: str
    about: tuple[str, ...] = ()


def fault(text: str, slots: Iterable[str]) -> SlotFault | None:
    """What is wrong with `text`, which must have these slots and no others; None if nothing is."""
    if not text.strip():
        return SlotFault("empty")
    if len(text) > LONGEST:
        return SlotFault("long")
    found = slots_of(text)
    if found is None:
        return SlotFault("braces")
    wanted = set(slots)
    if unknown := sorted(found - wanted):
        return SlotFault("unknown", tuple(unknown))
    if missing := sorted(wanted - found):
        return SlotFault("missing", tuple(missing))
    return None


def slots_of(text: str) -> set[str] | None:
    """The slots of a text; None where its braces do not pair or hold more than a name."""
    plain = _SLOT.sub("", text)
    return None if "{" in plain or "}" in plain else set(_SLOT.findall(text))


def filled(text: str, values: Mapping[str, str]) -> str:
    """`text` with its slots filled; one without a value is said as ○○."""
    return _SLOT.sub(lambda slot: values.get(slot[1], _UNKNOWN), text)


def values(office: Office, department: str = "", officer: str = "") -> dict[str, str]:
    """What slots stand for, for an officer or a department; the first department where neither is named."""
    directory = office.directory
    person = directory.officers.get(officer)
    chosen = person.department if person else department
    found = directory.departments.get(chosen) or next(iter(directory.departments.values()), None)
    trunk = directory.trunk
    exten = person.extension if person else (found.number if found else None) or trunk.main_number
    named = {
        "office": office.charter.office.name,
        "dept": found.name if found else _UNKNOWN,
        "number": f"{trunk.area}-{trunk.exchange}-{exten}",
        "duty": person.duties[0] if person and person.duties else found.name if found else _UNKNOWN,
    }
    if person:
        named |= {"name": person.name, "title": person.title}
    return _EXAMPLES | named
