"""A call that comes in: rings, answers, refuses, forwards, is cancelled (RFC 3261 §13.3, §9.2).

Owns the carrying out of an `Answering` plan with the precision of the loop's timer; the record tells the true
instants.
"""

import asyncio
import secrets

from rehearsal.phone import rtp, sdp
from rehearsal.phone.answering import Answering, Ring
from rehearsal.phone.call import ALLOW, Call, CallState, Line
from rehearsal.phone.instants import Instant
from rehearsal.phone.sip import NameAddr, Request, user_of
from rehearsal.phone.transactions import ServerTransaction


class IncomingCall(Call):
    """A call that rings at this phone.

    It follows a plan, or is led by `ring`, `answer`, `reject`, `forward`.
    """

    def __init__(self, line: Line, invite: Request, transaction: ServerTransaction, at: Instant) -> None:
        to = invite.to
        local = NameAddr(to.uri, to.display, {**to.params, "tag": secrets.token_hex(6)})
        super().__init__(line, invite.call_id, local, invite.from_)
        self.called = user_of(invite.uri)
        self.invite = invite
        self._transaction = transaction
        self._target = NameAddr.parse(invite.headers["Contact"]).uri
        self._routes = invite.headers.all("Record-Route")
        self._remote_cseq = invite.cseq[0]
        self.record.add(invite, at, sent=False)

    def start(self) -> None:
        """Say 100 Trying and look at the offer; an unusable one is refused with 488."""
        self.respond(self._transaction, self.invite.reply(100))
        if self.invite.body:
            try:
                self.take_remote(self.invite)
            except sdp.UnusableSdpError:
                self.reject(488)

    def follow(self, plan: Answering) -> None:
        """Carry out `plan` from now on."""
        if self.state is not CallState.EARLY:
            return
        if plan.ring_delay_s > 0:
            self.at(asyncio.get_running_loop().time() + plan.ring_delay_s, lambda: self._ring_by(plan))
        else:
            self._ring_by(plan)

    def ring(self, ring: Ring = Ring.RINGING) -> None:
        """Send 180, or 183 with a ringback tone of the phone's own."""
        if self.state is not CallState.EARLY or ring is Ring.NOTHING:
            return
        if ring is Ring.PROGRESS:
            self._send(183, description=self.description())
            self.play(rtp.endless_ringback())
        else:
            self._send(180)

    def answer(self) -> None:
        """Send 200 and the phone's tone. Harmless when the caller has gone."""
        if self.state is not CallState.EARLY:
            return
        self.stop_timers()
        self.state = CallState.UP
        self._unacked = self._transaction
        self._send(200, description=self.description())
        self.play()

    def reject(self, status: int = 486) -> None:
        """Refuse with `status`."""
        if self.state is CallState.EARLY:
            self._send(status)
            self.end()

    def forward(self, to: str) -> None:
        """Send the caller to `to` with 302."""
        if self.state is CallState.EARLY:
            pbx = f"{self.line.pbx[0]}:{self.line.pbx[1]}"
            self._send(302, contact=f"<sip:{to}@{pbx}>")
            self.end()

    def give_up(self) -> None:
        """Decline."""
        self.reject(603)

    def receive_cancel(self, cancel: Request, at: Instant) -> None:
        """The caller gave up: 487 to the INVITE."""
        self.record.add(cancel, at, sent=False)
        self.reject(487)

    def _ring_by(self, plan: Answering) -> None:
        ringing_s = asyncio.get_running_loop().time()
        self.ring(plan.ring)
        if plan.final is not None:
            self.at(ringing_s + plan.after_s, lambda: self._finish_by(plan))

    def _finish_by(self, plan: Answering) -> None:
        if plan.final == 302:
            self.forward(plan.forward_to)
        elif plan.final != 200:
            self.reject(plan.final or 480)
        else:
            self.answer()
            if plan.hang_up_after_s is not None:
                self.at(asyncio.get_running_loop().time() + plan.hang_up_after_s, self.send_bye)

    def _send(self, status: int, *, description: bytes = b"", contact: str = "") -> None:
        headers = [("Contact", contact or self.line.contact), ("Allow", ALLOW)]
        response = self.invite.reply(status, to_tag=self.local.tag, headers=headers, sdp=description)
        self.respond(self._transaction, response)
