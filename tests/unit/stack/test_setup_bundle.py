"""The bundle of JsSIP: packed from its sources by this machine's esbuild, to the recorded bytes or none."""

import hashlib
import io
import tarfile
from pathlib import Path

import pytest

from stack.setup import bundle
from stack.setup.lockfile import AssetFile, AssetPackage
from stack.setup.report import SetupError

# packs as esbuild is asked to: the source of the package, into --outfile
_BUNDLER = b"""#!/bin/sh
for word; do case $word in --outfile=*) cat node_modules/jssip/lib/UA.js > "${word#--outfile=}";; esac; done
"""


def tarball(path: Path, name: str, content: bytes) -> Path:
    with tarfile.open(path, "w:gz") as archive:
        entry = tarfile.TarInfo(f"package/{name}")
        entry.size, entry.mode = len(content), 0o755
        archive.addfile(entry, io.BytesIO(content))
    return path


def package(name: str, use: str) -> AssetPackage:
    return AssetPackage(name, "1.0", 1, "sha512-", (), use)


@pytest.fixture
def tarballs(tmp_path: Path) -> dict[AssetPackage, Path]:
    return {
        package("htmx.org", "files"): tarball(tmp_path / "htmx.tgz", "dist/htmx.js", b"htmx"),
        package("jssip", "source"): tarball(tmp_path / "jssip.tgz", "lib/UA.js", b"calls"),
        package("@esbuild/linux-x64", "bundler"): tarball(tmp_path / "e.tgz", "bin/esbuild", _BUNDLER),
    }


def recorded(content: bytes) -> AssetFile:
    return AssetFile("", "jssip.min.js", hashlib.sha256(content).hexdigest())


def test_it_is_packed_from_the_sources(tmp_path: Path, tarballs: dict[AssetPackage, Path]) -> None:
    (tmp_path / "assets").mkdir()
    bundle.make(tarballs, recorded(b"calls"), tmp_path / "work", tmp_path / "assets")
    assert (tmp_path / "assets" / "jssip.min.js").read_bytes() == b"calls"
    assert not (tmp_path / "work" / "node_modules" / "htmx.org").exists()


def test_other_bytes_than_recorded_are_refused(tmp_path: Path, tarballs: dict[AssetPackage, Path]) -> None:
    (tmp_path / "assets").mkdir()
    with pytest.raises(SetupError, match=r"jssip\.min\.js, packed from JsSIP, does not have the recorded"):
        bundle.make(tarballs, recorded(b"other"), tmp_path / "work", tmp_path / "assets")


def test_a_machine_without_an_esbuild_is_told(tmp_path: Path, tarballs: dict[AssetPackage, Path]) -> None:
    sources = {item: path for item, path in tarballs.items() if item.use != "bundler"}
    with pytest.raises(SetupError, match="no esbuild for this machine") as refused:
        bundle.make(sources, recorded(b"calls"), tmp_path / "work", tmp_path / "assets")
    assert "amd64 or arm64" in refused.value.remedy
