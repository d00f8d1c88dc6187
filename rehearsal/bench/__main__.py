"""`scripts/bench NAME… [--json]`: measurements, one line each."""

import argparse
import asyncio
import json
import shutil
import sys
import tempfile
from collections.abc import Awaitable, Callable
from pathlib import Path

from office.folder import load_office
from rehearsal.bench.callbacks import callbacks
from rehearsal.bench.extension import sip_extension
from rehearsal.bench.first_audio import first_audio
from rehearsal.bench.latency import latency
from rehearsal.bench.memory import memory
from rehearsal.bench.memos import memos
from rehearsal.bench.pace import no_collections
from rehearsal.bench.pages import pages
from rehearsal.bench.parse import parse
from rehearsal.bench.summary import summary
from rehearsal.bench.transfer import DEPARTMENT, Ami, transfer
from rehearsal.bench.voice import voice
from rehearsal.bench.working_time import working_time
from rehearsal.demo import OFFICE, line_of
from rehearsal.elsewhere import elsewhere
from rehearsal.scenarios.stage import Stage
from stack.errors import StackError
from stack.settings import ROOT, Part, StackSettings
from stack.stack import Stack, rehearsal_stack

SMALL = 0.02
"""The share of a measurement that shows that it runs (`--small`); its figures are worth nothing."""
CAPTURES = ROOT / "tests" / "data" / "ami"
LOAD = CAPTURES / "load-ami.txt.gz"


def _part(share: float, whole: int, least: int = 2) -> int:
    return max(least, round(share * whole))


async def _parse(share: float) -> dict[str, object]:
    captures = [CAPTURES / "ami-20k.txt.gz", LOAD]
    return parse(captures, load_office(OFFICE), rounds=_part(share, 5, 1), cuts=_part(share, 2_000))


async def _first_audio(share: float) -> dict[str, object]:
    with tempfile.TemporaryDirectory(prefix="charterline-bench-") as folder:
        settings = StackSettings(office=OFFICE, state=Path(folder), parts=frozenset({Part.ASTERISK}))
        async with (
            Stack(settings) as stack,
            Stage(load_office(OFFICE), line_of(stack), stack.state / "prompts") as stage,
        ):
            with no_collections():
                return await first_audio(stage, calls=_part(share, 200))


async def _latency(share: float) -> dict[str, object]:
    rates = (20, 150) if share == 1 else (20,)
    return await latency(LOAD, rates=rates, seconds=_part(share, 30))


async def _memory(share: float) -> dict[str, object]:
    return await memory(LOAD, calls=_part(share, 20_000))


async def _callbacks(share: float) -> dict[str, object]:
    return await callbacks(rows=_part(share, 1_000_000))


async def _memos(share: float) -> dict[str, object]:
    return await memos(count=_part(share, 1_000), rounds=_part(share, 5, 1))


def _without_greeting(folder: Path) -> Path:
    """The rehearsal's office, but that the desks which pass on are only observed: no words delay a talk."""
    office = folder / "office"
    shutil.copytree(OFFICE, office)
    directory = office / "directory.toml"
    watched = directory.read_text(encoding="utf-8").replace(
        f'id = "{DEPARTMENT}"\n', f'id = "{DEPARTMENT}"\nobserve = true\n', 1
    )
    directory.write_text(watched, encoding="utf-8")
    return office


async def _summary(share: float) -> dict[str, object]:
    with tempfile.TemporaryDirectory(prefix="charterline-bench-") as name:
        office = _without_greeting(Path(name))
        async with (
            rehearsal_stack(office, Path(name) / "state") as stack,
            Stage(load_office(office), line_of(stack), stack.state / "prompts") as stage,
        ):
            with no_collections():
                return await summary(stage, stack.url, transfers=_part(share, 100))


async def _pages(share: float) -> dict[str, object]:
    with tempfile.TemporaryDirectory(prefix="charterline-bench-") as name:
        async with (
            rehearsal_stack(OFFICE, Path(name) / "state") as stack,
            Stage(load_office(OFFICE), line_of(stack), stack.state / "prompts") as stage,
        ):
            calls, loads = _part(share, 100), _part(share, 5, 1)
            opened = (1, 30, 300) if share == 1 else (1, 10)
            with no_collections():
                return await pages(stage, stack.url, open_pages=opened, calls=calls, loads=loads)


async def _transfer(share: float) -> dict[str, object]:
    with tempfile.TemporaryDirectory(prefix="charterline-bench-") as name:
        office = _without_greeting(Path(name))
        async with (
            rehearsal_stack(office, Path(name) / "state") as stack,
            Stage(load_office(office), line_of(stack), stack.state / "prompts") as stage,
            Ami(stack.ports.ami.number, stack.secrets["ami"]["user"], stack.secrets["ami"]["secret"]) as ami,
        ):
            etc = stack.state / "asterisk" / "etc"
            with no_collections():
                return await transfer(stage, ami, etc, pairs=_part(share, 200, 4))


async def _sip_extension(share: float) -> dict[str, object]:
    parts = frozenset({Part.REDIS, Part.MEMO})
    with tempfile.TemporaryDirectory(prefix="charterline-bench-") as name:
        settings = StackSettings(office=OFFICE, state=Path(name) / "state", parts=parts, demo=True)
        async with Stack(settings) as stack, elsewhere(stack) as there:
            return await sip_extension(there, seconds=_part(share, 8, 1))


async def _working_time(share: float) -> dict[str, object]:
    return working_time(moments=_part(share, 2_000), rounds=_part(share, 5, 1))


async def _voice(share: float) -> dict[str, object]:
    del share  # a recogniser is heard whole or not at all
    return await asyncio.to_thread(voice)


BENCHES: dict[str, tuple[str, Callable[[float], Awaitable[dict[str, object]]]]] = {
    "parse": ("CPU an AMI event against panoramisk's stock path", _parse),
    "first-audio": ("answer to the first sound of the greeting, 200 calls at 10 a second", _first_audio),
    "latency": ("AMI timestamp to the page's event stream, at 20 and 150 calls a second", _latency),
    "memory": ("memory of each process after 10,000 and 20,000 calls", _memory),
    "callbacks": ("a million open callbacks: insert, next due, lateness of the timer", _callbacks),
    "memos": ("memos a second, each acknowledged after its commit, against raw SQLite's same writes", _memos),
    "summary": ("pop-up and gist on the officers' pages against their phones' 180", _summary),
    "pages": (
        "ring to pop-up with 1, 30 and 300 pages open; each page's weight, and when it is usable",
        _pages,
    ),
    "transfer": ("order on the page to the new phone's INVITE, against a bare BlindTransfer", _transfer),
    "voice": ("what a recogniser understands of each voice at 8 kHz, beside kokorog2p's mapper", _voice),
    "sip-extension": (
        "packets a second of each leg and CPU of the SIP extension, 1 to 4 calls",
        _sip_extension,
    ),
    "working-time": ("deadlines in working time a second against businesstimedelta", _working_time),
}


def main(words: list[str] | None = None) -> int:
    """Exit 0, or 1 when a bench could not run."""
    parser = argparse.ArgumentParser(prog="scripts/bench", description=__doc__)
    names = "; ".join(f"{name}: {text}" for name, (text, _) in BENCHES.items())
    parser.add_argument("name", nargs="*", help=f"all by default; {names}")
    parser.add_argument("--json", action="store_true", help="one JSON line a bench")
    parser.add_argument(
        "--small", action="store_true", help="shows that it runs; the figures are worth nothing"
    )
    given = parser.parse_args(words)
    if unknown := [name for name in given.name if name not in BENCHES]:
        parser.error(f"no such bench: {', '.join(unknown)}; there are {', '.join(BENCHES)}")
    for name in given.name or BENCHES:
        sys.stderr.write(f"bench: {name}: {BENCHES[name][0]}\n")
        try:
            told = asyncio.run(_run(name, SMALL if given.small else 1.0))
        except StackError as error:
            sys.stderr.write(f"bench: {error}\n")
            return 1
        told = {"bench": name, **({"small": True} if given.small else {}), **told}
        line = json.dumps(told, ensure_ascii=False, indent=None if given.json else 1)
        sys.stdout.write(line + "\n")
        sys.stdout.flush()
    return 0


async def _run(name: str, share: float) -> dict[str, object]:
    return await BENCHES[name][1](share)


if __name__ == "__main__":
    sys.exit(main())
