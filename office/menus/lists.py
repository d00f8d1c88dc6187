"""Lists made from the directory: who is in charge of what, in pages of three. Pure."""

from collections.abc import Iterator, Sequence

from office.directory import Directory
from office.menus.model import NEXT, Act, Node

PAGE = 3
_WHAT = "찾으시는 {what} 눌러 주십시오. "
_DEPARTMENT, _DUTY = "부서 번호를", "업무 번호를"
Entry = tuple[str, str]
"""What is said, and the node that it leads to."""


def departments(directory: Directory, root: str, say: str, label: str) -> Iterator[Node]:
    """Pages of departments that have duties, and behind each the pages of its duties."""
    having = [d for d in directory.departments.values() if _duties(directory, d.id)]
    entries = [(d.name, f"{root}-{d.id}") for d in having]
    yield from _pages(root, entries, say or _WHAT.format(what=_DEPARTMENT), label or "부서 찾기")
    for department in having:
        yield from duties(directory, department.id, f"{root}-{department.id}", "", department.name)


def duties(directory: Directory, department: str, root: str, say: str, label: str) -> Iterator[Node]:
    """Pages of one department's duties; behind each the officer in charge."""
    found = _duties(directory, department)
    entries = [(duty, f"{root}-to-{n}") for n, (duty, _) in enumerate(found, 1)]
    yield from _pages(root, entries, say or _WHAT.format(what=_DUTY), label)
    for (duty, extension), (_, node) in zip(found, entries, strict=True):
        yield Node(node, Act.DIAL, label=f"{duty} 담당자", target=extension, made=True)


def in_charge(directory: Directory, duty: str) -> str | None:
    """The extension of whoever is in charge of `duty`; None if nobody is."""
    return next((o.extension for o in directory.officers.values() if duty in o.duties), None)


def _duties(directory: Directory, department: str) -> list[tuple[str, str]]:
    return [
        (duty, officer.extension)
        for officer in directory.officers.values()
        if officer.department == department
        for duty in officer.duties
    ]


def _pages(root: str, entries: Sequence[Entry], intro: str, label: str) -> Iterator[Node]:
    """`root`, `root-page-2` … with at most three choices each."""
    parts = [entries[n : n + PAGE] for n in range(0, len(entries), PAGE)]
    for number, part in enumerate(parts, 1):
        more = number < len(parts)
        said = [f"{words} {key}번" for key, (words, _) in enumerate(part, 1)]
        said += [f"다음 목록 {NEXT}번"] if more else []
        keys = {str(key): target for key, (_, target) in enumerate(part, 1)}
        yield Node(
            _page(root, number),
            Act.ASK,
            say=(intro if number == 1 else "") + ", ".join(said) + "입니다.",
            label=label if number == 1 else f"{label} {number}쪽",
            keys=keys | ({NEXT: _page(root, number + 1)} if more else {}),
            made=number > 1 or "-" in root,
        )


def _page(root: str, number: int) -> str:
    return root if number == 1 else f"{root}-page-{number}"
