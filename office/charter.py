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


class Way(StrEnum):
    """Who is tried, in this order, when the officer cannot take a call, before the citizen leaves word."""

    DEPUTY = "deputy"
    GROUP = "group"
    """The phones of his team (대리응답)."""
    OPERATOR = "operator"


class Absence(_Section):
    """What happens when the officer cannot take the call (charter T6)."""

    order: tuple[Way, ...] = (Way.DEPUTY, Way.GROUP)
    wait_s: Annotated[int, Field(ge=10, le=300)] = 25
    """A citizen waits at most this long over all phones before he is offered the memo."""
    group_ring_s: Annotated[int, Field(ge=5, le=60)] = 10
    duty_desk: Annotated[str, Field(pattern=r"^[0-9]{2,6}$")] | None = None
    """The extension behind 0 when the office is closed and the roster names nobody."""
    duty_ring_s: Annotated[int, Field(ge=5, le=120)] = 30


class Memo(_Section):
    """The memo a citizen leaves (charter T6), and how long what he left is kept. Seconds and days."""

    max_s: Annotated[int, Field(ge=20, le=600)] = 120
    silence_s: Annotated[int, Field(ge=2, le=15)] = 4
    missed_calls: bool = True
    """A citizen who waited beyond the ring limit and gave up is a memo too (내용 일부)."""
    keep_voice_days: Annotated[int, Field(ge=1, le=3650)] = 60
    keep_text_days: Annotated[int, Field(ge=1, le=3650)] = 180
    keep_statistics_days: Annotated[int, Field(ge=365, le=7300)] = 1825
    keep_access_log_days: Annotated[int, Field(ge=365, le=3650)] = 730


class Callback(_Section):
    """The reply the citizen was promised (charter T7, V5). Minutes, unless the name says seconds.

    An asked time wins over the hour: the promise is then an attempt from that time to `asked_tolerance`
    after it; an earlier one counts only if he was reached.
    """

    within: Annotated[int, Field(ge=5, le=2400)] = 60
    asked_tolerance: Annotated[int, Field(ge=0, le=120)] = 10
    remind_before: tuple[Annotated[int, Field(ge=1, le=240)], ...] = (15, 5)
    to_deputy_after: Annotated[int, Field(ge=0, le=480)] = 0
    to_leader_after: Annotated[int, Field(ge=1, le=960)] = 15
    tries: Annotated[int, Field(ge=1, le=10)] = 3
    retry_after: Annotated[int, Field(ge=1, le=480)] = 30
    confirm_talk_s: Annotated[int, Field(ge=0, le=120)] = 10
    """A shorter talk is not taken for reached by itself: it may have been a mailbox (CBK-05)."""
    officer_ring_s: Annotated[int, Field(ge=5, le=60)] = 20
    citizen_ring_s: Annotated[int, Field(ge=10, le=120)] = 30


class AttendedUntil(StrEnum):
    """Which of an attended transfer's two figures is judged; the other is kept beside it (charter T5)."""

    ANSWERED = "answered"
    """Consult dialled → consult answered."""
    JOINED = "joined"
    """Consult dialled → citizen and new officer together."""


class Transfer(_Section):
    """Passing a citizen on (charter T5). Seconds."""

    limit_s: Annotated[int, Field(ge=3, le=60)] = 10
    """Requested → answered. When it passes, the citizen hears that it takes longer; the phone rings on."""
    attended: AttendedUntil = AttendedUntil.ANSWERED
    ring_s: Annotated[int, Field(ge=5, le=120)] = 20
    back_ring_s: Annotated[int, Field(ge=5, le=60)] = 15
    """How long the phone of who transferred rings when the citizen comes back to him."""
    notice: bool = True
    """The citizen is told where he goes, and the direct number, while the new phone rings already."""
    greeting: bool = False
    """A transferred citizen hears the greeting of the new officer, too."""
    officer_note: bool = False
    """The new officer hears a short note first; the citizen waits for it."""
    feature_codes: bool = True
    """`#1` and `*2` within a call, for phones without a key of their own for it."""
    warn_hops: Annotated[int, Field(ge=2, le=9)] = 3
    """From this transfer on in one call the pages warn of passing the citizen around (전화 돌림)."""


class Guide(_Section):
    """What citizens may see of the office without asking anybody (charter V1); each the office's choice."""

    public: bool = False
    """The page by duty and the seat plans are open to everybody; else to the office's own people."""
    names: bool = False
    """Names of officers, of those who agreed (`publish_name` in the directory)."""
    photos: bool = False
    """Photographs on the seat plan: `photos/<officer>.jpg` or `.png` in the office's folder."""
    call_me_back: bool = False
    """Citizens may ask on the public page to be called back."""
    asks_per_hour: Annotated[int, Field(ge=1, le=1000)] = 20
    """All that this page takes in an hour; one address may use a fifth of it."""


class Phone(_Section):
    """What officers do at the telephone alone (decisions/0026)."""

    codes: bool = True
    """Codes within a call and between calls; without them the PBX's own (`*78` …) remain."""
    pin: Annotated[str, Field(pattern=r"^([0-9]{4,8})?$")] = ""
    """Keyed before memos are read aloud, where others can lift an officer's handset; empty: none."""


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
    absence: Absence = Absence()
    memo: Memo = Memo()
    callback: Callback = Callback()
    transfer: Transfer = Transfer()
    guide: Guide = Guide()
    phone: Phone = Phone()
    visibility: Visibility = Visibility()


def read_charter(file: str, text: str) -> Charter:
    """Read `charter.toml`; raises OfficeRefusedError with file and line of each fault."""
    return TomlSource(file, text).read(Charter)
