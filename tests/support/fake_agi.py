"""A PBX's side of a FastAGI session, for faults and keys that no telephone makes on demand.

Real sockets on loopback. A citizen is scripted: what he keys, how he speaks, when he hangs up. All commands
are kept as they came.
"""

import asyncio
import re
import wave
from collections import deque
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from pathlib import Path

HANG_UP = "hang up"
NOTHING = ""
_ARGUMENT = re.compile(r'"((?:[^"\\]|\\.)*)"|(\S+)')
_DEAD = "511 Command Not Permitted on a dead channel or intercept routine"
_NEEDS_CHANNEL = ("STREAM FILE", "WAIT FOR DIGIT", "RECORD FILE", "CHANNEL STATUS")


@dataclass(frozen=True, slots=True)
class Speech:
    """What he says after the tone. `then`: # (a key), silence, or he hangs up."""

    seconds: float = 2.0
    loud: bool = True
    then: str = "timeout"


@dataclass
class FakeAgi:
    """One citizen on one session. `keys`: for each wait, a key, `NOTHING` or `HANG_UP`."""

    keys: Iterable[str] = ()
    speeches: Iterable[Speech] = (Speech(),)
    in_prompt: dict[str, str] = field(default_factory=dict)
    """A key, or `HANG_UP`, while this prompt plays (by name, once)."""
    missing: frozenset[str] = frozenset()
    answer: Callable[[str], str | None] = lambda command: None
    """A reply of another kind to a command; None for the usual one."""
    commands: list[str] = field(default_factory=list)
    heard: list[str] = field(default_factory=list)
    files: list[Path] = field(default_factory=list)
    """What was played from elsewhere than the prompts, and was there."""
    variables: dict[str, str] = field(default_factory=dict)
    live: list[dict[str, str]] = field(default_factory=list)
    journal: list[dict[str, str]] = field(default_factory=list)
    waits_ms: list[int] = field(default_factory=list)
    dead: bool = False
    script: str = "memo"
    """Which menu is asked for."""
    channel: str = "PJSIP/trunk-00000001"
    on_key: Callable[[str], None] = lambda key: None

    async def call(self, port: int, arguments: Iterable[str], uid: str = "pbx-1795578000.1") -> "FakeAgi":
        """Connect, ask for the menu and answer until the server ends the session."""
        self._keys, self._speeches = deque(self.keys), deque(self.speeches)
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        try:
            writer.write(request(arguments, uid, self.script, self.channel))
            while command := (await reader.readline()).decode().rstrip("\n"):
                self.commands.append(command)
                was_dead = self.dead
                reply = self.answer(command) or self._reply(command)
                if self.dead and not was_dead:
                    reply += "\nHANGUP"
                writer.write(reply.encode() + b"\n")
                await writer.drain()
        except ConnectionError:
            pass  # the server has ended the session
        finally:
            writer.close()
        return self

    @property
    def kept(self) -> list[tuple[str, str]]:
        """Name and value of each field noted, in order."""
        return [(note["Name"], note["Value"]) for note in self.live if note["Kind"] == "MemoField"]

    @property
    def end(self) -> dict[str, str]:
        """The one note of the end."""
        (note,) = [note for note in self.live if note["Kind"] == "MemoEnd"]
        return note

    def _reply(self, command: str) -> str:
        if self.dead and command.startswith(_NEEDS_CHANNEL):
            return _DEAD
        verb, *words = ["".join(found) for found in _ARGUMENT.findall(command)]
        does = {
            "STREAM": self._stream,
            "WAIT": self._wait,
            "RECORD": self._record,
            "CHANNEL": lambda _: "200 result=6",
            "EXEC": self._exec,
            "SET": self._set,
        }
        return does[verb](words)

    def _stream(self, words: list[str]) -> str:
        name = words[1].partition("/prompts/")[2]
        self.heard.append(name or "a sound")
        self.files += [path for path in (Path(f"{words[1]}.wav"),) if not name and path.exists()]
        if name in self.missing:
            return "200 result=-1 endpos=0"
        act = self.in_prompt.pop(name or "a sound", NOTHING)
        if act == HANG_UP:
            self.dead = True
            return "200 result=-1 endpos=800"
        stopped = act if act and act in words[2] else NOTHING
        return f"200 result={ord(stopped) if stopped else 0} endpos=8000"

    def _wait(self, words: list[str]) -> str:
        self.waits_ms.append(int(words[-1]))
        key = self._keys.popleft() if self._keys else NOTHING
        self.on_key(key)
        if key == HANG_UP:
            self.dead = True
            return "200 result=-1"
        return f"200 result={ord(key) if key else 0}"

    def _record(self, words: list[str]) -> str:
        speech = self._speeches.popleft()
        path = Path(f"{words[1]}.wav")
        write_wav(path, speech)
        samples = round(speech.seconds * 8000)
        if speech.then == HANG_UP:
            self.dead = True
            return f"200 result=-1 (hangup) endpos={samples}"
        if speech.then == "#":
            return f"200 result=35 (dtmf) endpos={samples}"
        return f"200 result=0 (timeout) endpos={samples}"

    def _exec(self, words: list[str]) -> str:
        application, told = words
        parts = told.removeprefix("Charterline,").split("," if application == "UserEvent" else "|")
        note = dict(part.split(": ", 1) for part in parts)
        (self.live if application == "UserEvent" else self.journal).append(note)
        return "200 result=0"

    def _set(self, words: list[str]) -> str:
        self.variables[words[1]] = words[2]
        return "200 result=1"


def request(
    arguments: Iterable[str],
    uid: str = "pbx-1795578000.1",
    script: str = "memo",
    channel: str = "PJSIP/trunk-00000001",
) -> bytes:
    """What Asterisk sends first."""
    lines = ["agi_network: yes", f"agi_network_script: {script}", f"agi_channel: {channel}"]
    lines += [f"agi_uniqueid: {uid}", "agi_language: ko"]
    lines += [f"agi_arg_{number}: {value}" for number, value in enumerate(arguments, 1)]
    return ("\n".join(lines) + "\n\n").encode()


def write_wav(path: Path, speech: Speech) -> None:
    """A recording of `speech`, as Asterisk writes it."""
    level = 3000 if speech.loud else 8
    swing = level.to_bytes(2, "little", signed=True) + (-level).to_bytes(2, "little", signed=True)
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(8000)
        file.writeframes(swing * round(speech.seconds * 4000))
