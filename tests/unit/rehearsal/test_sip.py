"""SIP messages are read and written as RFC 3261 says."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rehearsal.phone.sip import (
    Headers,
    MalformedSipError,
    NameAddr,
    Request,
    Response,
    params_of,
    parse,
    split_commas,
    user_of,
)

INVITE = (
    b"INVITE sip:1001@127.0.0.1:22400 SIP/2.0\r\n"
    b"v: SIP/2.0/UDP 127.0.0.1:22000;rport;branch=z9hG4bKone\r\n"
    b"Via: SIP/2.0/UDP 10.0.0.1;branch=z9hG4bKtwo, SIP/2.0/UDP 10.0.0.2;branch=z9hG4bKthree\r\n"
    b'f: "\xed\x99\x8d\xea\xb8\xb8\xeb\x8f\x99" <sip:01012345678@127.0.0.1>;tag=abc\r\n'
    b"t: <sip:1001@127.0.0.1>\r\n"
    b"Record-Route: <sip:proxy;lr>\r\n"
    b"i: call-1@pbx\r\n"
    b"CSeq: 7  INVITE\r\n"
    b"Subject: a line\r\n folded\r\n"
    b"c: application/sdp\r\n"
    b"l: 4\r\n\r\nv=0\ngarbage after the body"
)


def test_a_request_is_read() -> None:
    message = parse(INVITE)
    assert isinstance(message, Request)
    assert (message.method, message.uri, message.body) == ("INVITE", "sip:1001@127.0.0.1:22400", b"v=0\n")
    assert message.cseq == (7, "INVITE")
    assert message.branch == "z9hG4bKone"
    assert len(message.headers.all("Via")) == 3
    assert message.headers["subject"] == "a line folded"
    assert (message.from_.display, message.from_.user, message.from_.tag) == ("홍길동", "01012345678", "abc")
    assert message.to.tag == ""


def test_a_reply_copies_what_it_must() -> None:
    request = parse(INVITE)
    assert isinstance(request, Request)
    reply = parse(request.reply(180, to_tag="mine", headers=[("Contact", "<sip:me>")]).render())
    assert isinstance(reply, Response)
    assert (reply.status, reply.reason) == (180, "Ringing")
    assert reply.headers.all("Via") == request.headers.all("Via")
    assert reply.headers["Record-Route"] == "<sip:proxy;lr>"
    assert (reply.call_id, reply.cseq, reply.from_.tag, reply.to.tag) == (
        "call-1@pbx",
        (7, "INVITE"),
        "abc",
        "mine",
    )
    assert reply.headers["Content-Length"] == "0"


def test_a_tag_that_is_there_is_kept() -> None:
    request = parse(INVITE.replace(b"t: <sip:1001@127.0.0.1>", b"t: <sip:1001@127.0.0.1>;tag=first"))
    assert isinstance(request, Request)
    assert request.reply(200, to_tag="second").to.tag == "first"


@pytest.mark.parametrize(
    ("text", "uri", "display", "params"),
    [
        ("<sip:1001@h;transport=udp>;tag=a", "sip:1001@h;transport=udp", "", {"tag": "a"}),
        ("sip:1001@h;tag=a", "sip:1001@h", "", {"tag": "a"}),
        ('"a \\"b\\" <c>" <sip:x@h>;lr', "sip:x@h", 'a "b" <c>', {"lr": ""}),
        ("Hong Gil Dong <sip:x@h>", "sip:x@h", "Hong Gil Dong", {}),
        ('  "김,철수;tag=no"<sip:x@h> ; expires=60', "sip:x@h", "김,철수;tag=no", {"expires": "60"}),
    ],
)
def test_addresses(text: str, uri: str, display: str, params: dict[str, str]) -> None:
    address = NameAddr.parse(text)
    assert (address.uri, address.display, address.params) == (uri, display, params)
    assert NameAddr.parse(str(address)) == address


@given(
    st.text(st.characters(exclude_categories=["Cc", "Cs"])), st.from_regex(r"[0-9a-z]{0,12}", fullmatch=True)
)
def test_any_display_name_survives(display: str, user: str) -> None:
    address = NameAddr(f"sip:{user}@127.0.0.1", display, {"tag": "t"})
    assert NameAddr.parse(str(address)) == address
    assert address.user == user


@pytest.mark.parametrize(
    ("uri", "user"),
    [
        ("sip:119@127.0.0.1:22010", "119"),
        ("SIPS:a@b", "a"),
        ("sip:127.0.0.1", ""),
        ("tel:119", ""),
        ("sip:b;x=a@c", ""),
    ],
)
def test_users_of_uris(uri: str, user: str) -> None:
    assert user_of(uri) == user


def test_lists_split_only_at_their_own_commas() -> None:
    assert split_commas('"a, b" <sip:x,y@h>, <sip:z@h>;q=1') == ['"a, b" <sip:x,y@h>', "<sip:z@h>;q=1"]
    headers = Headers([("WWW-Authenticate", 'Digest realm="a", nonce="b"')])
    assert headers.all("www-authenticate") == ['Digest realm="a", nonce="b"']


def test_parameters() -> None:
    assert params_of('x;A=1; b ;c="2"') == {"a": "1", "b": "", "c": "2"}


@pytest.mark.parametrize(
    "data",
    [
        b"", b"\xff\xfe\r\n\r\n", b"INVITE sip:x SIP/2.0\r\n", b"HELLO\r\n\r\n", b"SIP/2.0 99 x\r\n\r\n",
        b"OPTIONS sip:x SIP/2.0\r\nno colon\r\n\r\n",
        b"OPTIONS sip:x SIP/2.0\r\nContent-Length: 9\r\n\r\nabc",
        b"OPTIONS sip:x SIP/2.0\r\nContent-Length: -1\r\n\r\nabc",
    ],
)  # fmt: skip
def test_what_is_no_sip_is_refused(data: bytes) -> None:
    with pytest.raises(MalformedSipError):
        parse(data)


@given(st.binary(max_size=200))
def test_no_bytes_break_the_parser(data: bytes) -> None:
    for tried in (data, b"OPTIONS sip:x SIP/2.0\r\n" + data + b"\r\n\r\n"):
        try:
            message = parse(tried)
        except MalformedSipError:
            continue
        assert parse(message.render()).body == message.body


@pytest.mark.parametrize("name", ["Via", "From", "To", "Call-ID", "CSeq"])
def test_a_missing_header_is_named(name: str) -> None:
    with pytest.raises(MalformedSipError, match=name):
        Headers()[name]


def test_a_bad_cseq_is_refused() -> None:
    with pytest.raises(MalformedSipError, match="CSeq"):
        _ = Request(Headers([("CSeq", "x INVITE")])).cseq
