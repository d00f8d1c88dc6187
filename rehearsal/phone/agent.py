"""A virtual phone: one SIP socket, its registration and its calls. Also the outside network, when not
registered.

Owns the socket and hands each message to the call or transaction it belongs to. Measures through the calls'
records.
"""

import asyncio
import secrets
from collections import deque
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from types import TracebackType
from typing import Self

from rehearsal.phone.answering import Answering
from rehearsal.phone.call import ALLOW, Call, Line, refusal
from rehearsal.phone.incoming import IncomingCall
from rehearsal.phone.instants import Instant
from rehearsal.phone.outgoing import Caller, OutgoingCall
from rehearsal.phone.registration import Registration
from rehearsal.phone.sip import MalformedSipError, Request, Response, parse
from rehearsal.phone.transactions import ServerTransaction, Transactions
from rehearsal.phone.udp import Address, PortRange, UdpSocket, bind
from rehearsal.phone.waiting import Waiters

_UNREAD_CALLS = 8  # incoming calls kept for `next_call`, the newest; each keeps its audio
_GOODBYE_S = 2.0  # how long closing waits for a PBX that may be dead


@dataclass(eq=False, kw_only=True)
class Phone:
    """A phone of PCMU 20 ms. Use it with `async with`; it opens its socket on entering.

    As an officer's phone it has `user` and `password` and calls `register`. As the outside network it does
    not register: it calls with any `Caller` and takes calls to any number (`IncomingCall.called`). `headers`
    go with each INVITE, so that the PBX can know the peer by one.
    """

    pbx: Address
    user: str
    ports: PortRange
    password: str | None = None
    name: str = ""
    host: str = "127.0.0.1"
    sip_port: int = 0  # 0: any free one of `ports`
    tone_hz: int | None = 700  # what it says in a call; None is silence
    answering: Answering | Callable[[IncomingCall], Answering] = field(default_factory=Answering)
    expires_s: int = 120
    listen_s: float = (
        120.0  # received audio kept per call, about 16 kB a second; 0 for phones that nobody asks
    )
    headers: tuple[tuple[str, str], ...] = ()
    calls: dict[str, Call] = field(default_factory=dict, init=False)  # the live ones by Call-ID
    malformed: int = field(default=0, init=False)  # datagrams that were no SIP

    async def __aenter__(self) -> Self:
        sock = bind(self.host, self.sip_port) if self.sip_port else self.ports.bind(self.host)
        self._socket = UdpSocket(sock, self._receive)
        self._transactions = Transactions(self._socket.send)
        self._unread: deque[IncomingCall] = deque(maxlen=_UNREAD_CALLS)
        self._waiters = Waiters()
        self.line = Line(
            host=self.host, port=self._socket.port, pbx=self.pbx, user=self.user, password=self.password,
            tone_hz=self.tone_hz, listen_s=self.listen_s, ports=self.ports, transactions=self._transactions,
            closed=self._forget,
        )  # fmt: skip
        self.registration = Registration(self.line, self.expires_s)
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Hang up, unregister and close; waits at most two seconds for the PBX."""
        try:
            async with asyncio.timeout(_GOODBYE_S):
                await asyncio.gather(*(call.hang_up() for call in tuple(self.calls.values())))
                if self.registration.registered:
                    await self.registration.unregister()
        except TimeoutError:
            for call in tuple(self.calls.values()):
                call.end()
        finally:
            self.registration.close()
            self._transactions.close()
            self._socket.close()

    async def register(self) -> None:
        """Register and stay registered; raises RegistrationRefusedError."""
        await self.registration.register()

    def call(
        self,
        target: str,
        *,
        caller: Caller | None = None,
        headers: Iterable[tuple[str, str]] = (),
        to_user: str = "",
        silent: bool = False,
    ) -> OutgoingCall:
        """Place a call and return at once; wait on the call for what happens.

        `target` is a number of the PBX or a whole SIP URI; `caller` is by default the phone itself. A
        `silent` one says nothing until it is told to speak.
        """
        who = caller or Caller(user=self.user, display=self.name)
        line = replace(self.line, tone_hz=None) if silent else self.line
        call = OutgoingCall(line, target, who, (*self.headers, *headers), to_user=to_user)
        self.calls[call.call_id] = call
        call.start()
        return call

    async def next_call(self, timeout_s: float = 30.0) -> IncomingCall:
        """The next call that comes, or the oldest not taken yet; raises TimeoutError."""
        await self._waiters.until(lambda: bool(self._unread), timeout_s)
        return self._unread.popleft()

    def _forget(self, call: Call) -> None:
        self.calls.pop(call.call_id, None)

    def _receive(self, data: bytes, source: Address, at: Instant) -> None:
        if not data.strip():  # keep-alive, RFC 5626 §3.5.1
            return
        try:
            message = parse(data)
            if isinstance(message, Response):
                self._receive_response(message, at)
            else:
                self._receive_request(message, source, at)
        except MalformedSipError:
            self.malformed += 1

    def _receive_response(self, response: Response, at: Instant) -> None:
        if self._transactions.receive_response(response, at):
            return
        call = self.calls.get(response.call_id)
        if call is not None and response.cseq[1] == "INVITE":
            call.receive_repeated_answer()

    def _receive_request(self, request: Request, source: Address, at: Instant) -> None:
        call = self.calls.get(request.call_id)
        if request.method == "ACK":
            if (refused := self._transactions.invite_of(request)) is not None:
                refused.acknowledged()
            elif call is not None:
                call.receive_ack(request, at)
            return
        transaction = self._transactions.receive_request(request, source)
        if transaction is None:
            return
        if request.method == "CANCEL":
            self._cancel(request, transaction, call, at)
        elif "tag" in request.to.params:
            if call is not None and request.to.tag == call.local.tag:
                call.receive_request(request, transaction, at)
            else:
                transaction.respond(request.reply(481))
        else:
            self._outside_dialog(request, transaction, at)

    def _cancel(
        self, request: Request, transaction: ServerTransaction, call: Call | None, at: Instant
    ) -> None:
        known = self._transactions.invite_of(request) is not None
        transaction.respond(request.reply(200 if known else 481))
        if known and isinstance(call, IncomingCall):
            call.receive_cancel(request, at)

    def _outside_dialog(self, request: Request, transaction: ServerTransaction, at: Instant) -> None:
        tag = secrets.token_hex(6)
        if request.method == "INVITE":
            self._take_call(request, transaction, at)
        elif request.method in ("OPTIONS", "NOTIFY"):  # qualify, and message waiting
            transaction.respond(request.reply(200, to_tag=tag, headers=[("Allow", ALLOW)]))
        elif request.method in ("BYE", "UPDATE", "INFO"):
            transaction.respond(request.reply(481, to_tag=tag))
        else:
            transaction.respond(refusal(request, tag))

    def _take_call(self, invite: Request, transaction: ServerTransaction, at: Instant) -> None:
        if invite.call_id in self.calls:
            transaction.respond(invite.reply(482, to_tag=secrets.token_hex(6)))
            return
        call = IncomingCall(self.line, invite, transaction, at)
        self.calls[call.call_id] = call
        call.start()
        self._unread.append(call)
        call.follow(self.answering if isinstance(self.answering, Answering) else self.answering(call))
        self._waiters.changed()
