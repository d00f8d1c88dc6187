"""An officer's desk at a real service on a real Redis: events make it, orders leave it, its messages call."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest

from office.commands import TransferCall, commands_stream, decode
from office.events import CallEvent
from tests.support.feed import PBX, publish
from tests.support.memo import MemoService, RedisServer, eventually
from tests.support.transfer_desk import OFFICER, TARGET, Passed
from tests.web.conftest import open_office

GIST = "고지서를 못 받으셨대요."


@pytest.fixture
def memo(redis_server: RedisServer, tmp_path: Path) -> Iterator[MemoService]:
    env = {"CHARTERLINE_DEMO": "1", "CHARTERLINE_OFFICE": str(open_office(tmp_path / "office"))}
    started = MemoService(redis_server.url, tmp_path / "state", env).start()
    yield started
    started.close()


@pytest.fixture
def mine(memo: MemoService) -> Iterator[httpx.Client]:
    with memo.at_desk(OFFICER) as client:
        yield client


@pytest.fixture
def theirs(memo: MemoService) -> Iterator[httpx.Client]:
    with memo.at_desk(TARGET) as client:
        yield client


def say(redis_server: RedisServer, events: list[CallEvent]) -> None:
    with redis_server.client() as redis:
        publish(redis, events)


def up(client: httpx.Client) -> list[Any]:
    calls: list[Any] = client.get("/api/my").json()["calls"]
    return calls


def orders(redis_server: RedisServer) -> list[TransferCall]:
    with redis_server.client() as redis:
        commands = [decode(fields[b"c"]) for _, fields in redis.xrange(commands_stream(PBX))]
    return [command for command in commands if isinstance(command, TransferCall)]


def talking(redis_server: RedisServer, client: httpx.Client) -> Passed:
    call = Passed(datetime.now(UTC) - timedelta(seconds=8))
    say(redis_server, call.events)
    eventually(lambda: [c for c in up(client) if c["may_transfer"]])
    return call


def test_from_the_ring_to_the_colleague(
    redis_server: RedisServer, mine: httpx.Client, theirs: httpx.Client
) -> None:
    call = talking(redis_server, mine)
    known, where = len(call.events), f"/api/calls/{call.script.call_id}"
    saved = mine.put(f"{where}/talk", json={"over": 0, "read_back": GIST}).json()
    assert saved["version"] == 1
    lost = mine.put(f"{where}/talk", json={"over": 0, "read_back": "다른 창"})
    assert (lost.status_code, lost.json()["theirs"]["read_back"]) == (409, GIST)
    assert lost.json()["mine"]["read_back"] == "다른 창"

    found = mine.get("/api/my/targets", params={"q": "행정서비스헌장", "call": call.script.call_id}).json()
    assert [(t["exten"], t["state"], t["may"]) for t in found["targets"]] == [("2203", "free", True)]
    refused = mine.post(f"{where}/transfer", json={"exten": "2202"})
    assert (refused.status_code, refused.json()["code"], refused.json()["confirm"]) == (409, "self", False)
    ordered = mine.post(f"{where}/transfer", json={"exten": "2203", "gist": GIST})
    assert ordered.status_code == 202
    (command,) = orders(redis_server)
    assert (command.id, command.endpoint, command.exten) == (ordered.json()["id"], "2202", "2203")

    (coming,) = theirs.get("/api/my").json()["incoming"]
    assert (coming["gist"], coming["caller"]["number"]) == (GIST, "010-2468-5739")
    assert theirs.post(f"/api/transfers/{coming['id']}/opened").status_code == 204
    assert mine.post(f"/api/transfers/{coming['id']}/opened").status_code == 403
    say(redis_server, call.connected(2_000, at_ms=8_100).events[known:])
    eventually(lambda: up(theirs))
    (made,) = mine.get("/api/my").json()["outgoing"]
    assert (made["state"], made["shown"], made["opened"]) == ("connected", True, True)

    say(redis_server, call.over(30_000).events[-2:])
    eventually(lambda: mine.get("/api/transfers/figures").json()["departments"])
    (line,) = mine.get("/api/transfers/figures").json()["departments"]
    assert (line["asked"], line["kept"], line["median_ms"]) == (1, 1, 2_000)
    assert "행정과" in mine.get("/transfers").text
    assert "돌려준 기록" in mine.get(f"/calls/{call.script.call_id}").text


def test_a_stranger_has_no_desk(memo: MemoService) -> None:
    for method, path in (
        ("GET", "/api/my"),
        ("GET", "/api/my/targets"),
        ("POST", "/api/calls/1.1/transfer"),
        ("PUT", "/api/transfers/x/gist"),
        ("GET", "/api/calls/1.1/talk"),
        ("GET", "/api/transfers/figures"),
    ):
        answer = httpx.request(method, f"{memo.url}{path}", json={}, trust_env=False)
        assert answer.status_code == 401, path


def test_an_empty_table_says_what_will_stand_there(mine: httpx.Client) -> None:
    assert "이 기간에 돌려준 전화가 없습니다." in mine.get("/transfers").text


def test_redis_away_is_told_before_anybody_waits(redis_server: RedisServer, mine: httpx.Client) -> None:
    call = talking(redis_server, mine)
    redis_server.stop()
    answer = mine.post(f"/api/calls/{call.script.call_id}/transfer", json={"exten": "2203"})
    assert (answer.status_code, answer.json()["code"]) == (409, "unsent")
