"""Runs other programs and moves folders into place. Knows nothing of what is set up."""

import contextlib
import fcntl
import hashlib
import os
import shutil
import subprocess
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from pathlib import Path

from stack.setup.report import Progress, SetupError, explained


def run(
    command: Sequence[str | Path],
    what: str,
    *,
    cwd: Path | None = None,
    env: Mapping[str, str] | None = None,
    each_line: Callable[[str], None] | None = None,
    accept: Collection[int] = (0,),
) -> str:
    """Run `command` to its end and return what it printed (both streams, English).

    Raises SetupError when it is missing or ends with a code not in `accept`; `what` is the clause for people,
    such as "installing X".
    """
    words = [str(word) for word in command]
    lines: list[str] = []
    try:
        process = subprocess.Popen(
            words,
            cwd=cwd,
            env={**os.environ, "LC_ALL": "C.UTF-8", **(env or {})},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
        )
    except FileNotFoundError as error:
        raise SetupError(f"{what} needs {words[0]}, which is not here", f"install {words[0]}") from error
    with process:
        for line in process.stdout or ():
            lines.append(line)
            if each_line is not None:
                each_line(line)
    output = "".join(lines)
    if process.returncode not in accept:
        raise explained(what, output)
    return output


def digest(path: Path, algorithm: str = "sha256") -> str:
    """Hex digest of a file."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, algorithm).hexdigest()


def fingerprint(*parts: str | Path) -> str:
    """One hash over texts and the contents of files: what a stamp compares."""
    total = hashlib.sha256()
    for part in parts:
        total.update(part.read_bytes() if isinstance(part, Path) else part.encode())
        total.update(b"\0")
    return total.hexdigest()


def read_text(path: Path) -> str:
    """The text of a file, or "" where there is none: an absent stamp equals an old one."""
    try:
        return path.read_text(encoding="utf-8")
    except FileNotFoundError:
        return ""


def write_whole(path: Path, text: str) -> None:
    """Write a file so that a reader sees the old text or the new one, never half of it."""
    new = path.with_name(path.name + ".new")
    new.write_text(text, encoding="utf-8")
    new.replace(path)


def empty_folder(path: Path) -> Path:
    """Make `path` an empty folder, throwing away what an interrupted run left there."""
    if path.exists():
        shutil.rmtree(path)
    path.mkdir(parents=True)
    return path


def swap_in(new: Path, target: Path, attic: Path) -> None:
    """Rename the finished folder `new` to `target`; the one before goes through `attic` and is deleted."""
    attic.mkdir(parents=True, exist_ok=True)
    old = attic / f"old-{target.name}"
    if old.exists():
        shutil.rmtree(old)
    if target.exists():
        target.rename(old)
    new.rename(target)
    shutil.rmtree(old, ignore_errors=True)


@contextlib.contextmanager
def only_one(lock: Path, progress: Progress) -> Iterator[None]:
    """Hold the setup lock; a second setup waits for the first and says so. The kernel frees it at exit."""
    lock.parent.mkdir(parents=True, exist_ok=True)
    with lock.open("a+", encoding="utf-8") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            file.seek(0)
            progress.say(
                f"another setup (process {file.read().strip() or 'unknown'}) is at work here; waiting for it"
            )
            fcntl.flock(file, fcntl.LOCK_EX)
        file.truncate(0)
        file.write(str(os.getpid()))
        file.flush()
        yield
