"""A snapshot of the PBX's channels, as the core sees it: what is up at one moment."""

from collections.abc import Mapping
from dataclasses import dataclass

RINGING, UP = 5, 6
"""Asterisk's channel states that mean something here (ChannelState)."""


@dataclass(frozen=True, slots=True)
class SeenChannel:
    """One channel that a snapshot lists."""

    uid: str
    name: str
    linkedid: str
    state: int
    bridge: str = ""
    exten: str = ""
    caller: str = ""

    @property
    def starts_call(self) -> bool:
        """Whether this is the channel that started its call."""
        return self.uid == self.linkedid and not self.name.startswith("Local/")


@dataclass(frozen=True, slots=True)
class Snapshot:
    """All channels at `at` (epoch µs of the PBX)."""

    at: int
    channels: Mapping[str, SeenChannel]


@dataclass(frozen=True, slots=True)
class Differences:
    """Channels that a snapshot lacks, and that only it knows. By one look alone, they may be in flight."""

    missing: frozenset[str] = frozenset()
    unknown: frozenset[str] = frozenset()

    def __and__(self, other: "Differences") -> "Differences":
        """What both looks agree on."""
        return Differences(self.missing & other.missing, self.unknown & other.unknown)

    def __bool__(self) -> bool:
        return bool(self.missing or self.unknown)
