"""AMI events into facts.

Owns which events mean something for a call. Every other event is let go by its name alone, before any
decoding: that is most of the stream, and the whole of its cost.
"""

from collections.abc import Callable

from ami_bridge.ami.framing import Message
from ami_bridge.call import facts as f
from ami_bridge.call.notes import NOTE, micros, number, read_note
from ami_bridge.call.snapshot import RINGING, UP
from office.events import Source

Builder = Callable[[Message, int], f.Fact | None]

_UID = b"\nUniqueid: "
_DEST_UID = b"\nDestUniqueid: "
_CHANNEL = b"\nChannel: "
_USER_EVENT = b"\nUserEvent: "
_STATES = {str(RINGING): f.Rang, str(UP): f.WentUp}


def timestamp(message: Message) -> int:
    """The event's own time in epoch µs; 0 where the PBX sends none (`timestampevents=no`)."""
    return micros(message.get(b"\nTimestamp: "))


def _born(m: Message, at: int) -> f.Fact | None:
    channel = m.get(_CHANNEL)
    if channel.startswith("Surrogate/"):  # Bridge() borrows a channel under this name for a moment
        return None
    uid = m.get(_UID)
    return f.Born(
        at, uid,
        channel=channel, linkedid=m.get(b"\nLinkedid: ") or uid,
        exten=m.get(b"\nExten: "), caller=m.get(b"\nCallerIDNum: "),
    )  # fmt: skip


def _state(m: Message, at: int) -> f.Fact | None:
    kind = _STATES.get(m.get(b"\nChannelState: "))
    return kind(at, m.get(_UID)) if kind else None


def _dial_begin(m: Message, at: int) -> f.Fact:
    return f.DialBegan(
        at, m.get(_UID),
        leg=m.get(_DEST_UID), channel=m.get(b"\nDestChannel: "),
        already_up=m.get(b"\nDestChannelState: ") == str(UP),
    )  # fmt: skip


def _dial_state(m: Message, at: int) -> f.Fact | None:
    return f.Progressed(at, m.get(_DEST_UID)) if m.get(b"\nDialStatus: ") == "PROGRESS" else None


def _dial_end(m: Message, at: int) -> f.Fact:
    return f.DialEnded(at, m.get(_DEST_UID), status=m.get(b"\nDialStatus: "), forward=m.get(b"\nForward: "))


def _enter(m: Message, at: int) -> f.Fact:
    return f.EnteredBridge(at, m.get(_UID), bridge=m.get(b"\nBridgeUniqueid: "))


def _leave(m: Message, at: int) -> f.Fact:
    return f.LeftBridge(at, m.get(_UID), bridge=m.get(b"\nBridgeUniqueid: "))


def _hangup_request(m: Message, at: int) -> f.Fact | None:
    if m.get(_CHANNEL).startswith("Surrogate/"):
        return None
    return f.HangupAsked(at, m.get(_UID), cause=number(m.get(b"\nCause: ")))


def _hangup(m: Message, at: int) -> f.Fact | None:
    if m.get(_CHANNEL).startswith("Surrogate/"):
        return None
    return f.Hung(at, m.get(_UID), cause=number(m.get(b"\nCause: ")))


def _pickup(m: Message, at: int) -> f.Fact:
    return f.PickedUp(at, m.get(_UID), target=m.get(b"\nTargetUniqueid: "), channel=m.get(_CHANNEL))


def _user_event(m: Message, at: int) -> f.Fact | None:
    if m.get(_USER_EVENT) != NOTE:
        return None
    # the channel's own headers stand before it, and one of them is an Exten too
    return read_note(f.Fact(at, m.get(_UID), Source.AMI), m.headers(after=_USER_EVENT))


BUILDERS: dict[bytes, Builder] = {
    b"Newchannel": _born,
    b"Newstate": _state,
    b"DialBegin": _dial_begin,
    b"DialState": _dial_state,
    b"DialEnd": _dial_end,
    b"BridgeEnter": _enter,
    b"BridgeLeave": _leave,
    b"HangupRequest": _hangup_request,
    b"Hangup": _hangup,
    b"Pickup": _pickup,
    b"UserEvent": _user_event,
}
