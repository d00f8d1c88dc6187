"""Health and metrics over HTTP, read only, for the supervisor and Prometheus.

Owns what is told of the bridge's own state. A few lines of HTTP/1.0 on asyncio: a web framework would weigh
more than the bridge.
"""

import asyncio
from collections.abc import Iterator

import orjson
from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from ami_bridge.agi.server import MenuServer
from ami_bridge.ami.connection import Connection
from ami_bridge.commands.desk import Desk
from ami_bridge.flags.keeper import FlagState, Keeper
from ami_bridge.loop import Bridge

READ_S = 5.0


class Health:
    """What there is to tell: the state key's JSON, and the metrics."""

    def __init__(
        self, bridge: Bridge, connection: Connection, desk: Desk, keeper: Keeper, menu: MenuServer
    ) -> None:
        self._bridge = bridge
        self._flags = keeper.state
        self._registry = CollectorRegistry()
        self._registry.register(_Figures(bridge, connection))
        self._registry.register(_CommandFigures(desk, keeper.state))
        self._registry.register(_MenuFigures(menu))

    def state(self) -> bytes:
        """The bridge's state as it stands on the Redis key (docs/contracts.md, "Streams")."""
        bridge = self._bridge
        alarm = bridge.alarm or ("spool_nearly_full" if bridge.publisher.spool.alarm else None)
        return orjson.dumps(
            {
                "state": bridge.state,
                "since": bridge.board.house.moment(bridge.since).isoformat(),
                "spooled": bridge.publisher.spool.records,
                "live_calls": len(bridge.board.live),
                "alarm": alarm,
                "flags": self._flag_state(),
            }
        )

    def _flag_state(self) -> dict[str, object]:
        flags = self._flags
        at = self._bridge.board.house.moment(flags.compared_at).isoformat() if flags.compared_at else None
        return {"in_step": flags.in_step, "compared_at": at, "keys": flags.keys, "written": flags.written}

    async def serve(self, host: str, port: int) -> asyncio.Server:
        """Listen; raises OSError if the port is taken."""
        return await asyncio.start_server(self._answer, host, port)

    async def _answer(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            async with asyncio.timeout(READ_S):
                request = await reader.readline()
            status, kind, body = self._page(request)
            head = f"HTTP/1.0 {status}\r\nContent-Type: {kind}\r\nContent-Length: {len(body)}\r\n\r\n"
            writer.write(head.encode() + body)
            await writer.drain()
        except (OSError, TimeoutError, ValueError):
            return  # a caller that went away, or no HTTP
        finally:
            writer.close()

    def _page(self, request: bytes) -> tuple[str, str, bytes]:
        path = request.split(b" ")[1:2]
        if path == [b"/healthz"]:
            return "200 OK", "application/json", self.state()
        if path == [b"/metrics"]:
            return "200 OK", "text/plain; version=0.0.4", generate_latest(self._registry)
        return "404 Not Found", "text/plain", b"not found\n"


class _CommandFigures(Collector):
    """Commands and flags."""

    def __init__(self, desk: Desk, flags: FlagState) -> None:
        self._desk = desk
        self._flags = flags

    def collect(self) -> Iterator[Metric]:
        """Every figure of commands and flags."""
        commands = CounterMetricFamily(
            "charterline_bridge_commands", "Commands by what became of them", labels=["state"]
        )
        for state, count in self._desk.became.items():
            commands.add_metric([state], count)
        yield commands
        flags = self._flags
        yield GaugeMetricFamily(
            "charterline_bridge_flags_in_step", "1 while the PBX's flags agree", value=float(flags.in_step)
        )
        for name, text, value in (
            ("flags_written", "Flags put or removed", flags.written),
            ("flag_failures", "Comparisons of flags that did not end in agreement", flags.failures),
        ):
            yield CounterMetricFamily(f"charterline_bridge_{name}", text, value=float(value))


class _MenuFigures(Collector):
    """The memo menu's sessions."""

    def __init__(self, menu: MenuServer) -> None:
        self._menu = menu

    def collect(self) -> Iterator[Metric]:
        """Every figure of the menu."""
        counts = self._menu.counts
        yield GaugeMetricFamily(
            "charterline_bridge_menus", "Citizens in the memo menu", value=float(self._menu.live)
        )
        for name, text, value in (
            ("menus_begun", "Memo menus begun", counts.begun),
            ("menus_done", "Memo menus that came to their end, hang-ups included", counts.done),
            ("menus_failed", "Memo menus that broke off; the dialplan went on", counts.failed),
            ("menus_refused", "Connections that were no request for a menu", counts.refused),
        ):
            yield CounterMetricFamily(f"charterline_bridge_{name}", text, value=float(value))


class _Figures(Collector):
    """Reads plain counters when asked: the hot path keeps integers, nothing more."""

    def __init__(self, bridge: Bridge, connection: Connection) -> None:
        self._bridge = bridge
        self._connection = connection

    def collect(self) -> Iterator[Metric]:
        """Every figure of the bridge."""
        bridge, publisher, board = self._bridge, self._bridge.publisher, self._bridge.board
        link = self._connection.current
        gauges = (
            ("link_up", "1 while in step with the PBX", bridge.in_step),
            ("login_refused", "1 while the PBX refuses the login", bridge.alarm == "login_refused"),
            ("redis_up", "1 while Redis takes events", publisher.redis_up),
            ("live_calls", "Calls that are up", len(board.live)),
            ("calls_in_memory", "Calls kept, lately ended ones included", len(board)),
            ("timers", "Timers that wait", len(bridge.timers)),
            ("spool_events", "Events on disk", publisher.spool.records),
            ("spool_bytes", "Bytes on disk", publisher.spool.size),
        )
        counters = (
            ("facts", "Facts taken", board.counts.facts),
            ("stray_facts", "Facts of channels that belong to no known call", board.counts.strays),
            ("calls", "Calls seen", board.counts.calls),
            ("events_published", "Events that Redis took", publisher.published),
            ("events_lost", "Events without room; the journal tells them again", publisher.lost),
            ("faults", "AMI messages that could not be used", bridge.faults),
            ("journal_rows_skipped", "Journal rows that could not be read", bridge.journal_bad),
            ("link_attempts", "Connections begun", self._connection.attempts),
            ("resyncs", "Times the bridge got in step", bridge.resyncs),
            ("ami_bytes", "Bytes read on this link", link.protocol.reading.counts.bytes if link else 0),
            (
                "ami_messages",
                "Messages read on this link",
                link.protocol.reading.counts.messages if link else 0,
            ),
        )
        for name, text, value in gauges:
            yield GaugeMetricFamily(f"charterline_bridge_{name}", text, value=float(value))
        for name, text, value in counters:
            yield CounterMetricFamily(f"charterline_bridge_{name}", text, value=float(value))
