"""Desk links and sessions: who may come in, how often, and for how long."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from fastapi import Request
from sqlalchemy import Engine, func, select
from starlette.responses import Response

from memo_service.access.desk import COOKIE, LINK, SESSION, Desk, LinkRefusedError, Seals, desk_seals
from memo_service.db.migrate import migrate
from memo_service.db.models import DeskEntry
from memo_service.db.session import open_engine, reading
from memo_service.errors import NotAtDeskError
from memo_service.protect import open_keyring
from office.directory import Directory
from office.folder import load_office

ROOT = Path(__file__).resolve().parents[3]
START = datetime(2026, 11, 25, 1, 0, tzinfo=UTC)


class Clock:
    def __init__(self) -> None:
        self.at = START

    def __call__(self) -> datetime:
        return self.at


@pytest.fixture(scope="module")
def directory() -> Directory:
    return load_office(ROOT / "examples" / "pyeongchang").directory


@pytest.fixture
def engine(tmp_path: Path) -> Iterator[Engine]:
    engine = open_engine(f"sqlite:///{tmp_path / 'desk.sqlite3'}")
    migrate(engine)
    yield engine
    engine.dispose()


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def seals(tmp_path: Path, clock: Clock) -> Seals:
    return desk_seals(open_keyring(tmp_path / "keys.json"), clock)


@pytest.fixture
def desk(seals: Seals, directory: Directory, engine: Engine) -> Desk:
    return Desk(seals, directory, engine)


@pytest.fixture
def officer(directory: Directory) -> str:
    return next(iter(directory.officers))


def asking(cookie: str | None) -> Request:
    headers = [] if cookie is None else [(b"cookie", f"{COOKIE}={cookie}".encode())]
    return Request({"type": "http", "headers": headers})


def cookie_of(desk: Desk, officer: str) -> tuple[str, str]:
    """The cookie's value, and the whole header."""
    answer = Response()
    desk.seat(answer, desk.choose(officer), secure=True)
    header = answer.headers["set-cookie"]
    return header.split(";")[0].removeprefix(f"{COOKIE}="), header


def test_a_link_opens_its_officers_desk_once(desk: Desk, seals: Seals, officer: str) -> None:
    link = seals.seal("link", officer)
    assert desk.guest_of(link).officer == officer
    assert desk.enter(link).officer == officer
    with pytest.raises(LinkRefusedError):
        desk.enter(link)


def test_a_link_is_once_for_every_process(
    desk: Desk, seals: Seals, directory: Directory, engine: Engine, officer: str
) -> None:
    link = seals.seal("link", officer)
    desk.enter(link)
    other = Desk(seals, directory, engine)
    with pytest.raises(LinkRefusedError):
        other.enter(link)


def test_a_link_is_over_after_ten_minutes(desk: Desk, seals: Seals, clock: Clock, officer: str) -> None:
    link = seals.seal("link", officer)
    clock.at += LINK
    assert desk.guest_of(link).officer == officer
    clock.at += timedelta(seconds=1)
    with pytest.raises(LinkRefusedError):
        desk.enter(link)


@pytest.mark.parametrize("link", ["", ".", "...", "a.b.c.d", "officer.1.x.é"])
def test_what_is_no_link_opens_nothing(desk: Desk, link: str) -> None:
    with pytest.raises(LinkRefusedError):
        desk.enter(link)


def test_a_link_cannot_be_written_for_somebody_else(desk: Desk, seals: Seals, directory: Directory) -> None:
    first, second = list(directory.officers)[:2]
    forged = seals.seal("link", first).replace(first, second, 1)
    with pytest.raises(LinkRefusedError):
        desk.enter(forged)


def test_a_link_is_no_session_and_a_session_no_link(desk: Desk, seals: Seals, officer: str) -> None:
    assert desk.maybe(asking(seals.seal("link", officer))) is None
    with pytest.raises(LinkRefusedError):
        desk.enter(seals.seal("session", officer))


def test_the_cookie_seats_its_officer_for_twelve_hours(desk: Desk, clock: Clock, officer: str) -> None:
    cookie, header = cookie_of(desk, officer)
    assert {"HttpOnly", "SameSite=strict", "Secure"} <= set(header.split("; "))
    assert desk.actor(asking(cookie)).officer == officer
    clock.at += SESSION
    assert desk.actor(asking(cookie)).officer == officer
    clock.at += timedelta(seconds=1)
    with pytest.raises(NotAtDeskError):
        desk.actor(asking(cookie))


def test_without_a_cookie_or_with_a_changed_one_nobody_sits_there(desk: Desk, officer: str) -> None:
    cookie, _ = cookie_of(desk, officer)
    for wrong in (None, "", cookie[:-1], cookie + "A", cookie.replace(".", ":")):
        assert desk.maybe(asking(wrong)) is None, wrong


def test_who_left_the_directory_has_no_desk_any_more(
    desk: Desk, seals: Seals, directory: Directory, engine: Engine, officer: str
) -> None:
    cookie, _ = cookie_of(desk, officer)
    folder = load_office(ROOT / "examples" / "pyeongchang")
    del folder.directory.officers[officer]
    later = Desk(seals, folder.directory, engine)
    assert later.maybe(asking(cookie)) is None
    with pytest.raises(NotAtDeskError):
        later.choose(officer)


def test_another_key_file_ends_every_session(
    desk: Desk, directory: Directory, engine: Engine, tmp_path: Path, clock: Clock, officer: str
) -> None:
    cookie, _ = cookie_of(desk, officer)
    other = Desk(desk_seals(open_keyring(tmp_path / "other.json"), clock), directory, engine)
    assert other.maybe(asking(cookie)) is None


def test_each_entry_is_noted(desk: Desk, seals: Seals, engine: Engine, officer: str) -> None:
    desk.choose(officer)
    desk.enter(seals.seal("link", officer))
    with reading(engine) as session:
        ways = session.execute(
            select(DeskEntry.way, func.count()).where(DeskEntry.officer == officer).group_by(DeskEntry.way)
        ).all()
    assert sorted(tuple(row) for row in ways) == [("demo", 1), ("link", 1)]
