"""Reads `menus/*.toml` and refuses what a citizen would be lost in, with file, line and remedy.

Owns every check of a menu. Raises for the whole file at once, so that one look mends it.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import PurePosixPath

from office.directory import Directory
from office.menus import lists
from office.menus.model import END, MEMO, PERSON, Act, Menu, Node, Purpose
from office.menus.whole import whole
from office.menus.written import ACTS, MenuFile, NodeFile
from office.problems import OfficeRefusedError, Problem, TomlSource

MAIN = "main"
_SLOT = re.compile(r"\{([^}]*)\}?")
_SLOTS = ("office",)
_KEYS = "123456789"
_MOST = 3
_BUILT_IN = (PERSON, MEMO, END)


@dataclass(slots=True)
class _Reading:
    """One file on its way to a menu."""

    source: TomlSource
    file: MenuFile
    directory: Directory
    office: str
    nodes: dict[str, Node] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)

    def refuse(self, node: str, key: str, text: str) -> None:
        path = ("node", node, *key.split("/")) if key else ("node", node)
        self.problems.append(self.source.problem(path, text))


def read_menus(texts: Iterable[tuple[str, str]], directory: Directory, office: str) -> dict[str, Menu]:
    """Menus by id (the file's name) from (file, text); raises OfficeRefusedError with every fault."""
    menus: dict[str, Menu] = {}
    problems: list[Problem] = []
    for file, text in texts:
        try:
            source = TomlSource(file, text)
            menu = _menu(_Reading(source, source.read(MenuFile), directory, office))
        except OfficeRefusedError as error:
            problems += error.problems
            continue
        problems += _clashes(menu, menus, source, directory)
        menus[menu.id] = menu
    if problems:
        raise OfficeRefusedError(problems)
    return menus


def _menu(reading: _Reading) -> Menu:
    name = PurePosixPath(reading.source.file).stem
    for node, written in reading.file.node.items():
        _node(reading, node, written)
    main = reading.directory.trunk.main_number
    built_in = {
        PERSON: Node(PERSON, Act.PERSON, label="직원 연결"),
        MEMO: Node(MEMO, Act.MEMO, label="메모 남기기", target=main),
        END: Node(END, Act.END, label="끝"),
    }
    file = reading.file
    menu = Menu(
        name, file.name, file.purpose, file.number or "", file.start, file.unanswered, file.again, file.help,
        built_in | reading.nodes,
    )  # fmt: skip
    if re.fullmatch(r"[a-z][a-z0-9_]{0,40}", name) is None:
        text = f"{name} names no menu; call the file by small letters, digits and _"
        reading.problems.append(Problem(reading.source.file, 1, text))
    reading.problems += whole(reading.source, reading.file, menu)
    if reading.problems:
        raise OfficeRefusedError(reading.problems)
    return menu


def _node(reading: _Reading, node: str, written: NodeFile) -> None:
    if node in _BUILT_IN or re.fullmatch(r"[a-z][a-z0-9_]{0,40}", node) is None:
        reading.refuse(node, "", f"{node} cannot name a node; {', '.join(_BUILT_IN)} stand for themselves")
    if len(written.acts) != 1:
        told = ", ".join(written.acts) or "none"
        reading.refuse(node, "", f"{node} does {told}; give it exactly one of {', '.join(ACTS)}")
        return
    say = _words(reading, node, written)
    for made in _made(reading, node, written, say):
        reading.nodes[made.id] = made


def _words(reading: _Reading, node: str, written: NodeFile) -> str:
    """The sentence with the office's name in it."""
    if not written.say.strip() and written.acts[0] in ("keys", "record"):
        reading.refuse(node, "say", f"{node} says nothing; add `say`, or nobody knows what to do")
    for slot in _SLOT.findall(written.say):
        if slot not in _SLOTS:
            reading.refuse(node, "say", f"{{{slot}}} is no slot here; only {{office}} is filled in")
    return written.say.replace("{office}", reading.office)


def _made(reading: _Reading, node: str, written: NodeFile, say: str) -> Iterator[Node]:
    """The node, or all of a list."""
    directory, label = reading.directory, written.label
    match written.acts[0]:
        case "keys":
            yield Node(node, Act.ASK, say, label, _keys(reading, node, written), keep=written.keep or "")
        case "record":
            if reading.file.purpose is Purpose.MAIN:
                text = "only a survey records; to let him leave word, use `memo` with an extension"
                reading.refuse(node, "record", text)
            then = written.then or END
            yield Node(
                node, Act.RECORD, say, label, keep=written.record or "", then=then, max_s=written.max_s
            )
        case "list":
            yield from lists.departments(directory, node, say, label)
        case "department":
            if written.department not in directory.departments:
                text = f"department {written.department!r} is not in directory.toml; correct the id"
                reading.refuse(node, "department", text)
                return
            name = label or directory.departments[written.department].name
            yield from lists.duties(directory, written.department, node, say, name)
        case "duty":
            extension = lists.in_charge(directory, written.duty or "")
            if extension is None:
                text = (
                    f"nobody is in charge of {written.duty!r} in directory.toml; write it as it stands there"
                )
                reading.refuse(node, "duty", text)
            yield Node(node, Act.DIAL, say, label or f"{written.duty} 담당자", target=extension or "")
        case "extension" | "memo" as act:
            target = _extension(reading, node, act, written)
            yield Node(
                node, Act.DIAL if act == "extension" else Act.MEMO, say, label or target, target=target
            )
        case act:
            yield Node(node, Act(act), say, label)


def _extension(reading: _Reading, node: str, act: str, written: NodeFile) -> str:
    number = str(getattr(written, act))
    if number not in reading.directory.desks:
        reading.refuse(node, act, f"{number} is no extension of directory.toml; correct it")
    return number


def _keys(reading: _Reading, node: str, written: NodeFile) -> Mapping[str, str]:
    keys = written.keys or {}
    if not keys:
        reading.refuse(node, "keys", f"{node} asks and takes no key; add keys, or another act")
    if len(keys) > _MOST:
        text = f"{node} has {len(keys)} choices; three can be kept in mind, put the others behind one of them"
        reading.refuse(node, "keys", text)
    for key, target in keys.items():
        if key not in _KEYS or len(key) != 1:
            text = f"key {key!r} is not to be had; 1 to 9 are, 0 is a person, * again, # back"
            reading.refuse(node, f"keys/{key}", text)
        elif f"{key}번" not in written.say:
            reading.refuse(
                node, f"keys/{key}", f"the words of {node} do not name {key}번; say it, or drop it"
            )
        if not target:
            reading.refuse(node, f"keys/{key}", f"key {key} of {node} leads nowhere; name a node")
    return keys


def _clashes(
    menu: Menu, others: Mapping[str, Menu], source: TomlSource, directory: Directory
) -> Iterator[Problem]:
    """A number opens one thing alone; one survey is enough."""
    if menu.purpose is Purpose.MAIN and not menu.number:
        text = 'no number opens this menu; add `number`, the digits of a public number or "main"'
        yield source.problem(("name",), text)
    if menu.purpose is Purpose.SURVEY and menu.number:
        yield source.problem(("number",), "a survey is opened by an officer's key; leave `number` out")
    if menu.number in directory.desks:
        text = f'{menu.number} is an extension of directory.toml; take a free one, or "main"'
        yield source.problem(("number",), text)
    if menu.number and menu.number != MAIN and len(menu.number) not in {len(n) for n in directory.desks}:
        text = f"{menu.number} is longer or shorter than every extension; the carrier could not reach it"
        yield source.problem(("number",), text)
    for other in others.values():
        if menu.number and menu.number == other.number:
            yield source.problem(("number",), f"menus/{other.id}.toml has this number already; take another")
        if menu.purpose is Purpose.SURVEY and other.purpose is Purpose.SURVEY:
            yield source.problem(
                ("purpose",), f"menus/{other.id}.toml is the survey already; keep one of them"
            )
