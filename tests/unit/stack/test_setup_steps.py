"""Setup's steps: what is kept, what is never taken for good, and how failures are told."""

import errno
import fcntl
import hashlib
import io
import json
import os
import stat
import subprocess
import sys
import tarfile
import threading
from base64 import b64encode
from collections.abc import Iterable
from pathlib import Path

import pytest

from stack.setup import archive, assets, programs, tree, venv
from stack.setup.archive import Archive, downloaded, mirror_in, packages_in
from stack.setup.lockfile import AssetFile, AssetPackage, DebianLock, Package
from stack.setup.report import NoAsteriskError, Progress, SetupError, explained
from stack.setup.steps import Step, _from_system, provide
from stack.setup.tools import empty_folder, fingerprint, only_one, run, swap_in

MIRROR = "http://mirror.example/debian"
CONTENT = b"a package"


def package(name: str = "asterisk", version: str = "1:22.1", content: bytes = CONTENT) -> Package:
    return Package(name, version, len(content), hashlib.sha256(content).hexdigest(), "run")


def lock(*packages: Package) -> DebianLock:
    return DebianLock("forky", "amd64", {"run": ["asterisk"]}, packages)


class TestAssets:
    def packed(self, path: Path, content: bytes = b"script") -> AssetPackage:
        with tarfile.open(path, "w:gz") as tarball:
            entry = tarfile.TarInfo("package/x.js")
            entry.size = len(content)
            tarball.addfile(entry, io.BytesIO(content))
        integrity = "sha512-" + b64encode(hashlib.sha512(path.read_bytes()).digest()).decode()
        files = (AssetFile("package/x.js", "deep/x.js", hashlib.sha256(b"script").hexdigest()),)
        return AssetPackage("x", "1.0", path.stat().st_size, integrity, files)

    def test_the_recorded_files_are_taken(self, tmp_path: Path) -> None:
        tarball = tmp_path / "x.tgz"
        assets.unpack(tarball, self.packed(tarball), tmp_path / "out")
        assert (tmp_path / "out/deep/x.js").read_bytes() == b"script"

    def test_another_tarball_is_refused_before_it_is_opened(self, tmp_path: Path) -> None:
        tarball = tmp_path / "x.tgz"
        asset = self.packed(tarball)
        tarball.write_bytes(tarball.read_bytes() + b"x")
        with pytest.raises(SetupError, match=r"x 1\.0 does not have the recorded hash"):
            assets.unpack(tarball, asset, tmp_path / "out")
        assert not (tmp_path / "out").exists()

    def test_another_file_in_the_tarball_is_refused(self, tmp_path: Path) -> None:
        tarball = tmp_path / "x.tgz"
        with pytest.raises(SetupError, match=r"x\.js in the npm package"):
            assets.unpack(tarball, self.packed(tarball, b"other"), tmp_path / "out")

    def test_only_a_whole_folder_with_its_stamp_counts(self, tmp_path: Path) -> None:
        folder = tmp_path / ".local" / "assets"
        folder.mkdir(parents=True)
        (folder / "htmx.min.js").write_text("half", encoding="utf-8")
        assert not assets.ready(tmp_path)


class TestArchive:
    def test_the_mirror_is_the_one_with_an_updates_suite(self) -> None:
        listing = "".join(
            f"'{site}/dists/{suite}/InRelease' name 0 \n"
            for site, suite in [
                ("https://other.example/linux/debian", "bookworm"),
                (MIRROR, "bookworm"),
                (MIRROR, "bookworm-updates"),
                ("http://mirror.example/debian-security", "bookworm-security"),
            ]
        )
        assert mirror_in(listing) == MIRROR

    def test_without_an_updates_suite_the_one_named_debian(self) -> None:
        assert mirror_in(f"'{MIRROR}/dists/trixie/InRelease' name 0 \n") == MIRROR
        assert mirror_in("'http://mirror.example/ubuntu/dists/noble/InRelease' name 0 \n") is None

    def test_what_apt_cache_shows_is_read(self) -> None:
        listing = f"Package: a\nVersion: 1:2-3\nDepends: b\nSize: 9\nSHA256: {'0' * 64}\n\nPackage: half\n"
        assert packages_in(listing, "dev") == [Package("a", "1:2-3", 9, "0" * 64, "dev")]

    def test_a_file_that_is_there_with_its_hash_is_not_fetched_again(self, tmp_path: Path) -> None:
        store = Archive(tmp_path, MIRROR, lock())
        path = tmp_path / "archives" / "asterisk_1%3a22.1_amd64.deb"
        path.write_bytes(CONTENT)
        assert store.fetch([package()], Progress()) == [path]

    def test_a_half_or_false_file_is_fetched_again_and_a_false_one_refused(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        store = Archive(tmp_path, MIRROR, lock())
        path = tmp_path / "archives" / "asterisk_1%3a22.1_amd64.deb"
        path.write_bytes(CONTENT[:4])
        asked: list[object] = []

        def apt(command: list[object], _what: str, **_how: object) -> str:
            asked.extend(command)
            path.write_bytes(b"a backage")
            return ""

        monkeypatch.setattr(archive, "run", apt)
        with pytest.raises(SetupError, match="does not have the recorded hash"):
            store.fetch([package()], Progress())
        assert "asterisk=1:22.1" in asked
        assert not path.exists()

    def test_a_package_name_is_no_pattern(self, tmp_path: Path) -> None:
        (tmp_path / "libstdc++6_1_amd64.deb").touch()
        assert downloaded(package("libstdc++6", "1"), tmp_path).is_file()


class FakeArchive(Archive):
    """An archive that offers one package."""

    def __init__(self, folder: Path, offered: Package) -> None:
        super().__init__(folder, MIRROR, lock())
        self._offered = offered

    def offered(self, names: Iterable[str], group: str) -> dict[str, Package]:
        assert (list(names), group) == (["asterisk"], "run")
        return {self._offered.name: self._offered}

    def resolve(self) -> tuple[Package, ...]:
        return (self._offered,)


class TestPins:
    def chosen(self, folder: Path, offered: Package) -> tuple[Package, ...]:
        pinned = (package(),)
        store = FakeArchive(folder, offered)
        return tree._pinned_or_newer(store, pinned, lock(*pinned), dev=False, progress=Progress())

    def test_a_pin_that_is_offered_is_taken(self, tmp_path: Path) -> None:
        assert self.chosen(tmp_path, package()) == (package(),)

    def test_a_pin_that_is_gone_gives_the_newest_set_with_a_warning(
        self, tmp_path: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        newer = package(version="1:22.2", content=b"newer")
        assert self.chosen(tmp_path, newer) == (newer,)
        said = capsys.readouterr().err
        assert "WARNING" in said
        assert "asterisk: 1:22.1 -> 1:22.2" in said
        assert "--relock" in said

    def test_the_same_version_with_another_hash_stops_setup(self, tmp_path: Path) -> None:
        with pytest.raises(SetupError, match="with another hash than the recorded one"):
            self.chosen(tmp_path, package(content=b"changed"))


class TestPlaces:
    def test_an_interrupted_unpacking_is_never_taken_for_good(self, tmp_path: Path) -> None:
        """What stands aside is not ready, and the next run begins there with an empty folder."""
        half = tmp_path / ".local" / "tmp" / "tree" / "root"
        half.mkdir(parents=True)
        (half / "left-over").touch()
        assert not programs.ready(tmp_path, dev=False)
        with pytest.raises(SetupError, match="not set up"):
            programs.load(tmp_path)
        made = empty_folder(half.parent)
        assert list(made.iterdir()) == []

    def test_a_record_without_its_folders_is_not_ready(self, tmp_path: Path) -> None:
        local = tmp_path / ".local"
        (local / "bin").mkdir(parents=True)
        (local / "bin" / "asterisk").touch()
        (local / "root").mkdir()
        record = {
            "lock": fingerprint(programs.LOCK),
            "dev": False,
            "source": "tree",
            "asterisk_modules": "root/modules",
            "asterisk_data": "root/data",
            "versions": {"asterisk": "22.1"},
        }
        (local / "programs.json").write_text(json.dumps(record), encoding="utf-8")
        assert not programs.ready(tmp_path, dev=False)
        (local / "root" / "modules").mkdir()
        assert programs.ready(tmp_path, dev=False)
        assert not programs.ready(tmp_path, dev=True)
        found = programs.load(tmp_path)
        assert found.path("asterisk") == local / "bin" / "asterisk"
        with pytest.raises(SetupError, match="sipp was not set up"):
            found.path("sipp")

    def test_swapping_in_replaces_the_old_folder_and_leaves_nothing(self, tmp_path: Path) -> None:
        for name in ("new", "target"):
            (tmp_path / name).mkdir()
            (tmp_path / name / name).touch()
        swap_in(tmp_path / "new", tmp_path / "target", tmp_path / "attic")
        assert [path.name for path in (tmp_path / "target").iterdir()] == ["new"]
        assert list((tmp_path / "attic").iterdir()) == []

    def test_an_environment_without_its_stamp_is_not_ready(self, tmp_path: Path) -> None:
        (tmp_path / ".venv" / "bin").mkdir(parents=True)
        (tmp_path / ".venv" / "bin" / "python").touch()
        assert not venv.ready(tmp_path, dev=False)

    @pytest.mark.parametrize("launcher", tree.LAUNCHERS, ids=lambda launcher: launcher.program)
    def test_a_launcher_becomes_its_program_from_any_folder(
        self, tmp_path: Path, launcher: tree.Launcher
    ) -> None:
        loader = tmp_path / "root" / tree.LIBRARIES / "ld-linux-x86-64.so.2"
        loader.parent.mkdir(parents=True)
        loader.write_text('#!/bin/sh\necho "$$ $*"\n', encoding="utf-8")
        (tmp_path / "bin").mkdir()
        script = tmp_path / "bin" / launcher.program
        script.write_text(tree.launcher_text(launcher), encoding="utf-8")
        for path in (loader, script):
            path.chmod(path.stat().st_mode | stat.S_IXUSR)
        link = tmp_path / "link"
        link.symlink_to(script)
        with subprocess.Popen([link, "a b"], stdout=subprocess.PIPE, text=True, cwd="/") as process:
            said = (process.stdout or io.StringIO()).read()
        root = tmp_path / "root"
        assert said.startswith(f"{process.pid} --library-path {root}/")
        assert said.endswith(f"{root / launcher.path} a b\n")


class TestSystemPrograms:
    def asterisk(self, root: Path, *absent: str) -> None:
        folder = root / "usr/lib/x86_64-linux-gnu/asterisk/modules"
        folder.mkdir(parents=True)
        for name in programs._MODULES:
            if name not in absent:
                (folder / f"{name}.so").touch()
        (root / "usr/share/asterisk/documentation").mkdir(parents=True)

    def test_an_installed_asterisk_is_found(self, tmp_path: Path) -> None:
        self.asterisk(tmp_path)
        modules, data = programs.asterisk_folders(tmp_path)
        assert (modules.name, data.name) == ("modules", "asterisk")

    def test_one_without_a_needed_module_is_refused(self, tmp_path: Path) -> None:
        self.asterisk(tmp_path, "chan_pjsip")
        with pytest.raises(NoAsteriskError, match="no module chan_pjsip") as caught:
            programs.asterisk_folders(tmp_path)
        assert "apt-get install asterisk" in caught.value.remedy

    def test_the_environment_may_ask_for_them(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv(programs.CHOICE_VARIABLE, "system")
        assert programs.tree_mirror(lock()) is None

    def test_none_on_path_without_root_names_every_way_out(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(programs, "_find", lambda _program: None)
        monkeypatch.setattr(os, "geteuid", lambda: 1000)
        with pytest.raises(NoAsteriskError, match="not found on PATH") as caught:
            programs._use_system(tmp_path, Progress(), dev=False)
        for way in ("apt-get install", archive.MIRROR_VARIABLE, "docker compose", "--replay"):
            assert way in caught.value.remedy


class TestTelling:
    @pytest.mark.parametrize(
        ("output", "cause", "remedy"),
        [
            ("E: Could not resolve 'mirror.example'", "no network", "check the network"),
            ("npm error code EAI_AGAIN", "no network", "check the network"),
            ("NewConnectionError: Failed to establish a new connection", "no network", "check the network"),
            ("OSError: [Errno 28] No space left on device", "disk is full", "free about"),
            ("ERROR: THESE PACKAGES DO NOT MATCH THE HASHES FROM", "recorded hash", "proxy or the mirror"),
            ("E: The repository is not signed: NO_PUBKEY 6ED0", "signature", "debian-archive-keyring"),
            ("mkdir: Permission denied", "cannot be written", "chown"),
            ("SSLError: certificate verify failed", "secure connection", "ca-certificates"),
            ("something new\nand its reason", "something new / and its reason", "run the same command again"),
        ],
    )
    def test_what_a_program_says_becomes_cause_and_remedy(self, output: str, cause: str, remedy: str) -> None:
        error = explained("fetching x", output)
        assert cause in error.cause
        assert remedy in error.remedy

    @pytest.mark.parametrize("code", [errno.ENOSPC, errno.EACCES, errno.EROFS])
    def test_a_refused_write_is_explained(self, code: int) -> None:
        error = _from_system(OSError(code, os.strerror(code), ".local/x"))
        assert error.cause.startswith("writing .local/x failed")
        assert "run the same" not in error.remedy

    def test_a_failing_and_a_missing_program_are_told(self) -> None:
        with pytest.raises(SetupError, match=r"trying failed: .*no network"):
            run(["sh", "-c", "echo Network is unreachable; exit 3"], "trying")
        with pytest.raises(SetupError, match="trying needs no-such-program"):
            run(["no-such-program"], "trying")

    def test_a_second_setup_waits_for_the_first_and_says_so(
        self, tmp_path: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        path = tmp_path / "setup.lock"
        said = threading.Event()

        class Told(Progress):
            def say(self, text: str) -> None:
                super().say(text)
                said.set()

        with path.open("w", encoding="utf-8") as first:
            first.write("4711")
            first.flush()
            fcntl.flock(first, fcntl.LOCK_EX)

            def second() -> None:
                with only_one(path, Told()):
                    pass

            thread = threading.Thread(target=second)
            thread.start()
            assert said.wait(5)
            assert thread.is_alive()
            fcntl.flock(first, fcntl.LOCK_UN)
            thread.join(5)
        assert not thread.is_alive()
        assert "another setup (process 4711) is at work" in capsys.readouterr().out


class TestOrder:
    def test_ready_steps_are_not_made_and_take_no_lock(self, tmp_path: Path) -> None:
        made: list[str] = []
        provide([Step(lambda: True, lambda _: made.append("x"))], tmp_path, Progress())
        assert made == []
        assert not (tmp_path / ".local").exists()

    def test_without_an_asterisk_the_rest_is_still_made(self, tmp_path: Path) -> None:
        made: list[str] = []

        def no_asterisk(_: Progress) -> None:
            raise NoAsteriskError("no usable Asterisk", "install one")

        wanted = [Step(lambda: False, no_asterisk), Step(lambda: False, lambda _: made.append("after"))]
        with pytest.raises(NoAsteriskError):
            provide(wanted, tmp_path, Progress())
        assert made == ["after"]


class TestVoice:
    """The default voice is taken where it can be had; nothing else depends on it."""

    def checkout(self, folder: Path, requirement: str) -> Path:
        (folder / "requirements").mkdir()
        (folder / "requirements" / "run.txt").write_text("", encoding="utf-8")
        (folder / "requirements" / "voice.txt").write_text(requirement, encoding="utf-8")
        (folder / ".venv" / "bin").mkdir(parents=True)
        (folder / ".venv" / "bin" / "python").symlink_to(sys.executable)
        return folder

    def test_one_that_cannot_be_had_is_told_and_not_asked_for_at_each_start(
        self, tmp_path: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        nowhere = "charterline-nothing @ file:///nonexistent/nothing.whl --hash=sha256:" + "0" * 64 + "\n"
        checkout = self.checkout(tmp_path, nowhere)
        assert not venv.voice_ready(checkout, again=False)
        venv.make_voice(checkout, Progress())
        assert "cannot be had" in "".join(capsys.readouterr())
        assert venv.voice_ready(checkout, again=False)
        assert not venv.voice_ready(checkout, again=True)

    def test_one_that_was_had_is_not_asked_for_again(self, tmp_path: Path) -> None:
        checkout = self.checkout(tmp_path, "# nothing\n")
        venv.make_voice(checkout, Progress())
        assert venv.voice_ready(checkout, again=True)
        (checkout / "requirements" / "voice.txt").write_text("# another\n", encoding="utf-8")
        assert not venv.voice_ready(checkout, again=False)
