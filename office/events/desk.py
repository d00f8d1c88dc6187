"""What an officer does at his phone within a call, by a code (ADR 0026)."""

from typing import Literal

from office.events.base import Event, Phone
from office.phone_codes import PhoneAct


class DeskActed(Event):
    """An officer keyed a code in this call; `phone` is his. The citizen heard nothing of it."""

    kind: Literal["desk_acted"] = "desk_acted"
    act: PhoneAct
    phone: Phone
