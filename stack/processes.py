"""Child processes: started, waited for until they are ready, restarted when they die, stopped in order.

Owns the children it started and touches no other process. Knows nothing of telephony: what a program is, and
how it shows that it is ready, is told to it (`Program`).
"""

import asyncio
import os
import signal
import sys
import time
from asyncio.subprocess import DEVNULL, STDOUT, Process
from collections import deque
from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

from stack.errors import StackError
from stack.settings import ROOT

FIRST = -15
"""Niceness of what makes sound: a frame that is 80 ms late is a hole in a word (ADR 0032)."""
_REAL_TIME = 10
"""SCHED_RR's priority, as Asterisk's own `highpriority` takes."""
TETHER = Path(__file__).with_name("tether.py")
# as systemd's RestartSec, StartLimitIntervalSec and StartLimitBurst would: a program that dies is started
# again after a growing pause; one that dies once more than that within the interval is given up
RESTART_PAUSES_S = (0.2, 1.0, 2.0, 4.0, 8.0)
RESTART_INTERVAL_S = 60.0
_ASK_EVERY_S = 0.02
_LOG_LIMIT_BYTES = 10_000_000
_LAST_LINES = 6
_TAIL_BYTES = 64_000


def _put_first(pid: int) -> None:
    """Real-time scheduling for all threads of a process, and for those they start; again for late ones."""
    for _ in range(2):
        for thread in Path(f"/proc/{pid}/task").iterdir():
            # not allowed, or gone meanwhile: it is an ordinary one
            with suppress(PermissionError, ProcessLookupError):
                os.sched_setscheduler(int(thread.name), os.SCHED_RR, os.sched_param(_REAL_TIME))


async def _at_once() -> bool:
    return True


@dataclass(frozen=True, slots=True, kw_only=True)
class Program:
    """What to start.

    `ready` is asked again and again until it says so; it raises StackError for a hopeless case. `own_log` is
    a file the program writes itself. Without a program that is not `vital` the others go on. `niceness` is
    taken where it may be, 0 leaves it as ours is; `real_time`: its threads run before all ordinary ones,
    where they may. Seconds: `start_s` to become ready, `stop_s` to obey SIGTERM before SIGKILL.
    """

    name: str
    command: Sequence[str]
    env: Mapping[str, str] = field(default_factory=dict)
    ready: Callable[[], Awaitable[bool]] = _at_once
    own_log: Path | None = None
    vital: bool = True
    niceness: int = 0
    real_time: bool = False
    start_s: float = 30.0
    stop_s: float = 5.0


class Child:
    """One program and its present process, written about to `log`."""

    def __init__(self, program: Program, log: Path, listener: "Supervisor") -> None:
        self.program = program
        self.logs = (log,) if program.own_log is None else (log, program.own_log)
        self._listener = listener
        self._process: Process | None = None
        self._guard: asyncio.Task[None] | None = None
        self._written = dict.fromkeys(self.logs, 0)  # length of each log when the process was started
        self._deaths: deque[float] = deque(maxlen=len(RESTART_PAUSES_S) + 1)

    @property
    def pid(self) -> int | None:
        """Its process while it lives."""
        return self._process.pid if self._process and self._process.returncode is None else None

    async def start(self) -> None:
        """Start it, wait until it is ready and guard it from then on; raises StackError."""
        try:
            await self._spawn()
        except BaseException:
            await self._end(signal.SIGKILL)
            raise
        self._guard = asyncio.create_task(self._keep_alive(), name=f"guard {self.program.name}")

    async def stop(self) -> None:
        """End it: SIGTERM, and SIGKILL after the grace. Harmless when it is not running."""
        await self._leave_alone()
        await self._end(signal.SIGTERM)

    async def kill(self) -> None:
        """End it with SIGKILL and do not start it again."""
        await self._leave_alone()
        await self._end(signal.SIGKILL)

    def tail(self, lines: int = _LAST_LINES) -> str:
        """The last lines it wrote since it was last started."""
        said = b""
        for log, written in self._written.items():
            with suppress(FileNotFoundError), log.open("rb") as file:
                file.seek(max(written, log.stat().st_size - _TAIL_BYTES))
                said += file.read()
        return "\n".join(said.decode(errors="replace").splitlines()[-lines:])

    async def _spawn(self) -> None:
        program = self.program
        for log in self.logs:
            self._written[log] = _size_rotated(log)
        with self.logs[0].open("ab") as log_file:
            bound = (str(os.getpid()), str(program.niceness))
            tether = (sys.executable, "-I", "-S", str(TETHER), *bound)
            self._process = await asyncio.create_subprocess_exec(
                *tether, *program.command, cwd=ROOT,
                stdin=DEVNULL, stdout=log_file, stderr=STDOUT, env={**os.environ, **program.env},
                start_new_session=True,  # a Ctrl-C at the terminal reaches us alone: we stop them in order
            )  # fmt: skip
        try:
            async with asyncio.timeout(program.start_s):
                while not await program.ready():
                    self._require_alive()
                    await asyncio.sleep(_ASK_EVERY_S)
                self._require_alive()
            if program.real_time and self.pid:
                _put_first(self.pid)
        except TimeoutError as error:
            raise StackError(self._failure(f"was not ready after {program.start_s:.0f} s")) from error
        self._listener.changed()

    def _require_alive(self) -> None:
        if self._process is not None and self._process.returncode is not None:
            raise StackError(self._failure(f"ended at its start ({_how(self._process.returncode)})"))

    def _failure(self, what: str) -> str:
        said = self.tail()
        told = f", and said:\n    {said.replace(chr(10), chr(10) + '    ')}" if said else " and said nothing"
        return f"{self.program.name} {what}{told}\n  remedy: see {self.logs[-1]}"

    async def _keep_alive(self) -> None:
        """Start it again whenever it dies, until it dies too often."""
        while self._process is not None:
            how = _how(await self._process.wait())
            self._deaths.append(time.monotonic())
            try:
                await self._revive(how)
            except StackError as error:
                self._listener.told(str(error))
                await self._end(signal.SIGKILL)

    async def _revive(self, how: str) -> None:
        name = self.program.name
        recent = sum(time.monotonic() - at < RESTART_INTERVAL_S for at in self._deaths)
        if recent > len(RESTART_PAUSES_S):
            self._process = None
            self._listener.give_up(
                self.program, self._failure(f"died {recent} times within {RESTART_INTERVAL_S:.0f} s")
            )
            return
        pause_s = RESTART_PAUSES_S[recent - 1]
        self._listener.told(f"{name} died ({how}); it is started again in {pause_s:g} s, see {self.logs[-1]}")
        await asyncio.sleep(pause_s)
        await self._spawn()
        self._listener.told(f"{name} is back")

    async def _leave_alone(self) -> None:
        if self._guard is not None:
            self._guard.cancel()
            await asyncio.gather(self._guard, return_exceptions=True)
            self._guard = None

    async def _end(self, how: signal.Signals) -> None:
        process = self._process
        if process is None or process.returncode is not None:
            return
        with suppress(ProcessLookupError):
            process.send_signal(how)
        try:
            async with asyncio.timeout(self.program.stop_s):
                await process.wait()
        except TimeoutError:
            self._listener.told(
                f"{self.program.name} did not obey within {self.program.stop_s:g} s and is killed"
            )
            with suppress(ProcessLookupError):
                process.kill()
            await process.wait()


class Supervisor:
    """All children of one stack, in the order in which they were started.

    `told` gets a line for people, `changed` is called when processes came or went, `failure` is set to the
    reason when a vital child cannot be kept alive.
    """

    def __init__(self, logs: Path, told: Callable[[str], None], changed: Callable[[], None]) -> None:
        self.children: dict[str, Child] = {}
        self.failure: asyncio.Future[str] = asyncio.get_running_loop().create_future()
        self.told, self.changed = told, changed
        self._logs = logs

    async def start(self, program: Program) -> None:
        """Start `program`, in place of the one of that name; wait until it is ready; raises StackError."""
        if program.name in self.children:
            await self.children.pop(program.name).stop()
        child = Child(program, self._logs / f"{program.name}.log", self)
        self.children[program.name] = child
        await child.start()

    async def stop_all(self) -> None:
        """Stop every child, the last started first."""
        for child in reversed(tuple(self.children.values())):
            await child.stop()

    def give_up(self, program: Program, reason: str) -> None:
        """A child is past help."""
        if not program.vital:
            self.told(f"{reason}\n  the others go on without it")
        elif not self.failure.done():
            self.failure.set_result(reason)


def _size_rotated(log: Path) -> int:
    """Size of a log in bytes; one that has grown too long is put aside first."""
    if not log.exists():
        return 0
    if (size := log.stat().st_size) <= _LOG_LIMIT_BYTES:
        return size
    log.replace(log.with_name(log.name + ".1"))
    return 0


def _how(returncode: int) -> str:
    if returncode < 0:
        return f"by {signal.Signals(-returncode).name}"
    return f"exit code {returncode}"
