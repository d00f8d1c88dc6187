"""The rulebook a call is judged by: charter and calendar, kept as the files they were.

Owns how a state of those files gets its name, and how an old one is read again.
"""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from office.calendar import Calendar, read_calendar
from office.charter import Charter, read_charter

_CHARTER = "charter.toml"


@dataclass(frozen=True, slots=True)
class RuleBook:
    """Charter and calendar in force, and the texts they came from."""

    id: str
    charter: Charter
    calendar: Calendar
    files: Mapping[str, str]


def read_rulebook(files: Mapping[str, str]) -> RuleBook:
    """Rulebook from {file name: text}; raises OfficeRefusedError on a fault in them."""
    charter = read_charter(_CHARTER, files[_CHARTER])
    calendar = read_calendar(sorted((n, text) for n, text in files.items() if n != _CHARTER))
    digest = hashlib.sha256(json.dumps(dict(files), sort_keys=True).encode()).hexdigest()
    return RuleBook(f"{charter.version}:{digest[:12]}", charter, calendar, dict(files))


def load_rulebook(folder: Path) -> RuleBook:
    """Rulebook of an office folder that `office.folder.load_office` has accepted."""
    paths = [folder / _CHARTER, *folder.glob("calendar.d/*.toml")]
    return read_rulebook({p.relative_to(folder).as_posix(): p.read_text(encoding="utf-8") for p in paths})
