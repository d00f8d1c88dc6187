"""Phones of the rehearsal without a PBX: two that call each other, and one whose peer the test leads."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

from rehearsal.phone import Answering, Caller, IncomingCall, OutgoingCall, Phone, PortRange, answers
from rehearsal.phone.instants import Instant
from rehearsal.phone.sip import Headers, Request, Response, parse
from rehearsal.phone.udp import Address, UdpSocket

PORTS = PortRange(22700, 22998)
HOST = "127.0.0.1"
PASSWORD = "open sesame"  # noqa: S105 - of a phone that exists only in this test


def free_port() -> int:
    with PORTS.bind(HOST) as sock:
        port: int = sock.getsockname()[1]
        return port


@asynccontextmanager
async def calling(
    plan: Answering | Callable[[IncomingCall], Answering], caller: Caller | None = None
) -> AsyncIterator[tuple[OutgoingCall, IncomingCall]]:
    """A citizen's call to an officer's phone, each the other's PBX."""
    here, there = free_port(), free_port()
    async with (
        Phone(
            pbx=(HOST, here), sip_port=there, user="1001", ports=PORTS, tone_hz=700, answering=plan
        ) as called,
        Phone(pbx=(HOST, there), sip_port=here, user="010", ports=PORTS, tone_hz=900, name="홍길동") as phone,
    ):
        call = phone.call("1001", caller=caller, headers=[("X-Rehearsal", "yes")])
        yield call, await called.next_call(2)
        await asyncio.gather(call.ended(5), *(c.ended(5) for c in called.calls.values()))
        assert not phone.calls
        assert not called.calls


class Peer:
    """The other side, led by the test: sends what it is told, hands out what it gets."""

    def __init__(self) -> None:
        self._socket = UdpSocket(PORTS.bind(HOST), self._receive)
        self.port = self._socket.port
        self._messages: asyncio.Queue[Request | Response] = asyncio.Queue()
        self.phone_port = 0

    def _receive(self, data: bytes, source: Address, at: Instant) -> None:
        self.phone_port = source[1]
        self._messages.put_nowait(parse(data))

    def send(self, message: Request | Response) -> None:
        self._socket.send(message.render(), (HOST, self.phone_port))

    async def request(self, method: str) -> Request:
        async with asyncio.timeout(3):
            message = await self._messages.get()
        assert isinstance(message, Request), message
        assert message.method == method
        return message

    async def response(self, status: int) -> Response:
        async with asyncio.timeout(3):
            message = await self._messages.get()
        assert isinstance(message, Response), message
        assert message.status == status
        return message

    def make(
        self, method: str, cseq: int, *, branch: str = "", to_tag: str = "", sdp: bytes = b""
    ) -> Request:
        fields = [
            ("Via", f"SIP/2.0/UDP {HOST}:{self.port};branch=z9hG4bK{branch or method + str(cseq)}"),
            ("From", "<sip:010@pbx>;tag=peer"), ("To", f"<sip:1001@pbx>{';tag=' + to_tag if to_tag else ''}"),
            ("Call-ID", "one@pbx"), ("CSeq", f"{cseq} {method}"),
            ("Contact", f"<sip:pbx@{HOST}:{self.port}>"),
        ]  # fmt: skip
        return Request(Headers(fields), sdp, method, f"sip:1001@{HOST}:{self.phone_port}")

    def close(self) -> None:
        self._socket.close()


async def answered(peer: Peer, phone: Phone, sdp: bytes) -> str:
    """The peer calls, the phone answers, nothing is acknowledged yet. Returns the phone's tag."""
    phone.answering = answers(0)
    peer.send(peer.make("INVITE", 1, sdp=sdp))
    for status in (100, 180):
        await peer.response(status)
    return (await peer.response(200)).to.tag
