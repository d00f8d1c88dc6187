"""Run a program that dies with the process that started it, even when that one is killed with SIGKILL.

`python -I -S tether.py PARENT_PID NICENESS PROGRAM [ARGUMENT…]`. Its own file and no preexec_fn, which is not
safe where threads are. Imports nothing of the project, so that it starts in milliseconds. NICENESS below ours
is taken where we may (root, CAP_SYS_NICE, RLIMIT_NICE); elsewhere the program is one among all.
"""

import ctypes
import os
import signal
import sys
from contextlib import suppress

_PR_SET_PDEATHSIG = 1  # prctl(2), linux/prctl.h


def main(parent: int, niceness: int, program: list[str]) -> None:
    """Bind this process's life to `parent` and become `program`."""
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.prctl(_PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0) != 0:
        sys.exit(f"prctl: {os.strerror(ctypes.get_errno())}")
    if os.getppid() != parent:  # it died before the line above
        sys.exit("the starting process is gone")
    if niceness:
        with suppress(PermissionError):
            os.setpriority(os.PRIO_PROCESS, 0, niceness)
    try:
        os.execvp(program[0], program)  # noqa: S606 - becoming the program, without a shell, is the purpose
    except OSError as error:
        sys.exit(f"{program[0]} cannot be started: {error.strerror}")


if __name__ == "__main__":
    main(int(sys.argv[1]), int(sys.argv[2]), sys.argv[3:])
