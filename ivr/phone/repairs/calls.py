"""Calls and the phone that takes them."""

import logging
import queue
import secrets
import socket
import threading
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from pyVoIP.VoIP.VoIP import CallState, VoIPCall, VoIPPhone

from ivr.phone import message as sip
from ivr.phone.message import Address
from ivr.phone.repairs.signalling import ALLOW, Message, Sip
from ivr.phone.repairs.sound import Input, PayloadType, Rtp, TransmitType

__all__ = ["Account", "Call", "CallState", "Phone"]

log = logging.getLogger(__name__)

_INPUTS = 3000


class Call(VoIPCall):
    """A call that came in. `inputs` gives keys and sound, and `ended` as the last."""

    phone: "Phone"
    sip: Sip
    request: Message
    rtp: Rtp

    def __init__(self, *given: Any, **named: Any) -> None:
        self.inputs: queue.Queue[Input] = queue.Queue(_INPUTS)
        self._ending = threading.Lock()
        super().__init__(*given, **named)

    def create_rtp_clients(
        self, codecs: dict[int, PayloadType], ip: str, port: int, request: Any, baseport: int
    ) -> None:
        """One stream a call."""
        there = request.body["c"][0]["address"]
        self.rtp = Rtp(codecs, ip, port, there, baseport, TransmitType.SENDRECV, inputs=self.inputs)
        self.RTPClients.append(self.rtp)

    def answer(self) -> None:
        """Take the call: 200 with our session description, sent again until it is acknowledged."""
        with self._ending:
            if self.state is not CallState.RINGING:
                return
            self.rtp.start()
            self.state = CallState.ANSWERED
        self._agree(self.request)

    def agree_again(self, request: Message) -> None:
        """A re-INVITE: hold, resume, or the audio has moved. One that offers nothing we speak is refused."""
        if request.parsed.body:
            try:
                request.read_offer()
            except sip.NoAudioError:
                self.sip.answer(request, "488 Not Acceptable Here")
                return
            self.rtp.move(request.body["c"][0]["address"], request.body["m"][0]["port"])
        self._agree(request)

    def _agree(self, request: Message) -> None:
        said = self.sip.gen_answer(
            request, self.session_id, {self.rtp.inPort: self.rtp.assoc}, TransmitType.SENDRECV
        )
        body = said.partition("\r\n\r\n")[2]
        direction = sip.answer_direction(request.parsed.body)
        body = body.replace("a=sendrecv", f"a={direction}").replace("s=pyVoIP 1.6.8", "s=-")
        self.sip.answer(request, "200 OK", (ALLOW, ("Content-Type", "application/sdp")), body)

    def deny(self, status: str = "486 Busy Here") -> None:
        """Refuse it. The library's raises AttributeError once the 486 is sent, and keeps the call."""
        self.sip.answer(self.request, status)
        self.end()

    def hangup(self) -> None:
        """End it from our side; harmless when it is over."""
        if self.state is CallState.ANSWERED:
            self.sip.bye(self.request)
        self.end()

    def bye(self) -> None:
        """The other side hung up."""
        self.end()

    def end(self) -> None:
        """It is over: streams stop, ports are free, whoever reads `inputs` is told."""
        with self._ending:
            if self.state is CallState.ENDED:
                return
            self.state = CallState.ENDED
        self.rtp.stop()
        self.phone.live.pop(self.call_id, None)
        self.sip.forget(self.call_id)
        while True:
            try:
                self.inputs.put_nowait(Input("ended"))
            except queue.Full:  # nobody reads: the end counts more than a frame
                self.inputs.get_nowait()
            else:
                return

    def __del__(self) -> None:
        """The library frees ports here, those of other calls too."""


@dataclass(frozen=True, slots=True)
class Account:
    """Where and as whom we register. `host`: our own address as the PBX sees it."""

    registrar: Address
    user: str
    secret: str
    host: str
    sip_port: int
    rtp_ports: tuple[int, int]


class Phone(VoIPPhone):
    """A registered extension that takes at most `most` calls; one more is told busy, not given bad sound."""

    sip: Sip

    def __init__(self, account: Account, most: int, on_call: Callable[[Call], None]) -> None:
        super().__init__(
            *account.registrar, account.user, account.secret, myIP=account.host,
            sipPort=account.sip_port, rtpPortLow=account.rtp_ports[0], rtpPortHigh=account.rtp_ports[1],
        )  # fmt: skip
        self.sip = Sip(
            *account.registrar, account.user, account.secret, phone=self,
            myIP=account.host, myPort=account.sip_port,
        )  # fmt: skip
        self.live: dict[str, Call] = {}
        self._most = most
        self._on_call = on_call
        self.is_open: Callable[[], bool] = lambda: True
        self.taken = 0
        self.busy = 0

    def start(self) -> None:
        """Begin to register and to take calls. Raises OSError where the SIP port is taken."""
        self.sip.start()

    def stop(self, failed: bool = False) -> None:
        """Hang up every call, unregister, close. The library waits for each answer."""
        for call in list(self.live.values()):
            call.hangup()
        self.sip.stop()

    def invited(self, request: Message) -> None:
        """A new call: rings at once and is handed on in a thread of its own; the library waits a second."""
        if len(self.live) >= self._most or not self.is_open():
            self.busy += 1
            self.sip.answer(request, "486 Busy Here")
            log.warning("a call was told busy", extra={"calls": len(self.live)})
            return
        try:
            request.read_offer()
        except sip.NoAudioError as error:
            self.sip.answer(request, "488 Not Acceptable Here")
            log.warning("a call offers no audio that we speak", extra={"reason": str(error)})
            return
        call = Call(self, CallState.RINGING, request, secrets.randbits(16), self.myIP, sendmode="sendrecv")
        self.live[call.call_id] = call
        self.taken += 1
        self.sip.answer(request, "180 Ringing")
        threading.Thread(target=self._on_call, args=(call,), name="call", daemon=True).start()

    def request_port(self, blocking: bool = True) -> int:
        """A port that no live call has; the library frees those of live calls when it runs out."""
        del blocking
        taken = {call.rtp.inPort for call in list(self.live.values())}
        free = [port for port in range(self.rtpPortLow, self.rtpPortHigh, 2) if port not in taken]
        start = secrets.randbelow(len(free)) if free else 0
        return next(port for port in free[start:] + free[:start] if _is_free(self.myIP, port))

    def release_ports(self, call: VoIPCall | None = None) -> None:
        """Ports are those of live calls; nothing else holds one."""


def _is_free(host: str, port: int) -> bool:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            probe.bind((host, port))
        except OSError:
            return False
    return True
