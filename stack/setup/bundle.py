"""Packs JsSIP and what it needs into one file for browsers, with esbuild. Both come from `assets.lock`.

The bundle's own hash is recorded too: whoever packs it, on whatever machine, gets the same bytes or none.
"""

import platform
import shutil
import tarfile
from collections.abc import Mapping
from pathlib import Path

from stack.setup.lockfile import AssetFile, AssetPackage
from stack.setup.report import SetupError, other_hash
from stack.setup.tools import digest, run

_ENTRY = Path(__file__).with_name("jssip-entry.js")
_QUIET = Path(__file__).with_name("jssip-quiet.js")
SOURCES = (_ENTRY, _QUIET)


def make(tarballs: Mapping[AssetPackage, Path], bundle: AssetFile, work: Path, folder: Path) -> None:
    """Pack the bundle in `work` and put it into `folder`. The tarballs' hashes were checked before.

    Raises SetupError with cause and remedy.
    """
    work.mkdir()
    for file in SOURCES:
        shutil.copy(file, work)
    bundler = next((item for item in tarballs if item.use == "bundler"), None)
    if bundler is None:
        raise SetupError(
            f"there is no esbuild for this machine ({platform.machine()})",
            "set up on amd64 or arm64, and copy .local/assets from there",
        )
    for package, tarball in tarballs.items():
        if package.use == "source":
            _unpack(tarball, work / "node_modules" / package.name)
    _unpack(tarballs[bundler], work / "esbuild")
    _pack(work, bundle, folder)


def _pack(work: Path, bundle: AssetFile, folder: Path) -> None:
    made = folder / bundle.target
    how = ("--bundle", "--minify", "--format=iife", "--target=es2022", "--log-level=warning")
    quiet = f"--alias:debug=./{_QUIET.name}"
    run(
        [work / "esbuild" / "bin" / "esbuild", _ENTRY.name, *how, quiet, f"--outfile={made}"],
        "packing JsSIP",
        cwd=work,
    )
    if digest(made) != bundle.sha256:
        raise other_hash(f"{bundle.target}, packed from JsSIP,")


def _unpack(tarball: Path, folder: Path) -> None:
    """The package's files; npm keeps them below `package/` in each tarball."""
    with tarfile.open(tarball) as archive:
        for member in archive.getmembers():
            content = archive.extractfile(member)
            if content is not None:
                target = folder / member.name.partition("/")[2]
                target.parent.mkdir(parents=True, exist_ok=True)
                target.write_bytes(content.read())
                target.chmod(member.mode & 0o755)
