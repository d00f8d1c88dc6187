"""A transfer answered with words before the talk, as an office may wish it."""

import shutil
from pathlib import Path

import pytest

from rehearsal.phone import (
    Instant,
    answers,
)
from tests.asterisk.pbx import pbx_alone
from tests.asterisk.transfers import (
    OFFICE,
    goodbye,
    no_long_silence,
    talking,
    until_talk,
)

pytestmark = pytest.mark.pbx


@pytest.mark.parametrize("wish", ["greeting", "officer_note"])
async def test_words_before_the_talk(wish: str, tmp_path: Path) -> None:
    office = tmp_path / "office"
    shutil.copytree(OFFICE, office)
    charter = office / "charter.toml"
    text = charter.read_text(encoding="utf-8")
    charter.write_text(f"{text}{wish} = true\nnotice = false\n", encoding="utf-8")
    async with pbx_alone(tmp_path / "state", office) as pbx:
        new = await pbx.stage.phone("5002", answers(1.0))
        seen, key = await talking(pbx, "5001")
        await key.blind("5002")
        call = await pbx.stage.took("5002")
        heard_by, file = (
            (seen.call, "dept/window/greeting") if wish == "greeting" else (call, "office/note-transfer")
        )
        words = pbx.stage.cue(file)
        await heard_by.until(lambda: words.sounds(heard_by), 20)
        await until_talk(pbx, seen.call, new)
        answered = call.record.answered
        assert answered
        no_long_silence(seen.call, answered, Instant.now().since(answered))
        await goodbye(pbx, seen)
        assert [n["Kind"] for n in pbx.of(seen)].count("Answered") == 1
        assert pbx.complaints() == []
