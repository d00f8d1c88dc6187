"""Recorded AMI traffic: read from a file, and moved to another time with ids of its own.

Owns the format of captures: raw AMI bytes, plain or .gz, with LF or CRLF, with comment lines (`#`) and blocks
marked `### >>> sent by bridge`. Only events are kept; what answered the recorder's actions is dropped. Pure
but for reading the file.
"""

import gzip
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

# what a bridge's account gets by ivr's manager.conf: read = system,call,user
_READ_CLASSES = frozenset({b"system", b"call", b"user"})
_SENT = b"### >>> sent"
_CLASS = re.compile(rb"^Privilege: (\w+)", re.MULTILINE)
_TIMESTAMP = re.compile(rb"^Timestamp: (\d{10})\.(\d{6})", re.MULTILINE)
_IDS = re.compile(rb"^(Uniqueid|Linkedid): (\S+)\r$", re.MULTILINE)
_EPOCH_ID = re.compile(rb"\b(\d{10})\.(\d{1,9})\b")
_OURS = (b"Event: FullyBooted", b"Event: Shutdown")  # the link's own life, which the replay lives itself
_MOVED = re.compile(
    rb"^(?P<stamp>Timestamp: )(?P<seconds>\d{10})\.(?P<micros>\d{6})"
    rb"|^(?P<note>(?:At|FirstRing): 0?)(?P<millis>\d{13})(?=\r)"
    rb"|\b(?P<created>\d{10})\.(?P<sequence>\d{1,9})\b"
    rb"|\b(?P<uuid>[0-9a-f]{8})(?=-[0-9a-f]{4}-[0-9a-f]{4}-)"
    rb"|(?<=-)(?P<channel>[0-9a-f]{8})(?=[;,|^)\s])",
    re.MULTILINE,
)


class CaptureError(ValueError):
    """A file that cannot be played; the text names it and says why."""


@dataclass(frozen=True, slots=True)
class Capture:
    """The events of one file, each ready to be sent. Times are epoch microseconds by the PBX's own clock.

    `times_us` is empty when the recording PBX sent no Timestamp headers (`timestampevents = no`).
    `sequences` is above every number that its Uniqueids end in.
    """

    file: Path
    events: tuple[bytes, ...]
    times_us: tuple[int, ...]
    calls: int
    sequences: int

    @property
    def timed(self) -> bool:
        """Whether the file tells its own pace."""
        return bool(self.times_us)

    @property
    def length_s(self) -> float:
        """From the first event to the last."""
        return (self.times_us[-1] - self.times_us[0]) / 1e6 if self.times_us else 0.0


@dataclass(frozen=True, slots=True)
class Move:
    """How one copy of a capture differs from what was recorded: later by `shift_us`, the `number`-th copy."""

    shift_us: int
    number: int
    sequences: int

    def apply(self, event: bytes, now_us: int) -> bytes:
        """`event` with its times shifted and its ids made this copy's own; an untimed one is stamped now."""
        moved = _MOVED.sub(self._replaced, event)
        if b"\r\nTimestamp: " in moved:
            return moved
        name, _, rest = moved.partition(b"\r\n")
        return b"%b\r\nTimestamp: %d.%06d\r\n%b" % (name, *divmod(now_us, 1_000_000), rest)

    def _replaced(self, found: re.Match[bytes]) -> bytes:
        kind = found.lastgroup
        if kind == "micros":
            at_us = int(found["seconds"]) * 1_000_000 + int(found["micros"]) + self.shift_us
            return b"%b%d.%06d" % (found["stamp"], *divmod(at_us, 1_000_000))
        if kind == "millis":
            return b"%b%d" % (found["note"], int(found["millis"]) + self.shift_us // 1000)
        if kind == "sequence":
            created = int(found["created"]) + self.shift_us // 1_000_000
            return b"%d.%d" % (created, int(found["sequence"]) + self.number * self.sequences)
        return b"%08x" % ((int(found[0], 16) + self.number * 0x10000) & 0xFFFFFFFF)


def read_capture(file: Path) -> Capture:
    """The events in `file` that a bridge's account gets; raises CaptureError."""
    try:
        raw = gzip.decompress(file.read_bytes()) if file.suffix == ".gz" else file.read_bytes()
    except OSError as error:
        raise CaptureError(f"{file}: {error.strerror or error}") from error
    events = tuple(event for event in _events(raw) if _class_of(event) in _READ_CLASSES)
    if not events:
        raise CaptureError(f"{file}: holds no AMI events of the classes system, call and user")
    numbers = (int(found[2]) for event in events for found in _EPOCH_ID.finditer(_ids_of(event)))
    calls = sum(event.startswith(b"Event: Newchannel") and _begins_call(event) for event in events)
    return Capture(file, events, _times_us(events), calls, max(numbers, default=0) + 1)


def _events(raw: bytes) -> Iterator[bytes]:
    text = raw.replace(b"\r\n", b"\n")
    for block in re.split(rb"\n{2,}", text):
        if block.lstrip(b"\n").startswith(_SENT):
            continue
        lines = [line for line in block.split(b"\n") if line and not line.startswith(b"#")]
        event = b"".join(line + b"\r\n" for line in lines) + b"\r\n"
        answers = b"\r\nActionID: " in event and not event.startswith(b"Event: OriginateResponse")
        if event.startswith(b"Event: ") and not answers and not event.startswith(_OURS):
            yield event


def _class_of(event: bytes) -> bytes:
    found = _CLASS.search(event)
    return found[1] if found else b""


def _ids_of(event: bytes) -> bytes:
    return b" ".join(found[2] for found in _IDS.finditer(event))


def _begins_call(event: bytes) -> bool:
    ids = {found[1]: found[2] for found in _IDS.finditer(event)}
    return ids.get(b"Uniqueid") == ids.get(b"Linkedid")


def _times_us(events: tuple[bytes, ...]) -> tuple[int, ...]:
    """A time for each event, never going back: Asterisk sends events slightly out of order, and so do we."""
    times: list[int] = []
    for event in events:
        found = _TIMESTAMP.search(event)
        at = int(found[1]) * 1_000_000 + int(found[2]) if found else 0
        times.append(max(at, times[-1] if times else 0))
    if not any(times):
        return ()
    first = next(at for at in times if at)
    return tuple(at or first for at in times)
