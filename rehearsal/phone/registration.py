"""Registration of a phone at the PBX (RFC 3261 §10): registers, renews in time, unregisters.

Owns the binding. A refused renewal is kept in `status` and tried again; nothing is hidden from who asks.
"""

import asyncio
import secrets

from rehearsal.phone import digest
from rehearsal.phone.call import Line
from rehearsal.phone.instants import Instant
from rehearsal.phone.outgoing import proof
from rehearsal.phone.sip import Headers, NameAddr, Request, Response

_RETRY_S = 5.0


class RegistrationRefusedError(Exception):
    """The PBX did not take the registration; the message names the status."""


class Registration:
    """The registration of one phone. `status` is the PBX's last final answer, None before the first."""

    def __init__(self, line: Line, expires_s: int) -> None:
        self.status: int | None = None
        self._line, self._wanted_s = line, expires_s
        self._registrar = f"sip:{line.pbx[0]}:{line.pbx[1]}"
        self._call_id = f"{secrets.token_hex(12)}@{line.host}"
        self._tag = secrets.token_hex(6)
        self._cseq = 0
        self._kept = False
        self._renewal: asyncio.TimerHandle | None = None

    @property
    def registered(self) -> bool:
        """Whether the PBX took the last registration and it was not withdrawn."""
        return self._kept and self.status == 200

    async def register(self) -> None:
        """Register, and keep registered until `close`; raises RegistrationRefusedError."""
        self._kept = True
        await self._ask(self._wanted_s)

    async def unregister(self) -> None:
        """Withdraw the registration; raises RegistrationRefusedError."""
        self.close()
        await self._ask(0)

    def close(self) -> None:
        """Renew no more."""
        self._kept = False
        if self._renewal is not None:
            self._renewal.cancel()
            self._renewal = None

    async def _ask(self, expires_s: int) -> None:
        answer: asyncio.Future[Response] = asyncio.get_running_loop().create_future()
        self._send(expires_s, answer)
        response = await answer
        if response.status != 200:
            what = f"REGISTER of {self._line.user} at {self._registrar}"
            raise RegistrationRefusedError(f"{what}: {response.status} {response.reason}")

    def _send(
        self,
        expires_s: int,
        answer: asyncio.Future[Response] | None = None,
        authorization: tuple[str, str] | None = None,
    ) -> None:
        self._cseq += 1
        line = self._line
        address = f"sip:{line.user}@{line.pbx[0]}:{line.pbx[1]}"
        headers = Headers([
            ("Via", line.via()), ("Max-Forwards", "70"),
            ("From", str(NameAddr(address, "", {"tag": self._tag}))),
            ("To", str(NameAddr(address))), ("Call-ID", self._call_id), ("CSeq", f"{self._cseq} REGISTER"),
            ("Contact", line.contact), ("Expires", str(expires_s)),
            *([authorization] if authorization else []),
        ])  # fmt: skip
        request = Request(headers, b"", "REGISTER", self._registrar)

        def receive(response: Response, _: Instant) -> None:
            if response.status in (401, 407) and authorization is None and line.password is not None:
                who = digest.Credentials(line.user, line.password, "REGISTER", self._registrar)
                self._send(expires_s, answer, proof(response, who))
            elif response.status >= 200:
                self._conclude(response, expires_s, answer)

        line.transactions.request(request, line.pbx, receive)

    def _conclude(self, response: Response, expires_s: int, answer: asyncio.Future[Response] | None) -> None:
        self.status = response.status
        if self._kept and expires_s:
            wait_s = self._granted_s(response) / 2 if response.status == 200 else _RETRY_S
            self._renewal = asyncio.get_running_loop().call_later(wait_s, self._send, expires_s)
        if answer is not None and not answer.done():
            answer.set_result(response)

    def _granted_s(self, response: Response) -> float:
        """How long the PBX keeps our binding (RFC 3261 §10.2.4); at least a second, so that none loops."""
        ours = [contact for contact in response.headers.all("Contact") if str(self._line.port) in contact]
        granted = NameAddr.parse(ours[0]).params.get("expires") if ours else response.headers.get("Expires")
        return max(1.0, float(granted)) if granted and granted.isdecimal() else float(self._wanted_s)
