"""`python -m stack.run`, behind scripts/run: start a stack, say where it is, stop it at Ctrl-C.

Owns the command line and what is printed. Every failure is a line or two on stderr and exit code 1.
"""

import argparse
import asyncio
import os
import signal
import sys
import time
from pathlib import Path

from stack.administrator import first_administrator
from stack.background import READY, start_in_background
from stack.errors import StackError
from stack.ports import DEFAULT_BASE
from stack.settings import (
    DEFAULT_OFFICE,
    DEFAULT_STATE,
    ROOT,
    TREE,
    ExistingPbx,
    OwnAsterisk,
    Replay,
    Source,
    StackSettings,
)
from stack.stack import Stack

_RECORDED = ROOT / "rehearsal" / "recorded"


def main(words: list[str] | None = None) -> int:
    """Exit 0 after an orderly stop, 1 when the stack cannot start or go on."""
    given = arguments(words)
    try:
        if given.background:
            return start_in_background(given.state, _without_background(words))
        return asyncio.run(_run(settings_of(given)))
    except StackError as error:
        print(f"charterline: {error}", file=sys.stderr, flush=True)
        return 1


async def _run(settings: StackSettings) -> int:
    began = time.monotonic()
    stack = Stack(settings, _tell)
    asked = _stop_asked(asyncio.current_task())
    try:
        async with stack:
            _tell(f"logs are in {stack.state / 'log'}; stop with Ctrl-C or scripts/stop")
            took_s = time.monotonic() - began
            if not settings.demo:
                await _tell_administrator(stack)
            # the last word of a start: --background waits for it
            _tell(f"{READY} {stack.url} ({took_s:.1f} s){_how(settings)}", separator=" ")
            reason = await stack.failed()
            raise StackError(reason)
    except asyncio.CancelledError:
        if not asked.is_set():
            raise
    _tell("stopped")
    return 0


async def _tell_administrator(stack: Stack) -> None:
    """While nobody can manage accounts, the way in for the first who will."""
    settings = stack.settings
    for line in (await first_administrator(settings.office, stack.state, stack.url)).splitlines():
        _tell(line)


def _stop_asked(task: "asyncio.Task[int] | None") -> asyncio.Event:
    """Set at Ctrl-C, SIGTERM or a closed terminal, which also cancel `task`; a second one changes nothing."""
    asked = asyncio.Event()

    def stop() -> None:
        if not asked.is_set() and task is not None:
            asked.set()
            _tell("stopping …")
            task.cancel()

    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        asyncio.get_running_loop().add_signal_handler(number, stop)
    return asked


def arguments(words: list[str] | None) -> argparse.Namespace:
    """The words of the command line; exits with 2 for those that do not fit together."""
    parser = argparse.ArgumentParser(
        prog="scripts/run", description="Set up and start charterline on this machine; Ctrl-C stops it."
    )
    parser.add_argument("--office", type=Path, default=DEFAULT_OFFICE, metavar="DIR", help="office folder")
    parser.add_argument("--state", type=Path, default=DEFAULT_STATE, metavar="DIR", help="state folder")
    parser.add_argument("--port-base", type=int, default=DEFAULT_BASE, metavar="N", help="first port")
    parser.add_argument("--voice", default="", metavar="NAME", help="who reads prompts that are not recorded")
    parser.add_argument("--no-demo", action="store_true", help="no virtual citizens and officers")
    parser.add_argument("--background", action="store_true", help="return when ready; see scripts/stop")
    parser.add_argument("--pbx", metavar="HOST:PORT", help="use this PBX's AMI, start no Asterisk")
    parser.add_argument("--ami-user", default="charterline", metavar="NAME", help="AMI user, with --pbx")
    parser.add_argument("--ami-secret-file", type=Path, metavar="FILE", help="file that holds its secret")
    parser.add_argument("--replay", type=Path, nargs="+", metavar="FILE", help="recorded AMI traffic, no PBX")
    given = parser.parse_args(words)
    if given.pbx and given.replay:
        parser.error("--pbx and --replay exclude each other")
    if bool(given.pbx) != bool(given.ami_secret_file):
        parser.error("--pbx HOST:PORT and --ami-secret-file FILE belong together")
    return given


def _without_background(words: list[str] | None) -> list[str]:
    return [word for word in (sys.argv[1:] if words is None else words) if word != "--background"]


def settings_of(given: argparse.Namespace) -> StackSettings:
    """The stack that was asked for; raises StackError for an address that is none."""
    source = _source(given)
    own = isinstance(source, OwnAsterisk)
    demo = not given.no_demo and not isinstance(source, ExistingPbx)
    return StackSettings(
        office=given.office,
        state=given.state,
        port_base=given.port_base,
        source=source,
        demo=demo,
        life=demo and own,
        voice=given.voice or _voice(demo=demo),
        always_open=demo and given.office == DEFAULT_OFFICE,
    )


def _voice(*, demo: bool) -> str:
    """A demonstration is not to be slowed down by a voice that takes seconds a sentence, unless asked for."""
    return os.environ.get("CHARTERLINE_VOICE") or ("espeak" if demo else "")


def _source(given: argparse.Namespace) -> Source:
    if given.pbx:
        host, separator, port = given.pbx.rpartition(":")
        if not separator or not port.isdecimal():
            raise StackError(
                f"--pbx {given.pbx} is not HOST:PORT\n  remedy: for example --pbx 192.0.2.10:5038"
            )
        return ExistingPbx(host, int(port), given.ami_user, given.ami_secret_file)
    if given.replay:
        return Replay(tuple(given.replay))
    if (TREE / "bin" / "asterisk").exists():
        return OwnAsterisk()
    recorded = tuple(sorted(_RECORDED.glob("*.gz")))
    _tell(f"there is no Asterisk on this machine ({TREE / 'bin'} has none; setup said why above)")
    _tell("recorded telephone traffic runs instead, marked as a replay on every page")
    return Replay(recorded)


def _how(settings: StackSettings) -> str:
    if isinstance(settings.source, Replay):
        return " REPLAY of recorded traffic, no live PBX"
    if isinstance(settings.source, ExistingPbx):
        return f" on the PBX at {settings.source.host}:{settings.source.port}"
    return " with virtual citizens and officers" if settings.life else ""


def _tell(text: str, separator: str = ": ") -> None:
    print(f"charterline{separator}{text}", flush=True)


if __name__ == "__main__":
    sys.exit(main())
