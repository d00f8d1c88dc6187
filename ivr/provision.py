"""`python -m ivr.provision`: the office's data becomes prompts and Asterisk's whole configuration.

Owns the order: check everything, then write; a refused office changes nothing. `--check` shows what would
change against a live directory and writes nothing.
"""

import argparse
import difflib
import json
import re
import sys
from collections.abc import Callable
from pathlib import Path

from ivr.asterisk.escape import unsafe_in_path
from ivr.asterisk.render import render
from ivr.asterisk.site import Ports, Program, Secrets, Site, load_secrets, write_private
from ivr.prompts.studio import Speech, open_studio, provide, token_of
from ivr.prompts.voices import VoiceError
from office.folder import Office, load_office
from office.problems import OfficeRefusedError

_SECRET = re.compile(r"((?:secret|password|X-Rehearsal-Trunk) *[=:] *)\S+")
_FOLDERS = (
    "lib",
    "lib/agi-bin",
    "lib/keys",
    "spool/memo",
    "spool/menu",
    "run",
    "log",
    "log/cel-custom",
    "journal",
)


class ProvisionError(RuntimeError):
    """Provisioning cannot go on; the text names the cause and the remedy."""


def provision(
    office: Office, folder: Path, site: Site, speech: Speech, told: Callable[[str], None]
) -> dict[str, str]:
    """Render prompts and configuration of `office`, read from `folder`, into `site.state`; {file: text}.

    Raises OfficeRefusedError for a recording that cannot be used, VoiceError, ProvisionError.
    """
    if (bad := unsafe_in_path(str(site.state))) is not None:
        raise ProvisionError(
            f"the state directory {site.state} holds {bad!r}, which a dialplan misreads; take another"
        )
    provide(open_studio(office, folder, site.state, speech, told), told)
    token_of(site.state)
    texts = render(office, site)
    for name in _FOLDERS:
        (site.state / "asterisk" / name).mkdir(parents=True, exist_ok=True)
    # Asterisk writes both readable to all, and they hold citizens' numbers and voices
    for private in (site.journal.parent, site.memos, site.menu_takes):
        private.chmod(0o700)
    for name, text in texts.items():
        path = site.etc / name
        if not path.is_file() or path.read_text(encoding="utf-8") != text:
            write_private(path, text)
    return texts


def difference(texts: dict[str, str], live: Path) -> list[str]:
    """Unified diff from the files in `live` to `texts`, with passwords hidden."""
    lines: list[str] = []
    for name in sorted(texts):
        path = live / name
        stands = path.read_text(encoding="utf-8") if path.is_file() else ""
        old, new = (text.splitlines(keepends=True) for text in (stands, texts[name]))
        lines += difflib.unified_diff(old, new, f"live/{name}", f"rendered/{name}")
    return [_SECRET.sub(r"\1(hidden)", line) for line in lines]


def _arguments(words: list[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="scripts/provision", description=__doc__)
    parser.add_argument("--office", type=Path, default=Path("examples/pyeongchang"), help="office folder")
    parser.add_argument("--state", type=Path, default=Path("var"), help="state folder")
    parser.add_argument("--port-base", type=int, default=18000)
    parser.add_argument("--tree", type=Path, default=Path(".local"), help="private tree of programs")
    parser.add_argument("--voice", default="", metavar="NAME", help="who reads what is not recorded")
    told = "show what would change against a live directory (default: the state's own) and write nothing"
    parser.add_argument("--check", type=Path, nargs="?", const=Path(), metavar="LIVE_DIR", help=told)
    return parser.parse_args(words)


def main(words: list[str] | None = None) -> int:
    """Exit 0 done (or nothing to change), 1 refused (or differences with --check)."""
    given = _arguments(words)
    try:
        office = load_office(given.office)
        state = given.state.resolve()
        endpoints = sorted(office.directory.desk_by_endpoint)
        ports = Ports.from_base(given.port_base)
        program = find_program(given.tree)
        if given.check is not None:
            return _check(office, Site(state, ports, program, _known_secrets(state, endpoints)), given.check)
        browser = office.directory.browser_phones
        site = Site(state, ports, program, load_secrets(state / "secrets.json", endpoints, browser))
        speech = Speech(espeak=given.tree.resolve() / "bin" / "espeak-ng", name=given.voice)
        texts = provision(office, given.office, site, speech, _tell)
    except (OfficeRefusedError, VoiceError, ProvisionError) as error:
        sys.stderr.write(f"{error}\n")
        return 1
    except OSError as error:
        sys.stderr.write(f"{error.filename}: {error.strerror}; choose a --state you can write\n")
        return 1
    _tell(f"{len(texts)} files in {site.etc}")
    return 0


def _check(office: Office, site: Site, live: Path) -> int:
    folder = site.etc if live == Path() else live
    if not folder.is_dir():
        raise ProvisionError(f"{folder} is no directory; name the live configuration after --check")
    lines = difference(render(office, site), folder)
    sys.stdout.writelines(lines)
    if not lines:
        _tell(f"{folder} is as the office's files say; nothing would change")
    return 1 if lines else 0


def _known_secrets(state: Path, endpoints: list[str]) -> Secrets:
    """The secrets as they stand, without writing new ones."""
    path = state / "secrets.json"
    stored = json.loads(path.read_text(encoding="utf-8")) if path.is_file() else {}
    phones = {endpoint: stored.get("phones", {}).get(endpoint, "new") for endpoint in endpoints}
    return Secrets(stored.get("ami", {}).get("secret", "new"), stored.get("trunk", "new"), phones)


def find_program(tree: Path) -> Program:
    """Directories of the Asterisk that setup provided below `tree`; raises ProvisionError without one."""
    try:
        record = json.loads((tree / "programs.json").read_text(encoding="utf-8"))
    except FileNotFoundError as error:
        raise ProvisionError(f"no Asterisk was set up below {tree}; run scripts/setup") from error
    modules, data = (str((tree / record[key]).resolve()) for key in ("asterisk_modules", "asterisk_data"))
    return Program(modules, data)


def _tell(text: str) -> None:
    sys.stdout.write(f"provision: {text}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
