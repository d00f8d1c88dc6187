"""The one writer: facts from link and journal into the switchboard, effects out; in step with the PBX or not.

Owns the order after a gap: log in and hold what comes, read the journal from the checkpoint to its end, apply
what was held, then let two looks at the PBX's channels settle the rest. Knows no AMI header, no journal
column, no Redis.
"""

import asyncio
import logging
import time
import traceback
from collections.abc import Iterable
from pathlib import Path

from ami_bridge import checkpoint
from ami_bridge.ami.connection import Link
from ami_bridge.ami.originate import Originated, cause_of, never_rang
from ami_bridge.ami.snapshot import take_snapshot
from ami_bridge.call.clock import STEP_US, ClockWatch
from ami_bridge.call.effects import Effect, Publish, StartTimer
from ami_bridge.call.facts import BlindTransferred, Fact
from ami_bridge.call.notes import micros
from ami_bridge.call.switchboard import Switchboard
from ami_bridge.checkpoint import Checkpoint, Marks
from ami_bridge.errors import ActionRefusedError, ActionUnansweredError, LinkError
from ami_bridge.journal.parse import JournalRowError, fact_of
from ami_bridge.journal.reader import JournalReader, Position
from ami_bridge.stream.publisher import Publisher
from ami_bridge.timers import Timers

log = logging.getLogger(__name__)

LOOK_AGAIN_S = 2.0
"""Between two looks: longer than an event can be on its way."""
RECONCILE_S = 30.0
"""Open calls are held against the PBX this often (EVT-06)."""
CHECKPOINT_S = 2.0
HELD_MAX = 200_000
"""Facts held while out of step; beyond it the PBX's journal must tell them."""
DRAIN_AT_ONCE = 1_000


class Bridge:
    """One PBX. Implements the link's listener; `keep` runs what is done now and then."""

    def __init__(
        self,
        board: Switchboard,
        publisher: Publisher,
        state: Path,
        journal: JournalReader | None,
        *,
        replay: bool = False,
        ours: bool = True,
    ) -> None:
        """`ours`: the PBX runs our dialplan, so it may be asked to call and to keep flags."""
        self.board = board
        self.publisher = publisher
        self.clock = ClockWatch()
        self.timers = Timers(self.pbx_now, lambda fired: self._apply(board.feed(fired)))
        self.state = "link_lost"
        self.since = self.now()
        self.alarm = ""
        self.stopping = False
        """Told to stop: the link's end is ours and no loss."""
        self.faults = 0
        self.journal_bad = 0
        self.resyncs = 0
        self.ours = ours and not replay
        self.up = asyncio.Event()
        """Set while the PBX can be asked to do something: in step, and ours."""
        self.booted_at = 0
        """When the PBX started (its clock, epoch µs), as of the last login; 0 where it does not say."""
        self.moving: dict[str, asyncio.Event] = {}
        """By Uniqueid: set once the PBX shows that this channel passed its citizen on. Owned by who waits."""
        self._journal = journal
        self._replay = replay
        self._file = state / "checkpoint.json"
        # a recording begins anew each time: nothing of the last one is still up
        self._last = Checkpoint() if replay else checkpoint.load(self._file)
        self._marks = Marks(self._last.position)
        self._lost_at = self._last.alive_at
        self._held: list[Fact] | None = []
        self._overrun = False
        self._link: Link | None = None

    # ---------------------------------------------------------------- the link's listener

    def now(self) -> int:
        """Our own wall clock, epoch µs."""
        return time.time_ns() // 1000

    def pbx_now(self) -> int:
        """The PBX's clock, epoch µs; ours as long as the PBX has not shown its own."""
        return self.clock.pbx_now(_mono()) or self.now()

    def on_fact(self, fact: Fact) -> None:
        """Apply, or hold while out of step."""
        if self.clock.seen(fact.at, _mono()):
            log.warning("the PBX's clock stepped; calls that are up cannot be timed")
            self._apply(self.board.clock_stepped(fact.at))
        if self._held is None:
            self._apply(self.board.feed(fact))
        elif len(self._held) < HELD_MAX:
            self._held.append(fact)
        else:
            self._overrun = True
        if self.moving and isinstance(fact, BlindTransferred) and fact.uid in self.moving:
            self.moving[fact.uid].set()

    def on_fault(self, error: Exception) -> None:
        """Count and tell; the stream goes on."""
        self.faults += 1
        # the place and no more: an error's own text may quote a citizen's number
        log.error("a message from the PBX could not be used", extra={"reason": _place(error)})

    async def on_up(self, link: Link) -> None:
        """Get in step: journal, what was held, then the PBX's own list."""
        self._link = link
        self.alarm = ""
        pong = (await link.actions.send("Ping"))[0]
        self.clock.seen(micros(str(pong.get("Timestamp") or "")) or self.now(), _mono())
        self.timers.hold()
        covered = await self._read_journal()
        if not self.resyncs and self._lost_at:
            self.board.doubt()
        if link.uptime_s is not None:
            # uptime is whole seconds, so the boot lies up to one second earlier than it says
            self.booted_at = boot = self.pbx_now() - (link.uptime_s + 1) * 1_000_000
            self._apply(self.board.restarted(boot, self._lost_at or boot))
        await self._drain()
        self.timers.release()
        await self.reconcile()
        self.resyncs += 1
        if self._lost_at:
            self._apply(self.board.restore_link(self.pbx_now(), self._lost_at, covered=covered))
            self._lost_at = 0
        self._become("replay" if self._replay else "up")
        log.info("in step with the PBX", extra={"covered": covered, "live": len(self.board.live)})

    def on_down(self, reason: str) -> None:
        """Everything that is up is uncertain from now on."""
        self._link = None
        self.timers.release()
        for fact in self._held or ():
            self._apply(self.board.feed(fact))
        self._held = []
        self._become("link_lost")
        if self.stopping:
            return
        log.error("the link to the PBX is lost", extra={"reason": reason})
        if not self._lost_at:
            self._lost_at = self.pbx_now()
            self._apply(self.board.lose_link(self._lost_at, reason))
        self.clock.reset()

    def on_refused(self) -> None:
        """A person must act; told on the state key and in the metrics."""
        self.alarm = "login_refused"

    def on_originated(self, told: Originated) -> None:
        """A callback that failed and had no channel has no other witness; else the channel tells its end.

        While out of step its channel may be in what the journal has yet to tell.
        """
        known = self.board.call(told.uid) or any(fact.uid == told.uid for fact in self._held or ())
        if self.in_step and not told.success and not known:
            self.never_rang(told.uid, told.dialled, cause_of(told))

    def never_rang(self, uid: str, dialled: str, cause: int) -> None:
        """A callback's first phone was not rung, so nothing else will tell of it."""
        for fact in never_rang(uid, dialled, cause, self.pbx_now()):
            self.on_fact(fact)

    @property
    def in_step(self) -> bool:
        """The link is up and memory agrees with the PBX."""
        return self.state != "link_lost"

    @property
    def link(self) -> Link | None:
        """The link, while the PBX can be asked to do something."""
        return self._link if self.up.is_set() else None

    def _become(self, state: str) -> None:
        if state != self.state:
            self.state, self.since = state, self.now()
        if state == "up" and self.ours:
            self.up.set()
        else:
            self.up.clear()

    # ---------------------------------------------------------------- effects

    def _apply(self, effects: Iterable[Effect]) -> None:
        for effect in effects:
            if isinstance(effect, Publish):
                self.publisher.put(effect.event)
            elif isinstance(effect, StartTimer):
                self.timers.start(effect)
            else:
                self.timers.stop(effect.call)

    async def _drain(self) -> None:
        """Apply what was held, giving way to the link; from then on facts go straight through."""
        while self._held:
            batch, self._held = self._held[:DRAIN_AT_ONCE], self._held[DRAIN_AT_ONCE:]
            for fact in batch:
                self._apply(self.board.feed(fact))
            await asyncio.sleep(0)
        self._held = None

    # ---------------------------------------------------------------- the journal

    async def _read_journal(self) -> bool:
        """Apply the journal from the checkpoint on; False if it cannot have told everything."""
        if self._journal is None:
            for call_id, started in self._last.open.items():
                self.board.restore(call_id, started)
            return False
        covered = True
        newest = 0
        try:
            for part in self._journal.read(self._last.position):
                covered = covered and part.complete
                self.journal_bad += part.bad
                for row in part.rows:
                    newest = self._journal_row(row, newest)
                await asyncio.sleep(0)
        except OSError as error:
            log.warning("the journal cannot be read", extra={"reason": type(error).__name__})
            covered = False
        if not covered:
            log.warning("the journal does not tell the whole gap")
            for call_id, started in self._last.open.items():
                self.board.restore(call_id, started)
        return covered

    def _journal_row(self, row: list[str], newest: int) -> int:
        """Apply one row; returns the newest time seen, by which a step back of the clock shows."""
        try:
            fact = fact_of(row)
        except JournalRowError as error:
            self.journal_bad += 1
            log.warning("a journal row was skipped", extra={"reason": str(error)})
            return newest
        if fact is None:
            return newest
        if newest - fact.at > STEP_US:
            self._apply(self.board.clock_stepped(fact.at))
            newest = fact.at
        self._apply(self.board.feed(fact))
        return max(newest, fact.at)

    # ---------------------------------------------------------------- now and then

    async def keep(self) -> None:
        """Checkpoint and reconcile for ever; ends only when cancelled."""
        next_look = time.monotonic() + RECONCILE_S
        while True:
            await asyncio.sleep(CHECKPOINT_S)
            await self.save()
            if self._link is None or not self.in_step:
                continue
            if self._overrun or (self.publisher.overflowed and self.publisher.drained):
                self._overrun = self.publisher.overflowed = False
                log.warning("facts or events were lost for want of room; the journal is read again")
                self.timers.hold()
                await self._read_journal()
                self.timers.release()
            if time.monotonic() >= next_look:
                next_look = time.monotonic() + RECONCILE_S
                await self.reconcile()

    async def reconcile(self) -> None:
        """Hold open calls against the PBX's own list; two looks must agree before anything is changed."""
        link = self._link
        if link is None or self._replay:  # who plays a recording has no channels
            return
        try:
            snapshot = await take_snapshot(link.actions, self.pbx_now())
            settled = self.board.compare(snapshot)
            if settled:
                await asyncio.sleep(LOOK_AGAIN_S)
                self._held = self._held or []  # what comes after the second look is applied after it
                snapshot = await take_snapshot(link.actions, self.pbx_now())
                settled &= self.board.compare(snapshot)
            self._apply(self.board.reconcile(snapshot, settled))
        except (ActionRefusedError, ActionUnansweredError, LinkError) as error:
            log.warning("the PBX's channels could not be listed", extra={"reason": type(error).__name__})
        if self._link is link and self._held is not None:
            await self._drain()

    async def save(self) -> None:
        """Move the checkpoint, if every event before it is safe."""
        if not self.in_step or self._replay:
            return
        end = self._journal.end() if self._journal else Position()
        position = self._marks.look(end, self.board.live)
        if not self.publisher.settled or self.publisher.overflowed:
            return
        calls = {call.id: call.started_at for call in self.board.live if call.announced}
        self._last = Checkpoint(position, self.pbx_now(), calls)
        try:
            await asyncio.to_thread(checkpoint.save, self._file, self._last)
        except OSError as error:
            log.warning("the checkpoint was not written", extra={"reason": type(error).__name__})


def _place(error: Exception) -> str:
    frames = traceback.extract_tb(error.__traceback__)
    where = f" at {Path(frames[-1].filename).name}:{frames[-1].lineno}" if frames else ""
    return type(error).__name__ + where


def _mono() -> int:
    return time.monotonic_ns() // 1000
