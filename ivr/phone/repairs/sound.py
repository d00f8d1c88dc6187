"""RTP: the audio of a call, and the keys in it (RFC 3550, 4733)."""

import audioop
import logging
import queue
import socket
import threading
import time
from collections import deque
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from pyVoIP.RTP import PayloadType, RTPClient, TransmitType

from ivr.phone.message import Address

__all__ = ["FRAME_BYTES", "FRAME_S", "KEYS", "RATE", "SILENCE", "Input", "PayloadType", "Rtp", "TransmitType"]

log = logging.getLogger(__name__)

RATE = 8000
FRAME_S = 0.02
FRAME_BYTES = 320
SILENCE = bytes(FRAME_BYTES)
KEYS = "0123456789*#ABCD"

_JUMP = RATE
_FORGIVEN_S = 1.0


@dataclass(frozen=True, slots=True)
class Input:
    """What comes of a call: `key` (when: ms of a clock that does not step), `sound`, `played`, `ended`."""

    kind: str
    key: str = ""
    at_ms: int = 0
    sound: bytes = b""


class Rtp(RTPClient):
    """The audio of a call, 16 bit.

    The library's is 8 bit unsigned, A-law goes out as µ-law; it sleeps 20 ms whatever the time (49 packets a
    second and fewer), breaks at sequence 65,535, seeks in its buffer by timestamp (a jump of 5e8 took 476 MB)
    and knows a key by the marker bit alone; an event it does not know (flash) ends the receiver.
    """

    def __init__(self, *given: Any, inputs: "queue.Queue[Input]", **named: Any) -> None:
        super().__init__(*given, **named)
        self._inputs = inputs
        self._to_play: deque[bytes] = deque()
        self._playing = 0
        self.listening = False
        self._source: Address | None = None
        self._next_timestamp: int | None = None
        self._last_event: int | None = None
        self.sent = 0
        self.received = 0
        self._started = False

    def start(self) -> None:
        """Begin once; the library begins again with each re-INVITE, on a port that it holds already."""
        if self._started:
            return
        self._started = True
        self.sin = self.sout = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.sin.bind((self.inIP, self.inPort))
        self.sin.settimeout(0.2)
        for target, name in ((self.recv, "RTP in"), (self.trans, "RTP out")):
            threading.Thread(target=target, name=name, daemon=True).start()

    def stop(self) -> None:
        """End both threads."""
        self.NSD = False
        if self._started:
            self.sin.close()

    def move(self, host: str, port: int) -> None:
        """The other side's audio is somewhere else from now on."""
        self.outIP, self.outPort = host, port
        self._source = self._next_timestamp = None

    # ---------------------------------------------------------------- out

    def play(self, frames: Iterable[bytes], number: int) -> None:
        """Send 20 ms frames; `played` with this number comes when the last is gone. It stops what played."""
        self._playing = 0
        self._to_play = deque(frames)
        self._playing = number

    def quiet(self) -> None:
        """Stop playing at once."""
        self._playing = 0
        self._to_play = deque()

    def trans(self) -> None:
        """One packet every 20 ms on an absolute schedule; more than a second behind is not caught up with."""
        due = time.monotonic()
        while self.NSD:
            self._send_frame(self._next_frame())
            due += FRAME_S
            early = due - time.monotonic()
            if early < -_FORGIVEN_S:
                due = time.monotonic()
            elif early > 0:
                time.sleep(early)

    def _next_frame(self) -> bytes:
        try:
            return self._to_play.popleft()
        except IndexError:
            if number := self._playing:
                self._playing = 0
                self._tell(Input("played", at_ms=number))
            return SILENCE

    def _send_frame(self, frame: bytes) -> None:
        payload = self.encode_packet(frame)
        head = bytes((0x80, int(self.preference) | (0x80 if self.sent == 0 else 0)))
        head += (self.outSequence & 0xFFFF).to_bytes(2, "big")
        head += (self.outTimestamp & 0xFFFFFFFF).to_bytes(4, "big") + self.outSSRC.to_bytes(4, "big")
        try:
            self.sout.sendto(head + payload, (self.outIP, self.outPort))
        except OSError:  # the next one goes out 20 ms later
            log.debug("an RTP packet could not be sent")
        self.sent += 1
        self.outSequence += 1
        self.outTimestamp += len(payload)

    def encode_packet(self, payload: bytes) -> bytes:
        """16-bit samples as the codec that was agreed on."""
        return _ENCODERS[self.preference](payload, 2)

    # ---------------------------------------------------------------- in

    def recv(self) -> None:
        """Read until the end."""
        while self.NSD:
            try:
                packet, source = self.sin.recvfrom(2048)
            except TimeoutError:
                continue
            except OSError:
                if self.NSD:
                    time.sleep(FRAME_S)
                continue
            # the first sender is the one we hear, whatever the description said (NAT); others are nobody
            if self._source in (None, source):
                self._source = source
                self.parse_packet(packet)

    def parse_packet(self, packet: bytes) -> None:
        """Take one packet; what is none of ours is passed over (comfort noise, RTCP, other codecs)."""
        start = 12 + 4 * (packet[0] & 0x0F) if len(packet) > 12 and packet[0] >> 6 == 2 else 0
        if start and packet[0] & 0x10 and len(packet) >= start + 4:  # header extension, RFC 3550 §5.3.1
            start += 4 + 4 * int.from_bytes(packet[start + 2 : start + 4], "big")
        payload = packet[start : len(packet) - (packet[-1] if packet[0] & 0x20 else 0)] if start else b""
        if not payload:
            return
        timestamp = int.from_bytes(packet[4:8], "big")
        kind = self.assoc.get(packet[1] & 0x7F)
        if kind is PayloadType.EVENT:
            self._take_key(payload[0], timestamp)
        elif kind in _DECODERS:
            self.received += 1
            self._take_sound(_DECODERS[kind](payload, 2), timestamp)

    def _take_key(self, event: int, timestamp: int) -> None:
        """One press has one timestamp, whatever packets of it are lost or come twice (RFC 4733 §2.3)."""
        if timestamp != self._last_event and event < len(KEYS):
            self._last_event = timestamp
            self._tell(Input("key", KEYS[event], time.monotonic_ns() // 1_000_000))

    def _take_sound(self, sound: bytes, timestamp: int) -> None:
        expected, samples = self._next_timestamp, len(sound) // 2
        gap = ((timestamp - expected + 2**31) & 0xFFFFFFFF) - 2**31 if expected is not None else 0
        if -_JUMP < gap < 0:
            return  # late, or twice
        self._next_timestamp = (timestamp + samples) & 0xFFFFFFFF
        if self.listening:
            # lost packets, or a silence that was not sent; a longer jump is another stream
            missing = bytes(2 * gap) if 0 < gap <= _JUMP else b""
            self._tell(Input("sound", sound=missing + sound))

    def _tell(self, what: Input) -> None:
        try:
            self._inputs.put_nowait(what)
        except queue.Full:
            log.warning("a call does not take what comes")


_ENCODERS: dict[PayloadType, Callable[[bytes, int], bytes]] = {
    PayloadType.PCMU: audioop.lin2ulaw,
    PayloadType.PCMA: audioop.lin2alaw,
}
_DECODERS: dict[PayloadType | None, Callable[[bytes, int], bytes]] = {
    PayloadType.PCMU: audioop.ulaw2lin,
    PayloadType.PCMA: audioop.alaw2lin,
}
