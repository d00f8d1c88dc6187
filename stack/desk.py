"""scripts/desk: a link by which an officer takes his desk, for the run of a state folder.

Owns where that run is found; who may sit where is memo_service's.
"""

import argparse
import os
import subprocess
import sys
from pathlib import Path
from urllib.parse import urlsplit

from stack.errors import StackError
from stack.settings import DEFAULT_OFFICE, DEFAULT_STATE
from stack.state import running


def main(words: list[str] | None = None) -> int:
    """Print the link; exit code 1 when nothing runs, memo_service's own otherwise."""
    parser = argparse.ArgumentParser(
        prog="scripts/desk",
        description="Print a link that lets OFFICER take his desk, once, within 10 minutes.",
    )
    parser.add_argument("officer", metavar="OFFICER", help="officer id, as in directory.toml")
    parser.add_argument("--office", type=Path, default=DEFAULT_OFFICE, metavar="DIR", help="office folder")
    parser.add_argument("--state", type=Path, default=DEFAULT_STATE, metavar="DIR", help="state folder")
    given = parser.parse_args(words)
    try:
        return _link(given.officer, given.office.absolute(), given.state.absolute())
    except StackError as error:
        print(f"charterline: {error}", file=sys.stderr)
        return 1


def _link(officer: str, office: Path, state: Path) -> int:
    run = running(state)
    if run is None:
        raise StackError(
            f"nothing runs in {state}\n  remedy: scripts/run first, or name its folder with --state"
        )
    address = urlsplit(run.url)
    named = {
        "CHARTERLINE_OFFICE": str(office),
        "CHARTERLINE_STATE": str(state),
        "CHARTERLINE_HTTP_HOST": address.hostname or "",
        "CHARTERLINE_HTTP_PORT": str(address.port),
    }
    command = [sys.executable, "-m", "memo_service", "desk", officer]
    return subprocess.run(command, env=os.environ | named, check=False).returncode


if __name__ == "__main__":
    sys.exit(main())
