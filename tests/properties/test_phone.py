"""Whatever a PBX, or somebody who plays one, sends to the extension: refused or taken, never a crash."""

import contextlib
import queue
import re

from hypothesis import given
from hypothesis import strategies as st

from ivr.phone import message as sip
from ivr.phone.repairs.sound import Input, PayloadType, Rtp, TransmitType
from ivr.phone.whose import caller, wanted
from tests.unit.ivr.menu_line import OFFICE

NAMES = ("Via", "From", "To", "Call-ID", "CSeq", "Contact", "Diversion", "History-Info", "Privacy", "v", "f")
VALUES = st.text(st.characters(codec="utf-8", exclude_characters="\r\n"), max_size=60)
ADDRESSES = st.builds(
    '"{}" <sip:{}@{}>;tag={}'.format, VALUES, st.from_regex(r"[0-9+]{0,12}", fullmatch=True), VALUES, VALUES
)
LINES = st.lists(st.tuples(st.sampled_from(NAMES), VALUES | ADDRESSES), max_size=12)
WHOLE = "Via: x;branch=z\r\nFrom: <sip:1@x>;tag=a\r\nTo: <sip:2@x>\r\nCall-ID: c\r\nCSeq: 1 INVITE\r\n"


@given(st.binary(max_size=300))
def test_any_datagram_is_read_or_is_malformed(data: bytes) -> None:
    with contextlib.suppress(sip.MalformedError):
        sip.parse(data)


@given(LINES)
def test_any_headers_give_an_answer_and_nobody_in_particular_at_worst(lines: list[tuple[str, str]]) -> None:
    text = "INVITE sip:8800@x SIP/2.0\r\n" + WHOLE + "".join(f"{name}: {value}\r\n" for name, value in lines)
    invite = sip.parse(text.encode("utf-8", "replace") + b"\r\n\r\n")
    found = wanted(invite, OFFICE.directory, {})
    assert len(found.exten) <= 40
    assert found.desk is None or found.desk.number == found.exten
    assert re.fullmatch(r"\+?[0-9]*", caller(invite, OFFICE.directory).reveal())
    reply = sip.reply(invite, "486 Busy Here", "tag")
    assert reply.startswith("SIP/2.0 486 Busy Here\r\n")
    assert "\r\n\r\n" in reply


@given(st.binary(max_size=400) | st.lists(VALUES, max_size=12).map(lambda lines: "\n".join(lines).encode()))
def test_any_description_is_an_offer_or_none(body: bytes) -> None:
    with contextlib.suppress(sip.NoAudioError):
        lines = sip.plain_offer(b"v=0\r\nc=IN IP4 1.2.3.4\r\nm=audio 4000 RTP/AVP 0\r\n" + body)
        assert [line[:2] for line in lines[:2]] == ["c=", "m="]
    assert sip.answer_direction(body) in ("sendrecv", "sendonly", "recvonly", "inactive")


@given(st.lists(st.binary(max_size=400), max_size=20))
def test_any_packets_are_sound_keys_or_nothing_and_stay_small(packets: list[bytes]) -> None:
    inputs: queue.Queue[Input] = queue.Queue()
    kinds = {0: PayloadType.PCMU, 8: PayloadType.PCMA, 101: PayloadType.EVENT}
    stream = Rtp(kinds, "127.0.0.1", 1, "127.0.0.1", 2, TransmitType.SENDRECV, inputs=inputs)
    stream.listening = True
    for packet in packets:
        stream.parse_packet(packet)
    while not inputs.empty():
        came = inputs.get()
        assert came.kind in ("sound", "key")
        assert len(came.sound) <= 2 * (8000 + 400)
