"""What each recorded trace must give, as committed beside it: `NAME.events.jsonl`, one event a line.

`python -m tests.replay.golden` writes them anew, for a reader to judge by `git diff`; no test does.
"""

import json
from pathlib import Path
from typing import Any

from office.events import CallEvent
from tests.replay.play import DATA, Play, foreign_house, rehearsal_house, trace

CAPTURES = sorted(path.name.removesuffix(".ami.gz") for path in DATA.glob("*.ami.gz"))
OWN = sorted(path.name.removesuffix(".ami.gz") for path in (DATA / "rehearsal").glob("*.ami.gz"))


def told(event: CallEvent) -> dict[str, Any]:
    """An event without what is the same in all, and without defaults."""
    line: dict[str, Any] = {"at": event.at.isoformat(), "kind": event.kind}
    left_out = {"v", "pbx", "source", "kind", "at"}
    return line | event.model_dump(mode="json", exclude=left_out, exclude_defaults=True)


def played(name: str) -> list[dict[str, Any]]:
    house = rehearsal_house() if name.startswith("rehearsal/") else foreign_house()
    return [told(event) for event in Play(house).bytes(trace(name)).events]


def expected(name: str) -> list[dict[str, Any]]:
    text = _file(name).read_text(encoding="utf-8")
    return [json.loads(line) for line in text.splitlines()]


def _file(name: str) -> Path:
    return DATA / f"{name}.events.jsonl"


if __name__ == "__main__":
    for each in [*CAPTURES, *(f"rehearsal/{name}" for name in OWN)]:
        lines = [json.dumps(line, ensure_ascii=False) for line in played(each)]
        _file(each).write_text("\n".join(lines) + "\n" * bool(lines), encoding="utf-8")
