"""An Asterisk Manager Interface that plays recorded traffic: `python -m rehearsal.replay FILE… --port N`.

Owns the stand-in for a PBX: login, the answers to lists, the sending. What a capture is stands in capture.py,
when each event is due in schedule.py. Carries nothing out: no call is placed, whatever is asked.
"""

import argparse
import asyncio
import contextlib
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from types import TracebackType
from typing import Self

from rehearsal.capture import CaptureError, read_capture
from rehearsal.schedule import Schedule

_GREETING = b"Asterisk Call Manager/11.0.0\r\n"
# how each list ends that a bridge asks for, and the header that counts its items (Asterisk 22)
_LISTS = {
    "CoreShowChannels": ("CoreShowChannelsComplete", "ListItems"),
    "Status": ("StatusComplete", "Items"),
    "BridgeList": ("BridgeListComplete", "ListItems"),
}
_SETTLE_S = 0.5  # between the first login and the first event: the bridge takes its (empty) snapshot then
_MOST_AT_ONCE = 500  # events in one write


class ReplayServer:
    """Plays captures to every client that is logged in, from the first login on. Use with `async with`.

    `rate` None keeps the recorded pace; else copies of a timed capture begin so often that `rate` calls a
    second start, and an untimed one is spread evenly at that rate. `fast` sends without a pause. `loops` is
    how often all files are played, None for ever. With `rewrite`, times are of now and ids never repeat;
    without it the recorded events are sent. `secret` None lets everyone in. A slow client slows the play.
    """

    def __init__(
        self,
        files: Sequence[Path],
        *,
        port: int = 0,
        rate: float | None = None,
        fast: bool = False,
        loops: int | None = 1,
        rewrite: bool = True,
        secret: str | None = None,
    ) -> None:
        """Read the files; raises CaptureError."""
        captures = [read_capture(file) for file in files]
        self._schedule = Schedule(captures, rate=rate, fast=fast, loops=loops)
        self.port = port
        self.events = 0  # sent so far
        self._fast, self._rewrite, self._secret = fast, rewrite, secret
        self._started = time.monotonic()
        self._clients: set[asyncio.StreamWriter] = set()
        self._someone = asyncio.Event()

    async def __aenter__(self) -> Self:
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", self.port)
        self.port = self._server.sockets[0].getsockname()[1]
        self._player = asyncio.create_task(self._play())
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._player.cancel()
        self._server.close()
        for client in tuple(self._clients):
            client.close()
        await asyncio.gather(self._player, return_exceptions=True)
        await self._server.wait_closed()

    async def finished(self) -> None:
        """Wait until all has been played."""
        await asyncio.shield(self._player)

    # -- playing --

    async def _play(self) -> None:
        await self._someone.wait()
        await asyncio.sleep(_SETTLE_S)
        began_us, began_s = time.time_ns() // 1000, time.monotonic()
        batch: list[bytes] = []
        for due_s, copy, index in self._schedule:
            early_s = began_s + due_s - time.monotonic()
            if (early_s > 0 and not self._fast) or len(batch) >= _MOST_AT_ONCE:
                await self._send(batch)
                await asyncio.sleep(0 if self._fast else max(0.0, early_s))
            event = copy.capture.events[index]
            if self._rewrite:
                now_us = time.time_ns() // 1000 if self._fast else began_us + round(due_s * 1e6)
                event = copy.move(began_us).apply(event, now_us)
            batch.append(event)
        await self._send(batch)

    async def _send(self, batch: list[bytes]) -> None:
        data = b"".join(batch)
        self.events += len(batch)
        batch.clear()
        for client in tuple(self._clients):
            client.write(data)
            with contextlib.suppress(ConnectionError):  # it left; its reader takes it off the list
                await client.drain()

    # -- the protocol --

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(_GREETING)
        try:
            while (action := await _read_action(reader)) and action.get("action", "").lower() != "logoff":
                if writer in self._clients:
                    writer.write(_answered(action))
                elif not self._login(action, writer):
                    break
        except (ConnectionError, asyncio.IncompleteReadError, asyncio.LimitOverrunError):
            pass  # the client is gone, which ends its session like a log-off
        finally:
            self._clients.discard(writer)
            writer.close()

    def _login(self, action: dict[str, str], writer: asyncio.StreamWriter) -> bool:
        wanted = action.get("action", "").lower() == "login"
        if not wanted or (self._secret is not None and action.get("secret") != self._secret):
            writer.write(_message(action, "Response: Error", "Message: Authentication failed"))
            return False
        writer.write(_message(action, "Response: Success", "Message: Authentication accepted"))
        uptime = int(time.monotonic() - self._started)
        booted = ("Event: FullyBooted", "Privilege: system,all", f"Uptime: {uptime}", f"LastReload: {uptime}")
        writer.write(_message({}, *booted, "Status: Fully Booted"))
        self._clients.add(writer)
        self._someone.set()
        return True


async def _read_action(reader: asyncio.StreamReader) -> dict[str, str]:
    block = await reader.readuntil(b"\r\n\r\n")
    pairs = (line.partition(":") for line in block.decode(errors="replace").split("\r\n") if line)
    return {name.strip().lower(): value.strip() for name, _, value in pairs}


def _answered(action: dict[str, str]) -> bytes:
    name = action.get("action", "")
    if name.lower() == "ping":
        return _message(action, "Response: Success", "Ping: Pong", f"Timestamp: {time.time():.6f}")
    if name in _LISTS:
        end, count = _LISTS[name]
        start = _message(action, "Response: Success", "EventList: start", "Message: Follows")
        return start + _message(action, f"Event: {end}", "EventList: Complete", f"{count}: 0")
    return _message(action, "Response: Error", "Message: This is a replay, which carries nothing out")


def _message(action: dict[str, str], first: str, *headers: str) -> bytes:
    number = (f"ActionID: {action['actionid']}",) if "actionid" in action else ()
    return "".join(f"{line}\r\n" for line in (first, *number, *headers, "")).encode()


async def _run(server: ReplayServer) -> None:
    async with server:
        print(f"replay: AMI on 127.0.0.1:{server.port}", flush=True)
        await server.finished()
        print(f"replay: {server.events} events played", flush=True)


def _server(words: list[str] | None) -> ReplayServer:
    parser = argparse.ArgumentParser(prog="rehearsal.replay", description=__doc__)
    parser.add_argument("files", nargs="+", type=Path, metavar="FILE", help="raw AMI traffic, plain or .gz")
    parser.add_argument("--port", type=int, default=0, help="of the AMI on loopback (default: any free one)")
    parser.add_argument("--rate", type=float, help="calls that begin in a second (default: as recorded)")
    parser.add_argument("--fast", action="store_true", help="as fast as possible")
    parser.add_argument("--loop", action="store_true", help="over and over")
    parser.add_argument("--as-recorded", action="store_true", help="leave times and ids as they are")
    given = parser.parse_args(words)
    return ReplayServer(
        given.files,
        port=given.port,
        rate=given.rate,
        fast=given.fast,
        loops=None if given.loop else 1,
        rewrite=not given.as_recorded,
    )


def main(words: list[str] | None = None) -> int:
    """Exit 0 when all is played or at SIGINT, 1 for a file that cannot be played."""
    try:
        with contextlib.suppress(KeyboardInterrupt):
            asyncio.run(_run(_server(words)))
    except (CaptureError, OSError) as error:
        print(f"replay: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
