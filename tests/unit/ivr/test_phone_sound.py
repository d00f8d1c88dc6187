"""pyVoIP's RTP, repaired: 16 bit, even numbers, keys by their timestamp, and no jump that costs memory."""

import itertools
import queue
import socket
import struct
from collections.abc import Iterator

import numpy as np
import pytest

from ivr.phone.repairs.sound import FRAME_BYTES, RATE, SILENCE, Input, PayloadType, Rtp, TransmitType

ASSOC = {0: PayloadType.PCMU, 8: PayloadType.PCMA, 101: PayloadType.EVENT}
TONE = (8000 * np.sin(2 * np.pi * 440 * np.arange(160 * 5) / RATE)).astype("<i2").tobytes()
FRAMES = [TONE[at : at + FRAME_BYTES] for at in range(0, len(TONE), FRAME_BYTES)]


def packet(kind: int, payload: bytes, timestamp: int = 0, *, marker: bool = False, bits: int = 0x80) -> bytes:
    head = struct.pack("!BBHII", bits, (0x80 if marker else 0) | kind, 1, timestamp & 0xFFFFFFFF, 7)
    return head + payload


def press(event: int, timestamp: int, *, marker: bool = False) -> bytes:
    return packet(101, struct.pack("!BBH", event, 10, 800), timestamp, marker=marker)


def ulaw(value: int, samples: int = 160) -> bytes:
    return Deaf().encode_packet(struct.pack("<h", value) * samples)


class Deaf(Rtp):
    """A stream whose packets are handed in, and taken, by the test."""

    def __init__(self, assoc: dict[int, PayloadType] | None = None) -> None:
        self.inputs: queue.Queue[Input] = queue.Queue()
        super().__init__(
            assoc or ASSOC, "127.0.0.1", 1, "127.0.0.1", 2, TransmitType.SENDRECV, inputs=self.inputs
        )
        self.listening = True

    def told(self) -> list[Input]:
        found = []
        while not self.inputs.empty():
            found.append(self.inputs.get())
        return found

    def heard(self) -> bytes:
        return b"".join(came.sound for came in self.told())


def test_sound_comes_in_16_bit() -> None:
    stream = Deaf()
    stream.parse_packet(packet(0, ulaw(1000)))
    samples = np.frombuffer(stream.heard(), "<i2")
    assert (len(samples), abs(int(samples[0]) - 1000) < 40) == (160, True)


def test_a_law_goes_out_as_a_law() -> None:
    stream = Deaf({8: PayloadType.PCMA})
    assert stream.encode_packet(SILENCE) == b"\xd5" * 160
    assert Deaf().encode_packet(SILENCE) == b"\xff" * 160


def test_a_key_counts_once_whatever_of_it_is_lost_or_repeated() -> None:
    stream = Deaf()
    for timestamp, marker in ((100, False), (100, False), (100, False), (900, True), (900, True)):
        stream.parse_packet(press(5, timestamp, marker=marker))
    assert [came.key for came in stream.told()] == ["5", "5"]


def test_every_key_is_known_and_flash_is_passed_over() -> None:
    stream = Deaf()
    for event in range(18):
        stream.parse_packet(press(event, event * 1000))
    assert "".join(came.key for came in stream.told()) == "0123456789*#ABCD"


def test_lost_packets_are_silence_of_their_length_and_late_ones_are_left_out() -> None:
    stream = Deaf()
    for timestamp in (1000, 1160, 1640, 1480, 1640):
        stream.parse_packet(packet(0, ulaw(500), timestamp))
    assert len(stream.heard()) // 2 == 160 + 160 + (320 + 160)


@pytest.mark.parametrize("jump", [500_000_000, -500_000_000, 2**31])
def test_a_jump_of_the_timestamp_is_another_stream_and_costs_no_memory(jump: int) -> None:
    stream = Deaf()
    for timestamp in (1000, 1000 + jump, 1160 + jump):
        stream.parse_packet(packet(0, ulaw(500), timestamp))
    assert len(stream.heard()) // 2 == 3 * 160


def test_the_timestamp_may_wrap() -> None:
    stream = Deaf()
    for timestamp in (2**32 - 160, 0, 160):
        stream.parse_packet(packet(0, ulaw(500), timestamp))
    assert len(stream.heard()) // 2 == 3 * 160


def test_padding_sources_and_header_extensions_are_no_sound() -> None:
    stream = Deaf()
    payload = ulaw(500)
    stream.parse_packet(packet(0, payload + b"\0\0\0\4", 0, bits=0xA0))
    stream.parse_packet(packet(0, b"csrc" + payload, 160, bits=0x81))
    stream.parse_packet(packet(0, b"\xbe\xde\0\1data" + payload, 320, bits=0x90))
    samples = np.frombuffer(stream.heard(), "<i2")
    assert (len(samples), len(set(samples.tolist()))) == (480, 1)


RUBBISH = [b"", b"\x80", b"\x80" * 12, b"\x00" * 100, b"\xff" * 99]


@pytest.mark.parametrize("rubbish", [*RUBBISH, packet(13, b"\x20"), packet(77, b"x" * 50)])
def test_what_is_no_sound_of_ours_is_passed_over(rubbish: bytes) -> None:
    stream = Deaf()
    stream.parse_packet(rubbish)
    assert stream.told() == []


def test_sound_is_not_kept_while_nobody_listens() -> None:
    stream = Deaf()
    stream.listening = False
    stream.parse_packet(packet(0, ulaw(500)))
    assert stream.told() == []


@pytest.fixture
def wire() -> Iterator[tuple[Rtp, socket.socket, "queue.Queue[Input]"]]:
    """A stream with its threads, and the other side's socket."""
    inputs: queue.Queue[Input] = queue.Queue()
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as there:
        there.bind(("127.0.0.1", 0))
        there.settimeout(30)
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
            probe.bind(("127.0.0.1", 0))
            port = probe.getsockname()[1]
        stream = Rtp(
            ASSOC, "127.0.0.1", port, "127.0.0.1", there.getsockname()[1], TransmitType.SENDRECV,
            inputs=inputs,
        )  # fmt: skip
        stream.outSequence, stream.outTimestamp = 65_530, 2**32 - 800
        stream.start()
        try:
            yield stream, there, inputs
        finally:
            stream.stop()


def test_numbers_and_timestamps_go_on_evenly_past_their_end(
    wire: tuple[Rtp, socket.socket, "queue.Queue[Input]"],
) -> None:
    _, there, _ = wire
    heads = [struct.unpack("!BBHII", there.recv(2048)[:12]) for _ in range(12)]
    steps = [((b[2] - a[2]) % 65_536, (b[3] - a[3]) % 2**32) for a, b in itertools.pairwise(heads)]
    assert set(steps) == {(1, 160)}
    assert [head[1] >> 7 for head in heads[:2]] == [1, 0]


def test_frames_are_played_in_order_and_their_end_is_told(
    wire: tuple[Rtp, socket.socket, "queue.Queue[Input]"],
) -> None:
    stream, there, inputs = wire
    stream.play(FRAMES, 3)
    assert inputs.get(timeout=30) == Input("played", at_ms=3)
    payloads = []
    there.settimeout(0.0)
    while True:
        try:
            payloads.append(there.recv(2048)[12:])
        except BlockingIOError:
            break
    spoken = [payload for payload in payloads if payload != b"\xff" * 160]
    assert spoken == [stream.encode_packet(frame) for frame in FRAMES]


def test_quiet_stops_at_once_and_is_no_end_of_playing(
    wire: tuple[Rtp, socket.socket, "queue.Queue[Input]"],
) -> None:
    stream, _, inputs = wire
    stream.play(FRAMES * 500, 1)
    stream.quiet()
    stream.play(FRAMES[:1], 2)
    assert inputs.get(timeout=30) == Input("played", at_ms=2)


def test_only_the_first_sender_is_heard(wire: tuple[Rtp, socket.socket, "queue.Queue[Input]"]) -> None:
    stream, there, inputs = wire
    there.sendto(press(1, 1), ("127.0.0.1", stream.inPort))
    assert inputs.get(timeout=30).key == "1"
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as stranger:
        stranger.sendto(press(2, 2), ("127.0.0.1", stream.inPort))
    there.sendto(press(3, 3), ("127.0.0.1", stream.inPort))
    assert inputs.get(timeout=30).key == "3"


def test_a_second_start_takes_no_second_port(wire: tuple[Rtp, socket.socket, "queue.Queue[Input]"]) -> None:
    stream, _, _ = wire
    before = stream.sin
    stream.start()
    assert stream.sin is before
