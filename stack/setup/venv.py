"""The virtual environment `.venv/` with the pinned, hashed Python libraries of `requirements/`."""

import importlib.util
import json
import re
import shutil
import subprocess
import sys
from pathlib import Path

from stack.setup.report import Progress, SetupError
from stack.setup.tools import fingerprint, read_text, run, write_whole

_STAMP = "charterline.json"
_VOICE_STAMP = "charterline-voice.json"


def ready(checkout: Path, *, dev: bool) -> bool:
    """Whether `.venv` holds exactly what the requirements ask for, for this Python and this folder."""
    text = read_text(checkout / ".venv" / _STAMP)
    if not text:
        return False
    wanted = _stamp(checkout, dev=dev)
    found = json.loads(text)
    return all(found.get(key) == value for key, value in wanted.items())


def make(checkout: Path, progress: Progress, *, dev: bool) -> None:
    """Create `.venv` unless a sound one is there, and install. Raises SetupError with cause and remedy."""
    folder = checkout / ".venv"
    if not _usable(folder):
        if importlib.util.find_spec("ensurepip") is None or importlib.util.find_spec("venv") is None:
            version = f"{sys.version_info.major}.{sys.version_info.minor}"
            raise SetupError(
                f"Python {version} has no venv module",
                f"apt install python3-venv (or python{version}-venv), as root",
            )
        if folder.exists():
            shutil.rmtree(folder)
        progress.say("making the Python environment in .venv")
        run([sys.executable, "-m", "venv", folder], "making .venv")
    (folder / _STAMP).unlink(missing_ok=True)
    _install(folder / "bin" / "python", _requirements(checkout, dev=dev), progress)
    write_whole(folder / _STAMP, json.dumps(_stamp(checkout, dev=dev)) + "\n")


def voice_ready(checkout: Path, *, again: bool) -> bool:
    """Whether the default voice is installed, or could not be had; `again`: then it is tried anew."""
    text = read_text(checkout / ".venv" / _VOICE_STAMP)
    if not text:
        return False
    found = json.loads(text)
    return bool(found.get("wanted") == _voice_stamp(checkout) and (found.get("installed") or not again))


def make_voice(checkout: Path, progress: Progress) -> None:
    """Install the default voice where it can be had; without it another speaks, and nothing else is amiss."""
    installed = True
    try:
        _install(checkout / ".venv" / "bin" / "python", _voice(checkout), progress)
    except SetupError as error:
        installed = False
        progress.say(f"the default voice cannot be had: {error}")
        progress.say("recordings and other voices work all the same; scripts/setup tries again")
    stamp = {"wanted": _voice_stamp(checkout), "installed": installed}
    write_whole(checkout / ".venv" / _VOICE_STAMP, json.dumps(stamp) + "\n")


def _voice(checkout: Path) -> Path:
    return checkout / "requirements" / "voice.txt"


def _voice_stamp(checkout: Path) -> dict[str, str]:
    return {**_stamp(checkout, dev=False), "voice": fingerprint(_voice(checkout))}


def _install(python: Path, requirements: Path, progress: Progress) -> None:
    total = len(re.findall(r"^\S+==", requirements.read_text(encoding="utf-8"), re.MULTILINE))
    progress.say(f"installing up to {total} Python libraries ({requirements.name}, hashes checked)")
    seen = 0

    def count(line: str) -> None:
        nonlocal seen
        if line.startswith(("Collecting ", "Requirement already satisfied: ")):
            seen += 1
            progress.count(min(seen, total), total, "libraries")
        elif line.startswith("Installing collected"):
            progress.say("unpacking them into .venv")

    pip: list[str | Path] = [python, "-m", "pip", "--disable-pip-version-check", "--no-input", "install"]
    run(
        [*pip, "--require-hashes", "--no-deps", "-r", requirements],
        "installing Python libraries",
        each_line=count,
    )


def _usable(folder: Path) -> bool:
    """Whether a complete environment of this very Python version, made for this folder, is there."""
    probe = "import sys, pip; print('%d.%d' % sys.version_info[:2], sys.prefix)"
    python = folder / "bin" / "python"
    if not python.is_file():
        return False
    told = subprocess.run([python, "-I", "-c", probe], capture_output=True, text=True, check=False)
    return told.stdout.split(" ", 1) == [f"{sys.version_info[0]}.{sys.version_info[1]}", f"{folder}\n"]


def _requirements(checkout: Path, *, dev: bool) -> Path:
    return checkout / "requirements" / ("dev.txt" if dev else "run.txt")


def _stamp(checkout: Path, *, dev: bool) -> dict[str, str]:
    """What the environment was made from; dev.txt holds everything of run.txt, so its stamp covers both."""
    stamp = {
        "python": f"{sys.version_info[0]}.{sys.version_info[1]}",
        "folder": str(checkout),
        "run": fingerprint(_requirements(checkout, dev=False)),
    }
    if dev:
        stamp["dev"] = fingerprint(_requirements(checkout, dev=True))
    return stamp
