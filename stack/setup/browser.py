"""The browser for the page tests: Chromium and fonts with Korean letters. For development only.

Chromium restarts itself through /proc/self/exe, which the private tree's loader cannot serve; so it comes
from the machine's own packages, and installing those needs root.
"""

import os
import shutil
from pathlib import Path

from stack.setup.report import Progress, SetupError
from stack.setup.tools import run

_NAMES = ("chromium", "chromium-browser", "google-chrome")
_SHELL = "chromium-headless-shell"
"""The same engine without a window or its chrome: a page costs less than half the processor (page tests)."""
_KOREAN_FONTS = ("NotoSansCJK*", "NotoSansKR*", "Nanum*", "UnDotum*")


def find() -> str | None:
    """Path of a Chromium on PATH, or None."""
    return next((path for name in _NAMES if (path := shutil.which(name))), None)


def missing() -> list[str]:
    """The Debian packages that would complete this machine."""
    fonts = Path("/usr/share/fonts")
    has_korean = any(next(fonts.rglob(pattern), None) for pattern in _KOREAN_FONTS)
    return [
        *([] if find() else ["chromium"]),
        *([] if shutil.which(_SHELL) else [_SHELL]),
        *([] if has_korean else ["fonts-noto-cjk"]),
    ]


def make(progress: Progress) -> None:
    """Install what is missing as root; without root only say so: everything but the page tests works."""
    names = missing()
    command = f"apt-get install {' '.join(names)}"
    if os.geteuid() != 0 or shutil.which("apt-get") is None:
        progress.warn(f"the browser tests need {' and '.join(names)}; as root: {command}")
        return
    progress.say(f"installing {' and '.join(names)} for the browser tests, as root (about 400 MB)")
    quiet = {"DEBIAN_FRONTEND": "noninteractive"}
    run(["apt-get", "update", "-q"], "apt-get update", env=quiet)
    run(["apt-get", "install", "-q", "-y", "--no-install-recommends", *names], command, env=quiet)
    if still := missing():
        raise SetupError(
            f"apt-get installed no usable {' and '.join(still)}", "install it by hand and put it on PATH"
        )
