"""The charter of one office: its promises, limits, clocks and words, as `charter.toml` states them.

Owns every number and sentence an office may change. Nothing of the charter is a constant elsewhere.
"""

from enum import StrEnum
from typing import Annotated, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

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
    bell_ring_s: Annotated[int, Field(ge=5, le=60)] = 20
    """How long each phone rings for a help bell before the next is tried (charter V3)."""
    call_waiting: bool = False


class Synthetic(StrEnum):
    """When a citizen hears what a voice of the machine reads."""

    APPROVED = "approved"
    """Once the office has listened to it and approved it."""
    ALWAYS = "always"


class Words(_Section):
    """What the citizen hears at answer (charter T2, T3). `texts` replaces built-in sentences, key by key."""

    greeting: Annotated[str, Field(pattern=r"^greet(-thanks)?(-noname)?$")] = "greet"
    early_apology: bool = False
    officer_note: bool = True
    own_voice: bool = False
    """Officers greet with their own voice: nothing is played at their answers, they tick what they said.

    An officer may differ (`own_voice` in directory.toml); shared phones keep the recorded words.
    """
    texts: dict[str, str] = {}
    synthetic: Synthetic = Synthetic.APPROVED
    voice: Annotated[str, Field(pattern=r"^[a-z][a-z0-9-]{0,30}$")] | None = None
    """Which voice reads what is not recorded; kokoro by default."""


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


class Visitor(_Section):
    """A visitor who waits while an officer is busy (charter V2). Seconds, unless the name says minutes."""

    limit_s: Annotated[int, Field(ge=30, le=1800)] = 180
    """He must not wait so long: less is kept."""
    near_s: Annotated[int, Field(ge=10, le=1740)] = 120
    """From here on the page shows the words to the caller."""
    callback_minutes: Annotated[int, Field(ge=5, le=480)] = 30
    """Working minutes until the time the caller is offered to be called back at, rounded up to ten."""
    forget_minutes: Annotated[int, Field(ge=10, le=600)] = 60
    """A clock that nobody ended by then tells nothing: its verdict is unknown."""

    @model_validator(mode="after")
    def _near_comes_first(self) -> Self:
        if self.near_s >= self.limit_s or self.limit_s >= 60 * self.forget_minutes:
            raise ValueError("near_s must be less than limit_s, and limit_s less than forget_minutes")
        return self


class LongCall(_Section):
    """The office's rule for long calls, told to the officer alone: nothing ends a call by itself. Minutes.

    `warn_after` 0: no such rule; `end_after` 0: a warning only.
    """

    warn_after: Annotated[int, Field(ge=0, le=240)] = 0
    end_after: Annotated[int, Field(ge=0, le=240)] = 0

    @model_validator(mode="after")
    def _the_warning_comes_first(self) -> Self:
        if self.end_after and not 0 < self.warn_after < self.end_after:
            raise ValueError("warn_after must be more than 0 and less than end_after")
        return self


Link = Annotated[str, Field(pattern=r"^https://[A-Za-z0-9.-]+(:[0-9]{1,5})?(/[^\s<>\"]*)?$", max_length=500)]


class Knowledge(_Section):
    """Where officers look things up during a call. `links`: an address by duty, spelt as in the directory."""

    links: dict[str, Link] = {}


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
    visitor: Visitor = Visitor()
    long_call: LongCall = LongCall()
    knowledge: Knowledge = Knowledge()
    guide: Guide = Guide()
    phone: Phone = Phone()
    visibility: Visibility = Visibility()


def read_charter(file: str, text: str) -> Charter:
    """Read `charter.toml`; raises OfficeRefusedError with file and line of each fault."""
    return TomlSource(file, text).read(Charter)
