"""RTP packets, µ-law, key presses and session descriptions are what the standards say."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rehearsal.phone import sdp
from rehearsal.phone.rtp import (
    FRAME_SAMPLES,
    RATE,
    SILENCE,
    MalformedRtpError,
    Packet,
    endless_ringback,
    endless_tone,
    event_digit,
    event_packets,
    is_loud,
    pcm_to_ulaw,
    tone_pcm,
    ulaw_to_pcm,
)


@pytest.mark.parametrize(
    ("code", "sample"),
    [
        (0xFF, 0),
        (0x7F, 0),
        (0x80, 32124),
        (0x00, -32124),
        (0xFE, 8),
        (0x7E, -8),
        (0xBF, 1980),
        (0xCF, 924),
        (0xDF, 396),
        (0xEF, 132),
    ],
)
def test_g711_values(code: int, sample: int) -> None:
    assert ulaw_to_pcm(bytes([code]))[0] == sample


def test_every_code_survives_the_round_trip() -> None:
    codes = bytes(code for code in range(256) if code != 0x7F)  # 0x7F is the other zero
    assert pcm_to_ulaw(ulaw_to_pcm(codes)) == codes


def test_the_error_of_mu_law_is_small_for_every_sample() -> None:
    samples = np.arange(-32768, 32768, dtype=np.int32).astype(np.int16)
    error = np.abs(ulaw_to_pcm(pcm_to_ulaw(samples)).astype(np.int32) - samples)
    assert np.all(error <= np.maximum(8, np.abs(samples.astype(np.int32)) // 16 + 8)[...])


def test_tones_join_up_without_a_click() -> None:
    frames = endless_tone(733)
    heard = ulaw_to_pcm(b"".join(next(frames) for _ in range(100)))
    wanted = tone_pcm((733,), 2.0)
    assert np.max(np.abs(heard.astype(np.int32) - wanted)) < 400


def test_silence_and_ringback() -> None:
    assert next(endless_tone(None)) == SILENCE
    ringback = endless_ringback()
    loud = [is_loud(next(ringback)) for _ in range(300)]
    assert loud == ([True] * 50 + [False] * 100) * 2


@pytest.mark.parametrize(
    ("sample", "loud"), [(0, False), (80, False), (-80, False), (150, True), (-150, True)]
)
def test_loudness(sample: int, loud: bool) -> None:
    assert is_loud(pcm_to_ulaw(np.full(FRAME_SAMPLES, sample, dtype=np.int16))) is loud


def test_key_presses_follow_rfc_4733() -> None:
    packets = event_packets("#", duration_ms=100)
    assert [p.first for p in packets] == [True] + [False] * 6
    payloads = [p.payload for p in packets]
    assert all(payload[0] == 11 for payload in payloads)
    assert [int.from_bytes(payload[2:], "big") for payload in payloads] == [160, 320, 480, 640, 800, 800, 800]
    assert [payload[1] >> 7 for payload in payloads] == [0, 0, 0, 0, 1, 1, 1]
    assert [event_digit(payloads[0]), event_digit(event_packets("0")[0].payload)] == ["#", "0"]


@pytest.mark.parametrize("key", ["", "x", "가", "12"])
def test_what_is_no_key_is_refused(key: str) -> None:
    with pytest.raises(ValueError, match="no key"):
        event_packets(key)


@given(
    st.builds(
        Packet,
        st.integers(0, 127),
        st.integers(0, 0xFFFF),
        st.integers(0, 0xFFFFFFFF),
        st.integers(0, 0xFFFFFFFF),
        st.binary(max_size=200),
        st.booleans(),
    )
)
def test_packets_survive_the_round_trip(packet: Packet) -> None:
    assert Packet.parse(packet.render()) == packet


def test_extension_sources_and_padding_are_no_audio() -> None:
    plain = Packet(0, 1, 2, 3, b"").render()
    sources = b"\x00\x00\x00\x09"
    extension = b"\xbe\xde\x00\x01" + b"\x01\x02\x03\x04"
    data = bytes([0x80 | 0x20 | 0x10 | 1]) + plain[1:] + sources + extension + b"abcd" + b"\x00\x02"
    assert Packet.parse(data).payload == b"abcd"


@given(st.binary(max_size=40))
def test_no_bytes_break_the_parser(data: bytes) -> None:
    try:
        packet = Packet.parse(data)
    except MalformedRtpError:
        return
    assert len(packet.payload) <= len(data) - 12


def test_descriptions_survive_the_round_trip() -> None:
    offer = sdp.parse(sdp.build(sdp.Own("127.0.0.1", 22400, 1)))
    assert offer == sdp.RemoteAudio("127.0.0.1", 22400, 101, "sendrecv")
    held = sdp.RemoteAudio("127.0.0.1", 22402, 96, "sendonly")
    assert sdp.parse(sdp.build(sdp.Own("127.0.0.1", 22404, 1), held)) == sdp.RemoteAudio(
        "127.0.0.1", 22404, 96, "recvonly"
    )
    without = sdp.RemoteAudio("127.0.0.1", 22402, None)
    assert sdp.parse(sdp.build(sdp.Own("127.0.0.1", 22404, 1), without)).telephone_event is None


@pytest.mark.parametrize(
    "text",
    [
        "",
        "v=0\r\nc=IN IP4 1.2.3.4\r\n",
        "v=0\r\nm=audio 9 RTP/AVP 0\r\n",
        "c=IN IP4 1.2.3.4\r\nm=audio 9 RTP/AVP 8\r\n",
    ],
)
def test_descriptions_without_usable_audio_are_refused(text: str) -> None:
    with pytest.raises(sdp.UnusableSdpError):
        sdp.parse(text.encode())


def test_the_audio_part_is_found_among_others() -> None:
    text = (
        "v=0\r\nc=IN IP4 1.1.1.1\r\na=sendonly\r\nm=video 1 RTP/AVP 0\r\nc=IN IP4 2.2.2.2\r\n"
        "m=audio 4000 RTP/AVP 8 0 97\r\na=rtpmap:97 telephone-event/8000\r\nc=IN IP4 3.3.3.3\r\n"
    )
    assert sdp.parse(text.encode()) == sdp.RemoteAudio("3.3.3.3", 4000, 97, "sendonly")
    assert len(SILENCE) == FRAME_SAMPLES == RATE // 50
