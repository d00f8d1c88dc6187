"""Listens, serves and stops: the process around the application.

Owns the socket (a reader whose network vanished is dropped by TCP_USER_TIMEOUT, WEB-01) and a stop within two
seconds even while pages are open.
"""

import asyncio
import errno
import gc
import signal
import socket
import sys
from types import FrameType

import uvicorn

from memo_service.app import make_app, make_context
from memo_service.errors import RefusedToStartError
from memo_service.parts import hold_alone, open_parts
from memo_service.service import Service
from memo_service.settings import Settings
from memo_service.web.hub import Hub

_USER_TIMEOUT_MS = 14_000
_STOP_S = 1


class _Server(uvicorn.Server):
    """Ends open event streams at the first signal; uvicorn alone would wait for them.

    The signal is not raised again afterwards, as uvicorn would: a stop that was asked for is exit code 0.
    """

    def __init__(self, config: uvicorn.Config, hub: Hub) -> None:
        super().__init__(config)
        self._hub = hub

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        self._hub.close()
        self.force_exit = self.should_exit
        self.should_exit = True


def serve(settings: Settings) -> int:
    """Run until SIGTERM or SIGINT; returns the exit code. Raises RefusedToStartError."""
    # a page is made in a thread while the loop has messages to send: neither waits 5 ms for the other
    sys.setswitchinterval(0.0005)
    hold_alone(settings)
    listening = _listen(settings.http_host, settings.http_port)
    parts = open_parts(settings)
    context = make_context(settings, parts)
    service = Service(context, parts.ledger)
    server: _Server

    def stop() -> None:
        server.handle_exit(signal.SIGTERM, None)

    app = make_app(context, service, stop)
    # what stays until the end is never looked through again: a whole collection stood still for 150 ms
    gc.collect()
    gc.freeze()
    config = uvicorn.Config(
        app,
        log_config=None,
        access_log=False,
        server_header=False,
        timeout_graceful_shutdown=_STOP_S,
        lifespan="on",
    )
    server = _Server(config, context.hub)
    with asyncio.Runner(loop_factory=config.get_loop_factory()) as runner:
        runner.run(server.serve(sockets=[listening]))
    parts.engine.dispose()
    return 1 if service.failed or not server.started else 0


def _listen(host: str, port: int) -> socket.socket:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listening = socket.socket(family, socket.SOCK_STREAM)
    listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    # accepted sockets inherit it
    listening.setsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, _USER_TIMEOUT_MS)
    try:
        listening.bind((host, port))
    except OSError as error:
        listening.close()
        if error.errno == errno.EADDRINUSE:
            raise RefusedToStartError(
                f"port {port} on {host} is taken; stop what listens there or set CHARTERLINE_HTTP_PORT"
            ) from None
        raise RefusedToStartError(
            f"cannot listen on {host}:{port}: {error.strerror}; correct CHARTERLINE_HTTP_HOST"
        ) from None
    listening.set_inheritable(False)
    return listening
