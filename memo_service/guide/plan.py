"""The seat plan for the office door: an A4 sheet, landscape, as SVG (charter V1).

Owns where each seat stands and how long texts break. Millimetres throughout.
"""

import base64
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from memo_service.guide.listing import Entry, Listed

SHEET_MM = (297.0, 210.0)
_MARGIN, _TOP, _GAP = 12.0, 34.0, 5.0
_MOST_COLUMNS = 5
_LINES = 3
_MIME = {".jpg": "image/jpeg", ".png": "image/png"}


@dataclass(frozen=True, slots=True)
class Seat:
    """A seat on the sheet: corner, size, texts broken into lines. `photo`: a data URI or empty.

    `em`: how much larger than the smallest its letters are; a door sign is read from a step away.
    """

    x: float
    y: float
    width: float
    height: float
    em: float
    heading: str
    duties: tuple[str, ...]
    number: str
    photo: str


def seats(listed: Listed, photos: Path | None) -> list[Seat]:
    """All seats of a department, in rows that fill the sheet."""
    count = len(listed.entries)
    columns = min(_MOST_COLUMNS, max(1, round((count * 1.4) ** 0.5)))
    rows = -(-count // columns)
    width = (SHEET_MM[0] - 2 * _MARGIN - (columns - 1) * _GAP) / columns
    height = min(58.0, (SHEET_MM[1] - _TOP - _MARGIN - (rows - 1) * _GAP) / max(rows, 1))
    corners = [
        (_MARGIN + (n % columns) * (width + _GAP), _TOP + (n // columns) * (height + _GAP))
        for n in range(count)
    ]
    return [
        _seat(entry, (x, y, width, height), photos)
        for entry, (x, y) in zip(listed.entries, corners, strict=True)
    ]


def _seat(entry: Entry, box: tuple[float, float, float, float], photos: Path | None) -> Seat:
    x, y, width, height = box
    photo = photo_of(entry.officer, photos)
    em = max(0.8, min(width / 62.0, height / 32.0, 1.8))
    room = width - (26.0 if photo else 8.0) * em
    return Seat(
        x=x,
        y=y,
        width=width,
        height=height,
        em=em,
        heading=" ".join(part for part in (entry.name, entry.title) if part),
        duties=broken(" · ".join(entry.duties), int(room / (4.2 * em))),
        number=entry.number,
        photo=photo,
    )


def photo_of(officer: str, photos: Path | None) -> str:
    """The officer's photograph as a data URI; empty where there is none, or none is to be shown."""
    for ending, mime in _MIME.items() if photos else ():
        path = photos / f"{officer}{ending}" if photos else Path()
        if path.is_file():
            return f"data:{mime};base64,{base64.b64encode(path.read_bytes()).decode()}"
    return ""


def broken(text: str, most: int) -> tuple[str, ...]:
    """`text` in lines of at most `most` wide characters, broken between words; what is too much ends in …"""
    lines: list[str] = [""]
    for word in text.split():
        longer = f"{lines[-1]} {word}".strip()
        if _width(longer) <= most or not lines[-1]:
            lines[-1] = longer
        else:
            lines.append(word)
    if len(lines) > _LINES:
        lines = [*lines[: _LINES - 1], f"{lines[_LINES - 1]} …"]
    return tuple(_cut(line, most) for line in lines if line)


def _cut(line: str, most: int) -> str:
    while _width(line) > most + 1:
        line = line.removesuffix("…").rstrip()[:-1] + "…"
    return line


def _width(text: Sequence[str]) -> float:
    """In wide (Korean) characters; a narrow one counts for half."""
    return sum(1.0 if unicodedata.east_asian_width(c) in "WF" else 0.5 for c in text)
