"""One call of a phone: its dialog (RFC 3261 §12), its audio and its measured record.

Owns what both directions share: requests inside the dialog, hanging up, waiting. How a call is set up is in
outgoing.py and incoming.py. Interprets no audio: audio.py does.
"""

import asyncio
import itertools
import secrets
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from enum import Enum, auto
from typing import TypeVar

from rehearsal.phone import rtp, sdp
from rehearsal.phone.instants import Instant
from rehearsal.phone.media import RtpStream
from rehearsal.phone.record import CallRecord
from rehearsal.phone.sip import Headers, NameAddr, Request, Response
from rehearsal.phone.transactions import ServerTransaction, Transactions, new_branch
from rehearsal.phone.udp import Address, PortRange
from rehearsal.phone.waiting import CallEndedError, Waiters

T = TypeVar("T")

ALLOW = "INVITE, ACK, CANCEL, BYE, OPTIONS, UPDATE, INFO, NOTIFY"
_KNOWN_BUT_REFUSED = ("MESSAGE", "PRACK", "PUBLISH", "REFER", "REGISTER", "SUBSCRIBE")
_DIALOG_TIMEOUT_S = 40.0  # longer than a transaction takes to give up


class CallState(Enum):
    """Where a call stands."""

    EARLY = auto()
    UP = auto()
    ENDED = auto()


@dataclass(frozen=True, slots=True)
class Line:
    """What a call needs of its phone."""

    host: str
    port: int
    pbx: Address
    user: str
    password: str | None
    tone_hz: int | None
    listen_s: float
    ports: PortRange
    transactions: Transactions
    closed: Callable[["Call"], None]

    @property
    def contact(self) -> str:
        """Contact header of this phone."""
        return f"<sip:{self.user}@{self.host}:{self.port}>"

    def via(self) -> str:
        """A fresh Via header."""
        return f"SIP/2.0/UDP {self.host}:{self.port};branch={new_branch()};rport"


class Call(ABC):
    """A call. `record` holds what was measured, `media.received` the audio heard."""

    def __init__(self, line: Line, call_id: str, local: NameAddr, remote: NameAddr) -> None:
        self.line = line
        self.call_id = call_id
        self.local, self.remote = local, remote
        self.state = CallState.EARLY
        self.record = CallRecord()
        self._waiters = Waiters()
        self.media = RtpStream(
            line.host, line.ports, self.record, listen_s=line.listen_s, on_packet=self._waiters.changed
        )
        self._timers: list[asyncio.TimerHandle] = []
        self._own = sdp.Own(line.host, self.media.port, session=secrets.randbits(31))
        self.on_hold = False
        self._remote_audio: sdp.RemoteAudio | None = None
        self._target = ""  # Contact of the other side
        self._routes: list[str] = []
        self._local_cseq = secrets.randbits(15)
        self._remote_cseq = -1
        self._unacked: ServerTransaction | None = None  # our 200 to an INVITE until its ACK
        self._last_ack: Request | None = None  # of the newest INVITE of ours
        self.offering = False  # an INVITE of ours inside the dialog waits for its final response

    # -- waiting --

    async def until(self, probe: Callable[[], T | None], timeout_s: float = 30.0) -> T:
        """The first true value of `probe`, asked after each SIP message and each RTP packet of this call.

        Raises TimeoutError, or CallEndedError when the call ends first.
        """
        if self.state is CallState.ENDED and not probe():
            raise CallEndedError(self._how_it_ended())
        return await self._waiters.until(probe, timeout_s)

    async def ringing(self, timeout_s: float = 10.0) -> Instant:
        """Wait for 180 (or 183) and return its instant."""
        return await self.until(lambda: self.record.ringing or self.record.progress, timeout_s)

    async def answered(self, timeout_s: float = 60.0) -> Instant:
        """Wait for the answer and return its instant; CallEndedError when it is refused or given up."""
        return await self.until(lambda: self.record.answered, timeout_s)

    async def ended(self, timeout_s: float = 120.0) -> CallRecord:
        """Wait until the call is over, however it ended, and return the record."""
        await self._waiters.until(lambda: self.state is CallState.ENDED, timeout_s)
        return self.record

    # -- acting --

    async def hang_up(self) -> None:
        """End the call in the way its state asks for: BYE, CANCEL or 603. Harmless when it is over."""
        if self.state is CallState.UP:
            self.send_bye()
        elif self.state is CallState.EARLY:
            self.give_up()
        await self.ended(_DIALOG_TIMEOUT_S)

    @abstractmethod
    def give_up(self) -> None:
        """End a call that is not answered yet."""

    def send_bye(self) -> None:
        """Send BYE and stop the audio at once; `ended` comes with the answer. Harmless when sent already."""
        if self.state is not CallState.UP or self.record.bye is not None:
            return
        self.media.close()
        self.request_inside("BYE", lambda response, _: self.end() if response.status >= 200 else None)

    async def send_digits(self, digits: str, *, duration_ms: int = 100) -> None:
        """Press keys (RFC 4733); returns when the last is released."""
        await self.media.send_digits(digits, duration_ms=duration_ms)

    async def speak(self, hz: int, seconds: float) -> None:
        """Say a tone that a recording can be known by, then nothing; returns when it has been said."""
        said = itertools.islice(rtp.endless_tone(hz), round(seconds / rtp.FRAME_S))
        self.play(itertools.chain(said, rtp.endless_tone(None)))
        await asyncio.sleep(seconds)

    def play(self, source: Iterator[bytes] | None = None) -> None:
        """Send 20 ms µ-law payloads of `source` from now on; None goes back to the phone's own tone."""
        self.media.start(rtp.endless_tone(self.line.tone_hz) if source is None else source)

    # -- requests inside the dialog --

    def receive_request(self, request: Request, transaction: ServerTransaction, at: Instant) -> None:
        """Take a request of this dialog."""
        self.record.add(request, at, sent=False)
        number = request.cseq[0]
        if number < self._remote_cseq:
            self.respond(transaction, request.reply(500))
            return
        self._remote_cseq = number
        if request.method == "BYE":
            self.respond(transaction, request.reply(200))
            self.end()
        elif request.method in ("INVITE", "UPDATE"):
            self._renegotiate(request, transaction)
        elif request.method in ("OPTIONS", "INFO", "NOTIFY"):
            self.respond(transaction, request.reply(200, headers=[("Allow", ALLOW)]))
        else:
            self.respond(transaction, refusal(request))
        self._waiters.changed()

    def receive_ack(self, ack: Request, at: Instant) -> None:
        """Take the ACK of our answer.

        It carries the description when the INVITE had none (RFC 3264 late offer).
        """
        if self._unacked is None:
            return
        self._unacked.acknowledged()
        self._unacked = None
        self.record.add(ack, at, sent=False)
        if ack.body and self._remote_audio is None:
            self.take_remote(ack)
        self._waiters.changed()

    def receive_repeated_answer(self) -> None:
        """The 200 to our INVITE came again, so our ACK was lost: send it again."""
        if self._last_ack is not None:
            self.line.transactions.send(self._last_ack.render(), self.line.pbx)

    def acknowledge(self, answer: Response) -> None:
        """Send the ACK of a 200 to an INVITE of ours (RFC 3261 §13.2.2.4)."""
        self._last_ack = self.new_request("ACK", answer.cseq[0])
        at = Instant.now()
        self.line.transactions.send(self._last_ack.render(), self.line.pbx)
        self.record.add(self._last_ack, at, sent=True)

    def request_inside(
        self,
        method: str,
        on_response: Callable[[Response, Instant], None],
        *,
        headers: Iterable[tuple[str, str]] = (),
        body: bytes = b"",
    ) -> None:
        """Send a request of this dialog; `body` is a session description."""
        self._local_cseq += 1
        request = self.new_request(method, self._local_cseq)
        request.body = body
        for name, value in (*headers, *([("Content-Type", "application/sdp")] if body else [])):
            request.headers.add(name, value)

        def receive(response: Response, at: Instant) -> None:
            self.record.add(response, at, sent=False)
            on_response(response, at)
            self._waiters.changed()

        transaction = self.line.transactions.request(request, self.line.pbx, receive)
        self.record.add(request, transaction.sent_at, sent=True)

    def _renegotiate(self, request: Request, transaction: ServerTransaction) -> None:
        if self.offering:  # both sides at once: the other one waits and tries again (RFC 3261 §14.2)
            self.respond(transaction, request.reply(491))
            return
        answer = b""
        if request.body:
            try:
                answer = self.description_after(request)
            except sdp.UnusableSdpError:
                self.respond(transaction, request.reply(488))
                return
        elif request.method == "INVITE":
            answer = self.description()
        reply = request.reply(200, headers=[("Contact", self.line.contact), ("Allow", ALLOW)], sdp=answer)
        if request.method == "INVITE":
            self._unacked = transaction
        self.respond(transaction, reply)

    # -- parts for both directions --

    def respond(self, transaction: ServerTransaction, response: Response) -> Instant:
        """Send a response and enter it with the instant of sending."""
        at = transaction.respond(response, on_give_up=self.end)
        self.record.add(response, at, sent=True)
        self._waiters.changed()
        return at

    def new_request(self, method: str, cseq: int) -> Request:
        """A request of this dialog with the fields that all have."""
        headers = Headers([
            ("Via", self.line.via()), ("Max-Forwards", "70"),
            ("From", str(self.local)), ("To", str(self.remote)),
            ("Call-ID", self.call_id), ("CSeq", f"{cseq} {method}"), ("Contact", self.line.contact),
            *(("Route", route) for route in self._routes),
        ])  # fmt: skip
        return Request(headers, b"", method, self._target)

    def description(self) -> bytes:
        """Our session description; it answers the other side's if that is known. On hold it stays so."""
        direction = "sendonly" if self.on_hold else ""
        return sdp.build(self._own, self._remote_audio, direction)

    def offer(self, *, on_hold: bool) -> bytes:
        """A new session description of ours (RFC 3264 §8.4): on hold, we only send."""
        self.on_hold = on_hold
        self._own = replace(self._own, version=self._own.version + 1)
        return sdp.build(self._own, self._remote_audio, "sendonly" if on_hold else "sendrecv")

    def description_after(self, message: Request) -> bytes:
        """Our answer to the offer in `message`; raises UnusableSdpError."""
        self.take_remote(message)
        return self.description()

    def take_remote(self, message: Request | Response) -> None:
        """Send and hear as the other side's description says; raises UnusableSdpError."""
        self._remote_audio = sdp.parse(message.body)
        self.media.set_remote(self._remote_audio)

    def at(self, loop_s: float, action: Callable[[], object]) -> None:
        """Run `action` at an instant of the loop's clock unless the call is over by then."""
        self._timers.append(asyncio.get_running_loop().call_at(loop_s, action))

    def stop_timers(self) -> None:
        """Cancel what is planned for this call."""
        for timer in self._timers:
            timer.cancel()
        self._timers.clear()

    def end(self) -> None:
        """The call is over: stop everything and release who waits."""
        if self.state is CallState.ENDED:
            return
        self.state = CallState.ENDED
        self.record.ended = Instant.now()
        self.stop_timers()
        if self._unacked is not None:
            self._unacked.close()
        self.media.close()
        self.line.closed(self)
        self._waiters.fail(self._how_it_ended())

    def _how_it_ended(self) -> str:
        final = self.record.final
        status = f"{final.what} {final.phrase}" if final else "no final response"
        return f"call {self.local.user} ↔ {self.remote.user} ended: {status}"


def refusal(request: Request, to_tag: str = "") -> Response:
    """405 for a method that we know and do not serve, 501 for any other (RFC 3261 §8.2.1, §21.5.2)."""
    status = 405 if request.method in _KNOWN_BUT_REFUSED else 501
    return request.reply(status, to_tag=to_tag, headers=[("Allow", ALLOW)])
