"""The bridge itself: its link to the PBX, and what became of a command. `call_id` is empty."""

from datetime import datetime
from typing import Literal

from office.events.base import Event


class CommandTold(Event):
    """What became of a command; `call_id` is empty. Refused and expired ones were not carried out.

    `unknown`: accepted, and the link broke before the PBX's answer. It is never sent again (CBK-01).
    """

    kind: Literal["command_told"] = "command_told"
    command: str
    state: Literal["accepted", "refused", "expired", "unknown"]
    reason: str = ""


class LinkLost(Event):
    """The bridge lost its link to the PBX; `call_id` is empty. Events after it came late or never."""

    kind: Literal["link_lost"] = "link_lost"
    reason: str


class LinkRestored(Event):
    """The link is back. `covered`: the journal told the whole gap, so nothing in it is unknown."""

    kind: Literal["link_restored"] = "link_restored"
    since: datetime
    covered: bool
