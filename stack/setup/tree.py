"""The private tree: Debian packages unpacked below `.local/`, and the launchers that start programs from it.

Owns `.local/root/`, `.local/bin/` and the apt folder. A tree is unpacked aside, every program in it started
once, and only then moved into place, so that an interrupted setup leaves the old tree or none.
"""

import os
import re
import shutil
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from pathlib import Path

from stack.setup.archive import Archive
from stack.setup.lockfile import DebianLock, Package, read_debian, write_debian
from stack.setup.report import Progress, SetupError, megabytes
from stack.setup.tools import empty_folder, run, swap_in, write_whole

LIBRARIES = "usr/lib/x86_64-linux-gnu"  # the lock is for amd64
_UNPACKED_RATIO = 5  # bytes on disk, archives included, per byte of package: 4.6 measured


@dataclass(frozen=True)
class Launcher:
    """One program of the tree: `version` are the words that make it print its version."""

    program: str
    package: str
    path: str
    version: tuple[str, ...]
    libraries: tuple[str, ...] = ()
    environment: tuple[tuple[str, str], ...] = ()


LAUNCHERS = (
    Launcher("asterisk", "asterisk", "usr/sbin/asterisk", ("-V",)),
    Launcher("redis-server", "redis-server", "usr/bin/redis-server", ("--version",)),
    Launcher("nginx", "nginx", "usr/sbin/nginx", ("-v",)),
    Launcher("redis-cli", "redis-tools", "usr/bin/redis-cli", ("--version",)),
    Launcher(
        "espeak-ng",
        "espeak-ng",
        "usr/bin/espeak-ng",
        ("--version",),
        libraries=("pulseaudio",),
        environment=(("ESPEAK_DATA_PATH", "espeak-ng-data"),),
    ),
    Launcher("sipp", "sip-tester", "usr/bin/sipp", ("-v",)),
    Launcher(
        "docker-compose", "docker-compose", "usr/libexec/docker/cli-plugins/docker-compose", ("version",)
    ),
)


def launcher_text(launcher: Launcher) -> str:
    """The shell script that starts a program with the tree's own loader; `exec` keeps the process id."""
    folders = ":".join(["$libs", *(f"$libs/{name}" for name in launcher.libraries)])
    exports = "".join(f'export {name}="$libs/{folder}"\n' for name, folder in launcher.environment)
    return (
        "#!/bin/sh\n"
        f"# Starts {launcher.program} of the private tree with the tree's own loader and libraries.\n"
        'root=$(cd -- "$(dirname -- "$(readlink -f -- "$0")")/../root" && pwd) || exit 127\n'
        f"libs=$root/{LIBRARIES}\n"
        f"{exports}"
        f'exec "$libs/ld-linux-x86-64.so.2" --library-path "{folders}" --argv0 "$0" '
        f'"$root/{launcher.path}" "$@"\n'
    )


def make_tree(local: Path, mirror: str, lock: DebianLock, *, dev: bool, progress: Progress) -> dict[str, str]:
    """Build the tree below `local` and put it in place; returns the version line of each program.

    Raises SetupError: no network, hash mismatch, disk full, or a program that does not start.
    """
    wanted = lock.wanted(dev=dev)
    _need_room(local, wanted)
    progress.say(
        f"Asterisk, Redis and companions from Debian {lock.suite}, unpacked below {local.name}/ (no root)"
    )
    archive = Archive(local / "apt", mirror, lock)
    archive.refresh()
    wanted = _pinned_or_newer(archive, wanted, lock, dev=dev, progress=progress)
    files = archive.fetch(wanted, progress)
    aside = empty_folder(local / "tmp" / "tree")
    _unpack(files, aside / "root", progress)
    names = {package.name for package in wanted}
    versions = _write_launchers([item for item in LAUNCHERS if item.package in names], aside / "bin")
    swap_in(aside / "root", local / "root", local / "tmp")
    swap_in(aside / "bin", local / "bin", local / "tmp")
    shutil.rmtree(local / "apt")
    return versions


def relock(path: Path, local: Path, mirror: str, progress: Progress) -> None:
    """Rewrite `debian.lock` with what the suite offers today."""
    lock = read_debian(path)
    archive = Archive(local / "apt", mirror, lock)
    archive.refresh()
    new = archive.resolve()
    for line in differences(lock.packages, new):
        progress.say(line)
    write_whole(path, write_debian(replace(lock, packages=new)))
    progress.say(f"{path.name}: {len(new)} packages, {megabytes(sum(item.size for item in new))}")


def differences(pinned: Sequence[Package], new: Sequence[Package]) -> list[str]:
    """One line for each package whose version changed, came or went."""
    before, after = ({item.name: item.version for item in items} for items in (pinned, new))
    names = sorted(before.keys() | after.keys())
    pairs = [(name, before.get(name, "none"), after.get(name, "none")) for name in names]
    return [f"{name}: {old} -> {now}" for name, old, now in pairs if old != now]


def _pinned_or_newer(
    archive: Archive, pinned: tuple[Package, ...], lock: DebianLock, *, dev: bool, progress: Progress
) -> tuple[Package, ...]:
    """The pinned packages when the archive still has them all, else the newest set, said loudly.

    Debian's testing suite drops a version when the next one comes, and packages of one moment fit together
    only with each other: so all or none. An office must be able to set up a machine on that day too.
    """
    offered = archive.offered([package.name for package in pinned], "run")
    gone = [item for item in pinned if item.name not in offered or offered[item.name].version != item.version]
    for item in pinned:
        if item not in gone and offered[item.name].sha256 != item.sha256:
            raise SetupError(
                f"the mirror offers {item.name} {item.version} with another hash than the recorded one",
                "do not use this mirror; ask who runs it",
            )
    if not gone:
        return pinned
    new = replace(lock, packages=archive.resolve()).wanted(dev=dev)
    changed = differences(pinned, new)
    progress.warn(
        f"Debian {lock.suite} no longer has {len(gone)} of the {len(pinned)} recorded packages; taking "
        f"today's signed ones instead ({'; '.join(changed[:5])}{' …' if len(changed) > 5 else ''}). "
        "They were not tested with this version of the project; to record them, run "
        "python3 -m stack.setup --relock"
    )
    return new


def _unpack(files: Sequence[Path], root: Path, progress: Progress) -> None:
    progress.say(f"unpacking {len(files)} packages")
    root.mkdir()
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        work = pool.map(
            lambda file: run(["dpkg-deb", "--extract", file, root], f"unpacking {file.name}"), files
        )
        for done, _ in enumerate(work, start=1):
            progress.count(done, len(files), "unpacked")


def _write_launchers(launchers: Sequence[Launcher], folder: Path) -> dict[str, str]:
    """Write the launchers and start each program once; returns what they say of their version."""
    folder.mkdir()
    versions = {}
    for launcher in launchers:
        path = folder / launcher.program
        path.write_text(launcher_text(launcher), encoding="utf-8")
        path.chmod(0o755)
        versions[launcher.program] = version_of(path, launcher.version)
    return versions


def version_of(program: Path, words: Sequence[str]) -> str:
    """The version number that a program prints, such as "22.10.1"; raises SetupError if it does not start."""
    said = run([program, *words], f"starting {program.name}", accept=(0, 99))  # 99: how sipp ends after -v
    number = re.search(r"\d+\.\d+(\.\d+)*", said)
    if number is None:
        raise SetupError(
            f"{program.name} does not tell its version: {said.strip()[:80]}", "delete .local and run again"
        )
    return number.group()


def _need_room(local: Path, packages: Sequence[Package]) -> None:
    needed = _UNPACKED_RATIO * sum(package.size for package in packages)
    free = shutil.disk_usage(local).free
    if free < needed:
        raise SetupError(
            f"the disk is too full: {megabytes(needed)} are needed, {megabytes(free)} are free",
            "free some space",
        )
