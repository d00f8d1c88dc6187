"""AMI bytes to facts without a socket: framing, the filter by name, parsing.

Owns the hot path. Used by the live protocol, by replays and by the bench alike.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from ami_bridge.ami.framing import Framer
from ami_bridge.ami.parse import BUILDERS, Builder, timestamp
from ami_bridge.call.facts import Fact

_E = ord("E")
"""Nothing else on the wire begins with it: a message is an `Event: ` or a `Response: `."""


@dataclass(slots=True)
class FeedCounts:
    """What passed through, for the metrics."""

    bytes: int = 0
    messages: int = 0
    """Events and responses, whole ones."""
    facts: int = 0
    faults: int = 0
    """Messages that could not be read; each is logged by the owner of `on_fault`."""


class Feed:
    """Calls `on_fact` for each fact and `on_other` for what else was asked for; lets the rest go.

    `others` names the events that `on_other` gets besides every response. `now` gives the arrival time
    (epoch µs) for PBXs that send no Timestamp. A consumer that raises loses that one message, never the
    stream: `on_fault` is told.
    """

    def __init__(
        self,
        on_fact: Callable[[Fact], object],
        *,
        now: Callable[[], int],
        others: Iterable[bytes] = (),
        on_other: Callable[[bytes, bytes], object] = lambda name, raw: None,
        on_fault: Callable[[Exception], object] = lambda error: None,
    ) -> None:
        self.counts = FeedCounts()
        self._framer = Framer()
        self._on_fact = on_fact
        self._on_other = on_other
        self._on_fault = on_fault
        self._now = now
        self._wanted: dict[bytes, Builder | None] = {**dict.fromkeys(others), **BUILDERS}

    @property
    def oversized(self) -> int:
        """Messages dropped because they were too long to be AMI."""
        return self._framer.dropped

    def feed(self, data: bytes) -> None:
        """Take the next bytes of the stream, cut anywhere."""
        counts = self.counts
        counts.bytes += len(data)
        messages = self._framer.feed(data)
        counts.messages += len(messages)
        wanted = self._wanted
        for raw in messages:
            name = b""
            if raw[0] == _E:
                end = raw.find(b"\n", 7)
                name = raw[7:end] if end > 0 else raw[7:]
                if name not in wanted:
                    continue  # most of the stream: never decoded
            try:
                self._message(name, raw)
            except Exception as error:  # one bad message must not cost the stream
                counts.faults += 1
                self._on_fault(error)

    def _message(self, name: bytes, raw: bytes) -> None:
        builder = self._wanted.get(name)
        if builder is None:
            self._on_other(name, raw)
            return
        fact = builder(raw, timestamp(raw) or self._now())
        if fact is not None:
            self.counts.facts += 1
            self._on_fact(fact)
