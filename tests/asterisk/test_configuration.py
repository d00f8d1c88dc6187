"""What Asterisk makes of the rendered configuration: no complaint at boot or in a call, odd names or not."""

import re
import shutil
from pathlib import Path

import pytest

from office.folder import load_office
from rehearsal.demo import OFFICE, line_of
from rehearsal.scenarios.calls import on_time
from rehearsal.scenarios.stage import Stage
from rehearsal.scenarios.truth import judge
from stack.settings import Part, StackSettings
from stack.stack import Stack

pytestmark = pytest.mark.pbx
STRANGE = "김,철수;(갑)&'을'|{x} [기획] \\\\ <9>"


def complaints(stack: Stack) -> list[str]:
    log = (stack.state / "asterisk" / "log" / "messages.log").read_text(encoding="utf-8")
    return [line for line in log.splitlines() if re.search(r" (WARNING|ERROR)\[", line)]


def pbx_alone(office: Path, state: Path) -> Stack:
    return Stack(StackSettings(office=office, state=state, parts=frozenset({Part.ASTERISK})))


async def test_the_example_office_boots_without_a_complaint(tmp_path: Path) -> None:
    async with pbx_alone(Path("examples/pyeongchang"), tmp_path / "state") as stack:
        assert complaints(stack) == []


async def test_a_strange_name_harms_nothing_and_the_pbx_alone_greets(tmp_path: Path) -> None:
    office = tmp_path / "office"
    shutil.copytree(OFFICE, office)
    directory = office / "directory.toml"
    text = directory.read_text(encoding="utf-8").replace('name = "김하나"', f'name = "{STRANGE}"')
    assert STRANGE in text
    directory.write_text(text, encoding="utf-8")
    async with pbx_alone(office, tmp_path / "state") as stack:
        async with Stage(load_office(office), line_of(stack), stack.state / "prompts") as stage:
            seen = await on_time(stage)
        truth = judge(seen, stack.state / "prompts")
        kept = {name: value for name, value in truth.verdicts.items() if value != "not_applicable"}
        assert kept == {"T1": "kept", "T2": "kept", "T8": "kept"}
        assert complaints(stack) == []
