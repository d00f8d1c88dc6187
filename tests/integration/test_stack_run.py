"""scripts/run, stop and status on the whole: what a person sees, and that nothing is left behind."""

import asyncio
import os
import shutil
import signal
import socket
import sys
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import asynccontextmanager, closing, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest

from stack.ports import FREE_BASES_VARIABLE, HOST, claim_free_base
from stack.settings import DEFAULT_OFFICE, ROOT, Part, StackSettings
from stack.stack import Stack
from stack.state import is_alive, running

_READY = "charterline is ready: "


@dataclass(frozen=True)
class Command:
    """A finished command: its exit code and what it printed, both streams."""

    code: int
    said: str


@dataclass
class Runner:
    """`python -m stack.run` as a process, up to its ready line."""

    process: asyncio.subprocess.Process
    state: Path
    said: str = ""

    async def ready(self) -> None:
        assert self.process.stdout is not None
        async with asyncio.timeout(120):
            while _READY not in self.said:
                line = await self.process.stdout.readline()
                assert line, self.said
                self.said += line.decode()

    @property
    def parts(self) -> dict[str, int]:
        run = running(self.state)
        assert run is not None
        return dict(run.parts)

    async def end(self, how: signal.Signals) -> int:
        assert self.process.stdout is not None
        self.process.send_signal(how)
        async with asyncio.timeout(60):
            self.said += (await self.process.stdout.read()).decode()
            return await self.process.wait()


def _free_base() -> int:
    """One that no other test takes: it is given back here before the stack claims it again."""
    with pytest.MonkeyPatch.context() as patch:
        if FREE_BASES_VARIABLE not in os.environ:
            patch.setenv(FREE_BASES_VARIABLE, "19000,17000,16000,15000")
        claim = claim_free_base()
    claim.release()
    return claim.base


async def _process(*words: str | Path) -> asyncio.subprocess.Process:
    return await asyncio.create_subprocess_exec(
        sys.executable, *map(str, words), cwd=ROOT,
        stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT,
        env={**os.environ, "CHARTERLINE_VOICE": "espeak"},  # the default one takes the machine for minutes
    )  # fmt: skip


async def _command(*words: str | Path) -> Command:
    process = await _process("-m", *words)
    async with asyncio.timeout(120):
        said, _ = await process.communicate()
    return Command(process.returncode or 0, said.decode())


@asynccontextmanager
async def _running(state: Path, *words: str | Path) -> AsyncIterator[Runner]:
    base = str(_free_base())
    runner = Runner(await _process("-m", "stack.run", "--state", state, "--port-base", base, *words), state)
    try:
        await runner.ready()
        yield runner
    finally:
        with suppress(ProcessLookupError):
            await runner.end(signal.SIGTERM)


async def _gone(pids: list[int]) -> None:
    """Wait until none of `pids` lives (pidfd_open(2)); fails after 10 s."""
    loop = asyncio.get_running_loop()
    for pid in pids:
        ended = asyncio.Event()
        try:
            descriptor = os.pidfd_open(pid)
        except ProcessLookupError:
            continue
        loop.add_reader(descriptor, ended.set)
        try:
            async with asyncio.timeout(10):
                await ended.wait()
        finally:
            loop.remove_reader(descriptor)
            os.close(descriptor)


@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
@pytest.mark.pbx
async def test_it_stops_all_it_started(tmp_path: Path, how: signal.Signals) -> None:
    async with _running(tmp_path, "--no-demo") as runner:
        parts = runner.parts
        assert set(parts) == {Part.REDIS, Part.ASTERISK, Part.BRIDGE, Part.MEMO, Part.PROXY, Part.VOICE}
        assert await runner.end(how) == 0
        assert runner.said.endswith("charterline: stopped\n")
        assert not any(map(is_alive, parts.values()))


@pytest.mark.pbx
async def test_nothing_outlives_a_killed_run(tmp_path: Path) -> None:
    async with _running(tmp_path) as runner:
        parts = runner.parts
        assert Part.LIFE in parts
        runner.process.kill()
        await runner.process.wait()
        await _gone([*parts.values()])


@pytest.mark.pbx
async def test_a_second_start_makes_no_prompt_anew(tmp_path: Path) -> None:
    async with _running(tmp_path, "--no-demo"):
        pass
    made = {path: path.stat().st_mtime_ns for path in (tmp_path / "prompts").rglob("*.wav")}
    assert made
    async with _running(tmp_path, "--no-demo") as runner:
        assert "prompts are made" not in runner.said
    assert made == {path: path.stat().st_mtime_ns for path in (tmp_path / "prompts").rglob("*.wav")}


@pytest.mark.pbx
async def test_the_pages_fill_by_themselves(tmp_path: Path) -> None:
    async with _running(tmp_path) as runner:
        run = running(tmp_path)
        assert run is not None
        assert f"{_READY}{run.url}" in runner.said
        await _served(run.url, "/events", "event: board\n")
        assert "banner-demo" in await _served(run.url, "/", "</html>")


async def _served(url: str, path: str, until: str) -> str:
    """What is served at `path` up to `until`, at a desk of the demo; fails after 60 s without it."""
    said = ""
    client = httpx.AsyncClient(base_url=url, timeout=60, trust_env=False)
    async with asyncio.timeout(60), client:
        assert (await client.post("/desk", data={"officer": "kim_ms"})).has_redirect_location
        async with client.stream("GET", path) as answer:
            async for part in answer.aiter_text():
                said += part
                if until in said:
                    return said
    raise AssertionError(said)


@pytest.mark.pbx
async def test_in_the_background(tmp_path: Path) -> None:
    where = ("--state", tmp_path)
    assert (await _command("stack.background", "status", *where)).code == 3
    base = str(_free_base())
    started = await _command("stack.run", "--background", "--no-demo", "--port-base", base, *where)
    try:
        assert started.code == 0
        assert _READY in started.said
        status = await _command("stack.background", "status", *where)
        assert status.code == 0
        assert status.said.count(" runs\n") == 6
        run = running(tmp_path)
        assert run is not None
    finally:
        stopped = await _command("stack.background", "stop", *where)
    assert stopped.said.endswith("charterline: stopped\n")
    assert not any(map(is_alive, [run.pid, *run.parts.values()]))
    assert (await _command("stack.background", "stop", *where)).code == 0
    assert (await _command("stack.background", "status", *where)).code == 3


async def test_a_failure_in_the_background_is_told(tmp_path: Path) -> None:
    failed = await _command("stack.run", "--background", "--state", tmp_path, "--office", tmp_path / "none")
    assert failed.code == 1
    assert "there is no office folder" in failed.said


def _bad_office(tmp_path: Path) -> tuple[Path, str]:
    office = tmp_path / "office"
    shutil.copytree(DEFAULT_OFFICE, office)
    directory = office / "directory.toml"
    lines = directory.read_text(encoding="utf-8").splitlines()
    line = next(number for number, text in enumerate(lines, 1) if text == 'extension = "2202"')
    lines[line - 1] = 'extension = "2201"'
    directory.write_text("\n".join(lines), encoding="utf-8")
    return office, f"{directory}:{line}: "


async def _refused(*words: str | Path) -> str:
    """What `scripts/run WORDS` says when it cannot start."""
    failed = await _command("stack.run", "--no-demo", *words)
    assert failed.code == 1, failed.said
    assert "Traceback" not in failed.said
    return failed.said


async def test_bad_office_files_are_told_with_file_and_line(tmp_path: Path) -> None:
    office, where = _bad_office(tmp_path)
    assert where in await _refused("--state", tmp_path / "s", "--office", office)


async def test_a_state_folder_that_cannot_be_written_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    said = await _refused("--state", tmp_path / "file" / "state")
    assert f"the state directory cannot be written: {tmp_path}/file" in said
    assert "--state DIR" in said


@pytest.mark.pbx
async def test_a_state_folder_in_use_is_told(tmp_path: Path) -> None:
    async with _running(tmp_path, "--no-demo") as runner:
        said = await _refused("--state", tmp_path, "--port-base", str(_free_base()))
        assert f"is in use by process {runner.process.pid} (http://{HOST}:" in said


async def test_a_taken_port_is_told(tmp_path: Path) -> None:
    base = _free_base()
    with closing(socket.create_server((HOST, base + 4))):
        said = await _refused("--state", tmp_path, "--port-base", str(base))
    assert f"port {base + 4} for Redis is taken by " in said
    assert f"(process {os.getpid()})" in said


@pytest.mark.pbx
async def test_a_part_that_dies_at_its_start_is_told_with_its_last_words(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CHARTERLINE_DATABASE_URL", "nonsense://")
    said = await _refused("--state", tmp_path, "--port-base", str(_free_base()))
    assert "memo_service ended at its start" in said
    assert "nonsense" in said


async def _beside(state: Path, use: Callable[[Stack], Coroutine[Any, Any, None]]) -> None:
    """`use` an Asterisk that is there already."""
    parts = frozenset({Part.REDIS, Part.ASTERISK})
    async with Stack(StackSettings(state=state, parts=parts)) as pbx:
        await use(pbx)


@pytest.mark.pbx
async def test_an_existing_pbx_is_used_and_its_wrong_secret_told(tmp_path: Path) -> None:
    secret = tmp_path / "secret"
    state = tmp_path / "s"

    async def use(pbx: Stack) -> None:
        words = (
            "--pbx",
            f"{HOST}:{pbx.ports.ami.number}",
            "--ami-user",
            "bridge",
            "--ami-secret-file",
            secret,
        )
        secret.write_text("wrong\n")
        assert "refused the user 'bridge': wrong secret" in await _refused("--state", state, *words)
        secret.write_text(pbx.secrets["ami"]["secret"] + "\n")
        async with _running(state, *words) as runner:
            assert set(runner.parts) == {Part.REDIS, Part.BRIDGE, Part.MEMO, Part.PROXY}
            assert f"on the PBX at {HOST}:{pbx.ports.ami.number}" in runner.said

    await _beside(tmp_path / "pbx", use)


async def test_recorded_traffic_runs_where_no_pbx_is(tmp_path: Path) -> None:
    recorded = ROOT / "tests" / "data" / "rehearsal" / "ami.txt.gz"
    async with _running(tmp_path, "--replay", recorded) as runner:
        assert set(runner.parts) == {Part.REDIS, Part.REPLAY, Part.BRIDGE, Part.MEMO, Part.PROXY}
        assert "REPLAY of recorded traffic" in runner.said
        run = running(tmp_path)
        assert run is not None
        await _served(run.url, "/events", "event: board\n")
        assert "banner-replay" in await _served(run.url, "/", "</html>")


async def test_a_recording_that_is_not_there_is_told(tmp_path: Path) -> None:
    said = await _refused("--state", tmp_path / "s", "--replay", tmp_path / "nowhere.txt")
    assert f"cannot read {tmp_path}/nowhere.txt" in said
