"""The RTP stream of a call: sends a tone on an absolute schedule, keeps what it hears with arrival instants.

Owns the audio of one call and the one clock that paces all of them. Judges nothing: audio.py says what was
heard.
"""

import asyncio
import secrets
from collections import deque
from collections.abc import Callable, Iterator
from typing import NamedTuple
from weakref import WeakKeyDictionary

from rehearsal.phone import sdp
from rehearsal.phone.instants import Instant
from rehearsal.phone.record import CallRecord, KeyPress
from rehearsal.phone.rtp import (
    FRAME_S,
    FRAME_SAMPLES,
    SILENCE,
    EventPacket,
    MalformedRtpError,
    Packet,
    event_digit,
    event_packets,
    is_loud,
)  # fmt: skip
from rehearsal.phone.udp import Address, PortRange, UdpSocket
from rehearsal.phone.waiting import CallEndedError

_GAP_FRAMES = 3  # silence between two keys
_EARLY_PACKETS = 50
_FORGIVEN_S = 1.0  # a longer standstill of the process is not caught up with


class Arrival(NamedTuple):
    """One received audio packet, when it arrived, and whether there is sound in it."""

    at: Instant
    packet: Packet
    loud: bool  # not silence


class Pacer:
    """Ticks every 20 ms for all streams of an event loop, on an absolute schedule, so that nothing drifts."""

    def __init__(self) -> None:
        self._streams: dict[RtpStream, None] = {}
        self._next_s = 0.0
        self._handle: asyncio.TimerHandle | None = None

    def add(self, stream: "RtpStream") -> None:
        """Tick for `stream` from now on."""
        self._streams[stream] = None
        if self._handle is None:
            loop = asyncio.get_running_loop()
            self._next_s = loop.time()
            self._handle = loop.call_at(self._next_s, self._tick)

    def remove(self, stream: "RtpStream") -> None:
        """Tick for it no more."""
        self._streams.pop(stream, None)
        if not self._streams and self._handle is not None:
            self._handle.cancel()
            self._handle = None

    def _tick(self) -> None:
        for stream in tuple(self._streams):
            stream.send_next()
        loop = asyncio.get_running_loop()
        self._next_s += FRAME_S
        if loop.time() - self._next_s > _FORGIVEN_S:
            self._next_s = loop.time()
        self._handle = loop.call_at(self._next_s, self._tick) if self._streams else None


_pacers: WeakKeyDictionary[asyncio.AbstractEventLoop, Pacer] = WeakKeyDictionary()


def pacer_of_loop() -> Pacer:
    """The pacer of the running event loop."""
    loop = asyncio.get_running_loop()
    if loop not in _pacers:
        _pacers[loop] = Pacer()
    return _pacers[loop]


class RtpStream:
    """Audio of one call. `on_packet` is called after each received packet."""

    def __init__(
        self,
        host: str,
        ports: PortRange,
        record: CallRecord,
        *,
        listen_s: float,
        on_packet: Callable[[], None],
    ) -> None:
        """`listen_s`: how many seconds of received audio are kept, the newest."""
        self.received: deque[Arrival] = deque(maxlen=round(listen_s / FRAME_S))
        self.strangers = 0  # datagrams from elsewhere than the other side of this call
        self._record, self._on_packet = record, on_packet
        self._socket = UdpSocket(ports.bind(host), self._receive)
        self.port = self._socket.port
        self._remote: Address | None = None
        self._too_early: deque[tuple[bytes, Address, Instant]] = deque(maxlen=_EARLY_PACKETS)
        self._source: Iterator[bytes] | None = None
        self._event_type: int | None = None
        self._keys: deque[EventPacket | None] = deque()  # None: a frame of silence
        self._keys_sent: asyncio.Future[None] | None = None
        self._event_start = 0
        self._last_event: int | None = None
        self._ssrc = secrets.randbits(32)
        self._sequence = secrets.randbits(15)
        self._timestamp = secrets.randbits(31)

    def set_remote(self, remote: sdp.RemoteAudio) -> None:
        """Where to send and whom to hear; packets that came before their description are taken now."""
        self._remote = (remote.host, remote.port)
        self._event_type = remote.telephone_event
        while self._too_early:
            self._receive(*self._too_early.popleft())

    def start(self, source: Iterator[bytes]) -> None:
        """Send 20 ms payloads of `source` from now on; a running stream changes its source."""
        self._source = source
        pacer_of_loop().add(self)

    def close(self) -> None:
        """Stop sending and close the socket."""
        pacer_of_loop().remove(self)
        self._socket.close()
        if self._keys_sent is not None and not self._keys_sent.done():
            self._keys_sent.set_exception(CallEndedError("the call ended while keys were being pressed"))

    async def send_digits(self, digits: str, *, duration_ms: int = 100) -> None:
        """Press keys by RFC 4733, one after the other; returns when the last is released.

        Raises ValueError for what is no key, or when the other side takes no telephone events; CallEndedError
        when the call ends meanwhile.
        """
        if self._event_type is None:
            raise ValueError("the other side takes no telephone events")
        presses = [event_packets(digit, duration_ms=duration_ms) for digit in digits]
        for press in presses:
            self._keys.extend([*press, *[None] * _GAP_FRAMES])
        if self._keys_sent is None or self._keys_sent.done():
            self._keys_sent = asyncio.get_running_loop().create_future()
        await asyncio.shield(self._keys_sent)

    def send_next(self) -> None:
        """Send the packet that is due; called by the pacer every 20 ms."""
        if self._remote is None or self._source is None:
            return
        payload = next(self._source)
        if not self._keys:
            self._send(sdp.PCMU, payload, self._timestamp, marker=self._record.rtp_out.packets == 0)
        elif (key := self._keys.popleft()) is None:
            self._send(sdp.PCMU, SILENCE, self._timestamp)
        else:
            self._send_key(key)
        self._timestamp = (self._timestamp + FRAME_SAMPLES) & 0xFFFFFFFF
        if not self._keys and self._keys_sent is not None and not self._keys_sent.done():
            self._keys_sent.set_result(None)

    def _send_key(self, key: EventPacket) -> None:
        if key.first:
            self._event_start = self._timestamp
            self._record.keys.append(KeyPress(Instant.now(), event_digit(key.payload)))
        if self._event_type is not None:
            self._send(self._event_type, key.payload, self._event_start, marker=key.first)

    def _send(self, payload_type: int, payload: bytes, timestamp: int, *, marker: bool = False) -> None:
        if self._remote is None:
            return
        packet = Packet(payload_type, self._sequence, timestamp, self._ssrc, payload, marker)
        self._record.rtp_out.add(Instant.now())
        self._socket.send(packet.render(), self._remote)
        self._sequence = (self._sequence + 1) & 0xFFFF

    def _receive(self, data: bytes, source: Address, at: Instant) -> None:
        if self._remote is None:
            self._too_early.append((data, source, at))
            return
        try:
            packet = Packet.parse(data)
        except MalformedRtpError:
            self.strangers += 1
            return
        if source != self._remote:
            self.strangers += 1
        elif packet.payload_type == sdp.PCMU:
            self._record.rtp_in.add(at)
            self.received.append(Arrival(at, packet, is_loud(packet.payload)))
        elif packet.payload_type == self._event_type:
            self._receive_key(packet)
        self._on_packet()

    def _receive_key(self, packet: Packet) -> None:
        if packet.timestamp != self._last_event:
            self._last_event = packet.timestamp
            self._record.digits_received += event_digit(packet.payload)
