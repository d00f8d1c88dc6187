"""`python -m memo_service [serve | recompute]`.

`recompute` judges every stored call again by the rulebook of its day and prints what differs; exit code 1 if
anything does. Settings come from the environment (memo_service.settings). Exit code 2: refused to start.
"""

import argparse
import json
import logging
import sys

from memo_service.errors import RefusedToStartError
from memo_service.parts import open_parts
from memo_service.server import serve
from memo_service.settings import Settings, read_settings


def main() -> int:
    """Run the command; returns its exit code."""
    parser = argparse.ArgumentParser(prog="memo_service", description=__doc__)
    parser.add_argument("command", nargs="?", choices=("serve", "recompute"), default="serve")
    command = parser.parse_args().command
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s: %(message)s")
    logging.getLogger("alembic").setLevel(logging.WARNING)
    try:
        settings = read_settings()
        return serve(settings) if command == "serve" else _recompute(settings)
    except RefusedToStartError as error:
        sys.stderr.write(f"memo_service: {error}\n")
        return 2


def _recompute(settings: Settings) -> int:
    parts = open_parts(settings)
    result = parts.ledger.recompute()
    answer = {"calls": result.calls, "differences": result.differences}
    sys.stdout.write(json.dumps(answer, ensure_ascii=False) + "\n")
    return 1 if result.differences else 0


if __name__ == "__main__":
    sys.exit(main())
