"""A call from its arrival to its end: rings, answers, words, talks (charter T1 to T3, T8)."""

from enum import StrEnum
from typing import Literal

from office.events.base import CallClass, Event, Outcome, Phone, Side


class Words(StrEnum):
    """What the dialplan chose to say to the citizen at answer."""

    GREETING = "greeting"
    APOLOGY = "apology"
    NONE = "none"


class CallStarted(Event):
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


class DialStarted(Event):
    """Phones of an extension are about to ring. `hop` counts the extensions tried in this call from 0."""

    kind: Literal["dial_started"] = "dial_started"
    exten: str
    role: str
    hop: int
    department: str | None = None
    officer: str | None = None


class PhoneRang(Event):
    """A phone of the office started to ring (T1 starts at the first)."""

    kind: Literal["phone_rang"] = "phone_rang"
    leg: str
    phone: Phone
    estimated: bool = False
    """True: no Ringing was signalled (183 only, EVT-01); the start is the progress or the dial."""
    inferred: bool = False
    """True: told by the dialplan afterwards, not seen on the phone's channel; measured rings win over it."""


class PhoneStopped(Event):
    """A phone's ringing, or its dial, ended without that phone answering."""

    kind: Literal["phone_stopped"] = "phone_stopped"
    leg: str
    phone: Phone
    outcome: Outcome


class RingLimitPassed(Event):
    """The late limit passed while phones ring and nobody has answered (fired by the bridge's timer)."""

    kind: Literal["ring_limit_passed"] = "ring_limit_passed"


class CallAnswered(Event):
    """A person's phone answered (T1 ends). `picked_up`: a colleague took a phone that rang for another."""

    kind: Literal["call_answered"] = "call_answered"
    leg: str
    phone: Phone
    picked_up: bool = False


class WordsChosen(Event):
    """The dialplan's choice at answer and the ring figure it chose by (reads up to about 30 ms high)."""

    kind: Literal["words_chosen"] = "words_chosen"
    words: Words
    reason: str
    ring_ms: int
    phone: Phone | None = None


class WordsSaid(Event):
    """The officer says that he spoke the words himself (own voice, charter T2, T3); told by memo_service."""

    kind: Literal["words_said"] = "words_said"
    phone: Phone


class PromptStarted(Event):
    """A prompt began. `subject` pairs it with its end."""

    kind: Literal["prompt_started"] = "prompt_started"
    prompt: str
    to: Side
    length_ms: int = 0


class PromptEnded(Event):
    """A prompt's playback returned. `complete`: the file was found and its whole length was played."""

    kind: Literal["prompt_ended"] = "prompt_ended"
    prompt: str
    to: Side
    complete: bool
    missing: bool = False


class TalkStarted(Event):
    """Citizen and officer are bridged."""

    kind: Literal["talk_started"] = "talk_started"
    leg: str
    phone: Phone


class TalkEnded(Event):
    """The bridge between citizen and officer ended."""

    kind: Literal["talk_ended"] = "talk_ended"
    leg: str
    phone: Phone


class HangupSeen(Event):
    """The first sign that a side hung up (its BYE). `leg` is the Uniqueid of the channel that ended it."""

    kind: Literal["hangup_seen"] = "hangup_seen"
    side: Side
    leg: str


class AbsenceFound(Event):
    """Nobody at this extension could take the call; the next way is tried."""

    kind: Literal["absence_found"] = "absence_found"
    exten: str
    why: Outcome
    cause: int = 0


class CallEnded(Event):
    """The citizen's channel ended. `complete` is False where start or end was not seen; `note` says why."""

    kind: Literal["call_ended"] = "call_ended"
    ended_by: Side
    complete: bool = True
    note: str | None = None


class CallUncertain(Event):
    """The link to the PBX was lost while this call was up; until confirmed or ended it is uncertain."""

    kind: Literal["call_uncertain"] = "call_uncertain"


class CallConfirmed(Event):
    """A snapshot or the journal found the call alive after a gap."""

    kind: Literal["call_confirmed"] = "call_confirmed"


class AnomalySeen(Event):
    """A fact that the table of the call does not expect. Recorded; never ends a call."""

    kind: Literal["anomaly_seen"] = "anomaly_seen"
    phase: str
    fact: str
