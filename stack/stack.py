"""One whole stack as a context manager: provision, start the parts in order and ready, stop them in order.

    settings = StackSettings(state=folder, parts=frozenset({Part.REDIS, Part.ASTERISK}))
    async with Stack(settings) as stack:
        await stack.kill(Part.BRIDGE)
        await stack.start_part(Part.BRIDGE)

Owns the order of starting and stopping. What each part is stands in programs.py.
"""

import asyncio
import json
import os
import shutil
import time
from collections.abc import Callable, Coroutine
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from ivr.asterisk.site import Ports as PbxPorts
from ivr.asterisk.site import Program as PbxProgram
from ivr.asterisk.site import Site as PbxSite
from ivr.asterisk.site import load_secrets
from ivr.prompts.studio import Speech
from ivr.prompts.voices import VoiceError
from ivr.provision import ProvisionError, provision
from office.folder import Office, load_office
from office.problems import OfficeRefusedError
from stack.errors import StackError
from stack.ports import HOST, Claim, Ports, claim_free_base, require_free
from stack.probes import AmiAccount, require_ami
from stack.processes import Supervisor
from stack.programs import Site, installed, new_secret
from stack.settings import ALWAYS_OPEN, ROOT, ExistingPbx, OwnAsterisk, Part, Replay, StackSettings
from stack.setup.programs import load
from stack.setup.report import SetupError
from stack.state import Run, StateFolder

_LONGEST_STATE = 107 - len("/asterisk/run/asterisk.ctl")


class Stack:
    """One stack. Use it with `async with`, or call `start` and `stop`. `told` gets a line a step."""

    def __init__(self, settings: StackSettings, told: Callable[[str], None] = lambda _: None) -> None:
        self.settings = settings = settings.absolute()
        self._told = told
        self._folder = StateFolder(settings.state)
        self._claim: Claim | None = None
        self._began = time.time()
        self._phase = "starting"
        self.office: Office
        self.site: Site
        self._supervisor: Supervisor

    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.stop()

    async def start(self) -> None:
        """Start every wanted part and wait until all are ready; raises StackError and leaves nothing."""
        self._supervisor = Supervisor(self._folder.logs, self._told, self._tell_run)
        try:
            self.office = _office(self.settings.office)
            self._folder.acquire()
            if self.settings.always_open:
                self.settings = replace(self.settings, office=_opened(self.settings.office, self.state))
                self.office = _office(self.settings.office)
            self._claim = self._claimed()
            self.site = self._site(Ports(self._claim.base))
            require_free(p for part in self.settings.wanted for p in self.site.ports_of(part))
            self._tell_run()
            await self._start_all()
            self._phase = "ready"
            self._tell_run()
        except BaseException:
            await self.stop()
            raise

    async def stop(self) -> None:
        """Stop all that was started, the last first; harmless when nothing runs."""
        self._phase = "stopping"
        if self._supervisor.children:
            self._tell_run()
        await self._supervisor.stop_all()
        if self._claim is not None:
            self._claim.release()
        self._folder.release()

    async def failed(self) -> str:
        """Wait until a part cannot be kept alive, and say which and why."""
        return await asyncio.shield(self._supervisor.failure)

    @property
    def url(self) -> str:
        """Address of the pages."""
        return self.site.url

    @property
    def ports(self) -> Ports:
        """The ports in use."""
        return self.site.ports

    @property
    def state(self) -> Path:
        """The state folder, absolute."""
        return self._folder.path

    @property
    def redis_url(self) -> str:
        """Redis of this run, with its password."""
        return self.site.redis_url

    @property
    def secrets(self) -> dict[str, Any]:
        """As provisioned: {"ami": {"user", "secret"}, "trunk": secret, "phones": {endpoint: password}}."""
        stored: dict[str, Any] = json.loads((self.state / "secrets.json").read_text(encoding="utf-8"))
        return stored

    def pid(self, part: str) -> int | None:
        """Process of `part` while it lives."""
        child = self._supervisor.children.get(part)
        return child.pid if child else None

    def log_tail(self, part: str, lines: int = 20) -> str:
        """The last lines that `part` wrote since its start."""
        child = self._supervisor.children.get(part)
        return child.tail(lines) if child else ""

    async def start_part(self, part: str) -> None:
        """Start `part` (again) and wait until it is ready; raises StackError."""
        began = time.monotonic()
        await self._supervisor.start(self.site.program(Part(part)))
        self._told(f"{part} is ready ({time.monotonic() - began:.1f} s)")

    async def stop_part(self, part: str) -> None:
        """Stop `part` in order; it stays down until `start_part`."""
        await self._supervisor.children[part].stop()

    async def kill(self, part: str) -> None:
        """End `part` with SIGKILL; it stays down until `start_part`."""
        await self._supervisor.children[part].kill()

    async def set_clock(self, shift_s: int) -> None:
        """Move the office's clock and start bridge and memo_service with it; the PBX keeps the one it has."""
        for part in (Part.MEMO, Part.BRIDGE):
            await self.stop_part(part)
        self.settings = replace(self.settings, clock_shift_s=shift_s)
        self.site = replace(self.site, settings=self.settings)
        for part in (Part.MEMO, Part.BRIDGE):
            await self.start_part(part)

    def _claimed(self) -> Claim:
        base = self.settings.port_base
        return claim_free_base() if base is None else Claim(base)

    def _site(self, ports: Ports) -> Site:
        """Provision what `settings.source` needs and say how to log in to it."""
        source = self.settings.source
        if isinstance(source, OwnAsterisk):
            ami = self._provision(ports)
        elif isinstance(source, Replay):
            _require_readable(source.files)
            ami = AmiAccount(HOST, ports.ami.number, "replay", "replay")
        else:
            ami = _existing(source)
        return Site(
            settings=self.settings,
            state=self.state,
            ports=ports,
            pbx=self.office.charter.office.id,
            ami=ami,
            redis_password=new_secret(),
            lookup_key=new_secret(),
            phone_token=new_secret(),
        )

    def _provision(self, ports: Ports) -> AmiAccount:
        _require_short(self.state)
        began = time.monotonic()
        try:
            endpoints = sorted(self.office.directory.desk_by_endpoint)
            browser_phones = self.office.directory.browser_phones
            secrets = load_secrets(self.state / "secrets.json", endpoints, browser_phones)
            clock_shift_s = self.settings.clock_shift_s
            site = PbxSite(self.state, PbxPorts.from_base(ports.base), _asterisk(), secrets, clock_shift_s)
            espeak, share = Path(installed("espeak-ng")), self.settings.voice_cache
            speech = Speech(espeak=espeak, name=self.settings.voice, quick=True, share=share)
            provision(self.office, self.settings.office, site, speech, self._told)
        except (OfficeRefusedError, VoiceError, ProvisionError) as error:
            raise StackError(f"the office cannot be provisioned:\n{error}") from error
        except OSError as error:
            raise StackError(
                f"{error.filename}: {error.strerror}\n  remedy: choose a --state DIR you can write"
            ) from error
        self._told(f"the office is provisioned ({time.monotonic() - began:.1f} s)")
        return AmiAccount(HOST, ports.ami.number, "bridge", secrets.ami)

    async def _start_all(self) -> None:
        """Redis first; then memo_service beside the PBX and, when that is up, the bridge."""
        if isinstance(self.settings.source, ExistingPbx):
            await require_ami(self.site.ami)
        await self._start_each(Part.REDIS)
        await _together(
            self._start_each(Part.ASTERISK, Part.REPLAY, Part.BRIDGE),
            self._start_each(Part.MEMO, Part.PROXY),
            self._start_voice(),
        )
        if self.office.directory.trunk.host is None:
            await self._start_each(Part.LIFE)
        elif Part.LIFE in self.settings.wanted:
            self._told("no virtual citizens: directory.toml names a carrier ([trunk] host)")

    async def _start_each(self, *parts: Part) -> None:
        for part in parts:
            if part in self.settings.wanted:
                await self.start_part(part)

    async def _start_voice(self) -> None:
        """No call needs it: without it prompts stay as they are."""
        try:
            await self._start_each(Part.VOICE)
        except StackError as error:
            self._told(f"{error}\n  the others go on without it: prompts stay as they are")

    def _tell_run(self) -> None:
        children = self._supervisor.children
        parts = {name: child.pid for name, child in children.items() if child.pid is not None}
        self._folder.tell(
            Run(pid=os.getpid(), phase=self._phase, url=self.url, since=self._began, parts=parts)
        )


def rehearsal_stack(office: Path, state: Path, *, demo: bool = True, clock: datetime | None = None) -> Stack:
    """A stack of its own on free ports, for scenarios and tests: nobody lives in it but who is sent there.

    `clock`: what the office's clock is to show from now on (aware); the machine's by default.
    """
    shift_s = round(clock.timestamp() - time.time()) if clock else 0
    return Stack(StackSettings(office=office, state=state, demo=demo, clock_shift_s=shift_s))


async def _together(*steps: Coroutine[None, None, None]) -> None:
    """Run `steps` side by side; when one fails, end the others and raise what it raised."""
    tasks = [asyncio.create_task(step) for step in steps]
    try:
        await asyncio.gather(*tasks)
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


def _office(folder: Path) -> Office:
    if not folder.is_dir():
        raise StackError(f"there is no office folder {folder}\n  remedy: name one with --office DIR")
    try:
        return load_office(folder)
    except OfficeRefusedError as error:
        faults = "\n".join(
            f"  {folder / problem.file}:{problem.line}: {problem.text}" for problem in error.problems
        )
        raise StackError(f"the office's files cannot be used:\n{faults}") from error


def _require_short(state: Path) -> None:
    """Asterisk cuts off the name of its control socket at the kernel's limit (unix(7)) without a word."""
    if len(str(state)) > _LONGEST_STATE:
        raise StackError(
            f"the path of the state directory is too long for Asterisk's control socket: {state}"
            f"\n  remedy: choose one of at most {_LONGEST_STATE} characters with --state DIR"
        )


def _opened(office: Path, state: Path) -> Path:
    """A copy of the office below `state` whose calendar counts every hour as working time."""
    copy = state / "demo-office"
    try:
        shutil.rmtree(copy, ignore_errors=True)
        shutil.copytree(office, copy)
        (copy / "calendar.d").mkdir(exist_ok=True)
        shutil.copyfile(ALWAYS_OPEN, copy / "calendar.d" / "zz-always-open.toml")
    except OSError as error:
        raise StackError(f"{copy}: {error}\n  remedy: choose a --state DIR you can write") from error
    return copy


def _asterisk() -> PbxProgram:
    """Where the Asterisk that setup provided keeps its modules and data; raises StackError without one."""
    try:
        programs = load(ROOT)
    except SetupError as error:
        raise StackError(str(error)) from error
    return PbxProgram(str(programs.asterisk_modules), str(programs.asterisk_data))


def _existing(source: ExistingPbx) -> AmiAccount:
    try:
        secret = source.secret_file.read_text(encoding="utf-8").strip()
    except OSError as error:
        raise StackError(
            f"the AMI secret cannot be read: {source.secret_file}: {error.strerror}"
            "\n  remedy: put the secret alone into a file (mode 0600) and name it with --ami-secret-file"
        ) from error
    return AmiAccount(source.host, source.port, source.user, secret)


def _require_readable(files: tuple[Path, ...]) -> None:
    missing = [str(file) for file in files if not os.access(file, os.R_OK)]
    if missing or not files:
        what = f"cannot read {', '.join(missing)}" if missing else "no recorded AMI traffic was named"
        raise StackError(f"{what}\n  remedy: name files of raw AMI traffic after --replay")
