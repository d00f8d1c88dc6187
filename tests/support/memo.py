"""Starts Redis and memo_service as processes of their own for a test, and asks them until something holds.

Owns the ports 12000–17999 of the tests: each is one run's from the moment it is taken, also while what
listened on it is stopped, so that a server can come back on its own.
"""

import asyncio
import fcntl
import os
import signal
import socket
import ssl
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any, TypeVar

import httpx
from redis import Redis
from redis.exceptions import RedisError

from stack.programs import installed
from tests.support.nursery import Nursling, memo_server, memo_service

ROOT = Path(__file__).resolve().parents[2]
T = TypeVar("T")
PLAIN = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
"""For clients of our own servers, which speak no TLS: httpx would load all certificates each time."""
_CLAIMS = os.open(Path(tempfile.gettempdir(), "charterline-test-ports"), os.O_RDWR | os.O_CREAT, 0o666)
"""Locked at the byte of each port that is taken; the locks go with the process."""
_FIRST = 12_000 + os.getpid() % 60 * 100
_PORTS: Iterator[int] = iter([*range(_FIRST, 18_000), *range(12_000, _FIRST)])


def free_port() -> int:
    """A port of our range that no other run has and nothing listens on."""
    for port in _PORTS:
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                fcntl.lockf(_CLAIMS, fcntl.LOCK_EX | fcntl.LOCK_NB, 1, port)
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
            return port
    raise AssertionError("no free port left in 12000-17999")


_START_S = 120.0
"""A process on a machine that is busy with others' tests takes its time to start."""


def eventually(look: Callable[[], T], within_s: float = 60.0) -> T:
    """The first answer of `look` that is true; fails with the last fault or answer after `within_s`."""
    deadline = time.monotonic() + within_s
    last: object = None
    while time.monotonic() < deadline:
        try:
            answer = look()
            if answer:
                return answer
            last = answer
        except (AssertionError, httpx.HTTPError, RedisError, OSError) as error:
            last = error
        time.sleep(0.02)  # between two looks, not instead of one
    raise AssertionError(f"not within {within_s} s: {last!r}")


@dataclass(slots=True)
class RedisServer:
    """A Redis of our own. `keep` holds its data over a restart."""

    folder: Path
    keep: bool = False
    port: int = field(default_factory=free_port)
    process: "subprocess.Popen[bytes] | None" = None

    @property
    def url(self) -> str:
        return f"redis://127.0.0.1:{self.port}/0"

    def start(self) -> "RedisServer":
        command = [installed("redis-server"), "--port", str(self.port), "--bind", "127.0.0.1"]
        command += ["--dir", str(self.folder), "--save", "", "--appendonly", "yes" if self.keep else "no"]
        self.process = subprocess.Popen(command, stdout=subprocess.DEVNULL)
        with self.client() as client:
            eventually(client.ping)
        return self

    def client(self) -> Redis:
        return Redis.from_url(self.url)

    def stop(self) -> None:
        if self.process is not None:
            self.process.kill()
            self.process.wait(5)
            self.process = None


@dataclass(slots=True)
class MemoService:
    """One memo_service process."""

    redis_url: str
    state: Path
    env: dict[str, str] = field(default_factory=dict)
    port: int = field(default_factory=free_port)
    process: Nursling | None = None
    seat: dict[str, str] = field(default_factory=dict)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def environment(self) -> dict[str, str]:
        own = {
            "CHARTERLINE_OFFICE": str(ROOT / "examples" / "pyeongchang"),
            "CHARTERLINE_STATE": str(self.state),
            "CHARTERLINE_REDIS_URL": self.redis_url,
            "CHARTERLINE_HTTP_PORT": str(self.port),
        }
        kept = {name: value for name, value in os.environ.items() if not name.startswith("CHARTERLINE_")}
        return kept | own | self.env

    def launch(self) -> "MemoService":
        """Start without waiting."""
        told = self.state / f"stderr-{time.monotonic_ns()}.txt"
        self.process = Nursling(memo_server, self.environment(), told)
        return self

    def start(self) -> "MemoService":
        """Start and wait until it answers."""
        self.launch()
        eventually(
            lambda: httpx.get(f"{self.url}/healthz", trust_env=False, verify=PLAIN).status_code == 200,
            _START_S,
        )
        return self

    def run(self, *arguments: str) -> "subprocess.CompletedProcess[str]":
        """Run a command of the service to its end."""
        with tempfile.TemporaryDirectory() as folder:
            told, said = Path(folder) / "stderr.txt", Path(folder) / "stdout.txt"
            code, error = Nursling(partial(memo_service, *arguments), self.environment(), told, said).end()
            output = said.read_text(encoding="utf-8")
        return subprocess.CompletedProcess(["memo_service", *arguments], code, output, error)

    @contextmanager
    def at_desk(self, officer: str = "kim_ms") -> "Iterator[httpx.Client]":
        """A client with a session of this officer's, chosen as the demo allows."""
        with httpx.Client(base_url=self.url, trust_env=False, verify=PLAIN, timeout=20) as client:
            taken = client.post("/desk", data={"officer": officer})
            assert taken.status_code == 303, taken.text
            yield client

    def get(self, path: str, **asked: Any) -> Any:
        """JSON of a GET, asked by somebody who stays at a desk of the demo."""
        answer = self.look(path, **asked)
        answer.raise_for_status()
        return answer.json()

    def look(self, path: str, **asked: Any) -> httpx.Response:
        """The answer to a GET, asked by somebody who stays at a desk of the demo."""
        with httpx.Client(
            base_url=self.url, trust_env=False, verify=PLAIN, timeout=20, cookies=self.seat
        ) as client:
            answer = client.get(path, params=asked)
            if answer.status_code == 401:  # the first time, or his session is gone with the old process
                assert client.post("/desk", data={"officer": "kim_ms"}).status_code == 303
                self.seat = dict(client.cookies.items())
                answer = client.get(path, params=asked)
        return answer

    def cookie(self) -> dict[str, str]:
        """The header by which the one who stays at that desk is known."""
        self.look("/session")
        return {"Cookie": "; ".join(f"{name}={value}" for name, value in self.seat.items())}

    def stop(self, sent: signal.Signals = signal.SIGTERM) -> tuple[int, float, str]:
        """(exit code, seconds it took, what it wrote to stderr)."""
        assert self.process is not None
        began = time.monotonic()
        self.process.send_signal(sent)
        code, told = self.process.end()
        took = time.monotonic() - began
        self.process = None
        return code, took, told

    def close(self) -> None:
        if self.process is not None:
            self.stop(signal.SIGKILL)


async def read_events(url: str, headers: dict[str, str], until: Callable[[str], bool]) -> str:
    """The text of an event stream as far as `until` holds for it."""
    text = ""
    async with (
        asyncio.timeout(10),
        httpx.AsyncClient(trust_env=False, verify=PLAIN, timeout=10) as client,
        client.stream("GET", url, headers=headers) as answer,
    ):
        async for chunk in answer.aiter_text():
            text += chunk
            if until(text):
                break
    return text
