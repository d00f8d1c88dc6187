"""Virtual citizens call virtual officers, so that the pages of a demonstration fill at once.

`python -m rehearsal.life --office DIR --state DIR --port-base N`, until SIGINT or SIGTERM. Owns the mix of
calls. Measures nothing and asks the product nothing. Phones that somebody else has registered are left alone,
and so ring there.
"""

import argparse
import asyncio
import contextlib
import json
import random
import signal
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import Enum
from pathlib import Path

from office.directory import Directory, ExtensionKind
from office.folder import load_office
from rehearsal.bindings import contacts
from rehearsal.phone import (
    Answering,
    CallEndedError,
    Caller,
    IncomingCall,
    OutgoingCall,
    Phone,
    PortRange,
    RegistrationRefusedError,
    TransferKey,
    TransferRefusedError,
    answers,
    rejects,
    rings_on,
)
from rehearsal.phone.audio import load_prompt
from rehearsal.phone.cue import BEEP, Cue

_HOST = "127.0.0.1"
_PAUSE_S = (3.0, 6.0)  # between the beginnings of two calls
_MOST_CALLS = 6
_TALK_S = (8.0, 22.0)  # with the greeting
_WORDS_S = 8.0  # the greeting is over by then
_PATIENCE_S = 90.0  # a citizen waits no longer for anybody
_VOICE_HZ = 430
_LISTENS_S = 12.0  # after his message
_HEARD_S = 2.0  # audio kept of a citizen's call: enough to know the tone by
_WITHHELD = 0.04  # share of citizens who withhold their number
# the PBX forgets us in two hours and we renew after one: a real phone that registers meanwhile stays
_EXPIRES_S = 7200


class Kind(Enum):
    """How a call goes."""

    IN_TIME = "in time"
    LATE = "late"
    GIVES_UP = "the citizen gives up"
    BUSY = "busy, the deputy answers"
    AWAY = "nobody picks up, the deputy answers"
    CUT_OFF = "the officer hangs up first"
    PASSED_ON = "the officer passes the citizen on to another"
    LEAVES_WORD = "nobody is there, the citizen leaves word"
    INTERNAL = "an officer calls another"


_MIX = {
    Kind.IN_TIME: 42,
    Kind.LATE: 13,
    Kind.GIVES_UP: 9,
    Kind.BUSY: 7,
    Kind.AWAY: 4,
    Kind.CUT_OFF: 5,
    Kind.PASSED_ON: 6,
    Kind.LEAVES_WORD: 8,
    Kind.INTERNAL: 6,
}


@dataclass(frozen=True, slots=True)
class Story:
    """One call as it is meant to go: to which extension, and how. Seconds."""

    kind: Kind
    extension: str
    ring_s: float
    talk_s: float

    def answering(self, *, called: bool) -> Answering:
        """What an officer's phone does; `called` tells whether it is the one the citizen asked for."""
        if self.kind is Kind.LEAVES_WORD or (called and self.kind is Kind.BUSY):
            return rejects(486)
        if called and self.kind in (Kind.AWAY, Kind.GIVES_UP):
            return rings_on()
        cut_off = self.talk_s / 2 if self.kind is Kind.CUT_OFF else None
        return answers(self.ring_s, hang_up_after_s=cut_off)


class Life:
    """The people of one office and their calls. `take` is what each officer's phone asks."""

    def __init__(self, directory: Directory, chance: random.Random, beep: Cue | None = None) -> None:
        """`beep` is the tone that citizens wait for before they leave word; without it nobody does."""
        self._directory = directory
        self._chance = chance
        self._beep = beep
        self._stories: dict[str, Story] = {}  # by the caller's number
        self._taken: dict[
            str, tuple[str, IncomingCall]
        ] = {}  # of those: the phone that rang last, and its call
        self._phones: dict[str, Phone] = {}
        self._desks = [desk for desk in directory.desks.values() if desk.kind.greeted]
        self._officers = [desk for desk in self._desks if desk.kind is ExtensionKind.OFFICER]

    async def calls(self, carrier: Phone, phones: Sequence[Phone]) -> None:
        """Place calls until cancelled: citizens' through `carrier`, officers' from those of `phones`."""
        desks = self._directory.desk_by_endpoint
        self._phones = {phone.user: phone for phone in phones}
        officers = [phone for phone in phones if desks[phone.user].kind is ExtensionKind.OFFICER]
        async with asyncio.TaskGroup() as group:
            while True:
                if len(self._stories) < _MOST_CALLS:
                    group.create_task(self._call(carrier, officers))
                await asyncio.sleep(self._chance.uniform(*_PAUSE_S))

    def take(self, endpoint: str) -> Callable[[IncomingCall], Answering]:
        """What the phone `endpoint` does with each call."""
        desk = self._directory.desk_by_endpoint[endpoint]

        def plan(call: IncomingCall) -> Answering:
            story = self._stories.get(call.remote.user) or self.story(Kind.IN_TIME)  # a number withheld
            if call.remote.user in self._stories:
                self._taken[call.remote.user] = endpoint, call
            return story.answering(called=story.extension == desk.number)

        return plan

    def story(self, kind: Kind | None = None) -> Story:
        """A call to an extension that nobody calls now; of any kind when none is asked for."""
        mix = {one: share for one, share in _MIX.items() if self._beep or one is not Kind.LEAVES_WORD}
        kind = kind or self._chance.choices([*mix], [*mix.values()])[0]
        busy = {story.extension for story in self._stories.values()}
        desks = self._desks if kind is Kind.IN_TIME else self._officers
        free = [desk.number for desk in desks if desk.number not in busy]
        ring = {Kind.LATE: (6.3, 10.5), Kind.GIVES_UP: (2.0, 12.0)}.get(kind, (0.8, 5.5))
        return Story(
            kind,
            self._chance.choice(free or [desks[0].number]),
            self._chance.uniform(*ring),
            self._chance.uniform(*_TALK_S),
        )

    async def _call(self, carrier: Phone, officers: Sequence[Phone]) -> None:
        story = self.story()
        line, who, target = carrier, self._citizen(story), self._public(story)
        if story.kind is Kind.INTERNAL and officers:
            line = self._chance.choice(officers)
            who, target = Caller(user=line.user), story.extension
        if who.user in self._stories:  # he is on the phone already
            return
        self._stories[who.user] = story
        try:
            silent = story.kind is Kind.LEAVES_WORD
            await self._lived(story, line.call(target, caller=who, silent=silent))
        finally:
            del self._stories[who.user]
            self._taken.pop(who.user, None)

    def _citizen(self, story: Story) -> Caller:
        number = f"0100000{self._chance.randrange(10_000):04d}"
        withheld = story.kind is Kind.IN_TIME and self._chance.random() < _WITHHELD
        return Caller(user=number, asserted=number, private=withheld)

    def _public(self, story: Story) -> str:
        trunk = self._directory.trunk
        return f"{trunk.area}{trunk.exchange}{story.extension}"

    async def _lived(self, story: Story, call: OutgoingCall) -> None:
        try:
            if story.kind is Kind.GIVES_UP:
                await call.ringing()
                await asyncio.sleep(story.ring_s)
            elif self._beep and story.kind is Kind.LEAVES_WORD:
                await self._leaves_word(self._beep, story, call)
            elif story.kind is Kind.PASSED_ON:
                await call.answered(_PATIENCE_S)
                await asyncio.sleep(_WORDS_S)
                if taken := self._taken.get(call.local.user):  # else a phone that is not ours has him
                    await self._pass_on(*taken)
                await call.ended(story.talk_s)
            else:
                await call.answered(_PATIENCE_S)
                await call.ended(story.talk_s)
        except (CallEndedError, TimeoutError):
            pass  # it ended before its time, or it is time to end it
        finally:
            await call.hang_up()

    async def _pass_on(self, endpoint: str, call: IncomingCall) -> None:
        """The officer presses his transfer key; the citizen goes to one of those who are free."""
        own = self._directory.desk_by_endpoint[endpoint].number
        busy = {story.extension for story in self._stories.values()} | {own}
        free = [desk.number for desk in self._officers if desk.number not in busy]
        if free and endpoint in self._phones:
            with contextlib.suppress(TransferRefusedError):  # then he goes on talking himself
                await TransferKey(self._phones[endpoint], call).blind(self._chance.choice(free))

    @staticmethod
    async def _leaves_word(beep: Cue, story: Story, call: OutgoingCall) -> None:
        """He hears the words out, speaks after the tone, waits for what is said then, and hangs up."""
        await call.until(lambda: beep.sounds(call), _PATIENCE_S)
        await call.until(lambda: not beep.sounds(call), _PATIENCE_S)
        await call.speak(_VOICE_HZ, story.talk_s / 2)
        await call.ended(_LISTENS_S)


async def _people(life: Life, state: Path, base: int, directory: Directory) -> None:
    """Open the phones, live, and close them."""
    secrets = json.loads((state / "secrets.json").read_text(encoding="utf-8"))
    ports = PortRange(base + 502, base + 899)
    pbx = (_HOST, base + 2)
    trunk_proof = (("X-Rehearsal-Trunk", secrets["trunk"]),)
    carrier = Phone(
        pbx=pbx, user="carrier", ports=ports, sip_port=base + 500, headers=trunk_proof, listen_s=_HEARD_S,
        answering=answers(2.0),
    )  # fmt: skip
    officers = [
        Phone(
            pbx=pbx, user=endpoint, ports=ports, password=secrets["phones"][endpoint], listen_s=0.0,
            answering=life.take(endpoint), expires_s=_EXPIRES_S,
        )
        for endpoint in directory.desk_by_endpoint
        if endpoint not in directory.browser_phones
    ]  # fmt: skip
    opened = [carrier, *officers]
    await asyncio.gather(*(phone.__aenter__() for phone in opened))
    try:
        taken = await asyncio.gather(*(_register(phone, base) for phone in officers))
        ours = [phone for phone, took in zip(officers, taken, strict=True) if took]
        print(f"life: {len(ours)} of {len(officers)} phones are played", flush=True)
        await life.calls(carrier, ours)
    finally:  # side by side: a PBX that is gone would cost each phone its whole patience
        await asyncio.gather(*(phone.__aexit__(None, None, None) for phone in opened))


async def _register(phone: Phone, base: int) -> bool:
    """Register unless a phone outside the rehearsal's own ports has this number; whether it did."""
    try:
        others = [port for port in await contacts(phone) if port not in range(base + 500, base + 900)]
        if not others:
            await phone.register()
    except RegistrationRefusedError as error:
        print(f"life: {error}", flush=True)
        return False
    return not others


async def _live(office: Path, state: Path, base: int) -> None:
    directory = load_office(office).directory
    beep = Cue(load_prompt(state / "prompts" / f"{BEEP}.wav"))
    life = Life(directory, random.Random(), beep)
    living = asyncio.ensure_future(_people(life, state, base, directory))
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, living.cancel)
    with contextlib.suppress(asyncio.CancelledError):
        await living


def main(words: list[str] | None = None) -> int:
    """Exit 0 when told to stop."""
    parser = argparse.ArgumentParser(prog="rehearsal.life", description=__doc__)
    parser.add_argument("--office", type=Path, required=True, metavar="DIR")
    parser.add_argument("--state", type=Path, required=True, metavar="DIR", help="holds secrets.json")
    parser.add_argument("--port-base", type=int, required=True, metavar="N")
    given = parser.parse_args(words)
    asyncio.run(_live(given.office, given.state, given.port_base))
    return 0


if __name__ == "__main__":
    sys.exit(main())
