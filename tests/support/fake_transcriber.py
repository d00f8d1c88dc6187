"""Stands in for `python -m memo_service.drafts` in tests: hears what a test wrote into a file.

`MODE` is the first argument: hear (words from the file named second), die (at each recording), a fault's code
(told as the first line), or slow (never answers).
"""

import json
import sys
from pathlib import Path

MODE, FILE = sys.argv[1], Path(sys.argv[2])


def tell(line: dict[str, object]) -> None:
    sys.stdout.write(json.dumps(line) + "\n")
    sys.stdout.flush()


if MODE in ("hear", "die"):
    tell({"model": "a" * 64})
else:
    tell({"fault": MODE, "model": "b" * 64})
    sys.exit(1)
while len(head := sys.stdin.buffer.read(4)) == 4:
    wav = sys.stdin.buffer.read(int.from_bytes(head, "big"))
    with FILE.open("a", encoding="ascii") as log:
        log.write(f"{len(wav)}\n")
    if MODE == "die":
        sys.exit(9)
    tell(json.loads(FILE.with_suffix(".json").read_text(encoding="utf-8")))
