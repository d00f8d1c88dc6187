"""Who is registered for a phone's number: asked of the PBX by a REGISTER without Contact (RFC 3261 §10.2.3).

Owns the question. Changes no registration.
"""

import asyncio
import re
import secrets

from rehearsal.phone import Phone, RegistrationRefusedError, digest
from rehearsal.phone.instants import Instant
from rehearsal.phone.outgoing import proof
from rehearsal.phone.sip import Headers, NameAddr, Request, Response, split_commas

_PORT = re.compile(r":(\d+)$")


async def contacts(phone: Phone) -> list[int]:
    """Ports of all contacts registered for `phone`'s number; raises RegistrationRefusedError."""
    line = phone.line
    registrar = f"sip:{line.pbx[0]}:{line.pbx[1]}"
    address = f"sip:{line.user}@{line.pbx[0]}:{line.pbx[1]}"
    fixed = (
        ("Max-Forwards", "70"),
        ("From", str(NameAddr(address, "", {"tag": secrets.token_hex(6)}))),
        ("To", str(NameAddr(address))),
        ("Call-ID", f"{secrets.token_hex(12)}@{line.host}"),
    )

    async def ask(number: int, *more: tuple[str, str]) -> Response:
        headers = Headers([("Via", line.via()), *fixed, ("CSeq", f"{number} REGISTER"), *more])
        done: asyncio.Future[Response] = asyncio.get_running_loop().create_future()

        def receive(response: Response, _: Instant) -> None:
            if response.status >= 200 and not done.done():
                done.set_result(response)

        line.transactions.request(Request(headers, b"", "REGISTER", registrar), line.pbx, receive)
        return await done

    response = await ask(1)
    if response.status == 401 and line.password is not None:
        who = digest.Credentials(line.user, line.password, "REGISTER", registrar)
        response = await ask(2, proof(response, who))
    if response.status != 200:
        raise RegistrationRefusedError(f"{registrar} does not tell: {response.status} {response.reason}")
    return [_port(value) for field in response.headers.all("Contact") for value in split_commas(field)]


def _port(contact: str) -> int:
    """The port of a Contact; 5060 when it names none (RFC 3261 §19.1.2)."""
    found = _PORT.search(NameAddr.parse(contact).uri.partition(";")[0])
    return int(found[1]) if found else 5060
