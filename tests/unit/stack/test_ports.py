"""Ports: offsets as in docs/contracts.md, claims, and the telling of who holds a taken one."""

import os
import socket
from collections.abc import Iterator
from contextlib import closing

import pytest

from stack.errors import StackError
from stack.ports import (
    FREE_BASES_VARIABLE,
    HOST,
    Claim,
    Port,
    Ports,
    Transport,
    claim_free_base,
    is_free,
    listened,
    require_free,
)


@pytest.fixture
def taken() -> Iterator[int]:
    with closing(socket.create_server((HOST, 0))) as server:
        yield server.getsockname()[1]


def test_the_offsets_of_the_contract() -> None:
    ports = Ports(18_000)
    numbers = [port.number - 18_000 for port in listened(ports)]
    assert numbers == [0, 1, 2, 3, 500, 4, 5, 6, 7, 8]
    assert ports.phones == (18_501, 18_899)
    assert ports.sip.transport is Transport.UDP


@pytest.mark.parametrize("base", [0, 1023, 65_000])
def test_a_base_without_room_is_refused(base: int) -> None:
    with pytest.raises(StackError, match="leaves no room"):
        Ports(base)


def test_a_taken_port_is_told_with_its_holder(taken: int) -> None:
    with pytest.raises(StackError) as refused:
        require_free([Port(taken, Transport.TCP, "Redis")])
    text = str(refused.value)
    assert f"port {taken} for Redis is taken by" in text
    assert f"(process {os.getpid()})" in text
    assert "--port-base" in text


def test_tcp_and_udp_are_different_ports(taken: int) -> None:
    assert not is_free(Port(taken, Transport.TCP, "x"))
    assert is_free(Port(taken, Transport.UDP, "x"))


def test_a_base_is_claimed_once(monkeypatch: pytest.MonkeyPatch) -> None:
    first, second = claim_free_base(), claim_free_base()
    try:
        assert first.base != second.base
        with pytest.raises(StackError, match="another charterline"):
            Claim(first.base)
        monkeypatch.setenv(FREE_BASES_VARIABLE, f"{first.base},{second.base}")
        with pytest.raises(StackError, match=f"from {first.base}, {second.base} is free"):
            claim_free_base()
        first.release()
        third = claim_free_base()
        assert third.base == first.base
        third.release()
    finally:
        first.release()
        second.release()


def test_a_base_with_a_taken_port_is_passed_over(monkeypatch: pytest.MonkeyPatch) -> None:
    first, second = claim_free_base(), claim_free_base()
    first.release()
    second.release()
    monkeypatch.setenv(FREE_BASES_VARIABLE, f"{first.base},{second.base}")
    with closing(socket.create_server((HOST, Ports(first.base).redis.number))):
        claim = claim_free_base()
    claim.release()
    assert claim.base == second.base
