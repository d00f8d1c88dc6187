"""Memos in a whole process: stream to page, figures, the API's limits, destruction by command."""

import json
import os
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx
import pytest

from tests.support.feed import publish
from tests.support.memo import PLAIN, MemoService, RedisServer, eventually
from tests.support.memo_desk import spoken
from tests.support.sounds import voice


def left(server: RedisServer, service: MemoService) -> str:
    """A memo with its recording fetched; its id."""
    spool = service.state / "asterisk" / "spool" / "memo"
    spool.mkdir(parents=True)
    (spool / "take.wav").write_bytes(voice(2))
    with server.client() as redis:
        publish(redis, spoken(datetime.now(UTC) - timedelta(minutes=3)).events)
    kept = eventually(
        lambda: [
            memo["id"] for memo in service.get("/api/memos")["memos"] if memo["recording"]["state"] == "kept"
        ]
    )
    return str(kept[0])


def test_a_memo_is_found_by_number_state_officer_and_department(
    redis_server: RedisServer, service: MemoService
) -> None:
    service.start()
    memo_id = left(redis_server, service)
    for asked in (
        {"caller": "+82 10-2468-5739"},
        {"officer": "kim_ms"},
        {"department": "haengjeong"},
        {"state": "new"},
    ):
        assert [memo["id"] for memo in service.get("/api/memos", **asked)["memos"]] == [memo_id], asked
    for asked in ({"caller": "010-1111-2222"}, {"officer": "lee_sy"}, {"state": "read"}):
        assert service.get("/api/memos", **asked)["memos"] == [], asked
    text = service.look(f"/api/memos/{memo_id}").text
    assert "010-****-5739" in text
    assert "24685739" not in text
    assert service.look("/api/memos", state="odd").status_code == 422
    assert service.look(f"/api/memos/{'0' * 32}").status_code == 404


def test_off_the_demo_memos_are_for_those_at_a_desk(redis_server: RedisServer, service: MemoService) -> None:
    service.env = {}
    service.start()
    for path in ("/api/memos", "/memos", "/memos/new", "/access-log", "/api/recordings/unclaimed"):
        assert httpx.get(f"{service.url}{path}", trust_env=False, verify=PLAIN).status_code == 401, path


def test_recordings_of_nobody_and_lost_ones_are_figures(
    redis_server: RedisServer, service: MemoService
) -> None:
    service.start()
    left(redis_server, service)
    stray = service.state / "asterisk" / "spool" / "memo" / "stray-1-1.wav"
    stray.write_bytes(voice(1))
    quiet_since(stray)
    assert [file["name"] for file in service.get("/api/recordings/unclaimed")] == ["stray-1-1.wav"]
    figures = httpx.get(f"{service.url}/metrics", trust_env=False, verify=PLAIN).text
    assert "charterline_recordings_unclaimed 1.0" in figures
    assert "charterline_recordings_lost 0.0" in figures
    assert "charterline_memos_unread 1.0" in figures


def quiet_since(path: Path) -> None:
    """As if nothing had been written to it for an hour."""
    stat = path.stat()
    os.utime(path, (stat.st_atime - 3600, stat.st_mtime - 3600))


def test_a_killed_process_has_the_memo_it_told_of(redis_server: RedisServer, service: MemoService) -> None:
    service.start()
    memo_id = left(redis_server, service)
    service.close()
    service.start()
    memo = service.get(f"/api/memos/{memo_id}")
    assert memo["recording"]["state"] == "kept"
    assert memo["due_at"]


@pytest.mark.parametrize("seen", [0, 1, 30])
def test_killed_at_any_moment_no_memo_is_lost_or_doubled(
    redis_server: RedisServer, service: MemoService, seen: int
) -> None:
    service.start()
    began = datetime.now(UTC) - timedelta(minutes=3)
    calls = [spoken(began, f"{n}.wav", caller=f"010246857{n:02}") for n in range(60)]
    with redis_server.client() as redis:
        for call in calls:
            publish(redis, call.events)
    eventually(lambda: len(service.get("/api/memos", limit=200)["memos"]) >= seen or not seen)
    service.close()
    service.start()
    eventually(lambda: len(service.get("/api/memos", limit=200)["memos"]) == len(calls))
    memos = service.get("/api/memos", limit=200)["memos"]
    assert sorted(memo["call_id"] for memo in memos) == sorted(call.call_id for call in calls)
    assert len({memo["callback"]["id"] for memo in memos}) == len(calls)
    assert service.run("recompute").returncode == 0


@pytest.mark.parametrize(("days", "destroyed"), [(0, 0), (61, 1)])
def test_retain_destroys_what_its_term_is_over_for(
    redis_server: RedisServer, service: MemoService, days: int, destroyed: int
) -> None:
    service.start()
    left(redis_server, service)
    service.close()
    service.env |= {"CHARTERLINE_CLOCK_SHIFT_S": str(days * 86_400)}
    ran = service.run("retain")
    assert ran.returncode == 0, ran.stderr
    assert json.loads(ran.stdout)["voice"]["recordings"] == destroyed
    assert len(list((service.state / "memo" / "recordings").iterdir())) == 1 - destroyed
    assert service.run("recompute").returncode == 0
