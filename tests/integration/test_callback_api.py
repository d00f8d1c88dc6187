"""The JSON API of callbacks, at a real service: who may do what, and what is refused with which words."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx
import pytest

from tests.support.callback_desk import NUMBER, CallbackDesk, open_callbacks
from tests.support.memo import MemoService, RedisServer
from tests.web.conftest import open_office


@pytest.fixture
def office(tmp_path: Path) -> Path:
    return open_office(tmp_path / "office")


@pytest.fixture
def desk(tmp_path: Path, office: Path) -> Iterator[CallbackDesk]:
    """The database that the service works on."""
    folder = tmp_path / "state" / "memo"
    folder.mkdir(parents=True)
    opened = open_callbacks(f"sqlite:///{folder / 'charterline.sqlite3'}", folder, office)
    opened.clock.at = datetime.now(UTC)
    yield opened
    opened.engine.dispose()


@pytest.fixture
def browser(
    desk: CallbackDesk, office: Path, redis_server: RedisServer, tmp_path: Path
) -> Iterator[httpx.Client]:
    env = {"CHARTERLINE_DEMO": "1", "CHARTERLINE_OFFICE": str(office)}
    memo = MemoService(redis_server.url, tmp_path / "state", env).start()
    with memo.at_desk("kim_ms") as client:
        yield client
    memo.close()


def test_a_callback_is_read_acted_on_and_closed(desk: CallbackDesk, browser: httpx.Client) -> None:
    callback = desk.open()
    where = f"/api/callbacks/{callback}"
    listed = browser.get("/api/callbacks", params={"caller": "+82" + NUMBER[1:]}).json()
    assert [found["id"] for found in listed["callbacks"]] == [callback]
    assert listed["callbacks"][0]["number"] == "010-****-5739"
    found = browser.get(where).json()
    assert (found["state"], found["label"], found["verdict"]) == ("waiting", "회신 대기", None)
    assert sum(step["counted_s"] for step in found["why"]) == 3600
    stranger = httpx.post(browser.base_url.join(f"{where}/call"), trust_env=False)
    assert stranger.status_code == 401

    assert browser.post(f"{where}/note", json={"text": "서류 확인함"}).status_code == 204
    until = (desk.clock() + timedelta(minutes=30)).isoformat()
    assert browser.post(f"{where}/defer", json={"until": until, "reason": "회의"}).status_code == 204
    soon = browser.post(f"{where}/call")
    assert (soon.status_code, soon.json()["code"]) == (409, "too_soon")
    assert browser.post(f"{where}/call", json={"confirmed": True}).json()["no"] == 1
    taken = browser.post(f"{where}/call").json()
    assert (taken["code"], taken["who"]) == ("taken", "김민수 주무관")
    assert browser.post(f"{where}/close", json={"outcome": "answered"}).json()["code"] == "calling"
    steps = browser.get(where).json()["steps"]
    assert sorted(step["kind"] for step in steps) == ["claimed", "deferred", "note", "received"]
    assert {step["words"] for step in steps} == {"", "서류 확인함", "회의"}
    # what officers write is personal data: it stands sealed
    with desk.engine.connect() as connection:
        stored = connection.exec_driver_sql("SELECT * FROM callback_steps").all()
    assert "서류 확인함" not in str(stored)
    assert "회의" not in str(stored)


def test_many_are_given_to_one_or_none_of_them(desk: CallbackDesk, browser: httpx.Client) -> None:
    ours = [desk.open(number=f"0102468000{n}") for n in range(3)]
    theirs = desk.open(officer="nam_gy", department="jinbu")
    refused = browser.post("/api/callbacks/assign", json={"ids": [*ours, theirs], "officer": "lee_sy"})
    assert refused.status_code == 403
    assert {desk.row(callback).owner for callback in ours} == {"kim_ms"}
    given = browser.post("/api/callbacks/assign", json={"ids": ours, "officer": "lee_sy"})
    assert given.json() == {"moved": 3}
    listed = browser.get("/api/callbacks", params={"officer": "lee_sy"}).json()["callbacks"]
    assert {found["id"] for found in listed} == set(ours)


def test_what_is_not_there_or_not_known_is_said(desk: CallbackDesk, browser: httpx.Client) -> None:
    assert browser.get("/api/callbacks/none").status_code == 404
    assert browser.get("/api/callbacks", params={"state": "lost"}).status_code == 422
    assert browser.get("/api/callbacks", params={"caller": "01099999999"}).json()["callbacks"] == []
    where = f"/api/callbacks/{desk.open()}"
    assert browser.post(f"{where}/close", json={}).status_code == 422
    assert browser.post(f"{where}/assign", json={"officer": "nobody"}).json()["code"] == "no_officer"
    assert browser.post(f"{where}/note", json={"text": ""}).status_code == 422
    assert browser.post(f"{where}/reopen").json()["code"] == "already_open"


def test_another_site_cannot_press(desk: CallbackDesk, browser: httpx.Client) -> None:
    callback = desk.open()
    elsewhere = {"Origin": "https://elsewhere.example"}
    assert browser.post(f"/api/callbacks/{callback}/call", headers=elsewhere).status_code == 403
    assert desk.attempts(callback) == []
