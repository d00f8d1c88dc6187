"""`python -m office.menus.show`: an office's menus as an outline, and as diagrams in files."""

import argparse
import sys
from pathlib import Path

from office.folder import load_office
from office.menus.draw import as_svg, as_text
from office.problems import OfficeRefusedError


def main(words: list[str] | None = None) -> int:
    """Exit 0, or 1 with every fault of the office's files."""
    parser = argparse.ArgumentParser(
        prog="scripts/menus", description="The office's menus, as citizens hear them."
    )
    parser.add_argument("--office", type=Path, default=Path("examples/pyeongchang"), help="office folder")
    parser.add_argument("--menu", help="this one alone; all by default")
    parser.add_argument(
        "--svg", type=Path, metavar="FILE", help="write the diagram of --menu (or the only one)"
    )
    given = parser.parse_args(words)
    try:
        menus = load_office(given.office).menus
    except OfficeRefusedError as error:
        sys.stderr.write(f"{error}\n")
        return 1
    chosen = [menu for menu in menus.values() if given.menu in (None, menu.id)]
    if not chosen or (given.svg and len(chosen) > 1):
        named = ", ".join(menus) or f"none; write {given.office}/menus/main.toml"
        sys.stderr.write(f"name one with --menu; there are: {named}\n")
        return 1
    for menu in chosen:
        sys.stdout.write(as_text(menu))
    if given.svg:
        given.svg.write_text(as_svg(chosen[0]), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
