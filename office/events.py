"""Call events: what the bridge publishes and everybody else reads. The published language, version 1.

Owns names, fields and meaning of the events on the stream `calls:<pbx>`. Carries the citizen's number only in
`CallStarted.caller`; readers move it into their protected store and keep no copy.
"""

from datetime import datetime
from enum import StrEnum
from typing import Annotated, Literal

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, TypeAdapter


class Source(StrEnum):
    """Who saw it: the live AMI feed, the PBX's own journal, or a snapshot after a gap."""

    AMI = "ami"
    JOURNAL = "journal"
    SNAPSHOT = "snapshot"


class CallClass(StrEnum):
    """Only citizen calls get notice, words and verdicts."""

    CITIZEN = "citizen"
    INTERNAL = "internal"
    OUTBOUND = "outbound"
    EMERGENCY = "emergency"
    TEST = "test"
    CALLBACK = "callback"
    """We call a citizen back: the officer's phone first, then the citizen's (charter T7)."""
    UNKNOWN = "unknown"


class Side(StrEnum):
    """A side of the call; `pbx` is the dialplan or the network below both."""

    CITIZEN = "citizen"
    OFFICER = "officer"
    PBX = "pbx"
    UNKNOWN = "unknown"


class Outcome(StrEnum):
    """Why a ringing phone stopped without this phone answering (asterisk DialStatus, told apart)."""

    NO_ANSWER = "no_answer"
    BUSY = "busy"
    DECLINED = "declined"
    UNREGISTERED = "unregistered"
    FORWARDED = "forwarded"
    CALLER_GONE = "caller_gone"
    ANSWERED_ELSEWHERE = "answered_elsewhere"
    UNREACHABLE = "unreachable"
    OFFICER_GONE = "officer_gone"
    # the four below are absences found before anything rang
    DO_NOT_DISTURB = "do_not_disturb"
    AWAY = "away"
    CLOSED = "closed"
    LUNCH = "lunch"


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


class TransferWay(StrEnum):
    """How a citizen was passed on; a blonde one (released while it rings) began as attended."""

    BLIND = "blind"
    ATTENDED = "attended"


class TransferResult(StrEnum):
    """How a requested transfer ended: each has exactly one end."""

    CONNECTED = "connected"
    FAILED = "failed"
    """The new phone did not answer (`why`); where the citizen went then, the call's later events tell."""
    REFUSED = "refused"
    """Not even tried: `refusal` says why."""
    CALLER_GONE = "caller_gone"
    CANCELLED = "cancelled"
    """A consultation that passed nobody on: the officer went back to the citizen."""
    UNSEEN = "unseen"
    """The end was not witnessed."""


class TransferRefusal(StrEnum):
    """Why the PBX sent the citizen straight back."""

    SELF = "self"
    CLOSED = "closed"
    LOOP = "loop"
    """This extension was offered in this call and did not take it; asking again leads round in a circle."""


class Words(StrEnum):
    """What the dialplan chose to say to the citizen at answer."""

    GREETING = "greeting"
    APOLOGY = "apology"
    NONE = "none"


class _Value(BaseModel):
    model_config = ConfigDict(frozen=True, extra="ignore")


class Phone(_Value):
    """A phone of the office, and whose it is by the directory in force at the time."""

    endpoint: str
    extension: str | None = None
    officer: str | None = None
    department: str | None = None


class _Event(_Value):
    """Common to all. `at` is the PBX's own time of the fact (aware UTC, µs), never its arrival."""

    v: Literal[1] = 1
    id: str
    pbx: str
    call_id: str
    at: AwareDatetime
    source: Source = Source.AMI


class CallStarted(_Event):
    """A call reached the PBX. `call_id` is the Uniqueid of its first channel."""

    kind: Literal["call_started"] = "call_started"
    call_class: CallClass
    exten: str
    desk_kind: str | None = None
    department: str | None = None
    officer: str | None = None
    caller: str | None = None
    withheld: bool = False
    observe: bool = False
    adopted: bool = False
    """True: found already running after a gap; its start was not seen."""


class DialStarted(_Event):
    """Phones of an extension are about to ring. `hop` counts the extensions tried in this call from 0."""

    kind: Literal["dial_started"] = "dial_started"
    exten: str
    role: str
    hop: int
    department: str | None = None
    officer: str | None = None


class PhoneRang(_Event):
    """A phone of the office started to ring (T1 starts at the first)."""

    kind: Literal["phone_rang"] = "phone_rang"
    leg: str
    phone: Phone
    estimated: bool = False
    """True: no Ringing was signalled (183 only, EVT-01); the start is the progress or the dial."""
    inferred: bool = False
    """True: told by the dialplan afterwards, not seen on the phone's channel; measured rings win over it."""


class PhoneStopped(_Event):
    """A phone's ringing, or its dial, ended without that phone answering."""

    kind: Literal["phone_stopped"] = "phone_stopped"
    leg: str
    phone: Phone
    outcome: Outcome


class RingLimitPassed(_Event):
    """The late limit passed while phones ring and nobody has answered (fired by the bridge's timer)."""

    kind: Literal["ring_limit_passed"] = "ring_limit_passed"


class CallAnswered(_Event):
    """A person's phone answered (T1 ends). `picked_up`: a colleague took a phone that rang for another."""

    kind: Literal["call_answered"] = "call_answered"
    leg: str
    phone: Phone
    picked_up: bool = False


class WordsChosen(_Event):
    """The dialplan's choice at answer and the ring figure it chose by (reads up to about 30 ms high)."""

    kind: Literal["words_chosen"] = "words_chosen"
    words: Words
    reason: str
    ring_ms: int
    phone: Phone | None = None


class PromptStarted(_Event):
    """A prompt began. `subject` pairs it with its end."""

    kind: Literal["prompt_started"] = "prompt_started"
    prompt: str
    to: Side
    length_ms: int = 0


class PromptEnded(_Event):
    """A prompt's playback returned. `complete`: the file was found and its whole length was played."""

    kind: Literal["prompt_ended"] = "prompt_ended"
    prompt: str
    to: Side
    complete: bool
    missing: bool = False


class TalkStarted(_Event):
    """Citizen and officer are bridged."""

    kind: Literal["talk_started"] = "talk_started"
    leg: str
    phone: Phone


class TalkEnded(_Event):
    """The bridge between citizen and officer ended."""

    kind: Literal["talk_ended"] = "talk_ended"
    leg: str
    phone: Phone


class HangupSeen(_Event):
    """The first sign that a side hung up (its BYE). `leg` is the Uniqueid of the channel that ended it."""

    kind: Literal["hangup_seen"] = "hangup_seen"
    side: Side
    leg: str


class AbsenceFound(_Event):
    """Nobody at this extension could take the call; the next way is tried."""

    kind: Literal["absence_found"] = "absence_found"
    exten: str
    why: Outcome
    cause: int = 0


class MemoBegan(_Event):
    """The citizen is asked for a message (charter T6). `exten`: whom he wanted first; `at` is the receipt."""

    kind: Literal["memo_began"] = "memo_began"
    exten: str
    department: str | None = None
    officer: str | None = None
    closed: Closed | None = None
    taken_by: TakenBy


class MemoKept(_Event):
    """One thing the citizen left, the moment it was known; a later one of a name takes the earlier's place.

    `name` is one of recording (file below the recordings folder), silent (yes/no, of the last recording),
    seconds, number (to call), number_keyed (not confirmed), number_spoken (file), asked_at (ISO 8601),
    reply_wanted (yes/no). An empty value takes an earlier one back. Numbers are canonical digits; readers
    move them into their protected store.
    """

    kind: Literal["memo_kept"] = "memo_kept"
    name: str
    value: str = Field(default="", repr=False)


class MemoEnded(_Event):
    """The menu, or the recorder, is over; without this event the citizen's hang-up ended it.

    `promised_at` is the latest moment told to the citizen. `ending`: goodbye, hung_up, person, recorder.
    """

    kind: Literal["memo_ended"] = "memo_ended"
    ending: str
    promised_at: AwareDatetime | None = None


class PresenceSet(_Event):
    """An officer dialled a feature code at his phone."""

    kind: Literal["presence_set"] = "presence_set"
    exten: str
    officer: str | None = None
    state: Literal["do_not_disturb", "back"]


class CallbackTold(_Event):
    """An attempt to call a citizen back came this far. `outcome`: of a failed step; `talk_ms`: at the end."""

    kind: Literal["callback_told"] = "callback_told"
    attempt: str
    step: CallbackStep
    outcome: Outcome | None = None
    talk_ms: int = 0
    hung_up_by: Side = Side.UNKNOWN


class TransferRequested(_Event):
    """The citizen is about to be passed on (charter T5 starts here: `at`).

    Blind: the PBX took the order. Attended: the consult phone is dialled. `transfer` names this transfer in
    the call's other events; `hop` counts from 1 in its call; `exten` is whom the officer chose.
    """

    kind: Literal["transfer_requested"] = "transfer_requested"
    transfer: str
    way: TransferWay
    by: Phone
    exten: str
    department: str | None = None
    officer: str | None = None
    hop: int = 1


class TransferLimitPassed(_Event):
    """The limit passed and the new phone has not answered (fired by the bridge's timer)."""

    kind: Literal["transfer_limit_passed"] = "transfer_limit_passed"
    transfer: str


class TransferAnswered(_Event):
    """The new officer's phone answered: blind, the citizen has him; attended, the colleague has."""

    kind: Literal["transfer_answered"] = "transfer_answered"
    transfer: str
    leg: str
    phone: Phone
    picked_up: bool = False


class TransferEnded(_Event):
    """The one end of a transfer. Connected: `at` is the moment citizen and new officer were joined."""

    kind: Literal["transfer_ended"] = "transfer_ended"
    transfer: str
    result: TransferResult
    why: Outcome | None = None
    refusal: TransferRefusal | None = None


class CallParked(_Event):
    """The citizen waits at a parking space; his call is not over (XFR-06)."""

    kind: Literal["call_parked"] = "call_parked"
    space: str
    by: Phone | None = None


class CallUnparked(_Event):
    """He left the space. `how`: fetched, came_back (nobody fetched him in time) or gave_up."""

    kind: Literal["call_unparked"] = "call_unparked"
    how: Literal["fetched", "came_back", "gave_up"]
    phone: Phone | None = None


class CommandTold(_Event):
    """What became of a command; `call_id` is empty. Refused and expired ones were not carried out.

    `unknown`: accepted, and the link broke before the PBX's answer. It is never sent again (CBK-01).
    """

    kind: Literal["command_told"] = "command_told"
    command: str
    state: Literal["accepted", "refused", "expired", "unknown"]
    reason: str = ""


class CallEnded(_Event):
    """The citizen's channel ended. `complete` is False where start or end was not seen; `note` says why."""

    kind: Literal["call_ended"] = "call_ended"
    ended_by: Side
    complete: bool = True
    note: str | None = None


class CallUncertain(_Event):
    """The link to the PBX was lost while this call was up; until confirmed or ended it is uncertain."""

    kind: Literal["call_uncertain"] = "call_uncertain"


class CallConfirmed(_Event):
    """A snapshot or the journal found the call alive after a gap."""

    kind: Literal["call_confirmed"] = "call_confirmed"


class AnomalySeen(_Event):
    """A fact that the table of the call does not expect. Recorded; never ends a call."""

    kind: Literal["anomaly_seen"] = "anomaly_seen"
    phase: str
    fact: str


class LinkLost(_Event):
    """The bridge lost its link to the PBX; `call_id` is empty. Events after it came late or never."""

    kind: Literal["link_lost"] = "link_lost"
    reason: str


class LinkRestored(_Event):
    """The link is back. `covered`: the journal told the whole gap, so nothing in it is unknown."""

    kind: Literal["link_restored"] = "link_restored"
    since: datetime
    covered: bool


CallEvent = Annotated[
    CallStarted
    | DialStarted
    | PhoneRang
    | PhoneStopped
    | RingLimitPassed
    | CallAnswered
    | WordsChosen
    | PromptStarted
    | PromptEnded
    | TalkStarted
    | TalkEnded
    | HangupSeen
    | AbsenceFound
    | MemoBegan
    | MemoKept
    | MemoEnded
    | PresenceSet
    | CallbackTold
    | TransferRequested
    | TransferLimitPassed
    | TransferAnswered
    | TransferEnded
    | CallParked
    | CallUnparked
    | CommandTold
    | CallEnded
    | CallUncertain
    | CallConfirmed
    | AnomalySeen
    | LinkLost
    | LinkRestored,
    Field(discriminator="kind"),
]

_ADAPTER: TypeAdapter[CallEvent] = TypeAdapter(CallEvent)


def decode(raw: bytes | str) -> CallEvent:
    """Event from its JSON; raises pydantic.ValidationError on what is not an event of this version."""
    return _ADAPTER.validate_json(raw)


def encode(event: CallEvent) -> bytes:
    """JSON bytes of an event, as they stand on the stream."""
    return event.model_dump_json(exclude_defaults=False).encode()


def stream_of(pbx: str) -> str:
    """Name of the Redis stream that carries the events of one PBX."""
    return f"calls:{pbx}"


def bridge_key(pbx: str) -> str:
    """Name of the Redis key with the bridge's state (JSON, TTL 6 s)."""
    return f"bridge:{pbx}"
