"""Asks the PBX whether a phone is in use.

`Getvar` of `DEVICE_STATE(…)` needs no more than `write=reporting` (Asterisk 22); ExtensionState would need
hints in the dialplan.
"""

from ami_bridge.ami.actions import Actions
from ami_bridge.ami.snapshot import one_value

_TIMEOUT_S = 3.0
_IN_USE = frozenset({"INUSE", "BUSY", "RINGING", "RINGINUSE", "ONHOLD"})


async def is_in_use(actions: Actions, endpoint: str) -> bool:
    """Whether the phone talks, rings or holds.

    Raises ActionRefusedError, ActionUnansweredError, LinkError.
    """
    lines = {"Variable": f"DEVICE_STATE(PJSIP/{endpoint})"}
    answer = (await actions.send("Getvar", lines, timeout_s=_TIMEOUT_S))[0]
    return one_value(answer, "Value") in _IN_USE
