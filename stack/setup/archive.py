"""A private apt: Debian packages fetched by pinned version into a folder of the project, without root.

Owns its lists and cache below `.local/`; never reads or changes what is installed on the machine. Signatures
are checked by apt with the machine's Debian keyring, hashes once more against our own lock.
"""

import glob
import os
import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path

from stack.setup.lockfile import DebianLock, Package
from stack.setup.report import Progress, SetupError, megabytes
from stack.setup.tools import digest, run

KEYRING = Path("/usr/share/keyrings/debian-archive-keyring.gpg")
MIRROR_VARIABLE = "CHARTERLINE_DEBIAN_MIRROR"

_CONFIGURATION = """\
Dir::State "{folder}";
Dir::State::lists "{folder}/lists";
Dir::State::status "{folder}/status";
Dir::Cache "{folder}";
Dir::Cache::archives "{folder}/archives";
Dir::Cache::pkgcache "pkgcache.bin";
Dir::Etc::sourcelist "{folder}/sources.list";
Dir::Etc::sourceparts "/dev/null";
Dir::Etc::preferencesparts "/dev/null";
Dir::Log "{folder}";
APT::Architecture "{architecture}";
#clear APT::Architectures;
APT::Architectures {{ "{architecture}"; }};
APT::Sandbox::User "";
APT::Install-Recommends "false";
Acquire::Languages "none";
Acquire::Retries "3";
#clear APT::Update::Post-Invoke;
#clear APT::Update::Post-Invoke-Success;
"""


def machine_mirror() -> str | None:
    """The Debian mirror named in the environment, else the one this machine uses; None if there is none."""
    if named := os.environ.get(MIRROR_VARIABLE):
        return named.rstrip("/")
    if not re.search(r"^ID=\"?debian\"?$", _os_release(), re.MULTILINE):
        return None
    listing = run(["apt-get", "update", "--print-uris"], "asking apt for this machine's Debian mirror")
    return mirror_in(listing)


def mirror_in(listing: str) -> str | None:
    """The Debian mirror among the addresses that `apt-get update --print-uris` prints.

    The main archive is the one whose release has an "-updates" suite beside it, else one named "debian".
    """
    suites: dict[str, set[str]] = defaultdict(set)
    for site, suite in re.findall(r"^'(\S+?)/dists/([^/\s]+)/InRelease'", listing, re.MULTILINE):
        suites[site].add(suite)
    for site, names in suites.items():
        if any(f"{name}-updates" in names for name in names):
            return site
    return next((site for site in suites if site.endswith("/debian")), None)


class Archive:
    """One suite of one mirror, read through apt. Methods raise SetupError with cause and remedy."""

    def __init__(self, folder: Path, mirror: str, lock: DebianLock) -> None:
        self._folder = folder
        self._lock = lock
        for name in ("lists/partial", "archives/partial"):
            (folder / name).mkdir(parents=True, exist_ok=True)
        (folder / "status").touch()
        source = f"deb [signed-by={KEYRING}] {mirror} {lock.suite} main\n"
        (folder / "sources.list").write_text(source, encoding="utf-8")
        text = _CONFIGURATION.format(folder=folder, architecture=lock.architecture)
        self._configuration = folder / "apt.conf"
        self._configuration.write_text(text, encoding="utf-8")

    def refresh(self) -> None:
        """Fetch the signed list of what the suite offers."""
        self._apt(
            "apt-get", ["update", "--error-on=any"], f"fetching Debian {self._lock.suite}'s package list"
        )

    def offered(self, names: Iterable[str], group: str) -> dict[str, Package]:
        """What the suite offers now of `names`, by name; those it no longer knows are left out."""
        listing = self._apt("apt-cache", ["show", *names], "reading the package list")
        return {package.name: package for package in packages_in(listing, group)}

    def resolve(self) -> tuple[Package, ...]:
        """The newest packages that the lock's programs need, all with their dependencies."""
        found: dict[str, Package] = {}
        programs: list[str] = []
        for group, names in self._lock.programs.items():
            programs += names
            plan = self._apt("apt-get", ["install", "--simulate", *programs], "choosing packages")
            needed = re.findall(r"^Inst (\S+) \(", plan, re.MULTILINE)
            found |= self.offered([name for name in needed if name not in found], group)
        return tuple(found.values())

    def fetch(self, packages: Sequence[Package], progress: Progress) -> list[Path]:
        """Download what is not here yet and return the files, each with its recorded hash."""
        folder = self._folder / "archives"
        absent = [package for package in packages if not _is(package, downloaded(package, folder))]
        if absent:
            progress.say(
                f"downloading {len(absent)} packages, {megabytes(sum(item.size for item in absent))}"
            )
            self._download(absent, folder, progress)
        files = [downloaded(package, folder) for package in packages]
        for package, path in zip(packages, files, strict=True):
            if package in absent and not _is(package, path):
                path.unlink(missing_ok=True)
                raise SetupError(
                    f"{package.name} {package.version} does not have the recorded hash and was thrown away",
                    "run it again; if it stays so, do not use this mirror and ask who runs it",
                )
        return files

    def _download(self, packages: Sequence[Package], folder: Path, progress: Progress) -> None:
        done = 0

        def count(line: str) -> None:
            nonlocal done
            if line.startswith("Get:"):
                done += 1
                progress.count(min(done, len(packages)), len(packages), "packages")

        pins = [package.pin for package in packages]
        self._apt("apt-get", ["download", *pins], "downloading packages", cwd=folder, each_line=count)

    def _apt(
        self,
        tool: str,
        words: list[str],
        what: str,
        cwd: Path | None = None,
        each_line: Callable[[str], None] | None = None,
    ) -> str:
        command: list[str | Path] = [tool, "-c", self._configuration, *words]
        return run(command, what, cwd=cwd, env={"DEBIAN_FRONTEND": "noninteractive"}, each_line=each_line)


def packages_in(listing: str, group: str) -> list[Package]:
    """The packages described by `apt-cache show`."""
    found = []
    for paragraph in listing.split("\n\n"):
        field = dict(re.findall(r"^(Package|Version|Size|SHA256): (\S+)$", paragraph, re.MULTILINE))
        if len(field) == 4:
            size = int(field["Size"])
            found.append(Package(field["Package"], field["Version"], size, field["SHA256"], group))
    return found


def downloaded(package: Package, folder: Path) -> Path:
    """Where apt puts a package in `folder`, whether it is there yet or not."""
    stem = f"{package.name}_{package.version.replace(':', '%3a')}"
    return next(folder.glob(f"{glob.escape(stem)}_*.deb"), folder / f"{stem}.deb")


def _is(package: Package, path: Path) -> bool:
    return path.is_file() and path.stat().st_size == package.size and digest(path) == package.sha256


def _os_release() -> str:
    path = Path("/etc/os-release")
    return path.read_text(encoding="utf-8") if path.is_file() else ""
