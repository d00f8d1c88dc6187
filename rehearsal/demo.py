"""`python -m rehearsal.demo`: real SIP calls on their own stack; the ledger held against the phones' truth.

Owns the order: what can share the PBX runs side by side, then what kills a part, one by one.
"""

import argparse
import asyncio
import json
import sys
import tempfile
from collections.abc import Awaitable, Iterable
from dataclasses import dataclass, field
from pathlib import Path

from office.folder import load_office
from rehearsal.phone import PortRange
from rehearsal.scenarios.alone import ALONE
from rehearsal.scenarios.calls import SIDE_BY_SIDE
from rehearsal.scenarios.ledger import Ledger, NotInLedgerError
from rehearsal.scenarios.stage import Line, Seen, Stage
from rehearsal.scenarios.truth import Truth, judge
from stack.errors import StackError
from stack.stack import Stack, rehearsal_stack

OFFICE = Path(__file__).parent / "office"


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


async def rehearse(stack: Stack, names: Iterable[str]) -> list[Outcome]:
    """Run scenarios on a running stack; outcomes in the order of `names`."""
    wanted = list(dict.fromkeys(names))
    ledger = Ledger(stack.url)
    done: dict[str, Outcome] = {}
    try:
        async with Stage(load_office(OFFICE), line_of(stack), stack.state / "prompts") as stage:
            together = [name for name in wanted if name in SIDE_BY_SIDE]
            _tell(f"{len(together)} scenarios side by side")
            played = await asyncio.gather(*(_play(SIDE_BY_SIDE[name](stage)) for name in together))
            for name, seen in zip(together, played, strict=True):
                done[name] = await _outcome(name, seen, stage.prompts, ledger)
            for name in (name for name in wanted if name in ALONE):
                _tell(f"{name} (alone)")
                seen = await _play(ALONE[name](stage, stack))
                done[name] = await _outcome(name, seen, stage.prompts, ledger)
    finally:
        await ledger.close()
    return [done[name] for name in wanted]


def line_of(stack: Stack) -> Line:
    """How phones reach the PBX of a running stack."""
    base = stack.ports.base
    return Line(
        pbx=("127.0.0.1", stack.ports.sip.number),
        passwords=stack.secrets["phones"],
        trunk_secret=stack.secrets["trunk"],
        carrier_port=base + 500,
        ports=PortRange(base + 502, base + 899),
    )


async def _play(scenario: Awaitable[Seen]) -> Seen | Exception:
    """A scenario that fails is told with the others; it does not stop them."""
    try:
        return await scenario
    except Exception as error:
        return error


async def _outcome(name: str, seen: Seen | Exception, prompts: Path, ledger: Ledger) -> Outcome:
    if isinstance(seen, Exception):
        return Outcome(name, why=[f"the scenario could not be played: {type(seen).__name__}: {seen}"])
    truth = await asyncio.to_thread(judge, seen, prompts)
    outcome = Outcome(name, _told(truth, seen))
    try:
        outcome.ledger = dict(await ledger.verdicts(seen))
        if seen.withheld and await ledger.holds(seen.caller):
            outcome.why.append("the withheld number stands in the ledger")
    except NotInLedgerError as error:
        outcome.why.append(str(error))
    outcome.why += [f"{p}: truth {t}, ledger {outcome.ledger.get(p)}" for p, t in truth.verdicts.items()
                    if outcome.ledger.get(p) != t]  # fmt: skip
    outcome.why += [f"not so: {check}" for check, held in seen.checks.items() if not held]
    return outcome


def _told(truth: Truth, seen: Seen) -> dict[str, object]:
    return {**truth.verdicts, "measured": dict(truth.measured), "checks": dict(seen.checks)}


def _tell(text: str) -> None:
    sys.stderr.write(f"demo: {text}\n")


def _arguments(words: list[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="scripts/demo", description="Real SIP calls against the ledger.")
    parser.add_argument("scenario", nargs="*", help="scenarios to play; all by default")
    parser.add_argument("--json", action="store_true", help="one JSON line a scenario")
    parser.add_argument("--list", action="store_true", help="name the scenarios and exit")
    given = parser.parse_args(words)
    unknown = [name for name in given.scenario if name not in SIDE_BY_SIDE | ALONE]
    if unknown:
        parser.error(f"no such scenario: {', '.join(unknown)}; --list names them")
    return given


async def run(names: Iterable[str]) -> list[Outcome]:
    """Outcomes of scenarios on a stack of their own, on free ports, in a directory of its own."""
    with tempfile.TemporaryDirectory(prefix="charterline-demo-") as folder:
        async with rehearsal_stack(OFFICE, Path(folder)) as stack:
            return await rehearse(stack, names)


def main(words: list[str] | None = None) -> int:
    """Exit 0 when every ledger equals the truth, else 1."""
    given = _arguments(words)
    if given.list:
        for name, scenario in (SIDE_BY_SIDE | ALONE).items():
            print(f"{name:32} {(scenario.__doc__ or '').strip()}")
        return 0
    try:
        outcomes = asyncio.run(run(given.scenario or [*SIDE_BY_SIDE, *ALONE]))
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
