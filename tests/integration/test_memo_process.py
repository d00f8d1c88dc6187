"""The real process on a real Redis: delivery, refusals, restarts, the event stream, stopping."""

import json
import signal
import socket
import sqlite3
import stat
import threading
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
from redis import Redis

from office.events import Side, stream_of
from tests.support.feed import Script, abandoned, answered, moved, publish
from tests.support.memo import PLAIN, MemoService, RedisServer, eventually, read_events

STREAM = stream_of("pbx1")


def judged(service: MemoService, call_id: str) -> Callable[[], dict[str, str]]:
    """{promise: result} of a call once it is there."""

    def look() -> dict[str, str]:
        return {v["promise"]: v["result"] for v in service.get("/api/verdicts", call_id=call_id)}

    return look


def up(minutes_ago: float = 0.0) -> Script:
    """A call that talks at this moment."""
    call = answered(2000, script=Script(start=datetime.now(UTC) - timedelta(minutes=minutes_ago)))
    call.events = call.events[:-3]
    return call


def on_board(service: MemoService) -> list[str]:
    return [call["call_id"] for call in service.get("/api/board")["calls"]]


def test_a_call_goes_from_the_stream_to_the_api(redis_server: RedisServer, service: MemoService) -> None:
    call = answered(7000, caller="01024685739")
    with redis_server.client() as redis:
        publish(redis, call.events)
        service.start()
        found = eventually(judged(service, call.call_id))
        assert found == {
            "T1": "broken", "T2": "not_applicable", "T3": "kept", "T5": "not_applicable", "T8": "kept",
        }  # fmt: skip
        detail = service.get(f"/api/calls/{call.call_id}")
        assert detail["caller"] == "010-****-5739"
        assert detail["charter"].startswith("2026-11:")
        assert "24685739" not in json.dumps(detail)
        assert [c["call_id"] for c in service.get("/api/calls", caller="+82 10-2468-5739")["calls"]] == [
            call.call_id
        ]
        assert service.get("/api/calls", caller="01099999999")["calls"] == []


def test_nothing_is_acknowledged_twice_and_the_stream_is_trimmed(
    redis_server: RedisServer, service: MemoService
) -> None:
    calls = [answered(2000), abandoned(9000)]
    with redis_server.client() as redis:
        for call in calls:
            publish(redis, call.events)
        service.start()
        eventually(judged(service, calls[1].call_id))
        eventually(lambda: _groups(redis)["pending"] == 0)
        eventually(lambda: redis.xlen(STREAM) <= 1)


def test_what_cannot_be_read_is_put_aside_and_the_next_goes_on(
    redis_server: RedisServer, service: MemoService
) -> None:
    call = answered(2000)
    with redis_server.client() as redis:
        redis.xadd(STREAM, {"e": b'{"v": 1, "kind": "no_such_kind"}'})
        redis.xadd(STREAM, {"nothing": b"here"})
        publish(redis, call.events)
        service.start()
        eventually(judged(service, call.call_id))
        letters: Any = redis.xrange(f"{STREAM}:dead")
        assert [fields[b"error"] for _, fields in letters] == [b"ValidationError", b"KeyError"]
        assert eventually(lambda: _groups(redis)["pending"] == 0)


def test_what_another_reader_took_and_never_finished_is_taken_over(
    redis_server: RedisServer, service: MemoService
) -> None:
    call = answered(2000)
    with redis_server.client() as redis:
        publish(redis, call.events)
        redis.xgroup_create(STREAM, "ledger", id="0")
        taken: Any = redis.xreadgroup("ledger", "dead-one", {STREAM: ">"})
        ids = [entry_id for entry_id, _ in taken[0][1]]
        # half a minute has passed since, as far as Redis knows
        redis.xclaim(STREAM, "ledger", "dead-one", 0, ids, idle=31_000)
        service.start()
        eventually(judged(service, call.call_id))
        assert eventually(lambda: _groups(redis)["pending"] == 0)


def test_tim_04_redis_comes_back_empty_and_reading_goes_on(
    redis_server: RedisServer, service: MemoService
) -> None:
    first, second = answered(2000), answered(7000)
    with redis_server.client() as redis:
        publish(redis, first.events)
    service.start()
    eventually(judged(service, first.call_id))
    redis_server.stop()
    eventually(lambda: _ready(service) == 503)
    assert "기록 통로가 끊겼습니다" in service.look("/").text
    redis_server.start()
    with redis_server.client() as redis:
        # what was handled comes again, and something new
        publish(redis, [*first.events[-2:], *second.events])
    assert eventually(judged(service, second.call_id))["T1"] == "broken"
    assert eventually(lambda: _ready(service) == 200)
    assert len(service.get(f"/api/calls/{first.call_id}")["events"]) == len(first.events)


def test_tim_04_a_locked_database_is_waited_for(redis_server: RedisServer, service: MemoService) -> None:
    service.start()
    call = answered(2000)
    lock = sqlite3.connect(service.state / "memo" / "charterline.sqlite3", isolation_level=None)
    lock.execute("BEGIN IMMEDIATE")
    with redis_server.client() as redis:
        publish(redis, call.events)
        # longer than the busy timeout of 5 s: the service must try again by itself
        eventually(lambda: not service_state(service)["database"])
        assert _groups(redis)["pending"] > 0
    lock.execute("ROLLBACK")
    lock.close()
    assert eventually(judged(service, call.call_id))["T1"] == "kept"


def test_the_board_is_the_same_after_a_restart(redis_server: RedisServer, service: MemoService) -> None:
    call = up()
    with redis_server.client() as redis:
        publish(redis, call.events)
        service.start()
        eventually(lambda: on_board(service) == [call.call_id])
        service.stop()
        service.start()
        assert eventually(lambda: on_board(service) == [call.call_id])
        call.hangup(60_000, Side.OFFICER).end(60_001, Side.OFFICER)
        publish(redis, call.events[-2:])
        eventually(lambda: on_board(service) == [])
        assert eventually(judged(service, call.call_id))["T8"] == "broken"


def test_a_killed_process_loses_nothing(redis_server: RedisServer, service: MemoService) -> None:
    calls = [answered(2000 + n) for n in range(60)]
    with redis_server.client() as redis:
        service.start()
        for call in calls[:30]:
            publish(redis, call.events)
        service.stop(signal.SIGKILL)
        for call in calls[30:]:
            publish(redis, call.events)
        service.start()
        eventually(lambda: all(judged(service, call.call_id)() for call in calls))


def test_a_second_process_on_the_same_sqlite_refuses(redis_server: RedisServer, service: MemoService) -> None:
    service.start()
    other = MemoService(redis_server.url, service.state)
    refused = other.run()
    assert refused.returncode == 2
    assert "another memo_service works on" in refused.stderr
    assert len(refused.stderr.splitlines()) == 1


@pytest.mark.parametrize(
    ("variable", "value", "told"),
    [
        ("CHARTERLINE_OFFICE", "/nonexistent", "charter.toml:1: this file is missing"),
        ("CHARTERLINE_HTTP_PORT", "many", "CHARTERLINE_HTTP_PORT"),
        ("CHARTERLINE_STATE", "/proc/none", "set CHARTERLINE_STATE"),
        ("CHARTERLINE_DATABASE_URL", "mysql://x/y", "use sqlite or postgresql"),
        ("CHARTERLINE_DATABASE_URL", "postgresql://127.0.0.1:9/none", "cannot be used"),
    ],
)
def test_a_start_that_cannot_be_names_cause_and_remedy(
    service: MemoService, variable: str, value: str, told: str
) -> None:
    service.env[variable] = value
    refused = service.run()
    assert refused.returncode == 2
    assert told in refused.stderr
    assert "Traceback" not in refused.stderr


def test_a_taken_port_is_named(service: MemoService) -> None:
    with socket.socket() as other:
        other.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        other.bind(("127.0.0.1", service.port))
        other.listen()
        refused = service.run()
    assert refused.returncode == 2
    assert f"port {service.port} on 127.0.0.1 is taken" in refused.stderr


def test_lost_keys_are_not_replaced_beside_old_numbers(
    redis_server: RedisServer, service: MemoService
) -> None:
    call = abandoned(1000)
    with redis_server.client() as redis:
        publish(redis, call.events)
    service.start()
    eventually(judged(service, call.call_id))
    service.stop()
    keys = service.state / "memo" / "keys.json"
    assert stat.S_IMODE(keys.stat().st_mode) == 0o600
    keys.rename(keys.with_suffix(".kept"))
    assert "put it back from the backup" in service.run().stderr
    keys.with_suffix(".kept").rename(keys)
    keys.chmod(0o644)
    assert f"chmod 600 {keys}" in service.run().stderr


def test_recompute_agrees_with_the_ledger(redis_server: RedisServer, service: MemoService) -> None:
    calls = [answered(2000), answered(7000), abandoned(9000)]
    with redis_server.client() as redis:
        for call in calls:
            publish(redis, call.events)
    service.start()
    eventually(lambda: all(judged(service, call.call_id)() for call in calls))
    done = service.run("recompute")
    assert (done.returncode, json.loads(done.stdout)) == (0, {"calls": 3, "differences": []})


def test_sigterm_ends_it_within_two_seconds_with_pages_open(service: MemoService) -> None:
    service.start()
    ended = threading.Event()

    def look_on() -> None:
        address, seat = f"{service.url}/events", service.cookie()
        with httpx.stream("GET", address, timeout=20, trust_env=False, verify=PLAIN, headers=seat) as answer:
            for _ in answer.iter_text():
                pass
        ended.set()

    readers = [threading.Thread(target=look_on, daemon=True) for _ in range(3)]
    for reader in readers:
        reader.start()
    eventually(lambda: "charterline_readers 3.0" in _metrics(service))
    code, took, _ = service.stop()
    assert code == 0
    assert took < 2.0
    assert ended.wait(2)


def test_strangers_see_nothing(redis_server: RedisServer, service: MemoService) -> None:
    call = answered(2000)
    with redis_server.client() as redis:
        publish(redis, [*call.events, *up().events])
    service.start()
    eventually(judged(service, call.call_id))
    pages = (
        "/",
        "/calls",
        f"/calls/{call.call_id}",
        f"/api/calls/{call.call_id}",
        "/api/calls",
        "/api/board",
        "/api/calls?caller=01024685739",
        "/events",
    )
    for path in pages:
        answer = httpx.get(f"{service.url}{path}", trust_env=False, verify=PLAIN)
        assert answer.status_code == 401, path
        for secret in ("5739", "번째 벨", '"call_id"', "event:"):
            assert secret not in answer.text, (path, secret)


async def test_web_01_a_cut_stream_goes_on_where_it_was(
    redis_server: RedisServer, service: MemoService
) -> None:
    service.start()
    call = answered(2000, script=Script(start=datetime.now(UTC)))
    events, seat = f"{service.url}/events", service.cookie()
    position = service.get("/api/board")["position"]
    with redis_server.client() as redis:
        publish(redis, call.events[:1])
        text = await read_events(f"{events}?after={position}", seat, lambda t: call.events[0].id in t)
        last = [line for line in text.splitlines() if line.startswith("id: ")][-1][4:]
        publish(redis, call.events[1:5])
        missing = {event.id for event in call.events[1:5]}
        asked = {"Last-Event-ID": last, **seat}
        more = await read_events(events, asked, lambda t: all(e in t for e in missing))
    assert call.events[0].id not in more
    assert "event: reset" not in more
    told = [fact for line in more.splitlines() for fact in _facts(line)]
    assert sorted(told) == sorted(missing)


@pytest.mark.parametrize("position", ["", "deadbeef-4", "nonsense"])
async def test_web_01_an_unknown_position_begins_with_a_reset(service: MemoService, position: str) -> None:
    service.start()
    text = await read_events(
        f"{service.url}/events?after={position}",
        service.cookie(),
        lambda t: "event: reset" in t or "event: board" in t,
    )
    assert "event: reset" in text


def test_health_and_description(service: MemoService, tmp_path: Path) -> None:
    service.start()
    eventually(lambda: _ready(service) == 200)
    assert "charterline_calls_up 0.0" in _metrics(service)
    assert "/api/calls/{call_id}" in service.get("/openapi.json")["paths"]
    docs = service.look("/docs")
    assert docs.status_code == 200
    assert "https://" not in docs.text
    missing = service.look("/calls/none")
    assert (missing.status_code, "찾는 화면이 없습니다" in missing.text) == (404, True)
    assert service.look("/api/calls/none").json() == {"detail": "not found"}


def test_every_event_of_a_busy_minute_reaches_the_page(
    service: MemoService, redis_server: RedisServer
) -> None:
    """Nothing is left out when many calls come at once. (How fast: `scripts/bench latency`.)"""
    service.start()
    position = service.get("/api/board")["position"]
    read: set[str] = set()

    def look_on() -> None:
        address = f"{service.url}/events?after={position}"
        seat = service.cookie()
        with httpx.stream("GET", address, timeout=20, trust_env=False, verify=PLAIN, headers=seat) as answer:
            for line in answer.iter_lines():
                read.update(_facts(line))

    reader = threading.Thread(target=look_on, daemon=True)
    reader.start()
    eventually(lambda: "charterline_readers 1.0" in _metrics(service))
    written: set[str] = set()
    with redis_server.client() as redis:
        for _ in range(450):
            call = moved(answered(2000).events, datetime.now(UTC))
            publish(redis, call)
            written |= {event.id for event in call}
    eventually(lambda: read >= written)
    service.stop()
    reader.join(5)


def service_state(service: MemoService) -> dict[str, Any]:
    state: dict[str, Any] = httpx.get(f"{service.url}/readyz", trust_env=False, verify=PLAIN).json()
    return state


def _ready(service: MemoService) -> int:
    return httpx.get(f"{service.url}/readyz", trust_env=False, verify=PLAIN).status_code


def _metrics(service: MemoService) -> str:
    return httpx.get(f"{service.url}/metrics", trust_env=False, verify=PLAIN).text


def _groups(redis: Redis) -> dict[str, Any]:
    found: Any = redis.xinfo_groups(STREAM)
    return {key: value for key, value in found[0].items() if isinstance(value, int)}


def _facts(line: str) -> list[str]:
    """Ids of the call events that a `board` message rests on."""
    if not line.startswith("data: "):
        return []
    return [fact[0] for fact in json.loads(line[6:]).get("facts", [])]
