"""Transfers on a PBX that stands alone: a citizen in a talk, the officer's codes, what was told and heard.

Owns the means of the tests beside it; judges nothing but silence.
"""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable, Coroutine
from pathlib import Path

from rehearsal.phone import (
    Answering,
    Call,
    CallEndedError,
    IncomingCall,
    Instant,
    Phone,
    TransferKey,
    answers,
)
from rehearsal.phone.audio import RINGBACK, heard, hears_tone, silences
from rehearsal.scenarios.stage import Seen
from tests.asterisk.pbx import Note, Pbx, pbx_alone

OFFICE = Path(__file__).parents[1] / "data" / "transfer-office"
Plan = Answering | Callable[[IncomingCall], Answering]
Told = list[tuple[str, str, str]]
_SOON = answers(0.3)
_LONGEST_SILENCE_S = 1.5
_RINGBACK_OFF_S = 2.0
_LATE_S = 0.8  # by which a busy machine's packets may come late; the next gap is shorter by as much
_TOLD = {"Dial": "Role", "Absent": "Why", "Transfer": "Refused", "Memo": "TakenBy"}
# a REFER to a number that is not the office's is told as an error (res_pjsip_refer.c)
_UNKNOWN_TARGET = "attempted blind transfer to"


@contextlib.asynccontextmanager
async def transfer_pbx(state: Path) -> AsyncIterator[Pbx]:
    """The PBX of the transfer office; at the end it must not have complained."""
    async with pbx_alone(state, OFFICE) as running:
        yield running
        assert [line for line in running.complaints() if _UNKNOWN_TARGET not in line] == []


async def hears(pbx: Pbx, seen: Seen, endpoint: str) -> None:
    """Wait until the citizen hears this phone."""
    tone = pbx.stage.phones[endpoint].tone_hz or 0
    await seen.call.until(lambda: hears_tone(seen.call, tone), 40)


async def talking(
    pbx: Pbx, extension: str, answering: Plan = _SOON, *, phone: Phone | None = None, private: bool = False
) -> tuple[Seen, TransferKey]:
    """A citizen in a talk with the officer of `extension`, and that officer's transfer key."""
    phone = phone or await pbx.stage.phone(extension, answering)
    seen = pbx.stage.citizen(extension, private=private)
    call = await pbx.stage.took(extension)
    await hears(pbx, seen, extension)
    await call.until(lambda: hears_tone(call, pbx.stage.carrier.tone_hz or 0), 20)
    return seen, TransferKey(phone, call)


async def press(pbx: Pbx, call: Call, code: str, number: str) -> None:
    """A feature code, and once the PBX asks for it, a number."""
    await call.send_digits(code)
    asks = pbx.stage.cue("office/transfer-which")
    await call.until(lambda: asks.sounds(call), 20)
    with contextlib.suppress(CallEndedError):  # the last key may be cut: the number was whole
        await call.send_digits(number)


async def goodbye(pbx: Pbx, seen: Seen) -> None:
    """The citizen hangs up, and the journal has it."""
    await seen.call.hang_up()
    await pbx.told(seen, Kind="End")


def told(notes: list[Note]) -> Told:
    """Notes that tell of a transfer, from it on: (kind, extension, role, reason or refusal)."""
    short = [(n["Kind"], n["Exten"], n[_TOLD[n["Kind"]]]) for n in notes if n["Kind"] in _TOLD]
    return short[next(i for i, (kind, *_) in enumerate(short) if kind == "Transfer") :]


async def side_by_side(*scenes: Coroutine[object, object, object]) -> None:
    await asyncio.gather(*scenes)


def no_long_silence(call: Call, since: Instant, until_s: float) -> None:
    """From `since` for `until_s` seconds nothing but ringback's own pause is silent for longer than 1.5 s."""
    rings = [h.end_s for h in heard(call, {"ringback": RINGBACK}, since=since) if h.name == "ringback"]
    for gap in silences(call, _LONGEST_SILENCE_S, since=since):
        start_s, end_s = max(gap.start_s, 0.0), min(gap.end_s, until_s)
        if end_s - start_s > _LONGEST_SILENCE_S:
            assert any(abs(gap.start_s - ring_end_s) < 0.2 for ring_end_s in rings), gap
            assert end_s - start_s < _RINGBACK_OFF_S + _LATE_S, gap


async def until_talk(pbx: Pbx, call: Call, phone: Phone) -> None:
    """Until `call`, which is not the stage's citizen, hears this phone."""
    await call.until(lambda: hears_tone(call, phone.tone_hz or 0), 40)


async def order(pbx: Pbx, seen: Seen, exten: str) -> Note:
    """BlindTransfer, as the officer's page has it done."""
    peer = (await pbx.told(seen, Kind="Answered"))["Peer"]
    async with pbx.ami() as ami:
        target = (("Context", "transfer"), ("Exten", exten))
        return await ami.ask("BlindTransfer", ("Channel", peer), *target)
