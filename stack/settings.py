"""What one stack is to be: which office, where its state lies, where its calls come from. Data only."""

import os
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
TREE = ROOT / ".local"
DEFAULT_OFFICE = ROOT / "examples" / "pyeongchang"
DEFAULT_STATE = ROOT / "var"
ALWAYS_OPEN = ROOT / "rehearsal" / "office" / "calendar.d" / "always.toml"


class Part(StrEnum):
    """The parts of a stack, each one process."""

    REDIS = "redis"
    ASTERISK = "asterisk"
    REPLAY = "replay"
    BRIDGE = "bridge"
    MEMO = "memo_service"
    PROXY = "proxy"
    VOICE = "voice"
    LIFE = "life"


@dataclass(frozen=True, slots=True)
class OwnAsterisk:
    """An Asterisk of our own, provisioned from the office's files."""


@dataclass(frozen=True, slots=True)
class ExistingPbx:
    """A PBX that is there already; nothing but its Asterisk Manager Interface is used."""

    host: str
    port: int
    user: str
    secret_file: Path


@dataclass(frozen=True, slots=True)
class Replay:
    """Recorded AMI traffic instead of a PBX, over and over."""

    files: tuple[Path, ...]


Source = OwnAsterisk | ExistingPbx | Replay


def _shared_voice_cache() -> Path | None:
    named = os.environ.get("CHARTERLINE_STACK_VOICE_CACHE")
    return Path(named) if named else None


@dataclass(frozen=True, slots=True, kw_only=True)
class StackSettings:
    """One stack.

    `port_base` None takes free ports (see `Stack.ports`). `demo` shows the pages as a demonstration, `life`
    lets virtual citizens call virtual officers. `always_open` counts every hour as working time, so that a
    demonstration in the evening is judged like one at noon. `clock_shift_s` moves the office's clock against
    the machine's (docs/contracts.md). `parts` None starts all that `source` needs. `env` is added to every
    part's environment. `voice` reads what is not recorded; empty: as environment and charter say.
    `voice_cache` is shared with other stacks (CHARTERLINE_STACK_VOICE_CACHE), so that they start sooner.
    """

    office: Path = DEFAULT_OFFICE
    state: Path = DEFAULT_STATE
    port_base: int | None = None
    source: Source = field(default_factory=OwnAsterisk)
    demo: bool = False
    life: bool = False
    always_open: bool = False
    clock_shift_s: int = 0
    voice: str = "espeak"
    voice_cache: Path | None = field(default_factory=_shared_voice_cache)
    parts: frozenset[Part] | None = None
    env: Mapping[str, str] = field(default_factory=dict)

    def absolute(self) -> "StackSettings":
        """The same with absolute paths: parts do not run where the command was typed."""
        source = self.source
        if isinstance(source, Replay):
            source = Replay(tuple(file.absolute() for file in source.files))
        elif isinstance(source, ExistingPbx):
            source = replace(source, secret_file=source.secret_file.absolute())
        return replace(self, office=self.office.absolute(), state=self.state.absolute(), source=source)

    @property
    def wanted(self) -> frozenset[Part]:
        """The parts to start."""
        if self.parts is not None:
            return self.parts
        own: dict[type[Source], set[Part]] = {OwnAsterisk: {Part.ASTERISK, Part.VOICE}, Replay: {Part.REPLAY}}
        life = {Part.LIFE} if self.life else set()
        return frozenset(
            {Part.REDIS, Part.BRIDGE, Part.MEMO, Part.PROXY} | own.get(type(self.source), set()) | life
        )
