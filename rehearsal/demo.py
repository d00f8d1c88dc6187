"""`python -m rehearsal.demo`: real SIP calls on their own stack; the ledger held against the phones' truth.

Owns the order: what can share the PBX runs side by side, then what kills a part, one by one.
"""

import argparse
import asyncio
import json
import shutil
import sys
import tempfile
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

import httpx

from office.folder import load_office
from rehearsal.elsewhere import elsewhere
from rehearsal.phone import PortRange
from rehearsal.scenarios.alone import ALONE
from rehearsal.scenarios.callbacks import CALLBACKS
from rehearsal.scenarios.calls import SIDE_BY_SIDE
from rehearsal.scenarios.closed import CLOSED
from rehearsal.scenarios.extension import EXTENSIONS, RINGING
from rehearsal.scenarios.ledger import Ledger, NotInLedgerError
from rehearsal.scenarios.memo_truth import faults, menu_files
from rehearsal.scenarios.memos import MEMOS
from rehearsal.scenarios.menus import MENUS
from rehearsal.scenarios.phones import PHONES
from rehearsal.scenarios.stage import Line, Seen, Stage
from rehearsal.scenarios.transfer_truth import differences
from rehearsal.scenarios.transfer_truth import faults as transfer_faults
from rehearsal.scenarios.transfers import TRANSFERS
from rehearsal.scenarios.truth import judge
from rehearsal.scenarios.voice import VOICED, Voice
from rehearsal.scenarios.waiting import NotSeenError
from stack.errors import StackError
from stack.settings import Part, StackSettings
from stack.stack import Stack, rehearsal_stack

OFFICE = Path(__file__).parent / "office"
SCENARIOS: dict[str, Callable[..., Awaitable[Seen]]] = {
    **SIDE_BY_SIDE,
    **MEMOS,
    **CALLBACKS,
    **PHONES,
    **TRANSFERS,
    **MENUS,
    **{name: scenario for name, (_, scenario) in CLOSED.items()},
    **VOICED,
    **EXTENSIONS,
    **ALONE,
}


@dataclass(slots=True)
class Outcome:
    """One scenario held against the ledger."""

    scenario: str
    truth: dict[str, object] = field(default_factory=dict)
    ledger: dict[str, str] = field(default_factory=dict)
    why: list[str] = field(default_factory=list)

    @property
    def ok(self) -> bool:
        """Whether ledger and truth agree and every check held."""
        return not self.why

    def line(self) -> str:
        """The scenario as one JSON line."""
        told = {"scenario": self.scenario, "truth": self.truth, "ledger": self.ledger, "ok": self.ok}
        return json.dumps(told | ({"why": self.why} if self.why else {}), ensure_ascii=False)


async def rehearse(stack: Stack, names: Iterable[str]) -> dict[str, Outcome]:
    """Play scenarios of the open office on a running stack: side by side, then those that are alone."""
    wanted = list(dict.fromkeys(names))
    done: dict[str, Outcome] = {}
    async with _hall_of(stack, OFFICE) as hall:
        for wave in (SIDE_BY_SIDE, MEMOS | CALLBACKS | PHONES, TRANSFERS, MENUS):
            if together := [name for name in wanted if name in wave]:
                _tell(f"{len(together)} scenarios side by side")
                played = await asyncio.gather(*(_play(wave[name](hall.stage)) for name in together))
                for name, seen in zip(together, played, strict=True):
                    done[name] = await hall.outcome(name, seen)
        for name in (name for name in ALONE if name in wanted):  # the one that moves the clock is the last
            _tell(f"{name} (alone)")
            done[name] = await hall.outcome(name, await _play(ALONE[name](hall.stage, stack)))
    return done


async def rehearse_closed(folder: Path, names: Iterable[str], prompts: Path | None) -> dict[str, Outcome]:
    """Play scenarios of the closed office, each on a stack of its own with the clock set, below `folder`."""
    office = _with_normal_hours(folder / "office")
    done: dict[str, Outcome] = {}
    for name in names:
        _tell(f"{name} (a stack of its own)")
        hour, scenario = CLOSED[name]
        state = folder / name
        if prompts is not None:
            shutil.copytree(prompts, state / "prompts")
        async with rehearsal_stack(office, state, clock=hour.clock) as stack, _hall_of(stack, office) as hall:
            done[name] = await hall.outcome(name, await _play(scenario(hall.stage)))
    return done


async def rehearse_apart(
    folder: Path, shut: Iterable[str], voiced: Iterable[str], extended: Iterable[str], prompts: Path | None
) -> dict[str, Outcome]:
    """Those that need stacks of their own, one stack after the other."""
    done = await rehearse_closed(folder, shut, prompts)
    done |= await rehearse_voice(folder, voiced, prompts)
    return done | await rehearse_elsewhere(folder, extended)


async def rehearse_elsewhere(folder: Path, names: Iterable[str]) -> dict[str, Outcome]:
    """Play scenarios of the SIP extension on somebody else's PBX, beside a memo_service below `folder`."""
    done: dict[str, Outcome] = {}
    if wanted := list(names):
        parts = frozenset({Part.REDIS, Part.MEMO})
        settings = StackSettings(office=OFFICE, state=folder / "extension", parts=parts, demo=True)
        async with Stack(settings) as stack, elsewhere(stack, phones=(RINGING,)) as there:
            hall = Hall(there.stage, ledger_of(stack))
            for name in wanted:
                _tell(f"{name} (somebody else's PBX)")
                done[name] = await hall.outcome(name, await _play(EXTENSIONS[name](there)))
            await hall.ledger.close()
    return done


async def rehearse_voice(folder: Path, names: Iterable[str], prompts: Path | None) -> dict[str, Outcome]:
    """Play scenarios of the office's voice, one after the other, on a stack of their own below `folder`."""
    wanted = list(names)
    if not wanted:
        return {}
    office, state = folder / "voice-office", folder / "voice"
    shutil.copytree(OFFICE, office)
    if prompts is not None:
        shutil.copytree(prompts, state / "prompts")
    done: dict[str, Outcome] = {}
    async with (
        rehearsal_stack(office, state) as stack,
        _hall_of(stack, office) as hall,
        _voice_of(stack) as http,
    ):
        for name in wanted:
            _tell(f"{name} (a stack whose office changes)")
            done[name] = await hall.outcome(name, await _play(VOICED[name](hall.stage, Voice(office, http))))
    return done


def _voice_of(stack: Stack) -> httpx.AsyncClient:
    token = (stack.state / "voice" / "token").read_text(encoding="utf-8").strip()
    url = f"http://127.0.0.1:{stack.ports.voice.number}"
    return httpx.AsyncClient(base_url=url, headers={"Authorization": f"Bearer {token}"}, timeout=60)


def _with_normal_hours(copy: Path) -> Path:
    """The office of the rehearsal with the hours of an office instead of none."""
    shutil.copytree(OFFICE, copy)
    (copy / "calendar.d" / "always.toml").unlink()
    shutil.copyfile(OFFICE / "normal-hours.toml", copy / "calendar.d" / "normal.toml")
    return copy


@asynccontextmanager
async def _hall_of(stack: Stack, office: Path) -> AsyncIterator["Hall"]:
    """A running stack with people in it, and its ledger beside it."""
    async with Stage(load_office(office), line_of(stack), stack.state / "prompts") as stage:
        stage.shift_s = stack.settings.clock_shift_s
        hall = Hall(stage, ledger_of(stack))
        yield hall
        await hall.ledger.close()


def ledger_of(stack: Stack) -> Ledger:
    """The ledger of a stack, asked by somebody of its office."""
    return Ledger(stack.url, next(iter(load_office(stack.settings.office).directory.officers)))


@dataclass(frozen=True, slots=True)
class Hall:
    """People with phones, and the ledger of what they do."""

    stage: Stage
    ledger: Ledger

    async def outcome(self, name: str, seen: Seen | Exception) -> Outcome:
        """What was seen of a scenario, held against the ledger."""
        if isinstance(seen, Exception):
            return Outcome(name, why=[f"the scenario could not be played: {type(seen).__name__}: {seen}"])
        outcome = Outcome(name)
        try:
            memo, menu = None, list[str]()
            if seen.left:
                whose = self.stage.officer(seen.wanted or seen.desk)
                memo = await self.ledger.memo(seen.left.number, whose)
                menu += menu_files(seen, seen.left, memo.told)
            truth = await asyncio.to_thread(judge, seen, self.stage.prompts, menu)
            outcome.truth = {**truth.verdicts, "measured": dict(truth.measured), "checks": dict(seen.checks)}
            if seen.left and memo:
                outcome.why += faults(seen, seen.left, truth.heard, memo.told, memo.wav)
            verdicts = await self.ledger.verdicts(seen)
            outcome.ledger = {promise: verdict["result"] for promise, verdict in verdicts.items()}
            if seen.transfers:
                outcome.why += transfer_faults(seen.call, seen.transfers, truth.heard)
                outcome.why += differences(seen.transfers, verdicts["T5"]["measures"].get("transfers", []))
            if seen.withheld and await self.ledger.holds(seen.caller):
                outcome.why.append("the withheld number stands in the ledger")
            outcome.why += [
                f"{promise}: truth {result}, ledger {outcome.ledger.get(promise)}"
                for promise, result in truth.verdicts.items()
                if outcome.ledger.get(promise) != result
            ]
        except (NotInLedgerError, NotSeenError, httpx.HTTPError) as error:
            outcome.why.append(f"the ledger could not be asked: {error}")
        outcome.why += [f"not so: {check}" for check, held in seen.checks.items() if not held]
        return outcome


def line_of(stack: Stack) -> Line:
    """How phones reach the PBX of a running stack."""
    base = stack.ports.base
    has_bridge = Part.BRIDGE in stack.settings.wanted
    return Line(
        pbx=("127.0.0.1", stack.ports.sip.number),
        passwords=stack.secrets["phones"],
        trunk_secret=stack.secrets["trunk"],
        carrier_port=base + 500,
        ports=PortRange(base + 502, base + 899),
        pages=stack.url,
        bridge=f"http://127.0.0.1:{stack.ports.bridge.number}/" if has_bridge else "",
    )


async def _play(scenario: Awaitable[Seen]) -> Seen | Exception:
    """A scenario that fails is told with the others; it does not stop them."""
    try:
        return await scenario
    except Exception as error:
        return error


def _tell(text: str) -> None:
    sys.stderr.write(f"demo: {text}\n")


def _arguments(words: list[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="scripts/demo", description="Real SIP calls against the ledger.")
    parser.add_argument("scenario", nargs="*", help="scenarios to play; all by default")
    parser.add_argument("--json", action="store_true", help="one JSON line a scenario")
    parser.add_argument("--list", action="store_true", help="name the scenarios and exit")
    given = parser.parse_args(words)
    unknown = [name for name in given.scenario if name not in SCENARIOS]
    if unknown:
        parser.error(f"no such scenario: {', '.join(unknown)}; --list names them")
    return given


async def run(names: Iterable[str]) -> list[Outcome]:
    """Outcomes of scenarios on stacks of their own, on free ports, in a directory of its own."""
    wanted = list(dict.fromkeys(names))
    calls = [name for name in wanted if name in SIDE_BY_SIDE]
    shut = [name for name in wanted if name in CLOSED]
    voiced = [name for name in wanted if name in VOICED]
    extended = [name for name in wanted if name in EXTENSIONS]
    others = [name for name in wanted if name not in {*calls, *shut, *voiced, *extended}]
    done: dict[str, Outcome] = {}
    with tempfile.TemporaryDirectory(prefix="charterline-demo-") as name:
        folder = Path(name)
        if not calls and not others:
            done = await rehearse_apart(folder, shut, voiced, extended, None)
            return [done[name] for name in wanted]
        async with rehearsal_stack(OFFICE, folder / "open") as stack:
            # those that are judged by tenths of a second have the machine for themselves
            done = await rehearse(stack, calls)
            prompts = stack.state / "prompts"
            more = await asyncio.gather(
                rehearse(stack, others), rehearse_apart(folder, shut, voiced, extended, prompts)
            )
    for part in more:
        done |= part
    return [done[name] for name in wanted]


def main(words: list[str] | None = None) -> int:
    """Exit 0 when every ledger equals the truth, else 1."""
    given = _arguments(words)
    if given.list:
        for name, scenario in SCENARIOS.items():
            print(f"{name:32} {(scenario.__doc__ or '').strip()}")
        return 0
    try:
        outcomes = asyncio.run(run(given.scenario or SCENARIOS))
    except StackError as error:
        _tell(str(error))
        return 1
    for outcome in outcomes:
        print(outcome.line() if given.json else _plain(outcome), flush=True)
    wrong = [outcome.scenario for outcome in outcomes if not outcome.ok]
    _tell(
        f"{len(outcomes) - len(wrong)} of {len(outcomes)} right"
        + (f"; wrong: {', '.join(wrong)}" if wrong else "")
    )
    return 1 if wrong else 0


def _plain(outcome: Outcome) -> str:
    verdicts = " ".join(f"{promise} {result}" for promise, result in outcome.ledger.items())
    mark = "ok   " if outcome.ok else "WRONG"
    return f"{mark} {outcome.scenario:32} {verdicts} {'; '.join(outcome.why)}".rstrip()


if __name__ == "__main__":
    sys.exit(main())
