"""A bridge in this process, on a fake PBX, its events kept in a list instead of Redis."""

import asyncio
import contextlib
from collections.abc import Callable
from pathlib import Path
from types import TracebackType
from typing import Self, cast

from redis.asyncio import Redis

from ami_bridge.ami.connection import Account, Connection
from ami_bridge.call.switchboard import Switchboard
from ami_bridge.journal.reader import JournalReader
from ami_bridge.loop import Bridge
from ami_bridge.stream.publisher import Publisher
from ami_bridge.stream.spool import Spool
from office.events import CallEvent, decode
from tests.replay.play import example_house
from tests.support.fake_ami import FakeAmi


class ListRedis:
    """As much of Redis as the publisher uses. `down`: it answers nothing."""

    def __init__(self) -> None:
        self.entries: list[CallEvent] = []
        self.keys: dict[str, bytes] = {}
        self.down = False

    def pipeline(self, *, transaction: bool) -> "ListPipeline":
        assert not transaction
        return ListPipeline(self)

    async def set(self, key: str, value: bytes, ex: int) -> None:
        assert ex == 6
        if self.down:
            raise ConnectionError
        self.keys[key] = value


class ListPipeline:
    def __init__(self, redis: ListRedis) -> None:
        self._redis = redis
        self._batch: list[bytes] = []

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        self._batch.clear()

    def xadd(self, stream: str, entry: dict[str, bytes]) -> None:
        assert stream == "calls:pbx1"
        self._batch.append(entry["e"])

    async def execute(self) -> None:
        await asyncio.sleep(0)
        if self._redis.down:
            raise ConnectionError
        self._redis.entries += [decode(event) for event in self._batch]


class Running:
    """Use with `async with`. Pauses between connections are not waited for; they are noted in `pauses`."""

    def __init__(self, fake: FakeAmi, state: Path, journal: Path | None = None) -> None:
        state.mkdir(exist_ok=True)
        self.redis = ListRedis()
        spool = Spool(state / "spool", 1 << 20)
        publisher = Publisher(cast("Redis", self.redis), "pbx1", spool)
        self.bridge = Bridge(
            Switchboard(example_house()), publisher, state, JournalReader(journal) if journal else None
        )
        account = Account("127.0.0.1", fake.port, "bridge", "secret")
        self.pauses: list[float] = []
        self.pausing = asyncio.Event()
        self.pausing.set()
        self.connection = Connection(account, self.bridge, pause=self._pause)
        self._tasks: list[asyncio.Task[None]] = []

    async def _pause(self, seconds: float) -> None:
        self.pauses.append(seconds)
        await asyncio.sleep(0.01)
        await self.pausing.wait()

    async def __aenter__(self) -> Self:
        self._tasks = [
            asyncio.create_task(self.connection.run()),
            asyncio.create_task(self.bridge.publisher.run()),
        ]
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.bridge.stopping = True
        for task in self._tasks:
            task.cancel()
        for task in self._tasks:
            with contextlib.suppress(asyncio.CancelledError):
                await task
        self.bridge.timers.stop_all()
        self.bridge.publisher.spool.close()

    @property
    def events(self) -> list[CallEvent]:
        return self.redis.entries

    def of(self, kind: str) -> list[CallEvent]:
        return [event for event in self.events if event.kind == kind]

    async def until(self, condition: Callable[[], bool], within_s: float = 10.0) -> None:
        """Wait for a condition on what this loop does; it is looked at every few milliseconds."""
        async with asyncio.timeout(within_s):
            while not condition():
                await self._moment()

    @staticmethod
    async def _moment() -> None:
        await asyncio.sleep(0.005)

    async def until_up(self, resyncs: int = 1) -> None:
        await self.until(lambda: self.bridge.resyncs >= resyncs and self.bridge.state == "up")

    async def until_event(self, kind: str, count: int = 1, within_s: float = 10.0) -> list[CallEvent]:
        await self.until(lambda: len(self.of(kind)) >= count, within_s)
        return self.of(kind)
