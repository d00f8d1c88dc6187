"""Where one Asterisk runs: its ports, directories, programs and secrets.

Owns the secrets file. Knows nothing of the office.
"""

import json
import secrets
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

SOFTPHONES = "softphones.json"


@dataclass(frozen=True, slots=True)
class Ports:
    """The PBX's ports on loopback (docs/contracts.md)."""

    ami: int
    sip: int
    asterisk_http: int
    agi: int
    rtp_first: int
    rtp_last: int
    carrier: int

    @classmethod
    def from_base(cls, base: int) -> "Ports":
        """Ports at their offsets from `base`."""
        return cls(base + 1, base + 2, base + 3, base + 5, base + 100, base + 499, base + 500)


@dataclass(frozen=True, slots=True)
class Program:
    """Directories of the installed Asterisk."""

    modules: str
    data: str


@dataclass(slots=True)
class Secrets:
    """Passwords of the AMI user, the rehearsal trunk and each phone; made once, kept at mode 0600."""

    ami: str
    trunk: str
    phones: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Site:
    """One Asterisk on one machine. `state` is absolute; `clock_shift_s` is for demonstrations (contracts)."""

    state: Path
    ports: Ports
    program: Program
    secrets: Secrets
    clock_shift_s: int = 0

    @property
    def etc(self) -> Path:
        """Asterisk's configuration directory."""
        return self.state / "asterisk" / "etc"

    @property
    def prompts(self) -> Path:
        """Where the rendered prompt files lie."""
        return self.state / "prompts"

    @property
    def memos(self) -> Path:
        """Where the memo menu and the recorder leave what citizens say."""
        return self.state / "asterisk" / "spool" / "memo"

    @property
    def menu_takes(self) -> Path:
        """Where the office's own menus leave what citizens say in them."""
        return self.state / "asterisk" / "spool" / "menu"

    @property
    def journal(self) -> Path:
        """The CEL journal."""
        return self.state / "asterisk" / "journal" / "calls.csv"


def load_secrets(path: Path, endpoints: Iterable[str], browser_phones: Iterable[str] = ()) -> Secrets:
    """Secrets from `path`, with new ones for new phones; the file is written when anything is new.

    A softphone gets a new secret each time: nobody keys it in, it is fetched when it is opened. Next to
    `path` stands `softphones.json` with theirs alone, for memo_service, which hands them over.
    """
    stored = json.loads(path.read_text(encoding="utf-8")) if path.exists() else {}
    kept = Secrets(
        ami=stored.get("ami", {}).get("secret") or secrets.token_urlsafe(24),
        trunk=stored.get("trunk") or secrets.token_urlsafe(24),
        phones=dict(stored.get("phones", {})),
    )
    for endpoint in endpoints:
        kept.phones.setdefault(endpoint, secrets.token_urlsafe(24))
    renewed = {endpoint: secrets.token_urlsafe(24) for endpoint in browser_phones}
    kept.phones |= renewed
    write_private(path.with_name(SOFTPHONES), json.dumps(renewed, indent=1))
    wanted = {"ami": {"user": "bridge", "secret": kept.ami}, "trunk": kept.trunk, "phones": kept.phones}
    if wanted != stored:
        write_private(path, json.dumps(wanted, indent=1))
    return kept


def write_private(path: Path, text: str) -> None:
    """Write `text` so that only the owner may read it, and never half."""
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_name(path.name + ".part")
    part.touch(mode=0o600)
    part.chmod(0o600)
    part.write_text(text, encoding="utf-8")
    part.replace(path)
