"""SIP transactions over UDP (RFC 3261 §17): retransmission, and one reaction to a message sent twice.

Owns branches and timers. Knows nothing of calls: users hand in requests and get responses, or the other way
round. The timers A, B, D, E, F, G, H and J are here in the simplified form that suffices for one hop on one
machine.
"""

import asyncio
import secrets
from collections.abc import Callable

from rehearsal.phone.instants import Instant
from rehearsal.phone.sip import PHRASES, Headers, Request, Response
from rehearsal.phone.udp import Address

T1_S = 0.5
T2_S = 4.0
GIVE_UP_S = 64 * T1_S

Send = Callable[[bytes, Address], None]
OnResponse = Callable[[Response, Instant], None]
Key = tuple[str, str]


def new_branch() -> str:
    """A fresh branch with the magic cookie of RFC 3261 §8.1.1.7."""
    return "z9hG4bK" + secrets.token_hex(8)


class _Repeater:
    """Sends the same bytes again at T1, 2·T1 … until stopped; after 64·T1 calls `on_give_up`."""

    def __init__(self, again: Callable[[], None], on_give_up: Callable[[], None], longest_s: float) -> None:
        self._again, self._longest_s = again, longest_s
        self._loop = asyncio.get_running_loop()
        self._wait_s = T1_S
        self._next = self._loop.call_later(T1_S, self._repeat)
        self._end = self._loop.call_later(GIVE_UP_S, self._give_up, on_give_up)

    def stop(self) -> None:
        """Repeat no more and do not give up."""
        self._next.cancel()
        self._end.cancel()

    def _repeat(self) -> None:
        self._again()
        self._wait_s = min(2 * self._wait_s, self._longest_s)
        self._next = self._loop.call_later(self._wait_s, self._repeat)

    def _give_up(self, on_give_up: Callable[[], None]) -> None:
        self.stop()
        on_give_up()


class ClientTransaction:
    """A request of ours. `on_response` gets each response once, at last a final one (408 when none came)."""

    def __init__(self, owner: "Transactions", request: Request, to: Address, on_response: OnResponse) -> None:
        self.request = request
        self.final: Response | None = None
        self._owner, self._to, self._on_response = owner, to, on_response
        self._bytes = request.render()
        longest_s = GIVE_UP_S if request.method == "INVITE" else T2_S
        self._repeater = _Repeater(self._send, self._no_answer, longest_s)
        self.sent_at = Instant.now()
        self._send()

    def receive(self, response: Response, at: Instant) -> None:
        """Take a response; one that came before is only acknowledged again."""
        invite = self.request.method == "INVITE"
        if response.status < 200:
            if invite:
                self._repeater.stop()  # an INVITE may ring as long as the other side likes
            if self.final is None:
                self._on_response(response, at)
            return
        if invite and response.status >= 300:
            self._owner.send(_ack_for_refusal(self.request, response).render(), self._to)
        if self.final is None:
            self._finish(response, at)

    def close(self) -> None:
        """Stop all timers."""
        self._repeater.stop()

    def give_up_after_cancel(self) -> None:
        """End with 408 unless a final response comes within 64·T1 (RFC 3261 §9.1)."""
        self._owner.later(GIVE_UP_S, self._no_answer)

    def _send(self) -> None:
        self._owner.send(self._bytes, self._to)

    def _no_answer(self) -> None:
        if self.final is None:
            status = 408
            self._finish(Response(_own_headers(self.request), b"", status, PHRASES[status]), Instant.now())

    def _finish(self, response: Response, at: Instant) -> None:
        self.final = response
        self._repeater.stop()
        self._owner.forget_later(self.request.branch, self.request.method)
        self._on_response(response, at)


class ServerTransaction:
    """A request from the other side. What we answered is sent again when the request comes again."""

    def __init__(self, owner: "Transactions", request: Request, source: Address) -> None:
        self.request = request
        self.answered = False  # by a final response
        self._owner, self._source = owner, source
        self._last = b""
        self._repeater: _Repeater | None = None

    def respond(self, response: Response, on_give_up: Callable[[], None] = lambda: None) -> Instant:
        """Send a response and return the instant. A final one to INVITE is repeated until `acknowledged`;
        `on_give_up` is called when no ACK comes within 64·T1.
        """
        self._last = response.render()
        at = Instant.now()
        self._owner.send(self._last, self._source)
        if response.status >= 200:
            self.answered = True
            if self.request.method == "INVITE":
                self._repeater = _Repeater(self.repeat, on_give_up, T2_S)
            self._owner.forget_later(self.request.branch, self.request.method, server=True)
        return at

    def repeat(self) -> None:
        """Send the last response again, if there is one."""
        if self._last:
            self._owner.send(self._last, self._source)

    def acknowledged(self) -> None:
        """The ACK has come."""
        self.close()

    def close(self) -> None:
        """Stop all timers."""
        if self._repeater is not None:
            self._repeater.stop()
            self._repeater = None


class Transactions:
    """The transactions of one phone. The owner feeds it every message it receives."""

    def __init__(self, send: Send) -> None:
        self.send = send
        self._clients: dict[Key, ClientTransaction] = {}
        self._servers: dict[Key, ServerTransaction] = {}
        self._timers: set[asyncio.TimerHandle] = set()

    def request(self, request: Request, to: Address, on_response: OnResponse) -> ClientTransaction:
        """Send a request and keep at it until it is answered."""
        transaction = ClientTransaction(self, request, to, on_response)
        self._clients[request.branch, request.method] = transaction
        return transaction

    def receive_response(self, response: Response, at: Instant) -> bool:
        """Whether a transaction of ours took the response."""
        transaction = self._clients.get((response.branch, response.cseq[1]))
        if transaction is None:
            return False
        if (
            transaction.final is not None
            and 200 <= response.status < 300
            and transaction.request.method == "INVITE"
        ):
            return False  # a 200 repeated: the call acknowledges it, not the transaction
        transaction.receive(response, at)
        return True

    def receive_request(self, request: Request, source: Address) -> ServerTransaction | None:
        """A new transaction, or None when the request came before (its answer is sent again)."""
        key = (request.branch, request.method)
        if (known := self._servers.get(key)) is not None:
            known.repeat()
            return None
        transaction = self._servers[key] = ServerTransaction(self, request, source)
        return transaction

    def invite_of(self, request: Request) -> ServerTransaction | None:
        """The INVITE that a CANCEL, or the ACK of a refusal, belongs to: it has the same branch."""
        return self._servers.get((request.branch, "INVITE"))

    def forget_later(self, branch: str, method: str, *, server: bool = False) -> None:
        """Keep a finished transaction for 64·T1, in case the other side repeats itself."""
        table = self._servers if server else self._clients
        self.later(GIVE_UP_S, lambda: table.pop((branch, method), None))

    def later(self, seconds: float, action: Callable[[], object]) -> None:
        """Run `action` after `seconds` unless closed before."""

        def run() -> None:
            self._timers.discard(handle)
            action()

        handle = asyncio.get_running_loop().call_later(seconds, run)
        self._timers.add(handle)

    def close(self) -> None:
        """Stop all timers of all transactions."""
        for client in self._clients.values():
            client.close()
        for server in self._servers.values():
            server.close()
        for handle in self._timers:
            handle.cancel()
        self._clients.clear()
        self._servers.clear()
        self._timers.clear()


def _own_headers(request: Request) -> Headers:
    return Headers([(name, request.headers[name]) for name in ("Via", "From", "To", "Call-ID", "CSeq")])


def _ack_for_refusal(invite: Request, response: Response) -> Request:
    """ACK of a final response other than 2xx: same branch, the response's To (RFC 3261 §17.1.1.3)."""
    fields = [(name, invite.headers[name]) for name in ("Via", "From", "Call-ID")]
    fields += [("To", response.headers["To"]), ("CSeq", f"{invite.cseq[0]} ACK"), ("Max-Forwards", "70")]
    fields += [("Route", route) for route in invite.headers.all("Route")]
    return Request(Headers(fields), b"", "ACK", invite.uri)
