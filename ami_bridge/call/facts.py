"""Facts: what was seen of a channel or a call, told alike by live AMI, the journal and a snapshot.

Owns the core's input language. A fact carries the PBX's own time (epoch µs) and says what happened, never
what it means; `uid` is the Uniqueid of the channel it happened to.
"""

from dataclasses import dataclass, field
from typing import Literal

from office.events import Outcome, Source


@dataclass(frozen=True, slots=True)
class Fact:
    """Common to all facts."""

    at: int
    uid: str
    source: Source = Source.AMI


@dataclass(frozen=True, slots=True)
class Born(Fact):
    """A channel was made (Newchannel, CHAN_START). `linkedid` is a hint to its call."""

    channel: str = ""
    linkedid: str = ""
    exten: str = ""
    caller: str = ""


@dataclass(frozen=True, slots=True)
class DialBegan(Fact):
    """`uid` (empty for an Originate) dials channel `leg`. `already_up`: a pick-up, nothing rings (EVT-03)."""

    leg: str = ""
    channel: str = ""
    already_up: bool = False


@dataclass(frozen=True, slots=True)
class Rang(Fact):
    """Newstate Ringing: the phone itself said that its bell rings."""


@dataclass(frozen=True, slots=True)
class Progressed(Fact):
    """183 from the phone: alerting perhaps, without a Ringing of its own (EVT-01)."""


@dataclass(frozen=True, slots=True)
class WentUp(Fact):
    """The channel was answered (Newstate Up, CEL ANSWER)."""


@dataclass(frozen=True, slots=True)
class DialEnded(Fact):
    """The dial to channel `uid` ended; AMI's DialStatus, and where a 302 pointed."""

    status: str = ""
    forward: str = ""


@dataclass(frozen=True, slots=True)
class Forwarded(Fact):
    """A phone that channel `uid` dials answered with a 302; the journal does not say which phone."""


@dataclass(frozen=True, slots=True)
class EnteredBridge(Fact):
    """The channel entered a bridge."""

    bridge: str = ""


@dataclass(frozen=True, slots=True)
class LeftBridge(Fact):
    """The channel left a bridge."""

    bridge: str = ""


@dataclass(frozen=True, slots=True)
class HangupAsked(Fact):
    """The far end of this channel hung up (HangupRequest). SoftHangupRequest is Dial cleaning up: no fact."""

    cause: int = 0


@dataclass(frozen=True, slots=True)
class Hung(Fact):
    """The channel is gone. `by`: name of the channel that ended it, where it is told (CEL hangupsource)."""

    cause: int = 0
    by: str = ""


@dataclass(frozen=True, slots=True)
class PickedUp(Fact):
    """The channel `uid` took over the call that rings at channel `target`."""

    target: str = ""
    channel: str = ""


@dataclass(frozen=True, slots=True)
class Joined(Fact):
    """A channel of call `consult` was found in a bridge with this call's own (after an attended transfer)."""

    channel: str = ""
    bridge: str = ""
    up_at: int = 0
    consult: str = ""


@dataclass(frozen=True, slots=True)
class BlindTransferred(Fact):
    """Channel `uid` sends channel `passed` (empty: not told) to `exten`: the PBX took the order, no more."""

    channel: str = ""
    passed: str = ""
    exten: str = ""


@dataclass(frozen=True, slots=True)
class AttendedTransferred(Fact):
    """The officer at channels `uid` and `second` joined the far ends of both (`passed` and `target`).

    `consult` is set by the switchboard: the call that was the consultation, where it was a call of its own.
    """

    second: str = ""
    passed: str = ""
    target: str = ""
    consult: str = ""


@dataclass(frozen=True, slots=True)
class Consulted(Fact):
    """The officer at channel `by` of this call dials a colleague: call `consult` is about this citizen."""

    consult: str = ""
    by: str = ""
    exten: str = ""


@dataclass(frozen=True, slots=True)
class ConsultAnswered(Fact):
    """The colleague's phone `leg` answered consultation `consult`."""

    consult: str = ""
    leg: str = ""
    channel: str = ""
    picked_up: bool = False


@dataclass(frozen=True, slots=True)
class ConsultEnded(Fact):
    """Consultation `consult` is over; `why` the colleague did not take it, None if the officer ended it."""

    consult: str = ""
    why: Outcome | None = None


@dataclass(frozen=True, slots=True)
class Parked(Fact):
    """The channel waits at a parking space (empty: not told). `by`: who parked it, channel or dial string."""

    space: str = ""
    by: str = ""


@dataclass(frozen=True, slots=True)
class Unparked(Fact):
    """It left the space. `how` as in `office.events.CallUnparked`; fetched: by `channel`, if that is told."""

    how: Literal["fetched", "came_back", "gave_up"] = "fetched"
    fetcher: str = ""
    channel: str = ""


@dataclass(frozen=True, slots=True)
class Note(Fact):
    """The dialplan said what it does (docs/contracts.md). `stamp` is the note's own time `At`, epoch ms."""

    stamp: int = 0


@dataclass(frozen=True, slots=True)
class NotedCall(Note):
    """First step of every call."""

    call_class: str = ""
    exten: str = ""
    caller: str = ""
    withheld: bool = False
    observe: bool = False


@dataclass(frozen=True, slots=True)
class NotedDial(Note):
    """Phones of an extension are about to ring."""

    exten: str = ""
    role: str = ""
    hop: int = 0


@dataclass(frozen=True, slots=True)
class NotedAnswer(Note):
    """What was said to the citizen at answer, and by which ring figure (ms)."""

    peer: str = ""
    ring_ms: int = 0
    words: str = ""
    reason: str = ""


@dataclass(frozen=True, slots=True)
class NotedPrompt(Note):
    """A prompt began or came back."""

    prompt: str = ""
    length_ms: int = 0
    ended: bool = False
    failed: bool = False


@dataclass(frozen=True, slots=True)
class NotedLeft(Note):
    """The officer left and the citizen is still up."""


@dataclass(frozen=True, slots=True)
class NotedAbsence(Note):
    """A dial ended without an answer, or the officer left during the words. `first_ring` epoch ms or 0."""

    why: str = ""
    cause: int = 0
    exten: str = ""
    first_ring: int = 0


@dataclass(frozen=True, slots=True)
class NotedEnd(Note):
    """The call's own channel ends; which channel ended it, and the first ring as the dialplan kept it."""

    by: str = ""
    first_ring: int = 0
    estimated: bool = False


@dataclass(frozen=True, slots=True)
class NotedMemo(Note):
    """The citizen is asked for a message; `stamp` is the receipt. `exten`: whom he wanted first."""

    exten: str = ""
    closed: str = ""
    taken_by: str = ""


@dataclass(frozen=True, slots=True)
class NotedMemoField(Note):
    """One thing the citizen left; names and values as in `office.events.MemoKept`."""

    name: str = ""
    value: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True)
class NotedMemoEnd(Note):
    """Menu or recorder is over. `promised`: what he was told (epoch s, the office's time), or 0."""

    ending: str = ""
    promised: int = 0


@dataclass(frozen=True, slots=True)
class NotedMenu(Note):
    """A menu of the office's own begins. `by`: the officer's channel that handed the line over."""

    menu: str = ""
    purpose: str = ""
    by: str = ""


@dataclass(frozen=True, slots=True)
class NotedMenuField(Note):
    """One thing the citizen left in a menu."""

    name: str = ""
    value: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True)
class NotedMenuEnd(Note):
    """A menu is over: where, how, and where the citizen goes."""

    node: str = ""
    ending: str = ""
    act: str = ""
    target: str = ""


@dataclass(frozen=True, slots=True)
class NotedBell(Note):
    """A help bell. `by`: the channel of who comes."""

    exten: str = ""
    state: str = ""
    by: str = ""


@dataclass(frozen=True, slots=True)
class NotedPresence(Note):
    """An officer dialled a feature code at the phone of `exten`."""

    exten: str = ""
    state: str = ""


@dataclass(frozen=True, slots=True)
class NotedCallback(Note):
    """An attempt to call back came this far; `status` says why a step failed, `by` which channel ended it."""

    attempt: str = ""
    step: str = ""
    status: str = ""
    talk_ms: int = 0
    by: str = ""


@dataclass(frozen=True, slots=True)
class NotedTransfer(Note):
    """First step where passed-on citizens arrive. `by`: channel that passed him on; `refused`: why not."""

    by: str = ""
    exten: str = ""
    refused: str = ""


@dataclass(frozen=True, slots=True)
class NotedAct(Note):
    """An officer keyed a code within a call; the note's channel is his phone's."""

    act: str = ""


@dataclass(frozen=True, slots=True)
class TimerFired(Fact):
    """A timer that the call asked for came due at `at`. `uid` is the call."""

    name: str = ""


@dataclass(frozen=True, slots=True)
class LinkWasLost(Fact):
    """The link to the PBX broke while this call was up."""


@dataclass(frozen=True, slots=True)
class Found(Fact):
    """A snapshot or the journal shows the call alive."""


@dataclass(frozen=True, slots=True)
class Vanished(Fact):
    """The call is gone and nobody saw its end; `note` says how that is known."""

    note: str = "end_unseen"


@dataclass(frozen=True, slots=True)
class Merged(Fact):
    """This call was only the short call of a colleague who picked up; it goes on as part of call `into`."""

    into: str = ""


@dataclass(frozen=True, slots=True)
class ClockStepped(Fact):
    """The PBX's wall clock jumped while this call was up; its durations cannot be trusted (TIM-01)."""
