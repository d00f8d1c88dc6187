"""The scenarios of the office's voice: what a citizen hears is held against the prompt file itself.

They have a stack of their own, since they change its office folder while it runs.
"""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path

import httpx

from rehearsal.phone import answers
from rehearsal.phone.audio import load_prompt
from rehearsal.phone.likeness import likeness
from rehearsal.phone.rtp import Pcm
from rehearsal.phone.timeline import timeline
from rehearsal.scenarios.calls import talk
from rehearsal.scenarios.stage import Seen, Stage
from rehearsal.scenarios.waiting import arrives

_ALIKE = 0.9
_RENDERED_S = 60.0


@dataclass(frozen=True, slots=True)
class Voice:
    """The office's folder, and the voice service of its stack."""

    folder: Path
    http: httpx.AsyncClient

    async def said(self, text: str) -> bytes:
        """A sentence as WAV, kept nowhere."""
        return (await self.http.post("/say", json={"text": text, "rate": 16_000})).raise_for_status().content


async def greeting_synthetic(stage: Stage, voice: Voice) -> Seen:
    """Nobody recorded anything: the citizen hears the department's synthetic greeting, whole."""
    del voice
    return await _greeted(stage, "3002", stage.prompts / "dept/calls/greeting.wav")


async def greeting_by_recording(stage: Stage, voice: Voice) -> Seen:
    """An officer records his greeting while all runs: the next citizen hears it, and nobody else's do."""
    recording = await voice.said("안녕하십니까, 전화과 김하나입니다. 무엇을 도와드릴까요?")
    params = {"name": "officer/on_time/greeting"}
    (await voice.http.post("/recordings", params=params, content=recording)).raise_for_status()
    seen = await _greeted(stage, "3001", stage.prompts / "officer/on_time/greeting.wav")
    department = load_prompt(stage.prompts / "dept/calls/greeting.wav")
    seen.checks["the department's greeting was not heard"] = await _alike(seen, department) < _ALIKE
    return seen


async def new_officer_mid_day(stage: Stage, voice: Voice) -> Seen:
    """A new officer takes over a desk, his department has a new name: both are heard without a restart."""
    before = (stage.prompts / "dept/pickup/greeting.wav").read_bytes()
    recording = voice.folder / "recordings" / "officer" / "newcomer" / "greeting.wav"
    recording.parent.mkdir(parents=True)
    recording.write_bytes(await voice.said("안녕하십니까, 새로 온 나새롬입니다."))
    directory = voice.folder / "directory.toml"
    text = directory.read_text(encoding="utf-8")
    text = text.replace('id = "edge_in"\nname = "박세나"', 'id = "newcomer"\nname = "나새롬"')
    directory.write_text(text.replace('name = "당겨받기과"', 'name = "민원봉사과"'), encoding="utf-8")

    async def in_place() -> bool:
        own = stage.prompts / "officer/newcomer/greeting.wav"
        played = stage.prompts / "desk/3003/greeting.wav"
        return own.is_file() and own.read_bytes() == played.read_bytes()

    async def renamed() -> bool:
        return (stage.prompts / "dept/pickup/greeting.wav").read_bytes() != before

    await arrives("the new officer's greeting", in_place, _RENDERED_S)
    await arrives("the renamed department's greeting", renamed, _RENDERED_S)
    return await _greeted(stage, "3003", stage.prompts / "officer/newcomer/greeting.wav")


async def _greeted(stage: Stage, extension: str, wanted: Path) -> Seen:
    """One call that is answered in time; the greeting heard is that file."""
    await stage.phone(extension, answers(1.0))
    seen = stage.citizen(extension)
    seen.words = f"desk/{extension}"
    await talk(stage, seen, extension)
    await seen.call.hang_up()
    alike = await _alike(seen, load_prompt(wanted))
    seen.checks[f"the greeting heard is the prompt file ({alike:.2f} of 1)"] = alike >= _ALIKE
    return stage.gather(seen, extension)


async def _alike(seen: Seen, prompt: Pcm) -> float:
    line = timeline(seen.call.media.received)
    return await asyncio.to_thread(likeness, line.samples, prompt) if line else 0.0


VOICED: dict[str, Callable[[Stage, Voice], Awaitable[Seen]]] = {
    "greeting-synthetic": greeting_synthetic,
    "greeting-by-recording": greeting_by_recording,
    "new-officer-mid-day": new_officer_mid_day,
}
