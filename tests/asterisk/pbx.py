"""A PBX that stands alone, with real phones: its notes as the journal has them, its console, raw AMI.

Owns the means of the tests beside it; judges nothing.
"""

import asyncio
import csv
import json
import re
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TypeVar

from office.folder import load_office
from rehearsal.demo import line_of
from rehearsal.scenarios.stage import Seen, Stage
from rehearsal.scenarios.waiting import arrives
from stack.settings import TREE, Part, StackSettings
from stack.stack import Stack

OFFICE = Path(__file__).parents[1] / "data" / "absence-office"
Note = Mapping[str, str]
T = TypeVar("T")
_NO_BRIDGE = ("res_agi.c: Connecting to '127.0.0.1:", "res_agi.c: Couldn't connect to any host")


@dataclass(slots=True)
class Pbx:
    """A running PBX and the phones on it."""

    stack: Stack
    stage: Stage

    @property
    def memos(self) -> Path:
        """Where recordings lie."""
        return self.stack.state / "asterisk" / "spool" / "memo"

    def notes(self, **wanted: str) -> list[Note]:
        """The journal's notes with fields as `wanted`, oldest first; each with its `uid` and `channel`."""
        path = self.stack.state / "asterisk" / "journal" / "calls.csv"
        lines = path.read_text(encoding="utf-8").splitlines() if path.exists() else []
        told = [_note(row) for row in csv.reader(lines) if row[2] == "Charterline"]
        return [note for note in told if wanted.items() <= note.items()]

    def rows(self, kind: str) -> list[list[str]]:
        """The journal's rows of one CEL event, oldest first (columns: docs/contracts.md, "Journal")."""
        path = self.stack.state / "asterisk" / "journal" / "calls.csv"
        lines = path.read_text(encoding="utf-8").splitlines() if path.exists() else []
        return [row for row in csv.reader(lines) if row[0] == kind]

    def of(self, seen: Seen) -> list[Note]:
        """The notes of one citizen's call."""
        calls = self.notes(Kind="Call", Class="citizen", Caller="" if seen.withheld else seen.caller)
        mine = [call for call in calls if call["Exten"] == seen.desk]
        return self.notes(uid=mine[-1]["uid"]) if mine else []

    def absences(self, seen: Seen) -> list[tuple[str, str]]:
        """(extension, why) of each absence the call met, in order."""
        return [(note["Exten"], note["Why"]) for note in self.of(seen) if note["Kind"] == "Absent"]

    async def told(self, seen: Seen, timeout_s: float = 40.0, **wanted: str) -> Note:
        """The first note of the call with fields as `wanted`, once the journal has it."""

        def found() -> list[Note]:
            return [note for note in self.of(seen) if wanted.items() <= note.items()]

        return (await until(found, timeout_s))[0]

    async def console(self, command: str) -> str:
        """What Asterisk's console answers."""
        conf = self.stack.state / "asterisk" / "etc" / "asterisk.conf"
        process = await asyncio.create_subprocess_exec(
            str(TREE / "bin" / "asterisk"), "-C", str(conf), "-rx", command, stdout=asyncio.subprocess.PIPE
        )
        return (await process.communicate())[0].decode()

    async def set_clock(self, at: datetime) -> None:
        """Move the office's clock to `at` (aware), against the machine's."""
        shift = round((at - datetime.now(UTC)).total_seconds())
        await self.console(f"dialplan set global CLOCK_SHIFT {shift}")

    async def put(self, family: str, key: str, value: str) -> None:
        """Write AstDB."""
        await self.console(f"database put {family} {key} {value}")

    async def get(self, family: str, key: str) -> str:
        """A value of AstDB, empty if there is none."""
        found = re.search(r"Value: (.*)", await self.console(f"database get {family} {key}"))
        return found.group(1).strip() if found else ""

    @asynccontextmanager
    async def ami(self) -> AsyncIterator["Ami"]:
        """A manager session of the bridge's user."""
        reader, writer = await asyncio.open_connection("127.0.0.1", self.stack.ports.ami.number)
        session = Ami(reader, writer)
        await reader.readline()
        try:
            secret = self.stack.secrets["ami"]["secret"]
            answer = await session.ask("Login", ("Username", "bridge"), ("Secret", secret))
            assert answer["Response"] == "Success"
            yield session
        finally:
            writer.close()
            await writer.wait_closed()

    def complaints(self) -> list[str]:
        """Warnings and errors in Asterisk's log, but for the word that no bridge listens."""
        log = (self.stack.state / "asterisk" / "log" / "messages.log").read_text(encoding="utf-8")
        told = [line for line in log.splitlines() if re.search(r" (WARNING|ERROR)\[", line)]
        return [line for line in told if not any(words in line for words in _NO_BRIDGE)]


@dataclass(slots=True)
class Ami:
    """Raw actions and what they answer."""

    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter

    async def ask(self, action: str, *headers: tuple[str, str]) -> Note:
        """Send one action; its response."""
        lines = [("Action", action), ("ActionID", action), *headers]
        self.writer.write("".join(f"{name}: {value}\r\n" for name, value in lines).encode() + b"\r\n")
        return await self.next(lambda message: "Response" in message and message.get("ActionID") == action)

    async def next(self, wanted: Callable[[Note], bool], timeout_s: float = 20.0) -> Note:
        """The next message that is wanted."""
        async with asyncio.timeout(timeout_s):
            while True:
                raw = (await self.reader.readuntil(b"\r\n\r\n")).decode()
                message = dict(line.split(": ", 1) for line in raw.splitlines() if ": " in line)
                if wanted(message):
                    return message


def _note(row: list[str]) -> Note:
    told = json.loads(row[7])["extra"]
    fields = (field.partition(":") for field in told.split("|"))
    return {"uid": row[4], "channel": row[3]} | {name: value.strip() for name, _, value in fields}


async def until(probe: Callable[[], T], within_s: float = 40.0) -> T:
    """The first true value of `probe`, asked again and again; raises NotSeenError."""

    async def look() -> T:
        return probe()

    return await arrives("what the PBX does", look, within_s)


@asynccontextmanager
async def pbx_alone(state: Path, office: Path = OFFICE, **env: str) -> AsyncIterator[Pbx]:
    """Asterisk of `office` with neither bridge, Redis nor memo_service."""
    settings = StackSettings(office=office, state=state, parts=frozenset({Part.ASTERISK}), env=env)
    async with (
        Stack(settings) as stack,
        Stage(load_office(office), line_of(stack), stack.state / "prompts") as stage,
    ):
        yield Pbx(stack, stage)
