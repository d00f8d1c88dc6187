"""Two questions a person asks the office's data at a prompt: `scripts/due` and `scripts/number`."""

import argparse
import json
import sys
from datetime import datetime
from pathlib import Path

from office.calendar import KST
from office.folder import Office, load_office
from office.phone_number import NumberKind, classify
from office.problems import OfficeRefusedError
from office.working_time import Step, add, explain

_NOT_DIALABLE = (NumberKind.WITHHELD, NumberKind.UNREADABLE)


def due(office: Office, at: datetime, minutes: int, department: str | None) -> list[str]:
    """The deadline in ISO form, then the way there, a line a step."""
    steps = explain(office.calendar, at, minutes, department)
    return [add(office.calendar, at, minutes, department).isoformat(), *(_told(step) for step in steps)]


def _told(step: Step) -> str:
    weekday = "월화수목금토일"[step.day.weekday()]
    if step.begins_at is None or step.ends_at is None:
        return f"  {step.day} ({weekday})  쉬는 날: {step.why_not}"
    minutes = step.counted.total_seconds() / 60
    return f"  {step.day} ({weekday})  {step.begins_at:%H:%M}–{step.ends_at:%H:%M}  {minutes:g}분"


def number(office: Office, text: str) -> str:
    """One JSON line: kind, canonical, display, dialable (as the office dials it; null where it cannot)."""
    found = classify(text, area=office.directory.trunk.area)
    dialable = None if found.kind in _NOT_DIALABLE else found.reveal()
    told = {"kind": found.kind, "canonical": found.reveal(), "display": found.display, "dialable": dialable}
    return json.dumps(told, ensure_ascii=False)


def _require_department(office: Office, department: str | None) -> None:
    if department not in (None, *office.directory.departments):
        known = ", ".join(office.directory.departments)
        raise ValueError(f"no department {department!r}; use one of {known}")


def _moment(text: str) -> datetime:
    at = datetime.fromisoformat(text)
    return at if at.tzinfo else at.replace(tzinfo=KST)


def _arguments(words: list[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="scripts", description=__doc__)
    parser.add_argument("--office", type=Path, default=Path("examples/pyeongchang"))
    asked = parser.add_subparsers(dest="asked", required=True)
    when = asked.add_parser("due", help="working minutes added to a moment")
    when.add_argument("at", type=_moment, help="2025-10-02T17:30, Seoul time unless a zone is given")
    when.add_argument("--minutes", type=int, default=60)
    when.add_argument("--department")
    which = asked.add_parser("number", help="how telephone numbers are read")
    which.add_argument("text", nargs="+")
    return parser.parse_args(words)


def main(words: list[str] | None = None) -> int:
    """Exit 0, or 1 with the cause on standard error."""
    given = _arguments(words)
    try:
        office = load_office(given.office)
        if given.asked == "number":
            lines = [number(office, text) for text in given.text]
        else:
            _require_department(office, given.department)
            lines = due(office, given.at, given.minutes, given.department)
    except (OfficeRefusedError, ValueError) as error:
        sys.stderr.write(f"{error}\n")
        return 1
    sys.stdout.write("\n".join(lines) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
