"""UDP sockets of the phones: ports from a range, and arrival instants taken by the kernel.

Owns sockets. Does not know what the datagrams mean. The kernel stamps each datagram (SO_TIMESTAMPNS,
socket(7)), so an arrival is told right even when the event loop was busy with other calls.
"""

import asyncio
import socket
import struct
import time
from collections.abc import Callable

from rehearsal.phone.instants import NS_PER_S, Instant

Address = tuple[str, int]
OnDatagram = Callable[[bytes, Address, Instant], None]

_SO_TIMESTAMPNS = 35  # asm-generic/socket.h; Python's socket module does not name it
_TIMESPEC = struct.Struct("@ll")
_MAX_DATAGRAM = 65_535
_MAX_AT_ONCE = 64  # datagrams read before other sockets get their turn
_MAX_AGE_NS = 10 * NS_PER_S  # an older stamp means that the wall clock was stepped


class NoFreePortError(OSError):
    """Every port of the range is taken."""


class PortRange:
    """Even UDP ports from `first` to `last`, given out in turn so that a port rests before it is used again.

    Only even ones: the peer sends RTCP to the odd port above an RTP port (RFC 3550 §11), and nobody listens
    there.
    """

    def __init__(self, first: int, last: int) -> None:
        self._ports = range(first + first % 2, last + 1, 2)
        self._turn = 0

    def bind(self, host: str) -> socket.socket:
        """A bound, non-blocking UDP socket; raises NoFreePortError."""
        for _ in self._ports:
            port = self._ports[self._turn]
            self._turn = (self._turn + 1) % len(self._ports)
            try:
                return bind(host, port)
            except OSError:
                continue
        raise NoFreePortError(f"no free UDP port on {host} in {self._ports}")


def bind(host: str, port: int) -> socket.socket:
    """A bound, non-blocking UDP socket; raises OSError when the port is taken."""
    sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    try:
        sock.setblocking(False)
        sock.setsockopt(socket.SOL_SOCKET, _SO_TIMESTAMPNS, 1)
        sock.bind((host, port))
    except OSError:
        sock.close()
        raise
    return sock


class UdpSocket:
    """A socket read by the running event loop. `on_datagram` gets data, source and arrival."""

    def __init__(self, sock: socket.socket, on_datagram: OnDatagram) -> None:
        self._socket = sock
        self._on_datagram = on_datagram
        self._loop = asyncio.get_running_loop()
        self._loop.add_reader(sock.fileno(), self._read)
        self.port: int = sock.getsockname()[1]
        self.unsent = 0

    def send(self, data: bytes, to: Address) -> None:
        """Send or lose, as UDP does; what the full send buffer refused is counted in `unsent`."""
        try:
            self._socket.sendto(data, to)
        except BlockingIOError:
            self.unsent += 1

    def close(self) -> None:
        """Close the socket; harmless when closed already."""
        if self._socket.fileno() >= 0:
            self._loop.remove_reader(self._socket.fileno())
            self._socket.close()

    def _read(self) -> None:
        for _ in range(_MAX_AT_ONCE):
            if self._socket.fileno() < 0:  # closed by what the last datagram said
                return
            try:
                data, ancillary, _, source = self._socket.recvmsg(_MAX_DATAGRAM, 64)
            except BlockingIOError:
                return
            self._on_datagram(data, source, _arrival(ancillary))


def _arrival(ancillary: list[tuple[int, int, bytes]]) -> Instant:
    now = Instant.now()
    for level, kind, data in ancillary:
        if level == socket.SOL_SOCKET and kind == _SO_TIMESTAMPNS:
            seconds, nanoseconds = _TIMESPEC.unpack(data[: _TIMESPEC.size])
            age_ns = time.time_ns() - (seconds * NS_PER_S + nanoseconds)
            if 0 <= age_ns < _MAX_AGE_NS:
                return Instant(now.mono_ns - age_ns, now.wall_ns - age_ns)
    return now
