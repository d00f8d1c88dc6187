"""The stage of a rehearsal: the carrier with its citizens, the officers' phones, and what they saw.

Owns phones and their closing. Judges nothing (truth.py does) and asks the product nothing.
"""

from collections.abc import Callable, Mapping
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from types import TracebackType
from typing import Self

from office.folder import Office
from rehearsal.phone import Answering, Call, Caller, IncomingCall, OutgoingCall, Phone, PortRange, answers

_TONES = range(900, 3400, 40)  # one a phone; clear of ringback and of each other


@dataclass(frozen=True, slots=True)
class Line:
    """How the phones reach the PBX: its address, the passwords, and the port of the carrier."""

    pbx: tuple[str, int]
    passwords: Mapping[str, str]
    trunk_secret: str
    carrier_port: int
    ports: PortRange


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
    withheld: bool = False
    picker: OutgoingCall | None = None
    caller: str = ""
    tones: dict[str, int] = field(default_factory=dict)
    checks: dict[str, bool] = field(default_factory=dict)

    @property
    def answered(self) -> list[Call]:
        """The office's calls that were answered, in order of the answer."""
        legs: list[Call] = [*self.officers, *([self.picker] if self.picker else [])]
        up = [leg for leg in legs if leg.record.answered]
        return sorted(up, key=lambda leg: leg.record.answered or leg.record.events[0].at)


class Stage:
    """Phones on one PBX. Use with `async with`; every phone it lends is closed with it."""

    def __init__(self, office: Office, line: Line, prompts: Path) -> None:
        self.office = office
        self.prompts = prompts
        self._line = line
        self._exit = AsyncExitStack()
        self._tones = iter(_TONES)
        self._callers = count(1)
        self.phones: dict[str, Phone] = {}
        self.taken: dict[str, list[IncomingCall]] = {}
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
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._exit.aclose()

    def _take_outside(self, call: IncomingCall) -> Answering:
        self.taken.setdefault(call.called, []).append(call)
        return answers(0.5)

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

    def public(self, extension: str) -> str:
        """The extension's public number as a citizen dials it."""
        trunk = self.office.directory.trunk
        return f"{trunk.area}{trunk.exchange}{extension}"

    def citizen(self, extension: str, *, dialled: str | None = None, private: bool = False) -> Seen:
        """A citizen's call to an extension, from a number of its own."""
        number = f"0100000{next(self._callers):04d}"
        who = Caller(user=number, asserted=number, private=private)
        call = self.carrier.call(dialled or self.public(extension), caller=who)
        desk = self.office.directory.desks[extension]
        return Seen(call, [], extension, desk.department or "", caller=number, withheld=private)

    def gather(self, seen: Seen, *endpoints: str) -> Seen:
        """Put the calls that the phones of `endpoints` took into `seen`."""
        for endpoint in endpoints:
            phone = self.phones[endpoint]
            seen.tones[endpoint] = phone.tone_hz or 0
            seen.officers += self.taken.get(endpoint, [])
        return seen
