"""The scenario that kills the web service under a call in a browser: nothing of that call is in it."""

import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from rehearsal.phone import rings_on
from rehearsal.phone.audio import hears_tone
from rehearsal.scenarios.stage import Seen, Stage
from rehearsal.softphone import browser_with_voice, softphone_of

if TYPE_CHECKING:
    from rehearsal.scenarios.alone import Parts

_VOICE_HZ = 1000
_PATIENCE_S = 30.0


async def web_dead_softphone_talks(stage: Stage, parts: "Parts") -> Seen:
    """An officer talks in his browser. The web service dies, then his line: he talks on, and hangs up."""
    caller = await stage.phone("3140", rings_on())
    with tempfile.TemporaryDirectory(prefix="charterline-voice-") as folder:
        async with browser_with_voice(Path(folder), _VOICE_HZ) as browser:
            officer = await softphone_of(browser, stage.pages, stage.officer("3141"))
            await officer.ready()
            call = caller.call("3141")
            seen = Seen(call, [], "3141", "calls", call_class="internal", judged=False)
            seen.tones["browser"] = _VOICE_HZ
            await officer.phase("ringing")
            await officer.press("answer")
            await call.answered()
            for event in ("before", "web dead", "line lost"):
                if event == "web dead":
                    await parts.kill("memo_service")
                elif event == "line lost":
                    await officer.cut()
                    await officer.line("lost")
                await officer.hears(caller.tone_hz or 0)
                await call.until(lambda: hears_tone(call, _VOICE_HZ), _PATIENCE_S)
            await officer.line("ready")
            await officer.press("hang_up")
            await call.ended()
    await parts.start_part("memo_service")
    seen.checks["the browser could hang up over its new line"] = call.record.bye_sent_by_us is False
    return seen


SCENARIOS = {"web-dead-softphone-talks": web_dead_softphone_talks}
