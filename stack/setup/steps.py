"""The steps of setup in their order, and what a person sees of a failure."""

import argparse
import errno
import shutil
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from stack.setup import assets, browser, programs, venv
from stack.setup.archive import MIRROR_VARIABLE, machine_mirror
from stack.setup.report import NoAsteriskError, Progress, SetupError, explained
from stack.setup.tools import only_one
from stack.setup.tree import relock

NO_ASTERISK = 4  # the exit code that scripts/run and scripts/test know
CHECKOUT = Path(__file__).resolve().parents[2]


@dataclass(frozen=True)
class Step:
    """One thing to provide: `ready` is quick, `make` may take minutes and can be run again at any time."""

    ready: Callable[[], bool]
    make: Callable[[Progress], None]


def steps(checkout: Path, *, dev: bool, with_programs: bool, again: bool = False) -> list[Step]:
    """All steps, in the order in which they need each other; the programs last of what an office needs.

    `again`: try once more what could not be had and is not needed.
    """
    found = [
        Step(lambda: venv.ready(checkout, dev=dev), lambda progress: venv.make(checkout, progress, dev=dev)),
        Step(
            lambda: venv.voice_ready(checkout, again=again),
            lambda progress: venv.make_voice(checkout, progress),
        ),
        Step(lambda: assets.ready(checkout), lambda progress: assets.make(checkout, progress)),
    ]
    if with_programs:
        found.append(
            Step(
                lambda: programs.ready(checkout, dev=dev),
                lambda progress: programs.make(checkout, progress, dev=dev),
            )
        )
    if dev:
        found.append(Step(lambda: not browser.missing(), browser.make))
    return found


def provide(wanted: Sequence[Step], checkout: Path, progress: Progress) -> None:
    """Do every step that is not done yet; one setup at a time.

    Raises SetupError at the first step that fails. Where only an Asterisk cannot be had, the steps after it
    are done first, then NoAsteriskError is raised.
    """
    if all(step.ready() for step in wanted):
        return
    no_asterisk: NoAsteriskError | None = None
    with only_one(checkout / ".local" / "setup.lock", progress):
        for step in wanted:
            try:
                if not step.ready():
                    step.make(progress)
            except NoAsteriskError as error:
                no_asterisk = error
        shutil.rmtree(checkout / ".local" / "tmp", ignore_errors=True)
    if no_asterisk is not None:
        raise no_asterisk


def main() -> int:
    """Exit code: 0 ready, 1 a failure that was explained, 4 all ready but no Asterisk, 130 interrupted."""
    parser = argparse.ArgumentParser(prog="scripts/setup", description="Make this checkout ready to run.")
    parser.add_argument("--dev", action="store_true", help="also what the checks and tests need")
    parser.add_argument("--quiet", action="store_true", help="print nothing when there is nothing to do")
    parser.add_argument("--relock", action="store_true", help="record today's Debian packages in debian.lock")
    without = "leave out Asterisk, Redis and espeak-ng (containers bring their own)"
    parser.add_argument("--without-programs", action="store_true", help=without)
    given = parser.parse_args()
    progress = Progress()
    try:
        if given.relock:
            _relock(progress)
        with_programs = not given.without_programs
        wanted = steps(CHECKOUT, dev=given.dev, with_programs=with_programs, again=not given.quiet)
        provide(wanted, CHECKOUT, progress)
    except SetupError as error:
        return _failed(error)
    except OSError as error:
        return _failed(_from_system(error))
    except KeyboardInterrupt:
        print("\nsetup: interrupted; the same command goes on from here", file=sys.stderr)
        return 130
    if not given.quiet:
        progress.say("ready")
    return 0


def _relock(progress: Progress) -> None:
    mirror = machine_mirror()
    if mirror is None:
        raise SetupError("no Debian mirror is known on this machine", f"set {MIRROR_VARIABLE} to one")
    relock(programs.LOCK, CHECKOUT / ".local", mirror, progress)


def _failed(error: SetupError) -> int:
    print(f"setup: {error}", file=sys.stderr)
    return NO_ASTERISK if isinstance(error, NoAsteriskError) else 1


def _from_system(error: OSError) -> SetupError:
    if error.errno in {errno.ENOSPC, errno.EDQUOT, errno.EACCES, errno.EPERM, errno.EROFS}:
        return explained(f"writing {error.filename or 'a file'}", str(error))
    return SetupError(
        f"{error.filename or 'the system'}: {error.strerror or error}", "run the same command again"
    )
