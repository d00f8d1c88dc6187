"""scripts/administrator: a link by which the administrator sets his password, for the run of a state folder.

Owns where that run is found; who may come in is memo_service's. What is printed here opens the pages, so it
goes to the console alone, never into a log.
"""

import argparse
import asyncio
import os
import subprocess
import sys
from pathlib import Path

from stack.errors import StackError
from stack.settings import DEFAULT_OFFICE, DEFAULT_STATE
from stack.state import running

_COMMAND = (sys.executable, "-m", "memo_service", "administrator")


async def first_administrator(office: Path, state: Path, url: str) -> str:
    """What the console says at a start: a link while nobody can manage accounts, else nothing.

    Raises StackError where it cannot be made.
    """
    process = await asyncio.create_subprocess_exec(
        *_COMMAND, "--first", env=_environment(office, state, url), stdout=asyncio.subprocess.PIPE
    )
    said, _ = await process.communicate()
    if process.returncode:
        raise StackError("no link for the administrator could be made; scripts/administrator makes one")
    return said.decode()


def main(words: list[str] | None = None) -> int:
    """Print the link; exit code 1 when nothing runs, memo_service's own otherwise."""
    parser = argparse.ArgumentParser(
        prog="scripts/administrator",
        description="Print a link by which the administrator sets a new password, once, within 24 hours.",
    )
    parser.add_argument("--office", type=Path, default=DEFAULT_OFFICE, metavar="DIR", help="office folder")
    parser.add_argument("--state", type=Path, default=DEFAULT_STATE, metavar="DIR", help="state folder")
    given = parser.parse_args(words)
    state = given.state.absolute()
    run = running(state)
    if run is None:
        remedy = "scripts/run first, or name its folder with --state"
        print(f"charterline: nothing runs in {state}\n  remedy: {remedy}", file=sys.stderr)
        return 1
    environment = _environment(given.office.absolute(), state, run.url)
    return subprocess.run(_COMMAND, env=environment, check=False).returncode


def _environment(office: Path, state: Path, url: str) -> dict[str, str]:
    return os.environ | {
        "CHARTERLINE_OFFICE": str(office),
        "CHARTERLINE_STATE": str(state),
        "CHARTERLINE_PUBLIC_URL": url,
    }


if __name__ == "__main__":
    sys.exit(main())
