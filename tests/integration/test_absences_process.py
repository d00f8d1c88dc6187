"""Absences in a running service: the API, what Redis is told for the PBX, and that it is told in the end."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest

from office.commands import AwaySpan, RefreshFlags, Wishes, commands_stream, decode, flags_key
from office.events import PresenceSet
from tests.support.feed import PBX, publish
from tests.support.memo import MemoService, RedisServer, eventually

NOW = datetime.now(UTC).replace(microsecond=0)
HOUR = timedelta(hours=1)


@pytest.fixture
def running(service: MemoService) -> MemoService:
    return service.start()


@pytest.fixture
def client(running: MemoService) -> Iterator[httpx.Client]:
    """Kim at his desk."""
    with at_desk(running, "kim_ms") as opened:
        yield opened


@contextmanager
def at_desk(service: MemoService, officer: str) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=service.url, trust_env=False) as opened:
        assert opened.post("/desk", data={"officer": officer}).status_code == 303
        yield opened


def asked(officer: str = "kim_ms", start: float = 0, end: float = 5, **more: Any) -> dict[str, Any]:
    starts_at, ends_at = (NOW + hours * HOUR for hours in (start, end))
    span = {"starts_at": starts_at.isoformat(), "ends_at": ends_at.isoformat()}
    return {"officer": officer, "kind": "trip", **span, **more}


def span(start: float = 0, end: float = 5, deputy: str = "2203") -> AwaySpan:
    first, last = (int((NOW + hours * HOUR).timestamp()) for hours in (start, end))
    return AwaySpan(start=first, end=last, deputy=deputy)


def wishes(server: RedisServer) -> Wishes | None:
    with server.client() as redis:
        held = redis.get(flags_key(PBX))
    return Wishes.model_validate_json(held) if held else None


def wished(server: RedisServer, **away: tuple[AwaySpan, ...]) -> None:
    wanted = Wishes(away={extension.removeprefix("x"): spans for extension, spans in away.items()})
    eventually(lambda: wishes(server) == wanted)


def commands(server: RedisServer) -> list[RefreshFlags]:
    with server.client() as redis:
        told = [decode(fields[b"c"]) for _, fields in redis.xrange(commands_stream(PBX))]
    return [command for command in told if isinstance(command, RefreshFlags)]


def test_an_absence_comes_to_the_pbx_and_goes(client: httpx.Client, redis_server: RedisServer) -> None:
    wished(redis_server)
    before = len(commands(redis_server))
    made = client.post("/api/absences", json=asked())
    assert made.status_code == 201
    assert made.json()["deputy"] == "lee_sy", "the directory's"
    wished(redis_server, x2202=(span(),))
    assert client.delete(f"/api/absences/{made.json()['id']}").status_code == 204
    wished(redis_server)
    told = eventually(lambda: [c.id for c in commands(redis_server)][before:])
    assert len(told) == len(set(told)) == 2


def test_the_api_refuses_with_cause_and_remedy(running: MemoService, client: httpx.Client) -> None:
    assert client.post("/api/absences", json=asked("lee_sy")).status_code == 403
    made = client.post("/api/absences", json=asked(start=5, end=1)).json()
    assert made["faults"][0]["code"] == "ends_before_start"
    assert made["detail"] == "끝나는 때가 시작하는 때보다 앞섭니다. 끝나는 때를 뒤로 정해 주세요."
    unaware = asked() | {"starts_at": "2026-11-25T10:00:00"}
    assert client.post("/api/absences", json=unaware).status_code == 422
    assert client.delete("/api/absences/none").status_code == 404
    stranger = httpx.post(f"{running.url}/api/absences", json=asked(), trust_env=False)
    assert stranger.status_code == 401


def test_the_reason_is_given_to_himself_and_his_leader_alone(
    running: MemoService, client: httpx.Client
) -> None:
    client.post("/api/absences", json=asked(deputy=None))
    seen: dict[str, Any] = {}
    for officer in ("kim_ms", "park_kj", "lee_sy", "choi_jh"):
        with at_desk(running, officer) as colleague:
            found = colleague.get("/api/absences", params={"officer": "kim_ms"}).json()
            presence = colleague.get("/directory/presence").json()["kim_ms"]
            seen[officer] = (found[0]["kind"], presence["reason"], presence["state"])
    away = ("trip", "출장", "away")
    nothing = (None, "", "away")
    assert seen == {"kim_ms": away, "park_kj": away, "lee_sy": nothing, "choi_jh": nothing}


def test_redis_away_is_waited_for_and_told_in_the_end(
    client: httpx.Client, redis_server: RedisServer
) -> None:
    wished(redis_server)
    redis_server.stop()
    assert client.post("/api/absences", json=asked()).status_code == 201
    assert client.post("/api/absences", json=asked(start=6, end=7)).status_code == 201
    redis_server.start()
    wished(redis_server, x2202=(span(), span(6, 7)))
    assert commands(redis_server)


def test_redis_that_forgot_is_told_again(client: httpx.Client, redis_server: RedisServer) -> None:
    client.post("/api/absences", json=asked())
    wished(redis_server, x2202=(span(),))
    redis_server.stop()
    redis_server.start()
    wished(redis_server, x2202=(span(),))


def test_a_new_start_tells_what_stands(
    running: MemoService, client: httpx.Client, redis_server: RedisServer
) -> None:
    client.post("/api/absences", json=asked())
    wished(redis_server, x2202=(span(),))
    running.close()
    with redis_server.client() as redis:
        redis.set(flags_key(PBX), '{"away": {"2299": []}}')
    running.start()
    wished(redis_server, x2202=(span(),))


def test_back_dialled_at_the_phone_takes_the_absence_off_the_pbx(
    client: httpx.Client, redis_server: RedisServer
) -> None:
    client.post("/api/absences", json=asked(start=-1))
    wished(redis_server, x2202=(span(-1),))
    said_at = datetime.now(UTC)
    said = PresenceSet(
        id=f"{PBX}/9.1/presence_set",
        pbx=PBX,
        call_id="9.1",
        at=said_at,
        exten="2202",
        officer="kim_ms",
        state="back",
    )
    with redis_server.client() as redis:
        publish(redis, [said])
    wished(redis_server)
    assert client.get("/api/absences", params={"officer": "kim_ms"}).json() == []
    state = client.get("/directory/presence").json()["kim_ms"]
    assert state == {"state": "free", "label": "통화 가능", "back": "", "reason": "", "stand_in": ""}


def test_the_office_clock_decides_what_is_over(redis_server: RedisServer, service: MemoService) -> None:
    service.env["CHARTERLINE_CLOCK_SHIFT_S"] = str(10 * 3600)
    service.start()
    with at_desk(service, "kim_ms") as client:
        late = client.post("/api/absences", json=asked(start=0, end=9))
        assert late.json()["faults"][0]["code"] == "past"
        assert client.post("/api/absences", json=asked(start=9, end=12)).status_code == 201
    wished(redis_server, x2202=(span(9, 12),))
