"""Writers of one SQLite database take turns in this process; one that never comes is told (TIM-04)."""

import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import Engine, text
from sqlalchemy.exc import OperationalError

from memo_service.db import session
from memo_service.db.session import open_engine, reading, writing


@pytest.fixture
def engine(tmp_path: Path) -> Iterator[Engine]:
    opened = open_engine(f"sqlite:///{tmp_path / 'turns.sqlite3'}")
    with writing(opened) as first:
        first.execute(text("CREATE TABLE told (n INTEGER)"))
    yield opened
    opened.dispose()


def count(engine: Engine) -> int:
    with reading(engine) as asked:
        return int(asked.execute(text("SELECT count(*) FROM told")).scalar_one())


def test_all_writers_come_to_their_turn_and_none_meets_a_busy_database(engine: Engine) -> None:
    with engine.connect() as connection:
        connection.exec_driver_sql("PRAGMA busy_timeout=0")  # whoever met another would fail at once
    failed: list[Exception] = []

    def write() -> None:
        try:
            for _ in range(20):
                with writing(engine) as own:
                    own.connection().exec_driver_sql("PRAGMA busy_timeout=0")
                    own.execute(text("INSERT INTO told VALUES (1)"))
        except OperationalError as error:
            failed.append(error)

    writers = [threading.Thread(target=write) for _ in range(4)]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join()
    assert failed == []
    assert count(engine) == 80


def test_a_turn_that_does_not_come_is_a_database_that_is_locked(
    engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(session, "_BUSY_S", 0.05)
    told: list[str] = []

    def write() -> None:
        with pytest.raises(OperationalError) as caught, writing(engine):
            pass
        told.append(str(caught.value.orig))

    with writing(engine):
        other = threading.Thread(target=write)
        other.start()
        other.join()
    assert told == ["database is locked"]
    with writing(engine) as own:  # and the turn is free again
        own.execute(text("INSERT INTO told VALUES (1)"))
    assert count(engine) == 1


def test_a_writer_that_fails_gives_its_turn_back(engine: Engine) -> None:
    with pytest.raises(RuntimeError), writing(engine):
        raise RuntimeError
    with writing(engine) as own:
        own.execute(text("INSERT INTO told VALUES (1)"))
    assert count(engine) == 1
