"""An officer at the softphone: the real page in a real Chromium with a microphone that says one tone.

Presses what the officer would press and measures what his headset gets. Judges nothing, and knows of the PBX
no more than the page does.
"""

import math
import struct
import wave
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from playwright.async_api import Browser, Locator, Page

from rehearsal.browser import chromium

_RATE = 48_000
# A steady tone is noise to a noise suppressor: a rehearsal hears the line, not the clean-up of its own voice.
# What the page hears is measured on the streams that its connections receive.
_EARS = """
(() => {
  const plain = { echoCancellation: false, noiseSuppression: false, autoGainControl: false };
  const devices = navigator.mediaDevices, open = devices.getUserMedia.bind(devices);
  devices.getUserMedia = ({ audio }) => open({ audio: { ...audio, ...plain } });
  const streams = [], Plain = window.RTCPeerConnection;
  window.RTCPeerConnection = class extends Plain {
    constructor(...given) {
      super(...given);
      this.addEventListener("track", ({ track }) => {
        streams.push({ connection: this, stream: new MediaStream([track]) });
      });
    }
  };
  const sockets = [], Socket = window.WebSocket;
  window.WebSocket = class extends Socket { constructor(...given) { super(...given); sockets.push(this); } };
  let ear = null;
  window.rehearsal = {
    cut: () => sockets.forEach((socket) => socket.close()),
    // the loudest frequency heard now in Hz, 0 for silence, in the newest live call
    hears: () => {
      const live = streams.filter(({ connection }) => connection.connectionState !== "closed").at(-1);
      if (!live) return 0;
      if (ear?.live !== live) {
        const context = ear?.context || new AudioContext();
        const analyser = new AnalyserNode(context, { fftSize: 8192, smoothingTimeConstant: 0 });
        context.createMediaStreamSource(live.stream).connect(analyser);
        ear = { live, context, analyser };
      }
      const levels = new Float32Array(ear.analyser.frequencyBinCount);
      ear.analyser.getFloatFrequencyData(levels);
      const loudest = levels.indexOf(Math.max(...levels));
      return levels[loudest] < -60 ? 0 : loudest * ear.context.sampleRate / ear.analyser.fftSize;
    },
  };
})();
"""


class Softphone:
    """One officer's window. Its methods wait for what they promise; playwright's errors say what did not."""

    def __init__(self, page: Page) -> None:
        self.page = page

    @property
    def call(self) -> Locator:
        """The newest call."""
        return self.page.locator(".sp-call").last

    async def open(self) -> None:
        """Open the window; it starts by itself, the microphone being allowed."""
        await self.page.goto("/softphone")

    async def line(self, state: str) -> None:
        """Wait until the line is in this state (softphone-line.js)."""
        await self.page.locator(f'body[data-line="{state}"]').wait_for(timeout=40_000)

    async def ready(self) -> None:
        """Open the window and wait until it may ring."""
        await self.open()
        await self.line("ready")

    async def phase(self, phase: str, calls: int = 1) -> None:
        """Wait until the newest of `calls` calls is ringing, dialling or talking."""
        newest = self.page.locator(f'.sp-call:nth-child({calls})[data-phase="{phase}"]')
        await newest.wait_for(timeout=40_000)

    async def press(self, act: str, call: int = -1) -> None:
        """Press a button of a call: answer, reject, hold, mute, keypad, pass, join, hang_up."""
        await self.page.locator(".sp-call").nth(call).locator(f'[data-act="{act}"]').click()

    async def keys(self, digits: str) -> None:
        """Press digits on the number pad."""
        await self.press("keypad")
        for digit in digits:
            await self.call.locator(f'[data-key="{digit}"]').click()

    async def dial(self, number: str) -> None:
        """Call a number."""
        await self.page.fill("#number", number)
        await self.page.click("#dial button")

    async def pass_on(self, number: str, *, ask_first: bool) -> None:
        """Pass the newest call on to a number."""
        await self.press("pass")
        await self.call.locator(".sp-pass input").fill(number)
        await self.call.locator(f'.sp-pass button[value="{"ask" if ask_first else "blind"}"]').click()

    async def hears(self, hz: float) -> None:
        """Wait until the headset gets this tone; 0 is silence."""
        await self.page.wait_for_function(
            "hz => Math.abs(window.rehearsal.hears() - hz) < 20", arg=hz, polling=50, timeout=40_000
        )

    async def cut(self) -> None:
        """Break the connection to the PBX, as a network does."""
        await self.page.evaluate("window.rehearsal.cut()")

    async def desk(self) -> Page:
        """His desk page, in another tab of the same browser."""
        page = await self.page.context.new_page()
        await page.goto("/my")
        return page

    async def look(self) -> None:
        """Let it look after its registration now instead of within 20 s, as when a network comes back."""
        await self.page.evaluate("window.dispatchEvent(new Event('online'))")

    async def over(self) -> None:
        """Wait until no call is left."""
        await self.page.locator("#calls:empty").wait_for(state="attached", timeout=40_000)


@asynccontextmanager
async def browser_with_voice(folder: Path, hz: int) -> AsyncIterator[Browser]:
    """A Chromium whose microphone says a tone of `hz`; its file is written into `folder`."""
    voice = folder / f"voice-{hz}.wav"
    _write_tone(voice, hz)
    arguments = [
        "--use-fake-device-for-media-stream",
        "--use-fake-ui-for-media-stream",
        f"--use-file-for-fake-audio-capture={voice}",
        "--autoplay-policy=no-user-gesture-required",
    ]
    async with chromium(*arguments, voice=True) as browser:
        yield browser


async def softphone_of(browser: Browser, pages: str, officer: str) -> Softphone:
    """A browser window of its own in which the officer has taken his desk."""
    context = await browser.new_context(base_url=pages, permissions=["microphone"])
    await context.add_init_script(_EARS)
    await context.request.post("/desk", form={"officer": officer}, max_redirects=0)
    return Softphone(await context.new_page())


def _write_tone(path: Path, hz: int) -> None:
    """One second; Chromium plays it over and over, and whole waves fit."""
    samples = (round(12_000 * math.sin(2 * math.pi * hz * i / _RATE)) for i in range(_RATE))
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(_RATE)
        file.writeframes(b"".join(struct.pack("<h", sample) for sample in samples))
