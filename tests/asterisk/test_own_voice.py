"""An officer who greets with his own voice: the PBX says nothing, at his answer and after a transfer."""

import shutil
from pathlib import Path

import pytest

from rehearsal.phone import answers
from tests.asterisk.pbx import pbx_alone
from tests.asterisk.transfers import OFFICE, goodbye, talking, until_talk

pytestmark = pytest.mark.pbx


async def test_nothing_is_played_before_the_talk_of_an_own_voice(tmp_path: Path) -> None:
    office = tmp_path / "office"
    shutil.copytree(OFFICE, office)
    directory, charter = office / "directory.toml", office / "charter.toml"
    text = directory.read_text(encoding="utf-8")
    for extension in ("5001", "5002"):
        line = f'extension = "{extension}"\n'
        assert text.count(line) == 1
        text = text.replace(line, f"{line}own_voice = true\n")
    directory.write_text(text, encoding="utf-8")
    told = charter.read_text(encoding="utf-8")
    charter.write_text(f"{told}greeting = true\nnotice = false\n", encoding="utf-8")
    async with pbx_alone(tmp_path / "state", office) as pbx:
        new = await pbx.stage.phone("5002", answers(1.0))
        seen, key = await talking(pbx, "5001")
        answer = await pbx.told(seen, Kind="Answered")
        assert (answer["Exten"], answer["Words"], answer["Reason"]) == ("5001", "none", "own_voice")
        await key.blind("5002")
        await until_talk(pbx, seen.call, new)
        await goodbye(pbx, seen)
        words = [n["Prompt"] for n in pbx.of(seen) if n["Kind"] == "Prompt"]
        assert not {"greeting", "apology"} & set(words), words
        # a colleague without an own voice is still greeted for
        greeted, _ = await talking(pbx, "5003")
        answer = await pbx.told(greeted, Kind="Answered")
        assert (answer["Words"], answer["Reason"]) == ("greeting", "on_time")
        await goodbye(pbx, greeted)
        assert pbx.complaints() == []
