"""From the order to the new phone's INVITE: one press on the officer's page against a bare BlindTransfer.

Ours goes from the page's POST through the database, Redis and the bridge to the PBX, and there through our
dialplan. The bare one is written to AMI straight away, and its context holds nothing but a Dial. Both begin
with the first byte written to the socket, and are measured in turn on one PBX, never two at once, half a
second into the talk: nobody presses sooner, and what the answer told is in the ledger by then. The end is the
kernel's stamp of the INVITE at the phone.

All pairs are told, and those apart during which the machine kept its pace (`bench.pace`): of the others it
cannot be said what they measure.
"""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Self

from rehearsal.bench.figures import spread
from rehearsal.bench.pace import STEADY, Pace
from rehearsal.phone import Instant, answers
from rehearsal.phone.audio import hears_tone
from rehearsal.scenarios.desks import Desk
from rehearsal.scenarios.stage import Seen, Stage
from rehearsal.scenarios.waiting import NotSeenError
from stack.settings import TREE

Order = Callable[[Seen, int], Awaitable[Instant]]
Span = tuple[Instant, Instant]
"""From the order to the INVITE."""
Pair = tuple[Span, Span]
"""Ours and the bare one after it."""
DEPARTMENT = "pass"
_BARE = "bare-transfer"
_LANES = 4
_PATIENCE_S = 30.0
_WARM_UP = 2
_INTO_THE_TALK_S = 0.5


class Ami:
    """A plain AMI session, as anybody would write one. Use it with `async with`."""

    def __init__(self, port: int, user: str, secret: str) -> None:
        self._port, self._login = port, {"Username": user, "Secret": secret, "Events": "off"}

    async def __aenter__(self) -> Self:
        self._reader, self._writer = await asyncio.open_connection("127.0.0.1", self._port)
        await self._reader.readline()
        await self.action("Login", self._login)
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._writer.close()
        await self._writer.wait_closed()

    async def action(self, name: str, fields: Mapping[str, str]) -> Instant:
        """Send an action and wait for its success; the instant is that of the sending."""
        lines = [f"Action: {name}", *(f"{key}: {value}" for key, value in fields.items())]
        sent = Instant.now()
        self._writer.write(("\r\n".join(lines) + "\r\n\r\n").encode())
        if "Response: Success" not in (told := await self._block()):
            raise NotSeenError(f"{name}: {told}")
        return sent

    async def channel_of(self, endpoint: str) -> str:
        """The channel of this phone, which must have one; raises NotSeenError."""
        await self.action("CoreShowChannels", {})
        found = ""
        while "CoreShowChannelsComplete" not in (block := await self._block()):
            named = [line.partition(": ")[2] for line in block.splitlines() if line.startswith("Channel: ")]
            found = next((name for name in named if name.startswith(f"PJSIP/{endpoint}-")), found)
        if not found:
            raise NotSeenError(f"{endpoint} has no channel")
        return found

    async def _block(self) -> str:
        return (await self._reader.readuntil(b"\r\n\r\n")).decode()


async def transfer(stage: Stage, ami: Ami, etc: Path, *, pairs: int = 200) -> dict[str, object]:
    """Milliseconds of both ways, and what ours adds, pair by pair. `etc`: Asterisk's configuration.

    `at_pace`: the same of the pairs during which the machine was not slow; None where that is not known.
    """
    officers = stage.office.directory.officers.values()
    desks = [officer.extension for officer in officers if officer.department == DEPARTMENT]
    measured = asyncio.Lock()
    lanes = [
        _Lane(stage, ami, measured, by, to)
        for by, to in zip(desks[:_LANES], desks[_LANES : 2 * _LANES], strict=True)
    ]
    for lane in lanes:
        await _console(etc, f"dialplan add extension {lane.to},1,Dial,PJSIP/{lane.to} into {_BARE}")
    async with Pace() as pace:
        found = await asyncio.gather(*(lane.run(pairs // _LANES) for lane in lanes))
    measured_pairs = [pair for lane in found for pair in lane]
    steady = [pair for pair in measured_pairs if all(pace.slowness(*span) < STEADY for span in pair)]
    return {**_told(measured_pairs), "at_pace": _told(steady) if pace.known and steady else None}


def _told(pairs: Sequence[Pair]) -> dict[str, object]:
    ours, bare = ([1000 * rang.since(ordered) for ordered, rang in way] for way in zip(*pairs, strict=True))
    added = [one - other for one, other in zip(ours, bare, strict=True)]
    return {"pairs": len(added), "added_ms": spread(added), "ours_ms": spread(ours), "bare_ms": spread(bare)}


@dataclass(frozen=True, slots=True)
class _Lane:
    """One officer who passes citizens on to one colleague, one after the other."""

    stage: Stage
    ami: Ami
    measured: asyncio.Lock
    by: str
    to: str

    async def run(self, pairs: int) -> list[Pair]:
        """Each pair; the first ones only warm up and are left out."""
        await self.stage.phone(self.by, answers(0.0))
        await self.stage.phone(self.to, answers(0.1))
        desk = await self.stage.desk(self.by)
        found = [
            (await self._one(self._ours(desk)), await self._one(self._bare)) for _ in range(pairs + _WARM_UP)
        ]
        return found[_WARM_UP:]

    async def _one(self, order: Order) -> Span:
        """A citizen's call, passed on."""
        taken, rung = self.stage.taken, len(self.stage.taken.get(self.to, []))
        seen = self.stage.citizen(self.by)
        tone = self.stage.phones[self.by].tone_hz or 0
        await seen.call.until(lambda: hears_tone(seen.call, tone), _PATIENCE_S)
        ordered = await order(seen, rung)
        target = taken[self.to][rung]
        await seen.call.hang_up()
        await asyncio.gather(target.ended(_PATIENCE_S), taken[self.by][-1].ended(_PATIENCE_S))
        rang = target.record.invite
        if rang is None:
            raise NotSeenError(f"{self.to} was not rung")
        return ordered, rang

    def _ours(self, desk: Desk) -> Order:
        async def order(seen: Seen, rung: int) -> Instant:
            call_id = await desk.call_of(seen.caller)
            async with self.measured:
                await asyncio.sleep(_INTO_THE_TALK_S)
                ordered, answer = await desk.press_transfer(call_id, self.to, "")
                answer.raise_for_status()
                await self.stage.took(self.to, rung)
            return ordered

        return order

    async def _bare(self, seen: Seen, rung: int) -> Instant:
        async with self.measured:
            channel = await self.ami.channel_of(self.by)
            order = {"Channel": channel, "Context": _BARE, "Exten": self.to}
            await asyncio.sleep(_INTO_THE_TALK_S)
            ordered = await self.ami.action("BlindTransfer", order)
            await self.stage.took(self.to, rung)
        return ordered


async def _console(etc: Path, command: str) -> None:
    program = str(TREE / "bin" / "asterisk")
    done = await asyncio.create_subprocess_exec(
        program, "-C", str(etc / "asterisk.conf"), "-rx", command, stdout=asyncio.subprocess.DEVNULL
    )
    await done.wait()
