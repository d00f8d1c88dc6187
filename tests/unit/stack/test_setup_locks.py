"""The lock files of setup: what they hold, what they must not hold, and damaged ones."""

import re
from dataclasses import replace
from pathlib import Path

import pytest

from stack.setup import assets, programs
from stack.setup.lockfile import read_assets, read_bundle, read_debian, write_debian
from stack.setup.report import SetupError
from stack.setup.tree import LAUNCHERS, differences

CHECKOUT = Path(programs.__file__).parents[2]
LOCKS = (programs.LOCK, assets.LOCK, *(CHECKOUT / "requirements").glob("*.txt"))


@pytest.mark.parametrize("path", LOCKS, ids=lambda path: path.name)
def test_a_lock_holds_no_host_name(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    assert "://" not in text
    assert not re.search(r"\b[a-z0-9-]+\.(com|org|net|io|dev|kr)/", text)
    assert "registry" not in text


def test_the_debian_lock_names_what_the_launchers_start() -> None:
    lock = read_debian(programs.LOCK)
    run = {package.name for package in lock.wanted(dev=False)}
    dev = {package.name for package in lock.wanted(dev=True)}
    assert {"asterisk", "redis-server", "redis-tools", "espeak-ng"} <= run < dev
    assert {launcher.package for launcher in LAUNCHERS} <= dev
    version = next(package.version for package in lock.packages if package.name == "asterisk")
    assert version.startswith("1:22.")


def test_a_debian_lock_survives_writing_and_reading(tmp_path: Path) -> None:
    lock = read_debian(programs.LOCK)
    path = tmp_path / "debian.lock"
    path.write_text(write_debian(lock), encoding="utf-8")
    assert read_debian(path) == lock
    assert path.read_text(encoding="utf-8") == programs.LOCK.read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ('sha256 = "', 'sha256 = "0'),
        ('version = "', 'version = "; rm -rf ~ #'),
        ('group = "run"', 'group = "other"'),
        ("size = ", "size = x"),
        ('name = "asterisk",', 'name = "asterisc",'),
        ("[programs]", "[programmes]"),
    ],
)
def test_a_damaged_debian_lock_is_refused_with_the_remedy(tmp_path: Path, old: str, new: str) -> None:
    path = tmp_path / "debian.lock"
    path.write_text(programs.LOCK.read_text(encoding="utf-8").replace(old, new, 1), encoding="utf-8")
    with pytest.raises(SetupError, match=r"debian\.lock cannot be used") as caught:
        read_debian(path)
    assert "--relock" in caught.value.remedy


def test_a_missing_lock_is_refused(tmp_path: Path) -> None:
    with pytest.raises(SetupError, match=r"debian\.lock cannot be used"):
        read_debian(tmp_path / "debian.lock")


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ('to = "htmx.min.js"', 'to = "../htmx.min.js"'),
        ("sha512-", "sha1-"),
        ('sha256 = "d', 'sha256 = "z'),
        ('use = "bundler"', 'use = "other"'),
    ],
)
def test_a_damaged_asset_lock_is_refused(tmp_path: Path, old: str, new: str) -> None:
    path = tmp_path / "assets.lock"
    path.write_text(assets.LOCK.read_text(encoding="utf-8").replace(old, new, 1), encoding="utf-8")
    with pytest.raises(SetupError, match=r"assets\.lock cannot be used"):
        read_assets(path)


def test_differences_tell_what_changed_came_and_went() -> None:
    first, second, third = read_debian(programs.LOCK).packages[:3]
    assert differences([first, second], [replace(first, version="9.9"), third]) == [
        f"{first.name}: {first.version} -> 9.9",
        f"{second.name}: {second.version} -> none",
        f"{third.name}: none -> {third.version}",
    ]


def test_everything_an_office_runs_on_stands_alike_in_the_developers_requirements() -> None:
    def pins(name: str) -> set[str]:
        text = (CHECKOUT / "requirements" / name).read_text(encoding="utf-8")
        return set(re.findall(r"^(\S+==\S+)", text, re.MULTILINE))

    assert pins("run.txt")
    assert pins("run.txt") <= pins("dev.txt")


def test_the_bundle_has_a_packer_for_each_machine_and_its_sources() -> None:
    packages = read_assets(assets.LOCK)
    assert {item.machine for item in packages if item.use == "bundler"} == {"x86_64", "aarch64"}
    assert {item.name for item in packages if item.use == "source"} == {"jssip", "events", "sdp-transform"}
    assert all(item.files for item in packages if item.use == "source"), "each brings its licence"
    assert read_bundle(assets.LOCK).target == "jssip.min.js"


@pytest.mark.parametrize(("old", "new"), [("[bundle]", "[bundel]"), ('to = "jssip', 'to = "/jssip')])
def test_a_damaged_bundle_is_refused(tmp_path: Path, old: str, new: str) -> None:
    path = tmp_path / "assets.lock"
    path.write_text(assets.LOCK.read_text(encoding="utf-8").replace(old, new, 1), encoding="utf-8")
    with pytest.raises(SetupError, match=r"assets\.lock cannot be used"):
        read_bundle(path)
