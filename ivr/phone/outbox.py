"""Events on their way to the Redis stream: on disk first, gone from there once Redis has them.

Owns `STATE/phone/outbox/`, one file an event, named so that their order is the order of telling. A call
writes and goes on; a thread of its own sends. Killed between sending and removing it sends again: readers
drop what they have by its id.
"""

import logging
import os
import threading
import time
from collections import deque
from collections.abc import Callable
from pathlib import Path

from redis import Redis
from redis.exceptions import RedisError

from office.events import CallEvent, encode, stream_of

log = logging.getLogger(__name__)

BATCH = 100
RETRY_S = 1.0
MANY = 1000
"""Events that wait: a person should look why."""


def to_stream(redis: Redis, pbx: str) -> Callable[[list[bytes]], None]:
    """How events get onto the stream of `pbx`."""
    stream = stream_of(pbx)

    def hand_over(events: list[bytes]) -> None:
        with redis.pipeline(transaction=False) as pipe:
            for event in events:
                pipe.xadd(stream, {"e": event})
            pipe.execute()

    return hand_over


class Outbox:
    """The events of one extension. `put` from any thread."""

    def __init__(self, folder: Path, hand_over: Callable[[list[bytes]], None]) -> None:
        """Opens `folder`, making it; raises OSError. What an earlier run left goes first.

        `hand_over` gives events to the stream, and raises RedisError or OSError.
        """
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        for half in folder.glob("*.part"):
            half.unlink()
        self._folder = folder
        self._give = hand_over
        self._lock = threading.Lock()
        self._wake = threading.Event()
        self._stopping = False
        self._last = 0
        self._unkept: deque[bytes] = deque()
        self._thread = threading.Thread(target=self._run, name="outbox", daemon=True)
        self.redis_up = True
        self.sent = 0

    def start(self) -> None:
        """Begin to send."""
        self._thread.start()

    def stop(self, within_s: float = 2.0) -> None:
        """Send what can be sent in that time; the rest stays on disk for the next run."""
        self._stopping = True
        self._wake.set()
        if self._thread.is_alive():
            self._thread.join(within_s)

    @property
    def waiting(self) -> int:
        """Events that Redis has not got yet."""
        return len(self._unkept) + sum(1 for _ in self._folder.glob("*.json"))

    def put(self, event: CallEvent) -> None:
        """Keep an event, durably; in memory alone where the disk takes nothing. Never raises for that."""
        try:
            self._write(encode(event))
        except OSError as error:
            log.exception("the disk takes no events", extra={"reason": type(error).__name__})
            self._unkept.append(encode(event))
        self._wake.set()

    def _write(self, event: bytes) -> None:
        with self._lock:
            self._last = max(time.time_ns(), self._last + 1)
            path = self._folder / f"{self._last:020}.json"
            part = path.with_suffix(".part")
            with part.open("wb") as file:
                file.write(event)
                file.flush()
                os.fsync(file.fileno())
            part.replace(path)

    def _run(self) -> None:
        while True:
            self._wake.clear()
            sent = self.send()
            if self._stopping and (not sent or not self.waiting):
                return
            self._wake.wait(None if sent else RETRY_S)

    def send(self) -> bool:
        """Send all that waits, the oldest first; False if Redis did not take it."""
        while files := sorted(self._folder.glob("*.json"))[:BATCH]:
            if not self._hand_over([file.read_bytes() for file in files]):
                if len(files) == BATCH and (waiting := self.waiting) > MANY:
                    log.error("many events wait for Redis", extra={"events": waiting})
                return False
            for file in files:
                file.unlink()
            self.sent += len(files)
        while self._unkept:
            if not self._hand_over([self._unkept[0]]):
                return False
            self._unkept.popleft()
        return True

    def _hand_over(self, events: list[bytes]) -> bool:
        try:
            self._give(events)
        except (RedisError, OSError) as error:
            if self.redis_up:
                log.warning(
                    "Redis takes no events; they stay on disk", extra={"reason": type(error).__name__}
                )
            self.redis_up = False
            return False
        if not self.redis_up:
            log.info("Redis takes events again")
        self.redis_up = True
        return True
