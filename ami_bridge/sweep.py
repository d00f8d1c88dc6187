"""Reads what the dialplan's recorder left in the PBX's database, and clears it once it is safe.

The journal tells the same memos; this is for the day when its rows are lost, and so that no citizen's number
stays in the database. Owns when it is read and when cleared.
"""

import asyncio
import logging

from ami_bridge.ami.database import Database
from ami_bridge.call.recovered import FAMILY, is_told, recovered
from ami_bridge.call.state import Phase
from ami_bridge.errors import ActionRefusedError, ActionUnansweredError, LinkError
from ami_bridge.loop import Bridge

log = logging.getLogger(__name__)

SWEEP_S = 30.0
"""More often than the switchboard forgets a call that has ended."""
SOON_S = 1.0
"""Until events that are on their way are looked at again."""


class MemoSweep:
    """The recorder's memos of one PBX."""

    def __init__(self, bridge: Bridge) -> None:
        self._bridge = bridge
        self._read: set[str] = set()
        """Keys whose events are on their way, and not cleared yet."""

    async def run(self) -> None:
        """Sweep after each login and now and then, for ever; ends only when cancelled."""
        while True:
            await self._bridge.up.wait()
            if (link := self._bridge.link) is not None:
                try:
                    await self.sweep(Database(link.actions))
                except (ActionRefusedError, ActionUnansweredError, LinkError) as error:
                    log.warning(
                        "the recorder's memos could not be read", extra={"reason": type(error).__name__}
                    )
            await asyncio.sleep(SOON_S if self._read else SWEEP_S)

    async def sweep(self, database: Database) -> None:
        """Once. Raises ActionRefusedError, ActionUnansweredError, LinkError."""
        entries = await database.read(FAMILY)
        self._read &= entries.keys()
        for key, value in entries.items():
            if key not in self._read and self._take(key.removeprefix(f"{FAMILY}/"), value):
                self._read.add(key)
        publisher = self._bridge.publisher
        if self._read and publisher.settled and not publisher.overflowed:
            await database.write({}, sorted(self._read))
            self._read.clear()

    def _take(self, uid: str, value: str) -> bool:
        """Publish one entry, unless notes have told it; False while the call is up: he may still speak."""
        board = self._bridge.board
        call = board.call(uid)
        if call is not None and call.phase is not Phase.ENDED:
            return False
        if call is None or not is_told(call):
            told = recovered(board.house, uid, value)
            for effect in told:
                self._bridge.publisher.put(effect.event)
            if told:
                log.warning("the journal has lost a memo that the database still had", extra={"call_id": uid})
        return True
