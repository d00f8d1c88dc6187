"""Passes a citizen on as his officer asks on his page: one BlindTransfer, and what came of it (charter T5).

Owns which channel is named to the PBX: always the officer's own. Given the citizen's, Asterisk moves the
officer and drops the citizen (measured). Taken is what the PBX shows to have done; its answer alone means
nothing (XFR-04).
"""

import asyncio
import logging

from ami_bridge.ami.connection import Link
from ami_bridge.call.handover import passed_on
from ami_bridge.call.state import Call, Channel, Phase, Role, endpoint_of
from ami_bridge.commands import told
from ami_bridge.commands.told import Became
from ami_bridge.errors import ActionRefusedError, ActionUnansweredError, AnswerLostError, LinkError
from ami_bridge.loop import Bridge
from office.commands import TransferCall

log = logging.getLogger(__name__)

CONTEXT = "transfer"
"""Where passed-on citizens arrive in our dialplan (docs/contracts.md)."""
STARTED_S = 3.0
"""A transfer that the PBX does not show within this long was not started."""
_GONE = "does not exist"
"""How Asterisk 22 answers to the name of a channel that has just ended."""


async def pass_on(bridge: Bridge, link: Link, command: TransferCall) -> Became:
    """Carry out; returns once the PBX has moved the citizen, or will not. Nothing is sent twice."""
    if command.exten not in bridge.board.house.desks:
        # the PBX would take a citizen to an extension that does not exist, and hang up on him there
        return told.UNKNOWN_PHONE
    leg = _leg(bridge.board.call(command.call_id), command.endpoint)
    if leg is None:
        return told.CALL_GONE
    if leg.uid in bridge.moving:  # he pressed twice
        return told.CALL_GONE
    moved = bridge.moving[leg.uid] = asyncio.Event()
    try:
        async with asyncio.timeout(STARTED_S):
            lines = {"Channel": leg.name, "Context": CONTEXT, "Exten": command.exten}
            await link.actions.send("BlindTransfer", lines, timeout_s=STARTED_S)
            await moved.wait()
    except (TimeoutError, ActionUnansweredError, LinkError, ActionRefusedError) as error:
        return told.ACCEPTED if moved.is_set() else _not_moved(error, link)
    finally:
        del bridge.moving[leg.uid]
    return told.ACCEPTED


def _leg(call: Call | None, endpoint: str) -> Channel | None:
    """The channel by which this phone has the citizen; talking before waiting, the newest first."""
    if call is None or call.phase is Phase.ENDED:
        return None
    legs = [
        c for c in call.channels.values()
        if c.role is Role.PHONE and c.up_at and c.alive and endpoint_of(c.name) == endpoint
        and not passed_on(call, c.uid)
    ]  # fmt: skip
    return max(legs, key=lambda c: (bool(c.talk), c.up_at), default=None)


def _not_moved(error: Exception, link: Link) -> Became:
    if isinstance(error, AnswerLostError):
        return told.UNKNOWN
    if isinstance(error, LinkError):
        return told.LINK_LOST
    if isinstance(error, ActionRefusedError):
        log.warning("the PBX refuses to pass a citizen on", extra={"reason": str(error)})
        return told.CALL_GONE if _GONE in str(error) else told.PBX_REFUSED
    return told.UNKNOWN if link.protocol.lost.done() else told.NOT_STARTED
