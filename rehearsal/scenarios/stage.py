"""The stage of a rehearsal: the carrier with its citizens, the officers' phones, and what they saw.

Owns phones and their closing. Judges nothing (truth.py does) and asks the product nothing.
"""

import asyncio
from collections.abc import Callable, Mapping
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from datetime import datetime
from itertools import count
from pathlib import Path
from types import TracebackType
from typing import Self

from office.folder import Office
from rehearsal.phone import Answering, Call, Caller, IncomingCall, OutgoingCall, Phone, PortRange, answers
from rehearsal.phone.audio import load_prompt
from rehearsal.phone.cue import Cue
from rehearsal.scenarios.desks import Desk, flags_written
from rehearsal.scenarios.transfer_truth import Passed
from rehearsal.scenarios.waiting import arrives

# one a phone, and one a citizen who leaves word; clear of ringback and of each other
_TONES = range(900, 3400, 30)
_VOICES = range(915, 3400, 30)
_ANSWERS = answers(0.5)
_citizens = count(1)  # nobody's number comes twice, whichever stage he calls from


@dataclass(frozen=True, slots=True)
class Line:
    """How the phones reach the PBX: its address, the passwords, the port of the carrier.

    `pages` and `bridge` are the addresses of memo_service and of the bridge's health; empty without a bridge.
    """

    pbx: tuple[str, int]
    passwords: Mapping[str, str]
    trunk_secret: str
    carrier_port: int
    ports: PortRange
    pages: str
    bridge: str


@dataclass(slots=True, kw_only=True)
class Left:
    """What a citizen left in the memo menu, as he did it at his own phone.

    `number`: to call him, keyed and confirmed, or his own. `spoken_s`: how long he spoke. `asked`: he chose
    one of the moments offered. `recorded_by` menu or recorder (the dialplan alone). `whole`: all that a memo
    needs. `due_at` and `told`: the deadline, and the prompt files it is told by, where the scenario knows
    them beforehand.
    """

    voice_hz: int
    number: str
    spoken_s: float = 0.0
    asked: bool = False
    recorded_by: str = "menu"
    whole: bool = True
    due_at: datetime | None = None
    told: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Tried:
    """The office's calls back to one citizen: what officers' phones took, and what his took.

    `again`: his own second call, by which he got through. `moved_s`: how far the office's clock was moved on
    before.
    """

    officer: list[IncomingCall]
    citizen: list[IncomingCall]
    again: OutgoingCall | None = None
    moved_s: int = 0


@dataclass(eq=False, slots=True)
class Seen:
    """All that the phones saw of one call of a scenario, and how the product may be asked for it."""

    call: OutgoingCall
    officers: list[IncomingCall]
    desk: str
    department: str = ""
    call_class: str = "citizen"
    judged: bool = True
    observed_only: bool = False
    own_voice: bool = False
    """The officer greets himself: whatever the PBX says to the citizen is wrong."""
    withheld: bool = False
    picker: OutgoingCall | None = None
    caller: str = ""
    left: Left | None = None
    tried: Tried | None = None
    transfers: list[Passed] = field(default_factory=list)
    wanted: str = ""
    """Whom the memo is for, where that is not the desk he called."""
    words: str = ""
    """Where the words lie that he hears, where those are not his department's."""
    handed_over: bool = False
    """The officer handed the line over to the survey: he may go first (charter T8)."""
    rang_elsewhere: bool = False
    """His call came by another PBX, whose bells are not ours to count."""
    shift_s: int = 0
    tones: dict[str, int] = field(default_factory=dict)
    checks: dict[str, bool] = field(default_factory=dict)

    @property
    def answered(self) -> list[Call]:
        """The office's calls that were answered, in order of the answer."""
        legs: list[Call] = [*self.officers, *([self.picker] if self.picker else [])]
        up = [leg for leg in legs if leg.record.answered]
        return sorted(up, key=lambda leg: leg.record.answered or leg.record.events[0].at)

    @property
    def stayed(self) -> list[Call]:
        """Those that no passing on was to end."""
        passing = [leg for passed in self.transfers for leg in passed.legs]
        return [leg for leg in self.answered if leg not in passing]


class Stage:
    """Phones on one PBX. Use with `async with`; every phone it lends is closed with it."""

    def __init__(self, office: Office, line: Line, prompts: Path) -> None:
        self.office = office
        self.prompts = prompts
        self._line = line
        self._exit = AsyncExitStack()
        self._tones = iter(_TONES)
        self._voices = iter(_VOICES)
        self._cues: dict[str, Cue] = {}
        self._absences = asyncio.Lock()
        self.shift_s = 0
        self.phones: dict[str, Phone] = {}
        self.taken: dict[str, list[IncomingCall]] = {}
        self.at_home: dict[str, list[Answering]] = {}
        """How the citizen behind a number takes the office's calls, one after the other, then the last."""
        self.carrier: Phone

    async def __aenter__(self) -> Self:
        self.carrier = await self._exit.enter_async_context(
            Phone(
                pbx=self._line.pbx,
                user="carrier",
                ports=self._line.ports,
                sip_port=self._line.carrier_port,
                tone_hz=600,
                headers=(("X-Rehearsal-Trunk", self._line.trunk_secret),),
                answering=self._take_outside,
            )
        )
        if self._line.bridge:
            await flags_written(self._line.bridge)
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._exit.aclose()

    def _take_outside(self, call: IncomingCall) -> Answering:
        self.taken.setdefault(call.called, []).append(call)
        plans = self.at_home.get(call.called, [_ANSWERS])
        return plans.pop(0) if len(plans) > 1 else plans[0]

    async def phone(
        self, endpoint: str, answering: Answering | Callable[[IncomingCall], Answering] | None = None
    ) -> Phone:
        """A registered phone of the office that treats calls as `answering` says, and keeps what it took."""
        plan = answering or answers(1.0)

        def take(call: IncomingCall) -> Answering:
            self.taken.setdefault(endpoint, []).append(call)
            return plan if isinstance(plan, Answering) else plan(call)

        phone = await self._exit.enter_async_context(
            Phone(
                pbx=self._line.pbx,
                user=endpoint,
                password=self._line.passwords[endpoint],
                ports=self._line.ports,
                tone_hz=next(self._tones),
                answering=take,
            )
        )
        await phone.register()
        self.phones[endpoint] = phone
        return phone

    async def took(self, who: str, nth: int = 0, within_s: float = 20.0) -> IncomingCall:
        """The `nth` call (from 0) that an endpoint, or an outside number, gets; raises NotSeenError."""

        async def look() -> IncomingCall | None:
            calls = self.taken.get(who, [])
            return calls[nth] if len(calls) > nth else None

        return await arrives(f"call {nth + 1} to {who}", look, within_s)

    @property
    def pages(self) -> str:
        """Where an officer's browser finds the pages."""
        return self._line.pages

    async def desk(self, extension: str) -> Desk:
        """The desk of the officer with this extension, taken for the rest of the rehearsal."""
        return await self._exit.enter_async_context(Desk(self._line.pages, self.officer(extension)))

    async def away(self, *extensions: str) -> None:
        """Let the officers of these extensions be away for the next hours, and the PBX know it."""
        async with self._absences:
            before = await flags_written(self._line.bridge)
            for extension in extensions:
                desk = await self.desk(extension)
                await desk.is_away()
            await flags_written(self._line.bridge, before + len(extensions))

    def officer(self, extension: str) -> str:
        """The id of the officer with this extension."""
        return self.office.directory.desks[extension].officer or ""

    def shown(self, extension: str) -> str:
        """The number that the extension's department shows when it calls a citizen."""
        desk = self.office.directory.desks[extension]
        return self.office.directory.shown_number(desk.department)

    def public(self, extension: str) -> str:
        """The extension's public number as a citizen dials it."""
        trunk = self.office.directory.trunk
        return f"{trunk.area}{trunk.exchange}{extension}"

    def citizen(
        self,
        extension: str,
        *,
        dialled: str | None = None,
        private: bool = False,
        silent: bool = False,
        number: str = "",
    ) -> Seen:
        """A citizen's call to an extension, from a number of its own; a `silent` one may leave word."""
        number = number or f"0100000{next(_citizens):04d}"
        who = Caller(user=number, asserted=number, private=private)
        call = self.carrier.call(dialled or self.public(extension), caller=who, silent=silent)
        desk = self.office.directory.desks[extension]
        seen = Seen(call, [], extension, desk.department or "", caller=number, withheld=private)
        seen.shift_s = self.shift_s
        if silent:
            seen.left = Left(voice_hz=next(self._voices), number="" if private else number)
        return seen

    def cue(self, prompt: str) -> Cue:
        """The first words of a prompt, to be waited for."""
        if prompt not in self._cues:
            self._cues[prompt] = Cue(load_prompt(self.prompts / f"{prompt}.wav"))
        return self._cues[prompt]

    def gather(self, seen: Seen, *endpoints: str) -> Seen:
        """Put the calls that the phones of `endpoints` took into `seen`."""
        for endpoint in endpoints:
            phone = self.phones[endpoint]
            seen.tones[endpoint] = phone.tone_hz or 0
            seen.officers += self.taken.get(endpoint, [])
        return seen
