"""The ports of one stack, from one base (docs/contracts.md, "Ports").

Owns the offsets, the claim on a base while a stack runs, and the telling of who holds a taken port. Listens
on nothing itself.
"""

import os
import socket
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from stack.errors import StackError

HOST = "127.0.0.1"
DEFAULT_BASE = 18_000
# where a stack on free ports may lie, comma-separated; for a machine on which the usual ones cannot be used
FREE_BASES_VARIABLE = "CHARTERLINE_FREE_BASES"
# below 32768, where Linux begins to hand out ports to outgoing connections
_FREE_BASES = range(31_000, 19_000, -1_000)
_LAST_OFFSET = 899
_LISTENING = "0A"  # TCP_LISTEN, include/net/tcp_states.h


class Transport(StrEnum):
    """What a port speaks."""

    TCP = "TCP"
    UDP = "UDP"


@dataclass(frozen=True, slots=True)
class Port:
    """One port that a part of the stack listens on."""

    number: int
    transport: Transport
    service: str


@dataclass(frozen=True, slots=True)
class Ports:
    """Every port of a stack. Raises StackError for a base that leaves no room."""

    base: int

    def __post_init__(self) -> None:
        if not 1024 <= self.base <= 65_535 - _LAST_OFFSET:
            last = 65_535 - _LAST_OFFSET
            raise StackError(f"--port-base {self.base} leaves no room: take one from 1024 to {last}")

    @property
    def http(self) -> Port:
        """The pages."""
        return Port(self.base, Transport.TCP, "the pages (HTTP)")

    @property
    def ami(self) -> Port:
        """Asterisk Manager Interface, or the replay that stands in for it."""
        return Port(self.base + 1, Transport.TCP, "the Asterisk Manager Interface")

    @property
    def sip(self) -> Port:
        """Where phones register."""
        return Port(self.base + 2, Transport.UDP, "SIP")

    @property
    def asterisk_http(self) -> Port:
        """Asterisk's WebSocket."""
        return Port(self.base + 3, Transport.TCP, "Asterisk's WebSocket (HTTP)")

    @property
    def redis(self) -> Port:
        """The stream between bridge and memo_service."""
        return Port(self.base + 4, Transport.TCP, "Redis")

    @property
    def agi(self) -> Port:
        """Where the bridge runs the memo menu for Asterisk."""
        return Port(self.base + 5, Transport.TCP, "the memo menu (FastAGI)")

    @property
    def bridge(self) -> Port:
        """Health of the bridge."""
        return Port(self.base + 6, Transport.TCP, "the bridge's health (HTTP)")

    @property
    def proxy(self) -> Port:
        """What people open: pages and softphones through one address."""
        return Port(self.base + 7, Transport.TCP, "the proxy (HTTP)")

    @property
    def voice(self) -> Port:
        """Where the prompts are made."""
        return Port(self.base + 8, Transport.TCP, "the voice service (HTTP)")

    @property
    def carrier(self) -> Port:
        """Where the rehearsal's carrier takes outgoing calls."""
        return Port(self.base + 500, Transport.UDP, "the rehearsal's carrier (SIP)")

    @property
    def phones(self) -> tuple[int, int]:
        """First and last port of the virtual phones, SIP and RTP."""
        return self.base + 501, self.base + _LAST_OFFSET


def is_free(port: Port) -> bool:
    """Whether `port` can be listened on now."""
    kind = socket.SOCK_STREAM if port.transport is Transport.TCP else socket.SOCK_DGRAM
    with socket.socket(socket.AF_INET, kind) as sock:
        if port.transport is Transport.TCP:  # as servers do: a port in TIME_WAIT is free
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            sock.bind((HOST, port.number))
        except OSError:
            return False
    return True


def require_free(ports: Iterable[Port]) -> None:
    """Raise StackError naming each port that is taken, and by whom if that can be seen."""
    taken = [f"port {p.number} for {p.service} is taken{_holder(p)}" for p in ports if not is_free(p)]
    if taken:
        remedy = "stop that program, or choose other ports with --port-base N"
        raise StackError(f"{'; '.join(taken)}\n  remedy: {remedy}")


class Claim:
    """A base taken for this process, so that two stacks that start at once choose different ones.

    An abstract Unix socket (unix(7)): the kernel frees it when the process ends, however it ends.
    """

    def __init__(self, base: int) -> None:
        """Claim `base`; raises StackError when another stack on this machine has it."""
        self.base = base
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        try:
            self._socket.bind(f"\0charterline-ports-{base}")
        except OSError as error:
            self._socket.close()
            raise StackError(
                f"another charterline on this machine uses the ports from {base}"
                "\n  remedy: stop it (scripts/stop), or choose other ports with --port-base N"
            ) from error

    def release(self) -> None:
        """Give the base back; harmless when given back already."""
        self._socket.close()


def claim_free_base() -> Claim:
    """Claim the first base whose ports are all free; raises StackError when there is none."""
    named = os.environ.get(FREE_BASES_VARIABLE)
    bases = [int(base) for base in named.split(",")] if named else _FREE_BASES
    for base in bases:
        with suppress(StackError):
            claim = Claim(base)
            if all(is_free(port) for port in listened(Ports(base))):
                return claim
            claim.release()
    raise StackError(
        f"none of the ports from {', '.join(map(str, bases))} is free"
        f"\n  remedy: stop what was left running, or name others in {FREE_BASES_VARIABLE}"
    )


def listened(ports: Ports) -> tuple[Port, ...]:
    """The fixed ports of a whole stack with its rehearsal."""
    pbx = (ports.ami, ports.sip, ports.asterisk_http, ports.carrier)
    return (ports.http, *pbx, ports.redis, ports.agi, ports.bridge, ports.proxy, ports.voice)


def _holder(port: Port) -> str:
    """Who listens on `port`, as words to append, where /proc shows it; others' programs show only to root."""
    inodes = _inodes(port)
    for process in Path("/proc").glob("[0-9]*"):
        if _open_files(process) & inodes:
            with suppress(OSError):  # ended meanwhile
                name = (process / "comm").read_text(encoding="utf-8").strip()
                return f" by {name} (process {process.name})"
    return " by a program of another user" if inodes else ""


def _open_files(process: Path) -> set[str]:
    """What /proc/PID/fd names; nothing for another user's process or one that has just ended."""
    found = set()
    with suppress(OSError):
        for descriptor in (process / "fd").iterdir():
            with suppress(OSError):  # closed meanwhile
                found.add(str(descriptor.readlink()))
    return found


def _inodes(port: Port) -> set[str]:
    """The sockets bound to `port`, as /proc/PID/fd names them (proc(5), /proc/net/tcp)."""
    found = set()
    for table in (f"/proc/net/{port.transport.lower()}", f"/proc/net/{port.transport.lower()}6"):
        with suppress(OSError):
            for line in Path(table).read_text().splitlines()[1:]:
                field = line.split()
                bound = int(field[1].rpartition(":")[2], 16) == port.number
                if bound and (port.transport is Transport.UDP or field[3] == _LISTENING):
                    found.add(f"socket:[{field[9]}]")
    return found
