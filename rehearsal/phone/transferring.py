"""The transfer key of a desk phone: blind, attended, released while it rings (RFC 3515, RFC 3891, RFC 5589).

Owns what the phone of the officer who passes a citizen on does. What came of it the calls' records tell: when
the REFER was sent (`transfer_ordered`), taken (`transfer_taken`) and what the NOTIFYs said (`transfer_told`).

    key = TransferKey(phone, call)              # `call`: the talk with the citizen, answered
    await key.blind("1002")                     # REFER; our leg ends by itself after the final NOTIFY
    await key.blind("1002", bye_after_s=0.3)    # or that long after the order, whatever was told (XFR-03)

    consult = await key.consult("1002")         # hold, and call the colleague
    await consult.answered()                    # left out: released while it rings (blonde, XFR-02)
    await key.pass_on()                         # REFER with Replaces; both our legs end
    await key.back()                            # instead: drop the colleague, the citizen off hold

Feature codes are keys within the talk: `await call.send_digits("#1")`, and `record.keys` tells when.
"""

import asyncio
from urllib.parse import quote

from rehearsal.phone.agent import Phone
from rehearsal.phone.call import Call, CallState
from rehearsal.phone.instants import Instant
from rehearsal.phone.outgoing import OutgoingCall
from rehearsal.phone.rtp import endless_tone
from rehearsal.phone.sip import Response

_FINAL_S = 40.0  # longer than a transaction takes to give up
_PENDING = 491
_TRY_AGAIN_S = 0.5
_TRIES = 10


class TransferRefusedError(RuntimeError):
    """The other side did not take the REFER, or not the re-INVITE of a hold: the status it answered."""

    def __init__(self, what: str, status: int) -> None:
        super().__init__(f"{what} was refused: {status}")
        self.status = status


class TransferKey:
    """The transfer key of `phone` in its answered `call`."""

    def __init__(self, phone: Phone, call: Call) -> None:
        self.phone, self.call = phone, call
        self.colleague: OutgoingCall | None = None

    async def blind(self, to: str, *, bye_after_s: float | None = None) -> None:
        """Pass the citizen on to the number `to` and leave; returns when our leg is over.

        The leg ends `bye_after_s` after the order (XFR-03), by default after the final NOTIFY. If that tells
        a failure, the leg stays up. Raises TransferRefusedError, and then the leg stays up too.
        """
        await self._refer(self._address(to))
        await self._leave(bye_after_s)

    async def consult(self, to: str) -> OutgoingCall:
        """Put the citizen on hold and call the number `to`; returns the new call at once."""
        await hold(self.call)
        self.colleague = self.phone.call(to)
        return self.colleague

    async def pass_on(self, *, bye_after_s: float | None = None) -> None:
        """Join citizen and colleague, also while his phone still rings, and leave both calls.

        Returns when both are over. Raises TransferRefusedError; then both stay up.
        """
        colleague = self._colleague()
        if colleague.state is CallState.EARLY:
            await colleague.ringing()
        replaces = f"{colleague.call_id};to-tag={colleague.remote.tag};from-tag={colleague.local.tag}"
        address = self._address(colleague.called)
        await self._refer(f"{address}?Replaces={quote(replaces, safe='')}")
        await self._leave(bye_after_s)
        await colleague.hang_up()

    async def back(self) -> None:
        """Drop the colleague and take the citizen off hold."""
        await self._colleague().hang_up()
        await unhold(self.call)

    def _colleague(self) -> OutgoingCall:
        if self.colleague is None:
            raise ValueError("nobody was consulted")
        return self.colleague

    def _address(self, number: str) -> str:
        host, port = self.call.line.pbx
        return f"sip:{number}@{host}:{port}"

    async def _refer(self, address: str) -> None:
        line = self.call.line
        ours = f"<sip:{line.user}@{line.pbx[0]}:{line.pbx[1]}>"
        status = await _answer_to(self.call, "REFER", [("Refer-To", f"<{address}>"), ("Referred-By", ours)])
        if status >= 300:
            raise TransferRefusedError("the REFER", status)

    async def _leave(self, bye_after_s: float | None) -> None:
        record = self.call.record
        if bye_after_s is not None and record.transfer_ordered is not None:
            passed_s = Instant.now().since(record.transfer_ordered)
            await asyncio.sleep(max(0.0, bye_after_s - passed_s))
            await self.call.hang_up()
            return
        await self.call.until(lambda: self._final() or record.ended, _FINAL_S)
        if (self._final() or 200) < 300:
            await self.call.hang_up()

    def _final(self) -> int | None:
        return next((status for _, status in self.call.record.transfer_told if status >= 200), None)


async def hold(call: Call) -> None:
    """Put the other side on hold: re-INVITE `sendonly`, and we say nothing. Raises TransferRefusedError."""
    await _offer(call, on_hold=True)
    call.play(endless_tone(None))


async def unhold(call: Call) -> None:
    """Take it off hold: re-INVITE `sendrecv`, and we say our tone. Raises TransferRefusedError."""
    await _offer(call, on_hold=False)
    call.play()


async def _offer(call: Call, *, on_hold: bool) -> None:
    """A re-INVITE; when the other side had sent one too, again a little later (RFC 3261 §14.1)."""
    for _ in range(_TRIES):
        call.offering = True
        try:
            status = await _answer_to(call, "INVITE", body=call.offer(on_hold=on_hold))
        finally:
            call.offering = False
        if status < 300:
            return
        if status != _PENDING:
            break
        await asyncio.sleep(_TRY_AGAIN_S)
    call.on_hold = not on_hold
    raise TransferRefusedError("the re-INVITE", status)


async def _answer_to(
    call: Call, method: str, headers: list[tuple[str, str]] | None = None, body: bytes = b""
) -> int:
    """Send a request inside the dialog; the status of its final response."""
    finals: list[int] = []

    def receive(response: Response, _: Instant) -> None:
        if response.status < 200:
            return
        if method == "INVITE" and response.status < 300:
            call.acknowledge(response)
            call.take_remote(response)
        finals.append(response.status)

    call.request_inside(method, receive, headers=headers or (), body=body)
    await call.until(lambda: bool(finals), _FINAL_S)
    return finals[0]
