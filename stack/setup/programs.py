"""Which Asterisk, Redis, espeak-ng (and, for tests, sipp and docker-compose) are used, and where they are.

Owns the choice and `.local/programs.json`, the record that the rest of `stack` and `rehearsal` read with
`load`. The private tree is taken wherever it can be had, since its versions are the tested ones; else the
machine's own programs. Whatever is chosen, `.local/bin/NAME` starts it.
"""

import json
import os
import platform
import shutil
from dataclasses import dataclass
from pathlib import Path

from stack.setup.archive import KEYRING, MIRROR_VARIABLE, machine_mirror
from stack.setup.lockfile import DebianLock, read_debian
from stack.setup.report import NoAsteriskError, Progress, SetupError
from stack.setup.tools import empty_folder, fingerprint, read_text, run, swap_in, write_whole
from stack.setup.tree import LAUNCHERS, LIBRARIES, Launcher, make_tree, version_of

LOCK = Path(__file__).with_name("debian.lock")
CHOICE_VARIABLE = "CHARTERLINE_PROGRAMS"
OLDEST_ASTERISK = 20

# Without one of these no call is answered, or none is measured; Asterisk warns only when a call needs it.
_MODULES = (
    "app_celgenuserevent",
    "app_dial",
    "cel_custom",
    "chan_pjsip",
    "res_cdrel_custom",
    "res_http_websocket",
    "res_pjsip",
)
_MODULE_FOLDERS = ("usr/lib/*/asterisk/modules", "usr/lib/asterisk/modules", "usr/lib64/asterisk/modules")
_DATA_FOLDERS = ("usr/share/asterisk", "var/lib/asterisk")


@dataclass(frozen=True)
class Programs:
    """Where the programs are. `source` is "tree" or "system"; `versions` maps a program to its version."""

    source: str
    bin: Path
    asterisk_modules: Path
    asterisk_data: Path
    versions: dict[str, str]

    def path(self, name: str) -> Path:
        """The launcher of a program; raises SetupError for one that setup did not provide."""
        if name not in self.versions:
            raise SetupError(f"{name} was not set up here", "run scripts/setup --dev")
        return self.bin / name


def load(checkout: Path) -> Programs:
    """The programs that setup provided below `checkout`; raises SetupError where it has not run."""
    local = checkout / ".local"
    text = read_text(local / "programs.json")
    if not text:
        raise SetupError("the programs are not set up", "run scripts/setup")
    record = json.loads(text)
    modules, data = (local / record[key] for key in ("asterisk_modules", "asterisk_data"))
    return Programs(record["source"], local / "bin", modules, data, record["versions"])


def ready(checkout: Path, *, dev: bool) -> bool:
    """Whether the programs of the present lock are in place."""
    text = read_text(checkout / ".local" / "programs.json")
    if not text:
        return False
    record = json.loads(text)
    folder = checkout / ".local" / record["asterisk_modules"]
    fits = record["lock"] == fingerprint(LOCK) and (record["dev"] or not dev)
    return fits and folder.is_dir() and (checkout / ".local" / "bin" / "asterisk").is_file()


def make(checkout: Path, progress: Progress, *, dev: bool) -> None:
    """Provide the programs: the private tree where it can be had, else the machine's own.

    Raises NoAsteriskError where neither can be, SetupError for what may pass (no network, a full disk).
    """
    local = checkout / ".local"
    lock = read_debian(LOCK)
    mirror = tree_mirror(lock)
    if mirror is not None:
        versions = make_tree(local, mirror, lock, dev=dev, progress=progress)
        modules, data, source = f"root/{LIBRARIES}/asterisk/modules", "root/usr/share/asterisk", "tree"
    else:
        modules, data, versions = _use_system(local, progress, dev=dev)
        source = "system"
    record = {
        "source": source,
        "lock": fingerprint(LOCK),
        "dev": dev,
        "asterisk_modules": modules,
        "asterisk_data": data,
        "versions": versions,
    }
    write_whole(local / "programs.json", json.dumps(record, indent=1) + "\n")
    progress.say(", ".join(f"{name} {version}" for name, version in versions.items()))


def tree_mirror(lock: DebianLock) -> str | None:
    """The mirror to make the private tree from, or None where the machine's own programs are to be used."""
    if os.environ.get(CHOICE_VARIABLE) == "system":
        return None
    fits = platform.machine() == "x86_64" and lock.architecture == "amd64" and shutil.which("dpkg-deb")
    if not fits or not (KEYRING.is_file() or os.environ.get(MIRROR_VARIABLE)):
        return None
    mirror = machine_mirror()
    if mirror is not None and not KEYRING.is_file():
        raise SetupError(
            f"there is no {KEYRING.name} to check Debian's signatures", "install debian-archive-keyring"
        )
    return mirror


def _use_system(local: Path, progress: Progress, *, dev: bool) -> tuple[str, str, dict[str, str]]:
    """Make launchers for the machine's own programs; (modules folder, data folder, versions)."""
    wanted = [item for item in LAUNCHERS if dev or item.program not in {"sipp", "docker-compose"}]
    absent = [item for item in wanted if _find(item.program) is None]
    if absent and os.geteuid() == 0 and shutil.which("apt-get"):
        _install(absent, progress)
    found = {item: path for item in wanted if (path := _find(item.program)) is not None}
    missing = [item.package for item in wanted if item not in found and item.program != "docker-compose"]
    if missing:
        raise _no_programs(f"{', '.join(missing)} not found on PATH")
    versions = {item.program: version_of(Path(path), item.version) for item, path in found.items()}
    if int(versions["asterisk"].partition(".")[0]) < OLDEST_ASTERISK:
        raise _no_programs(
            f"the asterisk on PATH is {versions['asterisk']}, {OLDEST_ASTERISK} or newer is needed"
        )
    modules, data = asterisk_folders(Path("/"))
    folder = empty_folder(local / "tmp" / "bin")
    for item, path in found.items():
        launcher = folder / item.program
        launcher.write_text(
            f'#!/bin/sh\n# The machine\'s own {item.program}.\nexec "{path}" "$@"\n', encoding="utf-8"
        )
        launcher.chmod(0o755)
    swap_in(folder, local / "bin", local / "tmp")
    progress.say("using the machine's own programs")
    return str(modules), str(data), versions


def asterisk_folders(root: Path) -> tuple[Path, Path]:
    """Folders of modules and of data of an Asterisk installed below `root`; raises SetupError if absent."""
    for pattern in _MODULE_FOLDERS:
        for modules in root.glob(pattern):
            absent = [name for name in _MODULES if not (modules / f"{name}.so").is_file()]
            if absent:
                raise _no_programs(f"the machine's asterisk has no module {', '.join(absent)}")
            data = next(
                (root / name for name in _DATA_FOLDERS if (root / name / "documentation").is_dir()), None
            )
            if data is not None:
                return modules, data
    raise _no_programs(
        "the machine's asterisk keeps its modules or its documentation folder in no usual place"
    )


def _find(program: str) -> str | None:
    return shutil.which(program, path=os.environ.get("PATH", "") + ":/usr/sbin:/usr/local/sbin")


def _install(absent: list[Launcher], progress: Progress) -> None:
    """Install with the machine's apt, as root: the way on Ubuntu, whose mirror has no Debian suite."""
    names = sorted({item.package for item in absent if item.package != "docker-compose"})
    if not names:
        return
    progress.say(f"installing {', '.join(names)} with apt-get")
    quiet = {"DEBIAN_FRONTEND": "noninteractive"}
    run(["apt-get", "update", "-q"], "apt-get update", env=quiet)
    install = ["apt-get", "install", "-q", "-y", "--no-install-recommends", *names]
    run(install, f"installing {', '.join(names)}", env=quiet)


def _no_programs(cause: str) -> NoAsteriskError:
    return NoAsteriskError(
        f"no usable Asterisk: {cause}, and no Debian mirror is known to fetch one from",
        "as root: apt-get install asterisk redis-server espeak-ng (Asterisk 20 or newer)\n"
        f"  or: install debian-archive-keyring and set {MIRROR_VARIABLE} to a Debian mirror (amd64 only)\n"
        "  or: docker compose up (see docker-compose.yml)\n"
        "  or: without a PBX, scripts/run --replay FILE and scripts/test --without-pbx",
    )
