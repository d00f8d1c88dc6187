"""What one node cannot tell: targets that are there, nodes that are reached, a way out of each. Pure."""

from collections.abc import Iterator

from office.menus.model import END, MEMO, PERSON, Menu
from office.menus.written import MenuFile
from office.problems import Problem, TomlSource


def whole(source: TomlSource, file: MenuFile, menu: Menu) -> Iterator[Problem]:
    """Every fault of the menu as a whole; ways out are looked at where nothing else is wrong."""
    problems = [*_targets(source, menu), *_unreached(source, file, menu)]
    yield from problems or _circles(source, file, menu)


def _targets(source: TomlSource, menu: Menu) -> Iterator[Problem]:
    for key in ("start", "unanswered", "again"):
        target = getattr(menu, key)
        if target and target not in menu.nodes:
            yield source.problem((key,), f"{key} = {target!r} names no node; correct it")
    for node in menu.nodes.values():
        for key, target in node.ways:
            if target and target not in menu.nodes:
                path = ("node", node.id, "keys", key) if key else ("node", node.id, "then")
                yield source.problem(path, f"{target!r} names no node; write a [node.{target}] or correct it")


def _unreached(source: TomlSource, file: MenuFile, menu: Menu) -> Iterator[Problem]:
    reached = menu.reached()
    for name in file.node:
        if name not in reached:
            text = f"{name} is never reached; let a key lead to it, or remove it"
            yield source.problem(("node", name), text)


def _circles(source: TomlSource, file: MenuFile, menu: Menu) -> Iterator[Problem]:
    out = _leading_out(menu)
    for name in file.node:
        if name in menu.nodes and name not in out:
            text = f"{name} leads round in a circle and never to an end; give one of its keys a way out"
            yield source.problem(("node", name), text)
    if not menu.nodes[menu.unanswered].act.ends:
        ends = f"{PERSON}, {MEMO}, {END} or a node of yours that ends"
        text = f"unanswered = {menu.unanswered!r} asks again and could ask for ever; name {ends}"
        yield source.problem(("unanswered",), text)


def _leading_out(menu: Menu) -> set[str]:
    """Nodes from which an end can be had by keys."""
    out = {node.id for node in menu.nodes.values() if node.act.ends}
    grown = True
    while grown:
        more = {n.id for n in menu.nodes.values() if n.id not in out and any(t in out for _, t in n.ways)}
        out |= more
        grown = bool(more)
    return out
