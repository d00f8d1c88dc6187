"""Puts the bridge together and runs it until it is told to stop.

Owns construction, signals and the order of the end. Decides nothing about calls.
"""

import asyncio
import gc
import logging
import signal
import time
from collections.abc import Awaitable
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import TypeVar

from redis.asyncio import Redis

from ami_bridge.agi.office_desk import OfficeDesk
from ami_bridge.agi.server import MenuServer
from ami_bridge.agi.visit import OpenCallbacks
from ami_bridge.ami.connection import Account, Connection
from ami_bridge.call.state import House
from ami_bridge.call.switchboard import Switchboard
from ami_bridge.commands.claims import Claims
from ami_bridge.commands.desk import Desk
from ami_bridge.commands.source import Source
from ami_bridge.errors import SettingsRefusedError
from ami_bridge.flags.keeper import Keeper
from ami_bridge.health import Health
from ami_bridge.journal.reader import JournalReader
from ami_bridge.loop import Bridge
from ami_bridge.settings import PREFIX, Settings
from ami_bridge.stream.publisher import Publisher
from ami_bridge.stream.spool import Spool
from ami_bridge.sweep import MemoSweep
from office.folder import load_office

log = logging.getLogger(__name__)
T = TypeVar("T")

FLUSH_S = 1.5
CANCEL_AGAIN_S = 0.2
AGI_HOST = "127.0.0.1"
"""The menu is for the PBX on this machine: it records to files that we read."""
REDIS_S = 1.0
"""An answer of Redis that takes longer counts as none: the events go to disk and are sent again."""


@dataclass(frozen=True, slots=True)
class Parts:
    """The parts of one bridge."""

    bridge: Bridge
    connection: Connection
    redis: Redis
    keeper: Keeper
    desk: Desk
    source: Source
    menu: MenuServer


def build(settings: Settings) -> Parts:
    """The parts of one bridge. Raises SettingsRefusedError, OfficeRefusedError."""
    office = load_office(settings.office)
    folder = settings.state / "bridge"
    spool = _open_spool(folder, settings.spool_mb << 20)
    redis = _redis(settings)
    house = House.of(settings.pbx, office, settings.trunk_endpoints, settings.clock_shift_s * 1_000_000)
    journal = JournalReader(settings.journal) if settings.journal else None
    publisher = Publisher(redis, settings.pbx, spool)
    bridge = Bridge(
        Switchboard(house), publisher, folder, journal,
        replay=settings.replay, ours=journal is not None,
    )  # fmt: skip
    account = Account(settings.ami_host, settings.ami_port, settings.ami_user, settings.secret())
    keeper = Keeper(bridge, office, redis)
    desk = Desk(bridge, _open_claims(folder, house), keeper.refresh)
    source = Source(redis, settings.pbx, desk.take)
    callbacks = OpenCallbacks(redis, settings.pbx, settings.lookup_key.get_secret_value())
    office_desk = OfficeDesk(settings.memo_url, settings.phone_token.get_secret_value())
    shift = timedelta(seconds=settings.clock_shift_s)
    menu = MenuServer(office, settings.state, callbacks, shift, office_desk)
    desk.in_menu = menu.in_menu
    return Parts(bridge, Connection(account, bridge), redis, keeper, desk, source, menu)


def _open_spool(folder: Path, max_bytes: int) -> Spool:
    try:
        return Spool(folder / "spool", max_bytes)
    except OSError as error:
        raise SettingsRefusedError(
            f"{PREFIX}STATE cannot be written ({error.strerror}): name a folder that this user may write"
        ) from None


def _open_claims(folder: Path, house: House) -> Claims:
    try:
        return Claims(folder / "attempts", house.moment(time.time_ns() // 1000))
    except (OSError, UnicodeDecodeError) as error:
        raise SettingsRefusedError(
            f"{PREFIX}STATE holds a file bridge/attempts that cannot be read ({type(error).__name__}): "
            "let this user read and write it"
        ) from None


def _redis(settings: Settings) -> Redis:
    try:
        return Redis.from_url(
            settings.redis_url.get_secret_value(),
            socket_timeout=REDIS_S,
            socket_connect_timeout=REDIS_S,
            retry=None,
        )
    except ValueError:
        raise SettingsRefusedError(
            f"{PREFIX}REDIS_URL is no Redis address: give redis://HOST:PORT/0"
        ) from None


async def run(settings: Settings) -> None:
    """Run until SIGTERM or SIGINT; then everything is on the stream or on disk."""
    parts = build(settings)
    bridge = parts.bridge
    health = Health(bridge, parts.connection, parts.desk, parts.keeper, parts.menu)
    server = await _listening(
        f"BRIDGE_PORT {settings.bridge_port}", health.serve(settings.bridge_host, settings.bridge_port)
    )
    await _listening(f"AGI_PORT {settings.agi_port}", parts.menu.listen(AGI_HOST, settings.agi_port))
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for sign in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(sign, stop.set)
    sending = asyncio.create_task(bridge.publisher.run(), name="publisher")
    working = [
        asyncio.create_task(parts.connection.run(), name="connection"),
        asyncio.create_task(parts.source.run(), name="commands"),
        asyncio.create_task(parts.keeper.run(), name="flags"),
        asyncio.create_task(MemoSweep(bridge).run(), name="memo sweep"),
        asyncio.create_task(bridge.keep(), name="keep"),
        asyncio.create_task(bridge.publisher.keep_state(health.state), name="state"),
    ]
    # what stays until the end is never looked through again: a whole collection stood still for 70 ms
    gc.collect()
    gc.freeze()
    log.info("the bridge runs")
    try:
        await _until(stop, [sending, *working])
    finally:
        await parts.menu.close()
        await bridge.save()
        bridge.stopping = True
        await _cancel(working)
        await parts.desk.close()
        await _flush(bridge, sending)
        bridge.timers.stop_all()
        server.close()
        await parts.redis.aclose()
    log.info("the bridge has stopped")


async def _listening(setting: str, listening: Awaitable[T]) -> T:
    try:
        return await listening
    except OSError as error:
        raise SettingsRefusedError(
            f"{PREFIX}{setting} cannot be listened on ({error.strerror}): give a free port"
        ) from None


async def _flush(bridge: Bridge, sending: asyncio.Task[None]) -> None:
    """Everything onto the stream or onto disk; the one sender ends before the last batch is taken over."""
    bridge.publisher.stop()
    done, _ = await asyncio.wait({sending}, timeout=FLUSH_S)
    if done:
        await bridge.publisher.finish(FLUSH_S)
    else:
        log.error("the disk takes no events; the journal tells them again at the next start")
        await _cancel([sending])


async def _until(stop: asyncio.Event, tasks: list[asyncio.Task[None]]) -> None:
    """Wait for the signal; a task that ends before it has failed, and its error is ours."""
    waiting = asyncio.create_task(stop.wait())
    done, _ = await asyncio.wait({waiting, *tasks}, return_when=asyncio.FIRST_COMPLETED)
    waiting.cancel()
    for task in done:
        if task is not waiting:
            task.result()


async def _cancel(tasks: list[asyncio.Task[None]]) -> None:
    """End tasks, and see that they end: a library may swallow a cancellation that meets its own timeout."""
    left = set(tasks)
    while left:
        for task in left:
            task.cancel()
        _, left = await asyncio.wait(left, timeout=CANCEL_AGAIN_S)
