"""The supervisor, on small programs: readiness, logs, order of stopping, restarts, and dying with it."""

import asyncio
import os
import re
import signal
import sys
from collections.abc import AsyncIterator
from dataclasses import dataclass, field, replace
from pathlib import Path

import pytest

from stack import processes
from stack.errors import StackError
from stack.processes import FIRST, Program, Supervisor
from stack.state import is_alive

_CAP_SYS_NICE = 23  # linux/capability.h
_SLEEPER = (
    "import pathlib, sys, time; pathlib.Path(sys.argv[1]).touch(); print('up', flush=True); time.sleep(600)"
)
_DEAF = "import signal; signal.signal(signal.SIGTERM, signal.SIG_IGN); " + _SLEEPER
_SUPERVISOR = """
import asyncio, sys
from pathlib import Path
from stack.processes import Program, Supervisor

async def main(folder):
    supervisor = Supervisor(folder, print, lambda: None)
    sleeper = Program(name="sleeper", command=(sys.executable, "-c", "import time; time.sleep(600)"))
    await supervisor.start(sleeper)
    print(supervisor.children["sleeper"].pid, flush=True)
    await asyncio.sleep(600)

asyncio.run(main(Path(sys.argv[1])))
"""


@dataclass
class Bench:
    """A supervisor with what it said."""

    folder: Path
    told: list[str] = field(default_factory=list)
    heard: asyncio.Event = field(default_factory=asyncio.Event)

    def __post_init__(self) -> None:
        self.supervisor = Supervisor(self.folder, self.tell, lambda: None)

    def tell(self, text: str) -> None:
        self.told.append(text)
        self.heard.set()

    async def says(self, text: str) -> None:
        """Wait until the supervisor has said `text`; fails after 10 s."""
        async with asyncio.timeout(10):
            while text not in self.told:
                self.heard.clear()
                await self.heard.wait()

    def program(self, name: str, code: str = _SLEEPER, *, stop_s: float = 5.0) -> Program:
        sign = self.folder / f"{name}.up"

        async def ready() -> bool:
            return sign.exists()

        command = (sys.executable, "-c", code, str(sign))
        return Program(name=name, command=command, ready=ready, start_s=10.0, stop_s=stop_s)

    def pid(self, name: str) -> int:
        pid = self.supervisor.children[name].pid
        assert pid is not None
        return pid


@pytest.fixture
async def bench(tmp_path: Path) -> AsyncIterator[Bench]:
    made = Bench(tmp_path)
    yield made
    await made.supervisor.stop_all()


async def gone(pid: int) -> None:
    """Wait for the end of any process (pidfd_open(2)); fails after 10 s."""
    loop = asyncio.get_running_loop()
    ended = asyncio.Event()
    try:
        descriptor = os.pidfd_open(pid)
    except ProcessLookupError:
        return
    loop.add_reader(descriptor, ended.set)
    try:
        async with asyncio.timeout(10):
            await ended.wait()
    finally:
        loop.remove_reader(descriptor)
        os.close(descriptor)


async def test_a_program_is_waited_for_and_its_words_are_kept(bench: Bench) -> None:
    await bench.supervisor.start(bench.program("a"))
    assert is_alive(bench.pid("a"))
    assert bench.supervisor.children["a"].tail() == "up"
    assert (bench.folder / "a.log").read_text() == "up\n"


def may_come_first() -> bool:
    """Whether we may raise a process: not even root always may (a container, `setpriv`)."""
    held = re.search(r"^CapEff:\s+(\w+)$", Path("/proc/self/status").read_text(), re.MULTILINE)
    return held is not None and bool(int(held[1], 16) >> _CAP_SYS_NICE & 1)


@pytest.mark.parametrize("wanted", [FIRST, 0])
async def test_what_makes_sound_comes_first_where_it_may(bench: Bench, wanted: int) -> None:
    await bench.supervisor.start(replace(bench.program("one"), niceness=wanted, real_time=wanted < 0))
    pid = bench.supervisor.children["one"].pid
    assert pid is not None
    raised = wanted < 0 and may_come_first()
    assert os.sched_getscheduler(pid) == (os.SCHED_RR if raised else os.SCHED_OTHER)
    assert os.getpriority(os.PRIO_PROCESS, pid) == (wanted if raised else os.getpriority(os.PRIO_PROCESS, 0))


async def test_all_are_stopped_the_last_first(bench: Bench) -> None:
    code = (
        "import pathlib, signal, sys\n"
        "def end(*_):\n"
        "    with open(pathlib.Path(sys.argv[1]).with_name('order'), 'a') as file:\n"
        "        file.write(sys.argv[1][-4])\n"
        "    sys.exit()\n"
        "signal.signal(signal.SIGTERM, end)\n"
        "pathlib.Path(sys.argv[1]).touch()\n"
        "signal.pause()\n"
    )
    for name in "abc":
        await bench.supervisor.start(bench.program(name, code))
    pids = [bench.pid(name) for name in "abc"]
    await bench.supervisor.stop_all()
    assert not any(map(is_alive, pids))
    assert (bench.folder / "order").read_text() == "cba"


async def test_one_that_does_not_obey_is_killed(bench: Bench) -> None:
    await bench.supervisor.start(bench.program("deaf", _DEAF, stop_s=0.2))
    pid = bench.pid("deaf")
    await bench.supervisor.stop_all()
    assert not is_alive(pid)
    assert bench.told == ["deaf did not obey within 0.2 s and is killed"]


async def test_one_that_ends_at_its_start_is_told_with_its_last_words(bench: Bench) -> None:
    broken = bench.program("broken", "print('no such colour'); raise SystemExit(3)")
    with pytest.raises(StackError) as refused:
        await bench.supervisor.start(broken)
    text = str(refused.value)
    assert "broken ended at its start (exit code 3), and said:\n    no such colour\n" in text
    assert str(bench.folder / "broken.log") in text


async def test_one_that_is_not_there_is_told(bench: Bench) -> None:
    with pytest.raises(StackError, match="nowhere cannot be started: No such file or directory"):
        await bench.supervisor.start(Program(name="gone", command=("nowhere",), ready=_never))


async def _never() -> bool:
    return False


async def test_one_that_never_becomes_ready_is_ended(bench: Bench) -> None:
    slow = Program(
        name="slow", command=(sys.executable, "-c", _SLEEPER, os.devnull), ready=_never, start_s=0.3
    )
    with pytest.raises(StackError, match="slow was not ready after 0 s"):
        await bench.supervisor.start(slow)
    assert bench.supervisor.children["slow"].pid is None


async def test_one_that_dies_is_started_again(bench: Bench) -> None:
    await bench.supervisor.start(bench.program("a"))
    first = bench.pid("a")
    os.kill(first, signal.SIGKILL)
    await bench.says("a is back")
    assert bench.pid("a") != first
    assert bench.told[0].startswith("a died (by SIGKILL); it is started again in 0.2 s")


async def test_one_that_dies_too_often_is_given_up(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(processes, "RESTART_PAUSES_S", (0.01, 0.01))
    await bench.supervisor.start(bench.program("a", _SLEEPER.replace("time.sleep(600)", "time.sleep(0.05)")))
    async with asyncio.timeout(10):
        reason = await bench.supervisor.failure
    assert reason.startswith("a died 3 times within 60 s")


async def test_one_that_is_killed_on_purpose_stays_dead_until_started(bench: Bench) -> None:
    await bench.supervisor.start(bench.program("a"))
    first = bench.pid("a")
    await bench.supervisor.children["a"].kill()
    assert not is_alive(first)
    assert bench.supervisor.children["a"].pid is None
    await bench.supervisor.start(bench.program("a"))
    assert is_alive(bench.pid("a"))
    assert bench.told == []


async def test_starting_again_replaces_the_running_one(bench: Bench) -> None:
    await bench.supervisor.start(bench.program("a"))
    first = bench.pid("a")
    await bench.supervisor.start(bench.program("a"))
    assert not is_alive(first)


async def test_children_die_with_a_supervisor_that_is_killed(tmp_path: Path) -> None:
    supervisor = await asyncio.create_subprocess_exec(
        sys.executable, "-c", _SUPERVISOR, str(tmp_path), stdout=asyncio.subprocess.PIPE
    )
    assert supervisor.stdout is not None
    child = int(await supervisor.stdout.readline())
    assert is_alive(child)
    supervisor.kill()
    await supervisor.wait()
    await gone(child)


async def test_a_log_that_has_grown_too_long_is_put_aside(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(processes, "_LOG_LIMIT_BYTES", 10)
    (bench.folder / "a.log").write_text("x" * 11)
    await bench.supervisor.start(bench.program("a"))
    assert (bench.folder / "a.log.1").read_text() == "x" * 11
