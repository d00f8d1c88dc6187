"""`manifest.json` beside the prompt files: what each file is. Owns its reading and writing."""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path

_FILE = "manifest.json"


@dataclass(frozen=True, slots=True)
class Entry:
    """One file that may be heard.

    `source` is recorded, assembled or a voice's name, `key` the hash of what it was made from. `general`: it
    stands in for a better one. Levels in dB against full scale.
    """

    source: str
    length_ms: int
    key: str
    text: str
    peak_db: float = 0.0
    loudness_db: float = 0.0
    synthetic: bool = False
    general: bool = False


def read_manifest(folder: Path) -> dict[str, Entry]:
    """{name: entry} of what stands in `folder`."""
    try:
        stored = json.loads((folder / _FILE).read_text(encoding="utf-8"))
        return {name: Entry(**entry) for name, entry in stored.items()}
    except FileNotFoundError:
        return {}
    except (ValueError, TypeError):
        # a manifest of another version, or cut short: everything is made anew
        return {}


def write_manifest(folder: Path, entries: Mapping[str, Entry]) -> None:
    """Write it, whole or not at all."""
    folder.mkdir(parents=True, exist_ok=True)
    stored = {name: asdict(entry) for name, entry in entries.items()}
    part = folder / (_FILE + ".part")
    part.write_text(json.dumps(stored, ensure_ascii=False, indent=1), encoding="utf-8")
    part.replace(folder / _FILE)
