"""A PBX that is one UDP socket: it sends what a test writes and keeps what the extension answers.

Owns the other side of SIP and RTP for tests of `ivr/phone`; judges nothing.
"""

import re
import socket
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from ivr.phone.repairs.calls import Account, Call, Phone

HOST = "127.0.0.1"
SDP = (
    "v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=x\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\n"
    "m=audio {port} RTP/AVP {formats}\r\n{maps}a=ptime:20\r\na=sendrecv\r\n"
)
EVENTS = "a=rtpmap:101 telephone-event/8000\r\na=fmtp:101 0-16\r\n"
CHALLENGE = (("WWW-Authenticate", 'Digest realm="pbx",nonce="n0nce",algorithm=MD5,qop="auth"'),)


@dataclass(frozen=True, slots=True)
class Told:
    """A message of the extension."""

    text: str

    @property
    def first(self) -> str:
        return self.text.split("\r\n", 1)[0]

    @property
    def status(self) -> int:
        """0 for a request."""
        return int(self.first.split()[1]) if self.first.startswith("SIP/2.0") else 0

    @property
    def body(self) -> str:
        return self.text.partition("\r\n\r\n")[2]

    def header(self, name: str) -> str:
        found = re.search(rf"(?m)^{name}: (.*?)\r?$", self.text)
        return found[1] if found else ""


@dataclass
class FakePbx:
    """Use `running()`. `calls` are those that were handed on."""

    sock: socket.socket
    phone: Phone
    calls: list[Call] = field(default_factory=list)
    seen: list[Told] = field(default_factory=list)

    @property
    def to(self) -> tuple[str, int]:
        return (HOST, self.phone.sip.myPort)

    def send(self, text: str) -> None:
        self.sock.sendto(text.encode(), self.to)

    def next(self, within_s: float = 30.0) -> Told:
        """The next message; raises TimeoutError."""
        self.sock.settimeout(within_s)
        told = Told(self.sock.recv(65_535).decode())
        self.seen.append(told)
        return told

    def until(self, status: int, within_s: float = 30.0) -> Told:
        """The next message with this status, 0 for a request; others are passed over."""
        end = time.monotonic() + within_s
        while (told := self.next(max(0.01, end - time.monotonic()))).status != status:
            pass
        return told

    def request(self, method: str, headers: str = "", body: str = "", **of: str) -> str:
        """A request; `of` gives call_id, tag (of the extension), branch, caller, cseq."""
        to_tag = f";tag={of['tag']}" if "tag" in of else ""
        caller = of.get("caller", "<sip:01012345678@127.0.0.1>")
        own = self.sock.getsockname()[1]
        kind = "Content-Type: application/sdp\r\n" if body else ""
        return (
            f"{method} {of.get('uri', 'sip:8800@127.0.0.1')} SIP/2.0\r\n"
            f"Via: SIP/2.0/UDP 127.0.0.1:{own};rport;branch={of.get('branch', new())};x=y\r\n"
            f"From: {caller};tag=pbx\r\nTo: <sip:8800@127.0.0.1>{to_tag}\r\n"
            f"Call-ID: {of.get('call_id', 'one')}\r\nCSeq: {of.get('cseq', '7')} {of.get('of', method)}\r\n"
            f"Contact: <sip:pbx@127.0.0.1:{own}>\r\n"
            f"{headers}{kind}Content-Length: {len(body.encode())}\r\n\r\n{body}"
        )

    def invite(self, **of: str) -> str:
        return self.request("INVITE", of.pop("headers", ""), offer(), **of)

    def respond(self, request: Told, status: str, headers: tuple[tuple[str, str], ...] = ()) -> None:
        copied = [f"{name}: {request.header(name)}" for name in ("Via", "From", "To", "Call-ID", "CSeq")]
        lines = [f"SIP/2.0 {status}", *copied, *(f"{name}: {value}" for name, value in headers)]
        self.send("\r\n".join([*lines, "Content-Length: 0", "", ""]))

    def register(self) -> None:
        """Challenge its REGISTER once and take it."""
        self.respond(self.until(0), "401 Unauthorized", CHALLENGE)
        self.respond(self.until(0), "200 OK", (("Expires", "3600"),))
        assert self.phone.sip.registered.wait(30)

    def take(self, **of: str) -> Call:
        """Let a call be handed on, in whichever state."""
        before = len(self.calls)
        self.send(self.invite(**of))
        self.until(180)
        end = time.monotonic() + 30
        while len(self.calls) == before and time.monotonic() < end:
            time.sleep(0.005)
        return self.calls[before]


def new() -> str:
    return f"z9hG4bK{uuid.uuid4().hex}"


def offer(formats: str = "0 101", port: int = 40_000) -> str:
    return SDP.format(port=port, formats=formats, maps=EVENTS if "101" in formats else "")


@contextmanager
def running(most: int = 4) -> Iterator[FakePbx]:
    """A fake PBX and the phone that registers at it."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        sock.bind((HOST, 0))
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
            probe.bind((HOST, 0))
            own = probe.getsockname()[1]
        account = Account((HOST, sock.getsockname()[1]), "8800", "s3cret", HOST, own, (29_100, 29_300))
        calls: list[Call] = []
        phone = Phone(account, most, calls.append)
        pbx = FakePbx(sock, phone, calls)
        phone.start()
        try:
            yield pbx
        finally:
            phone.stop()
