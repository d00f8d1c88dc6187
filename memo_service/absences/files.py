"""Reads an uploaded file, whatever it is: finds its encoding and whether it is a calendar or a table. Pure.

Owns how large a file may be.
"""

import codecs
from datetime import datetime

from memo_service.absences.ics import is_calendar, read_calendar_file
from memo_service.absences.importing import MOST_ENTRIES, Reading, Unread
from memo_service.absences.rules import Fault, Source
from memo_service.absences.table import read_table
from office.directory import Directory

MOST_BYTES = 2 * 1024 * 1024
_MARKS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)


def read_file(raw: bytes, officer: str, directory: Directory, now: datetime) -> tuple[Source, Reading]:
    """What a file says. A calendar is `officer`'s; a table names its officers itself."""
    if len(raw) > MOST_BYTES:
        return Source.CSV, _refused("file_too_large", f"{MOST_BYTES // 1024 // 1024} MB")
    text = decode(raw)
    if text is None:
        return Source.CSV, _refused("file_not_text")
    if not text.strip():
        return Source.CSV, _refused("file_empty")
    if is_calendar(text):
        source = Source.ICS
        reading = read_calendar_file(text, officer, directory.officers[officer].deputy, now)
    else:
        source, reading = Source.CSV, read_table(text, directory, now)
    if len(reading.entries) > MOST_ENTRIES:
        return source, _refused("too_many", f"{MOST_ENTRIES:,}")
    if not (reading.entries or reading.faults or reading.left_out):
        return source, _refused("file_empty")
    return source, reading


def decode(raw: bytes) -> str | None:
    """The text of a file: marked UTF-8 or UTF-16, plain UTF-8, or Korean Windows (CP949); else None."""
    for mark, encoding in _MARKS:
        if raw.startswith(mark):
            return _decoded(raw[len(mark) :], encoding)
    return _decoded(raw, "utf-8") or _decoded(raw, "cp949")


def _decoded(raw: bytes, encoding: str) -> str | None:
    try:
        text = raw.decode(encoding)
    except UnicodeDecodeError:
        return None
    return None if "\0" in text else text


def _refused(code: str, *about: str) -> Reading:
    return Reading(faults=[Unread(1, Fault(code, "", about))])
