"""A phone, and the peer that the test leads."""

from collections.abc import AsyncIterator

import pytest

from rehearsal.phone import Phone
from tests.support.phones import HOST, PASSWORD, PORTS, Peer


@pytest.fixture
async def peer() -> AsyncIterator[Peer]:
    peer = Peer()
    yield peer
    peer.close()


@pytest.fixture
async def phone(peer: Peer) -> AsyncIterator[Phone]:
    async with Phone(pbx=(HOST, peer.port), user="1001", password=PASSWORD, ports=PORTS) as phone:
        peer.phone_port = phone.line.port
        yield phone
        for call in tuple(phone.calls.values()):
            call.end()
