"""What became of a command, as events. Pure.

Owns the reasons and their event ids. How a call goes that was begun is told by the core.
"""

from typing import Literal, NamedTuple

from ami_bridge.call.effects import event_id
from ami_bridge.call.state import House
from office.events import CommandTold


class Became(NamedTuple):
    """State of a command and why (docs/contracts.md, "Commands")."""

    state: Literal["accepted", "refused", "expired", "unknown"]
    reason: str = ""


ACCEPTED = Became("accepted")
EXPIRED = Became("expired")
UNKNOWN = Became("unknown")
LINK_LOST = Became("refused", "link_lost")
PBX_RESTARTED = Became("refused", "pbx_restarted")
PBX_SILENT = Became("refused", "pbx_silent")
PBX_REFUSED = Became("refused", "pbx_refused")
UNKNOWN_PHONE = Became("refused", "unknown_phone")
BRIDGE_STOPPED = Became("refused", "bridge_stopped")
NOT_OURS = Became("refused", "not_ours")
CALL_GONE = Became("refused", "call_gone")
NOT_STARTED = Became("refused", "not_started")
NOT_NOTED = Became("refused", "not_noted")


def command_told(house: House, command: str, became: Became, at: int) -> CommandTold:
    """The event of what became of a command; `at` is the PBX's clock, epoch µs."""
    return CommandTold(
        id=event_id(house.pbx, command, "command_told", became.state),
        pbx=house.pbx, call_id="", at=house.moment(at),
        command=command, state=became.state, reason=became.reason,
    )  # fmt: skip
