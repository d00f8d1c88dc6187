"""A call placed by a phone: INVITE, challenge, early media, answer, CANCEL (RFC 3261 §13.2, §22.2, §9.1).

Owns the setting up of outgoing calls. Who is shown as the caller is data (`Caller`), so a phone can be the
network.
"""

import secrets
from collections.abc import Iterable
from dataclasses import dataclass

from rehearsal.phone import digest, sdp
from rehearsal.phone.call import ALLOW, Call, CallState, Line
from rehearsal.phone.instants import Instant
from rehearsal.phone.sip import Headers, NameAddr, Request, Response, user_of
from rehearsal.phone.transactions import ClientTransaction


@dataclass(frozen=True, slots=True, kw_only=True)
class Caller:
    """Who is shown as calling. `asserted` is the number the network vouches for (P-Asserted-Identity, RFC
    3325).

    With `private` the From is anonymous and `Privacy: id` is sent (RFC 3323): the number is withheld.
    """

    user: str
    display: str = ""
    asserted: str | None = None
    private: bool = False


class OutgoingCall(Call):
    """A call that this phone places."""

    def __init__(
        self,
        line: Line,
        target: str,
        caller: Caller,
        headers: Iterable[tuple[str, str]] = (),
        *,
        to_user: str = "",
    ) -> None:
        """`target` is a user of the PBX or a whole SIP URI.

        `to_user` makes To differ from the Request-URI.
        """
        pbx = f"{line.pbx[0]}:{line.pbx[1]}"
        uri = target if target.startswith("sip:") else f"sip:{target}@{pbx}"
        tag = {"tag": secrets.token_hex(6)}
        local = NameAddr(f"sip:{caller.user}@{pbx}", caller.display, tag)
        if caller.private:
            local = NameAddr("sip:anonymous@anonymous.invalid", "Anonymous", tag)
        to = NameAddr(f"sip:{to_user}@{pbx}" if to_user else uri)
        super().__init__(line, f"{secrets.token_hex(12)}@{line.host}", local, to)
        self.called = user_of(uri)
        self._target = uri
        self._extra = [*_identity(caller, pbx), *headers]
        self._invite: ClientTransaction | None = None
        self._challenged = False
        self._cancel_wanted = False

    def start(self) -> None:
        """Send the INVITE."""
        self._send_invite()

    def give_up(self) -> None:
        """CANCEL, as soon as the INVITE has had a provisional response."""
        if not self._cancel_wanted:
            self._cancel_wanted = True
            if any(event.method == "INVITE" and event.what.startswith("1") for event in self.record.events):
                self._send_cancel()

    def _send_invite(self, authorization: tuple[str, str] | None = None) -> None:
        self._local_cseq += 1
        invite = self.new_request("INVITE", self._local_cseq)
        for name, value in (("Allow", ALLOW), *self._extra, *([authorization] if authorization else [])):
            invite.headers.add(name, value)
        invite.headers.add("Content-Type", "application/sdp")
        invite.body = self.description()
        self._invite = self.line.transactions.request(invite, self.line.pbx, self._on_response)
        self.record.add(invite, self._invite.sent_at, sent=True)

    def _on_response(self, response: Response, at: Instant) -> None:
        if self.state is CallState.ENDED:
            return
        self.record.add(response, at, sent=False)
        if response.status < 200:
            self._on_provisional(response)
        elif response.status < 300:
            self._on_answer(response)
        elif response.status in (401, 407) and self.line.password is not None and not self._challenged:
            self._challenged = True
            self._send_invite(self._proof(response, self.line.password))
        else:
            self.end()
        self._waiters.changed()

    def _on_provisional(self, response: Response) -> None:
        if response.to.tag:  # an early dialog, by which a transfer may name this call (RFC 3891 §3)
            self.remote = response.to
        if response.body:
            self.take_remote(response)
        if self._cancel_wanted:
            self._send_cancel()

    def _on_answer(self, response: Response) -> None:
        self.remote = response.to
        self._target = NameAddr.parse(response.headers["Contact"]).uri
        self._routes = list(reversed(response.headers.all("Record-Route")))
        self.state = CallState.UP
        self.acknowledge(response)
        if self._cancel_wanted:  # the answer and our CANCEL crossed (RFC 3261 §9.1): the call must be ended
            self.send_bye()
            return
        try:
            self.take_remote(response)
        except sdp.UnusableSdpError:
            self.send_bye()
            return
        self.play()

    def _send_cancel(self) -> None:
        if self._invite is None or self.record.cancelled is not None:
            return
        invite = self._invite.request
        copied = [(name, invite.headers[name]) for name in ("Via", "Max-Forwards", "From", "To", "Call-ID")]
        cancel = Request(Headers([*copied, ("CSeq", f"{invite.cseq[0]} CANCEL")]), b"", "CANCEL", invite.uri)
        transaction = self.line.transactions.request(
            cancel, self.line.pbx, lambda response, at: self.record.add(response, at, sent=False)
        )
        self.record.add(cancel, transaction.sent_at, sent=True)
        self._invite.give_up_after_cancel()

    def _proof(self, response: Response, password: str) -> tuple[str, str]:
        return proof(response, digest.Credentials(self.line.user, password, "INVITE", self._target))


def proof(response: Response, who: digest.Credentials) -> tuple[str, str]:
    """The header that answers a 401 or 407; raises NoUsableChallengeError."""
    asked, given = (
        ("WWW-Authenticate", "Authorization") if response.status == 401
        else ("Proxy-Authenticate", "Proxy-Authorization")
    )  # fmt: skip
    challenge = digest.choose(response.headers.all(asked))
    return given, digest.authorization(challenge, who, cnonce=secrets.token_hex(8))


def _identity(caller: Caller, pbx: str) -> Iterable[tuple[str, str]]:
    if caller.asserted is not None:
        yield "P-Asserted-Identity", str(NameAddr(f"sip:{caller.asserted}@{pbx}", caller.display))
    if caller.private:
        yield "Privacy", "id"
