"""Reads a table of absences (CSV as Excel writes it): 직원, 종류, 시작, 끝, 대직자. Pure.

Owns the columns and their names. Every line at fault is told, with its number in the file.
"""

import csv
import io
from collections.abc import Iterator, Mapping
from datetime import datetime

from memo_service.absences.importing import Entry, Reading, Unread
from memo_service.absences.rules import Fault, Wanted
from memo_service.absences.spelling import (
    UnreadableError,
    half_in,
    read_deputy,
    read_kind,
    read_moment,
    read_officer,
    span_of,
)
from office.directory import Directory

_NAMES = {
    "officer": (
        "직원",
        "내선",
        "담당자",
        "성명",
        "이름",
        "직원명",
        "내선번호",
        "직원내선",
        "신청자",
        "대상자",
        "officer",
    ),
    "kind": ("종류", "구분", "부재종류", "근태", "근태구분", "복무", "복무구분", "휴가종류", "kind"),
    "start": ("시작", "시작일", "시작일시", "부터", "시작일자", "from", "start"),
    "start_time": ("시작시간", "시작시각"),
    "end": ("끝", "종료", "종료일", "종료일시", "까지", "종료일자", "to", "until", "end"),
    "end_time": ("종료시간", "종료시각", "끝시각", "끝시간"),
    "deputy": ("대직자", "업무대행자", "대행자", "업무대행", "직무대행자", "deputy"),
    "note": ("비고", "사유", "내용", "메모", "note"),
}
_COLUMN = {name: column for column, names in _NAMES.items() for name in names}
_HEADER_WITHIN = 8  # tables often carry a title above their columns
Row = tuple[int, list[str]]


def read_table(text: str, directory: Directory, now: datetime) -> Reading:
    """The absences of a table, and its lines at fault."""
    rows = list(_rows(text))
    broken = [row for row in rows if isinstance(row, Unread)]
    header, body = _split([row for row in rows if not isinstance(row, Unread)])
    missing = [name for column, name in (("officer", "직원"), ("start", "시작")) if column not in header]
    if missing:
        return Reading(
            faults=[*broken, *(Unread(1, Fault("columns_missing", "", (name,))) for name in missing)]
        )
    entries: list[Entry] = []
    for line, cells in body:
        found = {column: cells[at].strip() for column, at in header.items() if at < len(cells)}
        try:
            entries.append(Entry(line, _wanted(found, directory, now)))
        except UnreadableError as error:
            broken.append(Unread(line, error.fault))
    return Reading(entries=entries, faults=broken)


def _rows(text: str) -> Iterator[Row | Unread]:
    """Rows that hold anything, each with the line it begins on."""
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=_delimiter(text), strict=True)
    line = 1
    while True:
        try:
            cells = next(reader)
        except StopIteration:
            return
        except csv.Error:
            yield Unread(line, Fault("row_unread"))
            return
        if any(cell.strip() for cell in cells):
            yield line, cells
        line = reader.line_num + 1


def _delimiter(text: str) -> str:
    head = "\n".join(text.splitlines()[:_HEADER_WITHIN])
    return max(",;\t", key=head.count)


def _split(rows: list[Row]) -> tuple[dict[str, int], list[Row]]:
    """The columns by name, and the rows below them; the row with most known names is the header."""
    best: dict[str, int] = {}
    below = rows
    for at, (_, cells) in enumerate(rows[:_HEADER_WITHIN]):
        found: dict[str, int] = {}
        for index, cell in enumerate(cells):
            column = _column(cell)
            if column:
                found.setdefault(column, index)
        if len(found) > len(best):
            best, below = found, rows[at + 1 :]
    return best, below


def _column(cell: str) -> str | None:
    folded = "".join(c for c in cell.casefold() if c.isalnum())
    return _COLUMN.get(folded)


def _wanted(cells: Mapping[str, str], directory: Directory, now: datetime) -> Wanted:
    officer = read_officer(cells.get("officer", ""), directory, "officer")
    kind_text = cells.get("kind", "")
    start_text = f"{cells['start']} {cells.get('start_time', '')}"
    end_text = f"{cells.get('end', '')} {cells.get('end_time', '')}"
    start = read_moment(start_text, now, "starts_at")
    # a day alone needs no end
    end = start if not end_text.strip() and start[1] is None else read_moment(end_text, now, "ends_at")
    kind = read_kind(kind_text)
    starts_at, ends_at = span_of(start, end, half_in(kind_text))
    return Wanted(
        officer=officer,
        kind=kind,
        starts_at=starts_at,
        ends_at=ends_at,
        deputy=read_deputy(cells.get("deputy", ""), directory, officer),
        note=cells.get("note", "")[:200],
    )
