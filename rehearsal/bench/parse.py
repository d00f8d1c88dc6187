"""CPU of the bridge's reading, bytes to events of calls, against panoramisk's stock path on the same bytes.

Rounds of the two take turns in one process, so that a busy machine burdens both. Ours does more: it keeps the
calls and makes the events; panoramisk hands its message to one callback.
"""

import gzip
import statistics
import time
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path

from panoramisk import Manager
from panoramisk.ami_protocol import AMIProtocol

from ami_bridge.ami.feed import Feed
from ami_bridge.call.facts import Fact
from ami_bridge.call.state import House
from ami_bridge.call.switchboard import Switchboard
from office.folder import Office

_READ = 65_536


def parse(
    captures: Sequence[Path], office: Office, *, rounds: int = 5, cuts: int = 2_000
) -> dict[str, object]:
    """Median CPU microseconds an event of both, and their ratio; every event counted at many cuts."""
    told: dict[str, object] = {}
    ratios = []
    for capture in captures:
        data = _bytes(capture)
        events = data.count(b"\r\n\r\nEvent: ")
        ours, theirs = [], []
        for _ in range(rounds):
            ours.append(_cpu(partial(_ours, data, office)) / events)
            theirs.append(_cpu(partial(_stock, data)) / events)
        ratio = statistics.median(ours) / statistics.median(theirs)
        ratios.append(ratio)
        told[capture.name] = {
            "events": events,
            "us_per_event": round(1e6 * statistics.median(ours), 2),
            "panoramisk_us_per_event": round(1e6 * statistics.median(theirs), 2),
            "ratio": round(ratio, 3),
        }
    return {"ratio_vs_panoramisk": round(max(ratios), 3), "lost_at_cuts": _lost(captures[0], cuts), **told}


def _bytes(capture: Path) -> bytes:
    raw = gzip.decompress(capture.read_bytes()) if capture.suffix == ".gz" else capture.read_bytes()
    return raw if b"\r\n" in raw[:2000] else raw.replace(b"\n", b"\r\n")


def _cpu(work: Callable[[], object]) -> float:
    before = time.process_time()
    work()
    return time.process_time() - before


def _chunks(data: bytes, size: int = _READ) -> list[bytes]:
    return [data[at : at + size] for at in range(0, len(data), size)]


def _ours(data: bytes, office: Office) -> int:
    """The bridge's path: framing, filter, facts, calls, events; the number of effects made."""
    board = Switchboard(House.of("bench", office))
    made = 0

    def take(fact: Fact) -> None:
        nonlocal made
        made += len(board.feed(fact))

    feed = Feed(take, now=lambda: 0)
    for chunk in _chunks(data):
        feed.feed(chunk)
    return made


def _stock(data: bytes) -> int:
    """panoramisk 1.4 as it comes, with one callback for every event."""
    seen = 0

    def take(manager: Manager, message: object) -> None:
        nonlocal seen
        seen += 1

    manager = Manager()
    manager.register_event("*", take)
    protocol = AMIProtocol()
    protocol.connection_made(_NoTransport())
    protocol.factory = manager
    for chunk in _chunks(data):
        protocol.data_received(chunk)
    return seen


class _NoTransport:
    """Takes what the protocol would send."""

    def write(self, data: bytes) -> None:
        """Send nothing."""


def _lost(capture: Path, cuts: int) -> int:
    """Facts lost when the stream is cut at each of so many positions in turn, two reads each."""
    part = _bytes(capture)[:40_000]
    whole = _facts([part])
    return sum(whole - _facts([part[:cut], part[cut:]]) for cut in range(0, len(part), len(part) // cuts))


def _facts(reads: Sequence[bytes]) -> int:
    feed = Feed(lambda fact: None, now=lambda: 0)
    for read in reads:
        feed.feed(read)
    return feed.counts.messages
