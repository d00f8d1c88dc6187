"""The voice service as a process of its own: it watches, stops in order, and provisioning makes the same."""

import os
import shutil
import signal
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import httpx
import numpy as np

from ivr.prompts import sound
from ivr.prompts.studio import Speech, open_studio, provide, token_of
from ivr.voice.__main__ import main
from office.folder import load_office
from rehearsal.scenarios.waiting import arrives
from tests.replay.play import ROOT
from tests.support.nursery import Nursling
from tests.support.processes import ended, free_port

OFFICE = ROOT / "tests" / "data" / "softphone-office"
SPEECH = Speech(espeak=Path("espeak-ng"), name="recorded")


def recording(pitch: float) -> bytes:
    at = np.arange(3 * sound.RATE) / sound.RATE
    return sound.wav((0.3 * np.sin(2 * np.pi * pitch * at) * np.sin(9 * at)).astype(np.float32))


@asynccontextmanager
async def service(office: Path, state: Path) -> AsyncIterator[httpx.AsyncClient]:
    """Up and healthy; it must obey SIGTERM."""
    port = free_port()
    named = {
        "CHARTERLINE_OFFICE": str(office),
        "CHARTERLINE_STATE": str(state),
        "CHARTERLINE_VOICE": "recorded",
        "CHARTERLINE_VOICE_PORT": str(port),
    }
    process = Nursling(main, {**os.environ, **named}, state / "stderr.txt")
    token = f"Bearer {token_of(state)}"
    base_url = f"http://127.0.0.1:{port}"
    try:
        async with httpx.AsyncClient(base_url=base_url, headers={"Authorization": token}) as http:
            await arrives("the voice service", lambda: _healthy(http), 60)
            yield http
    finally:
        assert process.returncode is None, "it ended by itself"
        process.send_signal(signal.SIGTERM)
        code, told = await ended(process)
        assert code in (0, -signal.SIGTERM), told


async def _healthy(http: httpx.AsyncClient) -> bool:
    try:
        return bool((await http.get("/healthz")).json()["state"] == "up")
    except httpx.TransportError:
        return False


def files(state: Path) -> dict[str, bytes]:
    folder = state / "prompts"
    return {
        str(path.relative_to(folder)): path.read_bytes()
        for path in folder.rglob("*")
        if path.suffix == ".wav"
    }


async def test_what_is_put_into_the_folder_is_heard_and_provisioning_makes_the_same(tmp_path: Path) -> None:
    office, state = tmp_path / "office", tmp_path / "state"
    shutil.copytree(OFFICE, office)
    async with service(office, state) as http:
        own = office / "recordings" / "officer" / "o5002" / "greeting.wav"
        own.parent.mkdir(parents=True)
        own.write_bytes(recording(700))

        async def heard() -> bool:
            return (state / "prompts/desk/5002/greeting.wav").is_file()

        await arrives("the new recording", heard, 60)
        params = {"name": "dept/window/greeting"}
        (await http.post("/recordings", params=params, content=recording(900))).raise_for_status()
    made = files(state)
    assert {"desk/5001/greeting.wav", "desk/5002/greeting.wav", "hold/hold.wav"} <= made.keys()
    assert made["desk/5001/greeting.wav"] != made["desk/5002/greeting.wav"]

    shutil.rmtree(state / "prompts")
    provide(open_studio(load_office(office), office, state, SPEECH, lambda _: None), lambda _: None)
    assert files(state) == made


async def test_a_service_that_is_killed_leaves_the_prompts_as_they_are(tmp_path: Path) -> None:
    office, state = tmp_path / "office", tmp_path / "state"
    shutil.copytree(OFFICE, office)
    async with service(office, state) as http:
        params = {"name": "officer/o5001/apology"}
        (await http.post("/recordings", params=params, content=recording(800))).raise_for_status()
        before = files(state)
    assert files(state) == before
    async with service(office, state):
        assert files(state) == before
