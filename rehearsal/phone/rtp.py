"""RTP packets (RFC 3550), µ-law (ITU-T G.711) and telephone events (RFC 4733). Pure."""

import itertools
import struct
from collections.abc import Iterable, Iterator
from functools import cache
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

RATE = 8000
FRAME_S = 0.02
FRAME_SAMPLES = 160
SILENCE = b"\xff" * FRAME_SAMPLES
EVENTS = "0123456789*#ABCD"

Pcm = NDArray[np.int16]

_HEADER = struct.Struct("!BBHII")
_EVENT = struct.Struct("!BBH")
_EVENT_VOLUME = 10  # -10 dBm0
_END_REPEATS = 3  # RFC 4733 §2.5.1.4: the end is sent three times
_AMPLITUDE = 8000  # -12 dB below full scale


class MalformedRtpError(ValueError):
    """The datagram is no RTP packet."""


class Packet(NamedTuple):
    """One RTP packet."""

    payload_type: int
    sequence: int
    timestamp: int
    ssrc: int
    payload: bytes
    marker: bool = False

    def render(self) -> bytes:
        """The bytes for the wire."""
        second = self.payload_type | (0x80 if self.marker else 0)
        return _HEADER.pack(0x80, second, self.sequence, self.timestamp, self.ssrc) + self.payload

    @classmethod
    def parse(cls, data: bytes) -> "Packet":
        """Read a datagram; raises MalformedRtpError."""
        if len(data) < _HEADER.size or data[0] >> 6 != 2:
            raise MalformedRtpError(f"{len(data)} bytes that are no RTP")
        first, second, sequence, timestamp, ssrc = _HEADER.unpack_from(data)
        start = _HEADER.size + 4 * (first & 0x0F)
        if first & 0x10:  # header extension, RFC 3550 §5.3.1
            start += 4 + 4 * int.from_bytes(data[start + 2 : start + 4], "big")
        end = len(data) - (data[-1] if first & 0x20 else 0)  # padding
        if start > end:
            raise MalformedRtpError("header longer than the packet")
        return cls(second & 0x7F, sequence, timestamp, ssrc, data[start:end], bool(second & 0x80))


class EventPacket(NamedTuple):
    """One packet of a key press: payload, and whether it starts the event."""

    payload: bytes
    first: bool


def event_packets(digit: str, *, duration_ms: int = 100) -> list[EventPacket]:
    """The packets of one key press, one every 20 ms, the last three with the end bit.

    ValueError for no key.
    """
    if len(digit) != 1 or digit.upper() not in EVENTS:
        raise ValueError(f"{digit!r} is no key of a telephone")
    event = EVENTS.index(digit.upper())
    frames = max(1, duration_ms // 20)
    packets = []
    for n in range(1, frames + _END_REPEATS):
        ended = n >= frames
        duration = min(n, frames) * FRAME_SAMPLES
        flags = (0x80 if ended else 0) | _EVENT_VOLUME
        packets.append(EventPacket(_EVENT.pack(event, flags, duration), n == 1))
    return packets


def event_digit(payload: bytes) -> str:
    """The key of a telephone-event payload; raises MalformedRtpError."""
    if len(payload) < _EVENT.size or payload[0] >= len(EVENTS):
        raise MalformedRtpError("no key in this telephone event")
    return EVENTS[payload[0]]


def _decode_table() -> Pcm:
    code = ~np.arange(256, dtype=np.uint8)
    magnitude = (((code & 0x0F).astype(np.int32) << 3) + 0x84) << ((code & 0x70) >> 4).astype(np.int32)
    magnitude -= 0x84
    return np.where(code & 0x80, -magnitude, magnitude).astype(np.int16)


def _encode_table() -> NDArray[np.uint8]:
    sample = np.arange(65536, dtype=np.uint16).view(np.int16).astype(np.int32)
    biased = np.minimum(np.abs(sample), 32635) + 0x84
    exponent = np.floor(np.log2(biased)).astype(np.int32) - 7
    mantissa = (biased >> (exponent + 3)) & 0x0F
    sign = np.where(sample < 0, 0x80, 0)
    code: NDArray[np.uint8] = (~(sign | (exponent << 4) | mantissa) & 0xFF).astype(np.uint8)
    return code


_DECODE = _decode_table()
_ENCODE = _encode_table()


def ulaw_to_pcm(data: bytes) -> Pcm:
    """µ-law bytes to 16-bit samples."""
    return _DECODE[np.frombuffer(data, dtype=np.uint8)]


def pcm_to_ulaw(samples: Pcm) -> bytes:
    """16-bit samples to µ-law bytes."""
    return _ENCODE[samples.view(np.uint16)].tobytes()


_QUIET = bytes(np.flatnonzero(np.abs(_DECODE) < 100).astype(np.uint8))


def is_loud(payload: bytes) -> bool:
    """Whether a µ-law payload holds sound: any sample beyond ±100 (50 dB below full scale)."""
    return bool(payload.translate(None, _QUIET))


def tone_pcm(hz: Iterable[float], seconds: float) -> Pcm:
    """Sine waves of the given frequencies added together, 12 dB below full scale, starting at phase 0."""
    time_s = np.arange(round(seconds * RATE)) / RATE
    waves = [np.sin(2 * np.pi * f * time_s) for f in hz]
    samples: Pcm = np.round(np.sum(waves, axis=0) * _AMPLITUDE / len(waves)).astype(np.int16)
    return samples


def frames_of(samples: Pcm) -> list[bytes]:
    """µ-law payloads of 20 ms; a last part frame is filled with silence."""
    data = pcm_to_ulaw(samples)
    return [
        data[i : i + FRAME_SAMPLES].ljust(FRAME_SAMPLES, b"\xff") for i in range(0, len(data), FRAME_SAMPLES)
    ]


@cache
def _one_second(hz: int) -> tuple[bytes, ...]:
    return tuple(frames_of(tone_pcm((hz,), 1.0)))  # a whole number of Hz joins up after one second


def endless_tone(hz: int | None) -> Iterator[bytes]:
    """Payloads of a pure tone without end; None is silence."""
    return itertools.repeat(SILENCE) if hz is None else itertools.cycle(_one_second(hz))


@cache
def _ringback_cycle() -> tuple[bytes, ...]:
    return (*frames_of(tone_pcm((440, 480), 1.0)), *[SILENCE] * 100)


def endless_ringback() -> Iterator[bytes]:
    """The Korean ringback tone: 440 + 480 Hz, 1 s on, 2 s off."""
    return itertools.cycle(_ringback_cycle())
