"""Nobody there: the memo a citizen leaves, who is in, and the call back (charter T6, T7)."""

from enum import StrEnum
from typing import Literal

from pydantic import AwareDatetime, Field

from office.events.base import Event, Outcome, Side


class Closed(StrEnum):
    """Why nobody is in: it chooses the notice. Why one officer is away is never told to a citizen."""

    NIGHT = "night"
    LUNCH = "lunch"
    DAY_OFF = "day_off"


class TakenBy(StrEnum):
    """What took a memo: the menu, or the dialplan's own recorder while the bridge is away."""

    MENU = "menu"
    RECORDER = "recorder"


class CallbackStep(StrEnum):
    """How far an attempt to call back came."""

    OFFICER_FAILED = "officer_failed"
    """The officer's phone did not answer; the citizen was not called."""
    OFFICER_ANSWERED = "officer_answered"
    CITIZEN_DIALLED = "citizen_dialled"
    CITIZEN_FAILED = "citizen_failed"
    CITIZEN_ANSWERED = "citizen_answered"
    ENDED = "ended"


class MemoBegan(Event):
    """The citizen is asked for a message (charter T6). `exten`: whom he wanted first; `at` is the receipt."""

    kind: Literal["memo_began"] = "memo_began"
    exten: str
    department: str | None = None
    officer: str | None = None
    closed: Closed | None = None
    taken_by: TakenBy


class MemoKept(Event):
    """One thing the citizen left, the moment it was known; a later one of a name takes the earlier's place.

    `name` is one of recording (file below the recordings folder), silent (yes/no, of the last recording),
    seconds, number (to call), number_keyed (not confirmed), number_spoken (file), asked_at (ISO 8601),
    reply_wanted (yes/no). An empty value takes an earlier one back. Numbers are canonical digits; readers
    move them into their protected store.
    """

    kind: Literal["memo_kept"] = "memo_kept"
    name: str
    value: str = Field(default="", repr=False)


class MemoEnded(Event):
    """The menu, or the recorder, is over; without this event the citizen's hang-up ended it.

    `promised_at` is the latest moment told to the citizen. `ending`: goodbye, hung_up, person, recorder.
    """

    kind: Literal["memo_ended"] = "memo_ended"
    ending: str
    promised_at: AwareDatetime | None = None


class PresenceSet(Event):
    """An officer dialled a feature code at his phone."""

    kind: Literal["presence_set"] = "presence_set"
    exten: str
    officer: str | None = None
    state: Literal["do_not_disturb", "back"]


class CallbackTold(Event):
    """An attempt to call a citizen back came this far. `outcome`: of a failed step; `talk_ms`: at the end."""

    kind: Literal["callback_told"] = "callback_told"
    attempt: str
    step: CallbackStep
    outcome: Outcome | None = None
    talk_ms: int = 0
    hung_up_by: Side = Side.UNKNOWN
