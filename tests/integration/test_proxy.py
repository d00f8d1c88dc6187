"""The proxy, a real nginx, before servers that say what came: what it passes on, how, and what it tells."""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest

from stack.ports import DEFAULT_BASE, HOST, Ports, claim_free_base
from stack.probes import listens
from stack.processes import Supervisor
from stack.programs import Site
from stack.proxy import config
from stack.settings import ROOT, Part, StackSettings
from tests.unit.stack.test_programs import site as site_in

_UPGRADE = (
    "GET /ws HTTP/1.1\r\nHost: phone.example\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
    "Sec-WebSocket-Protocol: sip\r\nSec-WebSocket-Key: x\r\nSec-WebSocket-Version: 13\r\n\r\n"
)


class Upstream:
    """Answers each request with `answer` and keeps what came; holds the connection open."""

    def __init__(self, answer: bytes) -> None:
        self.answer = answer
        self.came: list[str] = []
        self.more = asyncio.Queue[bytes]()

    async def take(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            with contextlib.suppress(asyncio.IncompleteReadError, OSError):
                while True:
                    self.came.append((await reader.readuntil(b"\r\n\r\n")).decode())
                    writer.write(self.answer)
                    await writer.drain()
                    if b"Content-Length" not in self.answer:
                        while piece := await self.more.get():
                            writer.write(piece)
                        return
        finally:
            writer.close()


@pytest.fixture
def site(tmp_path: Path) -> Site:
    claim = claim_free_base()
    claim.release()
    return site_in(tmp_path, ports=Ports(claim.base))


@contextlib.asynccontextmanager
async def running(site: Site, folder: Path) -> AsyncIterator[str]:
    """The proxy started as scripts/run starts it; its address."""
    supervisor = Supervisor(folder, print, lambda: None)
    try:
        await supervisor.start(site.program(Part.PROXY))
        yield site.url
    finally:
        await supervisor.stop_all()
    assert not await listens(HOST, site.ports.proxy.number)


async def test_pages_come_through_with_host_and_scheme_as_the_browser_said(
    site: Site, tmp_path: Path
) -> None:
    pages = Upstream(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nContent-Type: text/html\r\n\r\nok")
    async with (
        await asyncio.start_server(pages.take, HOST, site.ports.http.number),
        running(site, tmp_path) as url,
        httpx.AsyncClient(base_url=url, trust_env=False) as browser,
    ):
        answer = await browser.get("/calls?x=1")
        assert (answer.status_code, answer.text) == (200, "ok")
        before_us = {"X-Forwarded-For": "198.51.100.1, 203.0.113.9", "X-Forwarded-Proto": "https"}
        await browser.get("/", headers=before_us)
    head = pages.came[0].lower()
    assert head.startswith("get /calls?x=1 http/1.1")
    assert f"host: {HOST}:{site.ports.proxy.number}" in head
    assert f"x-forwarded-for: {HOST}\r\n" in head
    assert "x-forwarded-proto: http\r\n" in head
    # the office's web server has seen the reader; what he said of himself before counts for nothing
    behind = pages.came[1].lower()
    assert "x-forwarded-for: 203.0.113.9\r\n" in behind
    assert "x-forwarded-proto: https\r\n" in behind


async def test_figures_are_not_for_everybody(site: Site, tmp_path: Path) -> None:
    pages = Upstream(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")
    async with (
        await asyncio.start_server(pages.take, HOST, site.ports.http.number),
        running(site, tmp_path) as url,
        httpx.AsyncClient(base_url=url, trust_env=False) as browser,
    ):
        assert (await browser.get("/metrics")).status_code == 404
    assert pages.came == []


async def test_an_event_stream_comes_line_by_line(site: Site, tmp_path: Path) -> None:
    pages = Upstream(b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n\r\nevent: one\n\n")
    async with (
        await asyncio.start_server(pages.take, HOST, site.ports.http.number),
        running(site, tmp_path) as url,
        httpx.AsyncClient(base_url=url, trust_env=False, timeout=20) as browser,
        browser.stream("GET", "/events") as answer,
    ):
        lines = answer.aiter_lines()
        assert await anext(lines) == "event: one"
        await pages.more.put(b"event: two\n\n")
        assert [await anext(lines), await anext(lines)] == ["", "event: two"]
        await pages.more.put(b"")


async def test_a_websocket_goes_to_the_pbx_also_without_pages(site: Site, tmp_path: Path) -> None:
    pbx = Upstream(b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n")
    async with (
        await asyncio.start_server(pbx.take, HOST, site.ports.asterisk_http.number),
        running(site, tmp_path),
    ):
        reader, writer = await asyncio.open_connection(HOST, site.ports.proxy.number)
        writer.write(_UPGRADE.encode())
        assert (await reader.readline()).startswith(b"HTTP/1.1 101 ")
        await reader.readuntil(b"\r\n\r\n")
        await pbx.more.put(b"frame")
        assert await reader.readexactly(5) == b"frame"
        await pbx.more.put(b"")
        writer.close()
    head = pbx.came[0].lower()
    assert head.startswith("get /ws http/1.1")
    assert "upgrade: websocket\r\n" in head
    assert "sec-websocket-protocol: sip\r\n" in head


async def test_without_pages_it_says_so_and_that_telephones_work(site: Site, tmp_path: Path) -> None:
    async with (
        running(site, tmp_path) as url,
        httpx.AsyncClient(base_url=url, trust_env=False) as browser,
    ):
        answer = await browser.get("/callbacks")
    assert answer.status_code == 502
    assert "전화는 그대로" in answer.text
    assert answer.headers["cache-control"] == "no-store"


async def test_nothing_else_of_the_pbx_can_be_reached(site: Site, tmp_path: Path) -> None:
    pages = Upstream(b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n")
    pbx = Upstream(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")
    async with (
        await asyncio.start_server(pages.take, HOST, site.ports.http.number),
        await asyncio.start_server(pbx.take, HOST, site.ports.asterisk_http.number),
        running(site, tmp_path) as url,
        httpx.AsyncClient(base_url=url, trust_env=False) as browser,
    ):
        for path in ("/httpstatus", "/ws/", "/ws/../httpstatus", "/rawman", "/static/../../httpstatus"):
            await browser.get(path)
    assert pbx.came == []


def test_the_container_has_the_same_configuration() -> None:
    """docker/nginx.conf is a copy, for an image that has no Python to render it."""
    stands = (ROOT / "docker" / "nginx.conf").read_text(encoding="utf-8")
    assert stands == config(Path("/tmp"), Ports(DEFAULT_BASE))  # noqa: S108 - a path in the container


def test_people_are_sent_to_the_proxy_also_by_mail(tmp_path: Path) -> None:
    one = site_in(tmp_path)
    assert one.url == "http://127.0.0.1:18007/"
    assert one.program(Part.MEMO).env["CHARTERLINE_PUBLIC_URL"] == one.url
    named = site_in(tmp_path, settings=StackSettings(env={"CHARTERLINE_PUBLIC_URL": "https://phone.example"}))
    assert named.program(Part.MEMO).env["CHARTERLINE_PUBLIC_URL"] == "https://phone.example"
