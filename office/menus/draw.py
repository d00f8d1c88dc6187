"""A menu as a picture and as an outline, both from one walk, so that neither knows more. Pure."""

from collections.abc import Iterator
from dataclasses import dataclass
from html import escape

from office.menus.model import Act, Menu, Node

_WIDE, _HIGH, _ROW, _COLUMN, _EDGE = 190, 34, 44, 260, 12
_MOST = 14  # letters of a label that a box holds
_ACTS = {
    Act.ASK: "번호를 여쭘",
    Act.RECORD: "말씀을 녹음",
    Act.DIAL: "전화 연결",
    Act.MEMO: "메모 남기기",
    Act.PERSON: "직원 연결",
    Act.END: "끝",
}


@dataclass(frozen=True, slots=True)
class Line:
    """One line of the outline. `key` leads here from the nearest line above with one `depth` less."""

    depth: int
    key: str
    node: Node
    seen: bool

    @property
    def text(self) -> str:
        """Key, what it is, and where it leads."""
        key = f"{self.key}번 " if self.key else ""
        return f"{key}{title(self.node)}" + (" (위에 있음)" if self.seen else "")


def title(node: Node) -> str:
    """What a node is called, and what it does."""
    to = f" {node.target}" if node.target else ""
    name = node.label or node.id
    return name if name == _ACTS[node.act] else f"{name} – {_ACTS[node.act]}{to}"


def outline(menu: Menu) -> list[Line]:
    """The menu from its start, depth first; a node that was told above is named and not told again."""
    lines: list[Line] = []
    told: set[str] = set()

    def tell(node: str, key: str, depth: int) -> None:
        found = menu.nodes[node]
        again = node in told and not found.act.ends
        lines.append(Line(depth, key, found, again))
        if again:
            return
        told.add(node)
        for own, target in found.ways:
            tell(target, own, depth + 1)

    tell(menu.start, "", 0)
    if menu.again and menu.again not in told:
        tell(menu.again, "", 0)
    return lines


def as_text(menu: Menu) -> str:
    """The outline for a terminal."""
    rows = [f"{menu.name} ({menu.id})"]
    for line in outline(menu):
        rows.append(f"{'  ' * (line.depth + 1)}{line.text}")
        if line.node.say and not line.seen:
            rows.append(f"{'  ' * (line.depth + 2)}“{line.node.say}”")
    rows.append(f"  침묵이나 없는 번호 세 번: {title(menu.nodes[menu.unanswered])}")
    return "\n".join(rows) + "\n"


def as_svg(menu: Menu, *, ident: str = "menu") -> str:
    """The diagram as one SVG with title and description; colours follow the text around it."""
    lines = outline(menu)
    width = (max(line.depth for line in lines) + 1) * _COLUMN - (_COLUMN - _WIDE) + 2 * _EDGE
    height = len(lines) * _ROW + 2 * _EDGE
    box = f'viewBox="0 0 {width} {height}" width="{width}" height="{height}"'
    named = f'role="img" aria-labelledby="{ident}-t {ident}-d"'
    look = 'font-family="sans-serif" font-size="13" fill="currentColor" stroke="none"'
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" {box} {named} {look}>',
        f'<title id="{ident}-t">{escape(menu.name)}</title>',
        f'<desc id="{ident}-d">{escape(_described(menu, lines))}</desc>',
        *_drawn(lines),
        "</svg>",
    ]
    return "\n".join(parts) + "\n"


def _described(menu: Menu, lines: list[Line]) -> str:
    asks = sum(line.node.act is Act.ASK and not line.seen for line in lines)
    ends = sum(line.node.act.ends for line in lines)
    return f"{menu.name}: 물음 {asks}개, 끝 {ends}개. 같은 내용이 글로 된 목록에 있습니다."


def _drawn(lines: list[Line]) -> Iterator[str]:
    above: dict[int, int] = {}
    for row, line in enumerate(lines):
        x, y = _EDGE + line.depth * _COLUMN, _EDGE + row * _ROW
        above[line.depth] = row
        if line.depth:
            yield from _edge(x, y, _EDGE + above[line.depth - 1] * _ROW, line.key)
        dash = ' stroke-dasharray="4 3"' if line.seen else ""
        radius = 17 if line.node.act.ends else 4
        yield (
            f'<rect x="{x}" y="{y}" width="{_WIDE}" height="{_HIGH}" rx="{radius}" fill="none"'
            f' stroke="currentColor"{dash}/>'
        )
        words = escape(_short(line.node))
        yield f'<text x="{x + _WIDE // 2}" y="{y + 22}" text-anchor="middle">{words}</text>'


def _edge(x: int, y: int, parent_y: int, key: str) -> Iterator[str]:
    middle, left = y + _HIGH // 2, x - _COLUMN + _WIDE
    bend = left + 20
    yield (
        f'<path d="M{left} {parent_y + _HIGH // 2}H{bend}V{middle}H{x}" fill="none"'
        f' stroke="currentColor" opacity="0.6"/>'
    )
    if key:
        yield f'<text x="{x - 24}" y="{middle - 4}">{escape(key)}</text>'


def _short(node: Node) -> str:
    name = node.label or node.id
    return name if len(name) <= _MOST else f"{name[: _MOST - 1]}…"
