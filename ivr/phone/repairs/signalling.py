"""SIP: the phone's one socket, its registration, and the requests of calls (RFC 3261)."""

import logging
import re
import select
import socket
import threading
import time
import uuid
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from pyVoIP.SIP import SIPClient, SIPMessage, SIPMessageType
from pyVoIP.VoIP.VoIP import CallState

from ivr.phone import message as sip
from ivr.phone.message import Address

if TYPE_CHECKING:
    from ivr.phone.repairs.calls import Call, Phone

log = logging.getLogger(__name__)

ALLOW = ("Allow", "INVITE, ACK, BYE, CANCEL, OPTIONS, NOTIFY, INFO")

_TICK_S = 0.05
_T1_S, _T2_S, _GIVE_UP_S = 0.5, 4.0, 32.0  # RFC 3261 §17, timers T1, T2 and B
_REFUSED_AGAIN_S, _SILENT_AGAIN_S = 60.0, 5.0
_REMEMBERED = 256


class Message(SIPMessage):
    """A SIP message. The library drops INVITEs with a CP949 name, with `: ` in a name, or from a tel: URI."""

    def __init__(self, data: bytes, source: Address) -> None:
        self.source = source
        super().__init__(data)

    def parse(self, data: bytes) -> None:
        """Raises MalformedError. The library knows four methods, and raises for every other one (OPTIONS)."""
        self.parsed = sip.parse(data)
        words = self.parsed.first.split(" ", 2)
        if len(words) != 3:
            raise sip.MalformedError("no first line")
        if words[0] == "SIP/2.0":
            self.type = SIPMessageType.RESPONSE
            self.code = int(words[1])
        elif words[2] == "SIP/2.0":
            self.type = SIPMessageType.MESSAGE
            self.method, self.uri = words[0], words[1]
        else:
            raise sip.MalformedError("another version of SIP")
        self._give_library_its_headers()

    def _give_library_its_headers(self) -> None:
        number, _, method = self.parsed.one("CSeq").partition(" ")
        self.headers |= {
            "Call-ID": self.parsed.one("Call-ID"),
            "CSeq": {"check": number, "method": method.strip()},
            "Contact": self.parsed.one("Contact"),
            "Content-Type": "application/sdp",
        }
        for name in ("From", "To"):
            value = self.parsed.one(name)
            self.headers[name] = {"raw": value, "tag": sip.tag_of(value), "number": sip.user_of(value)}
        for name in ("WWW-Authenticate", "Proxy-Authenticate"):
            if self.parsed.one(name):
                self.parse_header("WWW-Authenticate", self.parsed.one(name))

    @property
    def transaction(self) -> str:
        """What a retransmission has in common with the first sending."""
        return f"{sip.branch_of(self.parsed)} {self.headers['CSeq']['method']}"

    def read_offer(self) -> None:
        """Let the library read the audio that is offered; raises NoAudioError."""
        for line in sip.plain_offer(self.parsed.body):
            name, _, value = line.partition("=")
            self.parse_body(name, value)


@dataclass(slots=True)
class _Sending:
    """Something sent again and again until it is answered (RFC 3261 §17.1.2, §13.3.1.4)."""

    text: str
    to: Address
    next_at: float
    until: float
    pause: float = _T1_S
    given_up: Callable[[], None] = lambda: None


class Sip(SIPClient):
    """The phone's one socket.

    The library takes whatever comes first as the answer to REGISTER, sends nothing twice, answers a repeated
    INVITE anew, leaves CANCEL without 487 and OPTIONS without any answer, and gives up after three refusals.
    """

    phone: "Phone"

    def __init__(self, *given: Any, **named: Any) -> None:
        super().__init__(*given, **named)
        self._lock = threading.RLock()
        self._sent: dict[str, _Sending] = {}
        self._answered: OrderedDict[str, tuple[str, Address]] = OrderedDict()
        self._register_at = 0.0
        self._own_call_id = f"{uuid.uuid4().hex}@{self.myIP}"
        self._refusals = 0
        self.registered = threading.Event()
        self.malformed = 0
        self.strangers = 0

    # ---------------------------------------------------------------- the thread

    def start(self) -> None:
        """Open the socket (OSError if the port is taken) and begin; `registered` is set by the answer."""
        self.s = self.out = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.s.bind((self.myIP, self.myPort))
        self.s.setblocking(False)
        self.NSD = True
        self._thread = threading.Thread(target=self.recv_loop, name="SIP", daemon=True)
        self._thread.start()

    def recv_loop(self) -> None:
        """The library polls every 10 ms, and its lock is held while a REGISTER waits up to 30 s."""
        while self.NSD:
            try:
                self._look_at_the_clock()
                if select.select([self.s], [], [], _TICK_S)[0]:
                    self._receive(*self.s.recvfrom(65_535))
            except (BlockingIOError, ConnectionError):
                continue
            except Exception as error:  # the phone outlives whatever a message does to it
                if self.NSD:
                    log.warning("a SIP message was not dealt with", extra={"reason": type(error).__name__})
                    time.sleep(_TICK_S)

    def stop(self) -> None:
        """Unregister without waiting for the answer, and close."""
        if not self.NSD:
            return
        with self._lock:
            self._send(self.gen_first_response(deregister=True), self._pbx)
            if nonce := getattr(self, "_challenge", None):
                self._send(self.gen_register(nonce, deregister=True), self._pbx)
        self.NSD = False
        self._thread.join(2.0)
        self.s.close()

    @property
    def _pbx(self) -> Address:
        return (self.server, self.port)

    def _receive(self, data: bytes, source: Address) -> None:
        if source[0] != self.server:
            self.strangers += 1
            return
        if not data.strip(b"\r\n\x00"):  # keep-alive
            return
        try:
            self.dispatch(Message(data, source))
        except ValueError as error:
            self.malformed += 1
            log.warning("a SIP message could not be read", extra={"reason": type(error).__name__})

    def _send(self, text: str, to: Address) -> None:
        try:
            self.s.sendto(text.encode(), to)
        except OSError as error:  # sent again, or the other side does so
            log.debug("a SIP message could not be sent", extra={"reason": type(error).__name__})

    def _send_until_answered(self, key: str, sending: _Sending) -> None:
        with self._lock:
            self._sent[key] = sending
        self._send(sending.text, sending.to)

    def _again(self, text: str, to: Address, given_up: Callable[[], None] = lambda: None) -> _Sending:
        now = time.monotonic()
        return _Sending(text, to, now + _T1_S, now + _GIVE_UP_S, given_up=given_up)

    def _look_at_the_clock(self) -> None:
        now = time.monotonic()
        with self._lock:
            over = [key for key, sending in self._sent.items() if sending.until <= now]
            given_up = [self._sent.pop(key).given_up for key in over]
            due = [sending for sending in self._sent.values() if sending.next_at <= now]
        for sending in due:
            sending.pause = min(sending.pause * 2, _T2_S)
            sending.next_at = now + sending.pause
            self._send(sending.text, sending.to)
        for what in given_up:
            what()
        if now >= self._register_at:
            self._register_at = now + _GIVE_UP_S + _SILENT_AGAIN_S
            self._register(self.gen_first_response())

    # ---------------------------------------------------------------- registration

    def gen_call_id(self) -> str:
        """The library's is a hash of a counter: the same at every start of the process."""
        return self._own_call_id

    def _register(self, text: str) -> None:
        self._send_until_answered("REGISTER", self._again(text, self._pbx, self._not_answered))

    def _not_answered(self) -> None:
        if self.registered.is_set():
            log.error("the PBX does not answer; calls do not come here until it does")
        self.registered.clear()
        self._register_at = time.monotonic() + _SILENT_AGAIN_S

    def _register_told(self, response: Message) -> None:
        with self._lock:
            if response.code < 200 or self._sent.pop("REGISTER", None) is None:
                return
        challenged = response.code in (401, 407) and bool(response.authentication)
        if challenged and self._refusals == 0:
            self._refusals = 1
            self._challenge = response
            text = self.gen_register(response)
            if response.code == 407:
                text = text.replace("\r\nAuthorization:", "\r\nProxy-Authorization:")
            self._register(text)
            return
        self._refusals = 0
        again_s = self._registered(response) if response.code == 200 else self._refused(response)
        self._register_at = time.monotonic() + again_s

    def _registered(self, response: Message) -> float:
        told = re.search(r"expires=(\d+)", response.parsed.one("Contact")) or re.match(
            r"(\d+)", response.parsed.one("Expires")
        )
        if not self.registered.is_set():
            log.info("registered at the PBX")
        self.registered.set()
        return max(10.0, 0.8 * (int(told[1]) if told else self.default_expires))

    def _refused(self, response: Message) -> float:
        least = response.parsed.one("Min-Expires")
        if response.code == 423 and least.isdecimal():
            self.default_expires = int(least)
            return 0.0
        self.registered.clear()
        log.error(
            "the PBX refuses the registration: check extension and secret", extra={"code": response.code}
        )
        return _REFUSED_AGAIN_S

    # ---------------------------------------------------------------- what comes

    def dispatch(self, message: Message) -> None:
        """Deal with one message; a repeated request gets the answer it got."""
        if message.type == SIPMessageType.RESPONSE:
            self._response(message)
        elif message.method == "ACK":
            with self._lock:
                self._sent.pop(f"200 {message.headers['Call-ID']}", None)
        elif (answered := self._answered.get(message.transaction)) is not None:
            self._send(*answered)
        else:
            self._request(message)

    def _response(self, message: Message) -> None:
        method = message.headers["CSeq"]["method"]
        if method == "REGISTER":
            self._register_told(message)
        elif message.code >= 200:
            with self._lock:
                self._sent.pop(f"{method} {message.headers['Call-ID']}", None)

    def _request(self, request: Message) -> None:
        call = self.phone.live.get(request.headers["Call-ID"])
        if request.method == "INVITE":
            self._invited(request, call)
        elif request.method == "CANCEL":
            self._cancelled(request, call)
        elif request.method == "BYE":
            self.answer(request, "200 OK" if call else "481 Call Does Not Exist")
            if call is not None:
                call.bye()
        elif request.method in ("OPTIONS", "NOTIFY", "INFO"):
            self.answer(request, "200 OK", (ALLOW,))
        else:
            self.answer(request, "405 Method Not Allowed", (ALLOW,))

    def _invited(self, request: Message, call: "Call | None") -> None:
        if call is None and request.headers["To"]["tag"]:
            self.answer(request, "481 Call Does Not Exist")
        elif required := request.parsed.one("Require"):
            self.answer(request, "420 Bad Extension", (("Unsupported", required),))
        elif call is None:
            self.phone.invited(request)
        elif call.state is CallState.ANSWERED:
            call.agree_again(request)
        else:
            self.answer(request, "491 Request Pending")

    def _cancelled(self, request: Message, call: "Call | None") -> None:
        if call is None or call.state is not CallState.RINGING:
            self.answer(request, "481 Call Does Not Exist")
            return
        self.answer(request, "200 OK")
        self.answer(call.request, "487 Request Terminated")
        call.end()

    # ---------------------------------------------------------------- what we say

    def answer(self, request: Message, status: str, headers: sip.Lines = (), body: str = "") -> None:
        """Answer a request.

        The library invents a new To tag for every response, copies the caller's Contact into its own, and
        loses Record-Route and what it does not know in a Via.
        """
        call_id = request.headers["Call-ID"]
        tag = self.tagLibrary.setdefault(call_id, uuid.uuid4().hex[:12])
        own = (("Contact", self.contact), ("User-Agent", "charterline")) if status != "100 Trying" else ()
        text = sip.reply(request.parsed, status, tag, (*own, *headers), body)
        if not status.startswith("1"):
            with self._lock:
                self._answered[request.transaction] = (text, request.source)
                while len(self._answered) > _REMEMBERED:
                    self._answered.popitem(last=False)
        if request.method == "INVITE" and status.startswith("200"):
            call = self.phone.live.get(call_id)
            again = self._again(text, request.source, call.hangup if call else lambda: None)
            self._send_until_answered(f"200 {call_id}", again)
        else:
            self._send(text, request.source)

    @property
    def contact(self) -> str:
        """Where we are reached."""
        return f"<sip:{self.username}@{self.myIP}:{self.myPort}>"

    def bye(self, request: Any) -> None:
        """Hang up. The library sends the caller's own Via back to him, and sends it once."""
        parsed, call_id = request.parsed, request.headers["Call-ID"]
        tag = self.tagLibrary.get(call_id, "")
        via = f"SIP/2.0/UDP {self.myIP}:{self.myPort};branch={self.gen_branch()};rport"
        fields = [
            ("Via", via), ("Max-Forwards", "70"), ("From", f"{parsed.one('To')};tag={tag}"),
            ("To", parsed.one("From")), ("Call-ID", call_id), ("CSeq", "1 BYE"),
            *(("Route", route) for route in parsed.all("Record-Route")),
        ]  # fmt: skip
        text = sip.render(f"BYE {sip.uri_of(parsed.one('Contact'))} SIP/2.0", fields)
        self._send_until_answered(f"BYE {call_id}", self._again(text, request.source))

    def forget(self, call_id: str) -> None:
        """The call is over: its 200 is not sent again, its tag is free."""
        with self._lock:
            self._sent.pop(f"200 {call_id}", None)
            self.tagLibrary.pop(call_id, None)

    def _gen_response_via_header(self, request: Any) -> str:
        return ""  # only the library's SDP is used
