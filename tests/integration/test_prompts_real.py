"""The studio against the voice service itself, as a process of its own, with the last resort's voice."""

import asyncio
import os
import shutil
import signal
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import httpx
import pytest

from ivr.voice.__main__ import main
from memo_service.access.actor import Actor
from memo_service.clock import machine_clock
from memo_service.db.migrate import migrate
from memo_service.db.session import open_engine
from memo_service.prompts.keeper import Keeper
from memo_service.prompts.service import NewText, Studio
from memo_service.prompts.voice import VoiceClient, VoiceRefusedError
from office.folder import load_office
from stack.programs import installed
from tests.support.fake_voice import tone
from tests.support.memo import PLAIN, ROOT, eventually, free_port
from tests.support.nursery import Nursling
from tests.support.processes import ended

OWN, PLACE, KEY = "officer/o5001/greeting", "dept/window/greeting", "greet-noname"
NEW = "반갑습니다, {office} {dept}입니다."
SPOKEN = tone(3.0, hz=700, rate=16_000)
ALWAYS = '[words]\nsynthetic = "always"\n'


class Real:
    """One studio and one voice service."""

    def __init__(self, folder: Path, url: str, token: str, office: Path) -> None:
        engine = open_engine(f"sqlite:///{folder / 'office.sqlite3'}")
        migrate(engine)
        self.voice = VoiceClient(url, token)
        self.keeper = Keeper(self.voice, engine, machine_clock)
        self.studio = Studio(engine, self.voice, self.keeper, machine_clock)
        directory = load_office(office).directory
        self.admin, self.officer = (Actor.of(directory, name) for name in ("o5002", "o5001"))

    async def until(self, holds: Callable[[], object]) -> None:
        """Look again until it holds, with pauses: listing all prompts takes its time from speaking them."""
        async with asyncio.timeout(120):
            while True:
                if await self.keeper.at_once() and holds():
                    return
                await asyncio.sleep(0.3)

    def __getitem__(self, name: str) -> tuple[bool, str | None, str]:
        prompt = self.studio.prompt(name)
        return prompt.live, prompt.waits, prompt.source


@pytest.fixture
async def real(tmp_path: Path) -> AsyncIterator[Real]:
    office, state, port = tmp_path / "office", tmp_path / "state", free_port()
    shutil.copytree(ROOT / "tests" / "data" / "softphone-office", office)
    charter, directory = office / "charter.toml", office / "directory.toml"
    charter.write_text(charter.read_text("utf-8").replace(ALWAYS, ""), "utf-8")
    admin = 'id = "o5002"\nrole = "administrator"'
    directory.write_text(directory.read_text("utf-8").replace('id = "o5002"', admin), "utf-8")
    given = {
        "OFFICE": office,
        "STATE": state,
        "VOICE": "espeak",
        "VOICE_PORT": port,
        "ESPEAK": installed("espeak-ng"),
    }
    named = {f"CHARTERLINE_{name}": str(value) for name, value in given.items()}
    process = Nursling(main, {**os.environ, **named}, state / "stderr.txt")
    url = f"http://127.0.0.1:{port}"
    try:
        await asyncio.to_thread(
            eventually, lambda: httpx.get(f"{url}/healthz", trust_env=False, verify=PLAIN).is_success
        )
        found = Real(tmp_path, url, (state / "voice" / "token").read_text("utf-8").strip(), office)
        assert await found.keeper.at_once()
        yield found
        await found.voice.close()
    finally:
        process.send_signal(signal.SIGTERM)
        await ended(process)


async def test_an_officers_recording_is_heard_once_it_is_approved(real: Real) -> None:
    assert real.officer
    assert real.admin
    assert real[OWN] == (False, "recording", "none")
    with pytest.raises(VoiceRefusedError) as refused:
        await real.studio.record(real.officer, OWN, tone(3.0, level=3.0), "audio/wav")
    assert (refused.value.code, isinstance(refused.value.figure, int)) == ("clipped", True)
    await real.studio.record(real.officer, OWN, SPOKEN, "audio/wav")
    assert real[OWN] == (False, "approval", "recorded")
    sound = await real.studio.sound(real.officer, OWN)
    assert sound.content == real.studio.prompt(OWN).content
    real.studio.approve(real.admin, OWN, sound.content)
    await real.until(lambda: real[OWN] == (True, None, "recorded"))
    await real.studio.remove(real.officer, OWN)
    assert real[OWN] == (False, "recording", "none")


async def test_a_text_is_read_anew_and_asks_anew(real: Real) -> None:
    assert real.admin
    await real.until(lambda: real[PLACE] == (False, "approval", "synthetic"))
    real.studio.approve(real.admin, PLACE, real.studio.prompt(PLACE).content or "")
    await real.until(lambda: real[PLACE] == (True, None, "synthetic"))
    real.studio.change_text(real.admin, KEY, NewText(NEW, 0))
    await real.until(lambda: real[PLACE] == (False, "approval", "synthetic"))
    assert (real.studio.prompt(PLACE).spoken or "").startswith("반갑습니다, 전화군청")
    assert not real.keeper.seen.refused
    said = await real.studio.say(real.admin, "회신기한은 2시까지입니다.")
    assert said.wav.startswith(b"RIFF")
    assert "두 시" in said.spoken
