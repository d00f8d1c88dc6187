"""Asks the PBX which channels are up.

CoreShowChannels says it all (bridges included); Status is the way of a PBX whose user lacks
`write=reporting`.
"""

from typing import Any

from ami_bridge.ami.actions import Actions
from ami_bridge.call.notes import number
from ami_bridge.call.snapshot import SeenChannel, Snapshot
from ami_bridge.errors import ActionRefusedError

_TIMEOUT_S = 30.0


async def take_snapshot(actions: Actions, at: int) -> Snapshot:
    """Channels as of now; `at` is the PBX's clock, epoch µs.

    Raises ActionRefusedError where neither list is permitted, ActionUnansweredError, LinkError.
    """
    try:
        messages = await actions.send("CoreShowChannels", timeout_s=_TIMEOUT_S)
    except ActionRefusedError:
        messages = await actions.send("Status", timeout_s=_TIMEOUT_S)
    listed = [_seen(m) for m in messages if m.get("Event") in ("CoreShowChannel", "Status")]
    return Snapshot(at, {seen.uid: seen for seen in listed if seen.uid and not _is_passing(seen.name)})


def _seen(message: Any) -> SeenChannel:
    uid = one_value(message, "Uniqueid")
    return SeenChannel(
        uid=uid,
        name=one_value(message, "Channel"),
        linkedid=one_value(message, "Linkedid") or uid,
        state=number(one_value(message, "ChannelState")),
        bridge=one_value(message, "BridgeId") or one_value(message, "BridgeID"),
        exten=one_value(message, "Exten"),
        caller=one_value(message, "CallerIDNum"),
    )


def one_value(message: Any, header: str) -> str:
    """First value of a header: the library gives a str for one line and a list for more."""
    value = message.get(header) or ""
    return str(value[0] if isinstance(value, list) else value)


def _is_passing(name: str) -> bool:
    """A channel that Bridge() borrows for a moment."""
    return name.startswith("Surrogate/")
