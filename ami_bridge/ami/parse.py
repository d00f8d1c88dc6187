"""AMI events into facts.

Owns which events mean something for a call. Every other event is let go by its name alone, before any
decoding: that is most of the stream, and the whole of its cost.
"""

from collections.abc import Callable

from ami_bridge.ami.framing import header, headers_behind
from ami_bridge.call import facts as f
from ami_bridge.call.notes import NOTE, micros, number, read_note
from ami_bridge.call.snapshot import RINGING, UP
from office.events import Source

Builder = Callable[[bytes, int], f.Fact | None]

_UID = b"\nUniqueid: "
_DEST_UID = b"\nDestUniqueid: "
_CHANNEL = b"\nChannel: "
_USER_EVENT = b"\nUserEvent: "
_RESULT = b"\nResult: "
_PARKEE = b"\nParkeeUniqueid: "
_STATES = {str(RINGING): f.Rang, str(UP): f.WentUp}


def timestamp(raw: bytes) -> int:
    """The event's own time in epoch µs; 0 where the PBX sends none (`timestampevents=no`)."""
    return micros(header(raw, b"\nTimestamp: "))


def _born(raw: bytes, at: int) -> f.Fact | None:
    channel = header(raw, _CHANNEL)
    if channel.startswith("Surrogate/"):  # Bridge() borrows a channel under this name for a moment
        return None
    uid = header(raw, _UID)
    return f.Born(
        at, uid,
        channel=channel, linkedid=header(raw, b"\nLinkedid: ") or uid,
        exten=header(raw, b"\nExten: "), caller=header(raw, b"\nCallerIDNum: "),
    )  # fmt: skip


def _state(raw: bytes, at: int) -> f.Fact | None:
    kind = _STATES.get(header(raw, b"\nChannelState: "))
    return kind(at, header(raw, _UID)) if kind else None


def _dial_begin(raw: bytes, at: int) -> f.Fact:
    return f.DialBegan(
        at, header(raw, _UID),
        leg=header(raw, _DEST_UID), channel=header(raw, b"\nDestChannel: "),
        already_up=header(raw, b"\nDestChannelState: ") == str(UP),
    )  # fmt: skip


def _dial_state(raw: bytes, at: int) -> f.Fact | None:
    return f.Progressed(at, header(raw, _DEST_UID)) if header(raw, b"\nDialStatus: ") == "PROGRESS" else None


def _dial_end(raw: bytes, at: int) -> f.Fact:
    return f.DialEnded(
        at, header(raw, _DEST_UID), status=header(raw, b"\nDialStatus: "), forward=header(raw, b"\nForward: ")
    )


def _enter(raw: bytes, at: int) -> f.Fact:
    return f.EnteredBridge(at, header(raw, _UID), bridge=header(raw, b"\nBridgeUniqueid: "))


def _leave(raw: bytes, at: int) -> f.Fact:
    return f.LeftBridge(at, header(raw, _UID), bridge=header(raw, b"\nBridgeUniqueid: "))


def _hangup_request(raw: bytes, at: int) -> f.Fact | None:
    if header(raw, _CHANNEL).startswith("Surrogate/"):
        return None
    return f.HangupAsked(at, header(raw, _UID), cause=number(header(raw, b"\nCause: ")))


def _hangup(raw: bytes, at: int) -> f.Fact | None:
    if header(raw, _CHANNEL).startswith("Surrogate/"):
        return None
    return f.Hung(at, header(raw, _UID), cause=number(header(raw, b"\nCause: ")))


def _pickup(raw: bytes, at: int) -> f.Fact:
    return f.PickedUp(
        at, header(raw, _UID), target=header(raw, b"\nTargetUniqueid: "), channel=header(raw, _CHANNEL)
    )


def _blind(raw: bytes, at: int) -> f.Fact | None:
    """Success is the order taken, not the answer; anything else moved nobody (XFR-01)."""
    if header(raw, _RESULT) != "Success":
        return None
    return f.BlindTransferred(
        at, header(raw, b"\nTransfererUniqueid: "),
        channel=header(raw, b"\nTransfererChannel: "), passed=header(raw, b"\nTransfereeUniqueid: "),
        exten=header(raw, b"\nExtension: "),
    )  # fmt: skip


def _attended(raw: bytes, at: int) -> f.Fact | None:
    if header(raw, _RESULT) != "Success":
        return None
    return f.AttendedTransferred(
        at, header(raw, b"\nOrigTransfererUniqueid: "),
        second=header(raw, b"\nSecondTransfererUniqueid: "), passed=header(raw, b"\nTransfereeUniqueid: "),
        target=header(raw, b"\nTransferTargetUniqueid: "),
    )  # fmt: skip


def _parked(raw: bytes, at: int) -> f.Fact:
    """Park events name their channels Parkee and Parker, and have no Exten (XFR-06)."""
    by = header(raw, b"\nParkerChannel: ") or header(raw, b"\nParkerDialString: ")
    return f.Parked(at, header(raw, _PARKEE), space=header(raw, b"\nParkingSpace: "), by=by)


def _fetched(raw: bytes, at: int) -> f.Fact:
    return f.Unparked(
        at, header(raw, _PARKEE),
        fetcher=header(raw, b"\nRetrieverUniqueid: "), channel=header(raw, b"\nRetrieverChannel: "),
    )  # fmt: skip


def _came_back(raw: bytes, at: int) -> f.Fact:
    return f.Unparked(at, header(raw, _PARKEE), how="came_back")


def _gave_up(raw: bytes, at: int) -> f.Fact:
    return f.Unparked(at, header(raw, _PARKEE), how="gave_up")


def _user_event(raw: bytes, at: int) -> f.Fact | None:
    if header(raw, _USER_EVENT) != NOTE:
        return None
    # the channel's own headers stand before it, and one of them is an Exten too
    return read_note(f.Fact(at, header(raw, _UID), Source.AMI), headers_behind(raw, _USER_EVENT))


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
    b"BlindTransfer": _blind,
    b"AttendedTransfer": _attended,
    b"ParkedCall": _parked,
    b"UnParkedCall": _fetched,
    b"ParkedCallTimeOut": _came_back,
    b"ParkedCallGiveUp": _gave_up,
    b"UserEvent": _user_event,
}
