"""Originate: how a call of ours is asked for, and how the PBX says that its start ended (Asterisk 22).

Owns the names by which an attempt to call back is known on the PBX. The response to Originate means only that
it was taken; the end of the start is the event OriginateResponse, which every session gets.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import IntEnum

from ami_bridge.ami.actions import Lines
from ami_bridge.ami.framing import header
from ami_bridge.call.facts import Born, Hung
from ami_bridge.call.notes import number
from office.commands import PlaceCallback

CALLER_NAME = "민원회신"
"""What the officer's phone shows, before his own extension, so that he knows what rings."""
_ACTION_ID = "cb-"


class Cause(IntEnum):
    """Causes of Q.850 that stand for a phone that was not rung."""

    BUSY = 17
    NO_ANSWER = 19
    ABSENT = 20
    TEMPORARY_FAILURE = 41


_CAUSES: Mapping[int, Cause] = {
    0: Cause.ABSENT,  # no channel could be made: unknown or unregistered endpoint
    3: Cause.NO_ANSWER,
    5: Cause.BUSY,
}


@dataclass(frozen=True, slots=True)
class Originated:
    """The start of an attempt's first channel ended. `reason`: Asterisk's control frame number, 0 if none."""

    attempt: str
    uid: str
    dialled: str
    """The phone, `PJSIP/2201`; its channel's name if it had one."""
    success: bool
    reason: int


def callback_lines(command: PlaceCallback) -> Lines:
    """Headers of the one Originate of an attempt: the officer's phone, and when he answers `[callback]`.

    `ChannelId` is unique only while the channel lives, so it is no guard against doubles; SQL and the
    acknowledged command are.
    """
    return {
        "ActionID": f"{_ACTION_ID}{command.id}",
        "Async": "true",
        "Channel": f"PJSIP/{command.endpoint}",
        "ChannelId": uid_of(command.id),
        "Context": "callback",
        "Exten": "s",
        "Priority": "1",
        "Timeout": str(command.officer_ring_s * 1000),
        "CallerID": f'"{CALLER_NAME}" <{command.exten}>',
        "Variable": (
            f"CB_ATTEMPT={command.id}",
            f"CB_NUMBER={command.number}",
            f"CB_SHOW={command.show}",
            f"CB_RING_S={command.citizen_ring_s}",
        ),
    }


def uid_of(attempt: str) -> str:
    """Uniqueid of the officer's channel of an attempt (docs/contracts.md)."""
    return f"cb-{attempt}-1"


def never_rang(uid: str, dialled: str, cause: int, at: int) -> tuple[Born, Hung]:
    """A call that ended before it had a channel, as the facts of one, so that the core tells it like others.

    `dialled` is `PJSIP/2201`, `cause` of Q.850, `at` the PBX's clock, epoch µs.
    """
    return Born(at, uid, channel=f"{dialled}-", linkedid=uid), Hung(at, uid, cause=cause)


def cause_of(told: Originated) -> int:
    """Why an Originate without a channel failed, as a cause of Q.850."""
    return _CAUSES.get(told.reason, Cause.TEMPORARY_FAILURE)


def originated(raw: bytes) -> Originated | None:
    """What an OriginateResponse tells of an attempt; None for an Originate that is no callback."""
    action_id = header(raw, b"\nActionID: ")
    if not action_id.startswith(_ACTION_ID):
        return None
    attempt = action_id.removeprefix(_ACTION_ID)
    return Originated(
        attempt=attempt,
        uid=uid_of(attempt),
        dialled=header(raw, b"\nChannel: "),
        success=header(raw, b"\nResponse: ") == "Success",
        reason=number(header(raw, b"\nReason: ")),
    )
