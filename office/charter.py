"""The charter of one office: its promises, limits, clocks and words, as `charter.toml` states them.

Owns every number and sentence an office may change. Nothing of the charter is a constant elsewhere.
"""

from enum import StrEnum
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from office.problems import TomlSource


class Reading(StrEnum):
    """How the office reads "before the bell has rung three times" (charter T1)."""

    BEFORE_LAST_RING = "before_last_ring"
    BEFORE_LAST_RING_ENDS = "before_last_ring_ends"
    WITHIN_CYCLES = "within_cycles"


class _Section(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class OfficeName(_Section):
    """Who promises."""

    id: Annotated[str, Field(pattern=r"^[a-z][a-z0-9]{1,30}$")]
    name: Annotated[str, Field(min_length=2, max_length=40)]


class Ring(_Section):
    """The bell, and when an answer is late (charter T1). Milliseconds."""

    rings: Annotated[int, Field(ge=1, le=10)] = 3
    on_ms: Annotated[int, Field(ge=200, le=5000)] = 1000
    off_ms: Annotated[int, Field(ge=200, le=8000)] = 2000
    reading: Reading = Reading.BEFORE_LAST_RING
    grace_ms: Annotated[int, Field(ge=0, le=500)] = 50

    @property
    def cycle_ms(self) -> int:
        """One bell, on and off."""
        return self.on_ms + self.off_ms

    def limit_ms(self, reading: Reading | None = None) -> int:
        """The limit under `reading` (the office's own by default), without grace."""
        before_last = (self.rings - 1) * self.cycle_ms
        return {
            Reading.BEFORE_LAST_RING: before_last,
            Reading.BEFORE_LAST_RING_ENDS: before_last + self.on_ms,
            Reading.WITHIN_CYCLES: self.rings * self.cycle_ms,
        }[reading or self.reading]

    @property
    def late_after_ms(self) -> int:
        """The one value that dialplan and verdict share: an answer at or after it is late."""
        return self.limit_ms() + self.grace_ms

    def ring_number(self, ring_ms: float) -> int:
        """Which bell, counted from 1, is heard `ring_ms` after the first one began."""
        return int(max(ring_ms, 0) // self.cycle_ms) + 1


class Answer(_Section):
    """How long phones ring before the next way is tried. Seconds."""

    desk_ring_s: Annotated[int, Field(ge=5, le=120)] = 20
    deputy_ring_s: Annotated[int, Field(ge=5, le=120)] = 15
    operator_ring_s: Annotated[int, Field(ge=5, le=120)] = 30
    call_waiting: bool = False


class Words(_Section):
    """What the citizen hears at answer (charter T2, T3). `texts` replaces built-in sentences, key by key."""

    greeting: Annotated[str, Field(pattern=r"^greet(-thanks)?(-noname)?$")] = "greet"
    early_apology: bool = False
    officer_note: bool = True
    texts: dict[str, str] = {}


class Notice(_Section):
    """The recording notice before the ring."""

    recording: bool = False


class Visibility(_Section):
    """Who may see what (charter, "Trust of the people measured")."""

    officer_names_on_board: bool = False


class Charter(_Section):
    """One office's charter. `version` names the state of the promises that a verdict was judged by."""

    version: Annotated[str, Field(min_length=1, max_length=40)]
    office: OfficeName
    ring: Ring = Ring()
    answer: Answer = Answer()
    words: Words = Words()
    notice: Notice = Notice()
    visibility: Visibility = Visibility()


def read_charter(file: str, text: str) -> Charter:
    """Read `charter.toml`; raises OfficeRefusedError with file and line of each fault."""
    return TomlSource(file, text).read(Charter)
