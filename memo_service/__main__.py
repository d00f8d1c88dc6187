"""`python -m memo_service [serve | recompute | retain | administrator]`.

`recompute` judges every stored call again by the rulebook of its day and prints what differs; exit code 1 if
anything does. `retain` destroys at once what its term is over for (the service does so each night) and
prints the counts. `administrator` prints a link by which the administrator sets his password, once
(scripts/administrator); with `--first` only as long as there is none. Settings come from the environment
(memo_service.settings). Exit code 2: refused to start.
"""

import argparse
import json
import logging
import sys

from memo_service.access.console import administrator
from memo_service.clock import office_clock
from memo_service.errors import RefusedToStartError
from memo_service.memos.retention import Retention
from memo_service.parts import open_parts
from memo_service.recordings.vault import Vault
from memo_service.server import serve
from memo_service.settings import Settings, read_settings


def main() -> int:
    """Run the command; returns its exit code."""
    parser = argparse.ArgumentParser(prog="memo_service", description=__doc__)
    parser.add_argument(
        "command", nargs="?", choices=("serve", "recompute", "retain", "administrator"), default="serve"
    )
    parser.add_argument("--first", action="store_true")
    given = parser.parse_args()
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s: %(message)s")
    logging.getLogger("alembic").setLevel(logging.WARNING)
    try:
        settings = read_settings()
        if given.command == "administrator":
            return administrator(settings, only_first=given.first)
        work = {"serve": serve, "recompute": _recompute, "retain": _retain}[given.command]
        return work(settings)
    except RefusedToStartError as error:
        sys.stderr.write(f"memo_service: {error}\n")
        return 2


def _recompute(settings: Settings) -> int:
    parts = open_parts(settings)
    result = parts.ledger.recompute()
    answer = {"calls": result.calls, "differences": result.differences}
    sys.stdout.write(json.dumps(answer, ensure_ascii=False) + "\n")
    return 1 if result.differences else 0


def _retain(settings: Settings) -> int:
    parts, now = open_parts(settings), office_clock(settings.clock_shift_s)
    vault = Vault(settings.memo_dir / "recordings", parts.keys)
    terms = parts.office.charter.memo
    done = Retention(parts.engine, vault, settings.spool, terms, now).destroy()
    sys.stdout.write(json.dumps(done, ensure_ascii=False) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
