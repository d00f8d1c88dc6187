"""Opens the database and hands out transactions.

Owns how SQLite is made safe (WAL, synchronous=FULL, one writer that begins IMMEDIATE) and how PostgreSQL is
reached.
"""

import sqlite3
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import cache
from typing import cast
from weakref import WeakKeyDictionary

from sqlalchemy import Connection, Engine, Insert, Table, create_engine, event, insert
from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError, OperationalError
from sqlalchemy.orm import Session

from memo_service.db.base import Base
from memo_service.errors import RefusedToStartError

_BUSY_S = 5
_PRAGMAS = (
    "PRAGMA journal_mode=WAL",
    "PRAGMA synchronous=FULL",
    "PRAGMA foreign_keys=ON",
    f"PRAGMA busy_timeout={1000 * _BUSY_S}",
)
_READ_ONLY = "charterline_read_only"
_turns: WeakKeyDictionary[Engine, threading.Lock] = WeakKeyDictionary()
"""SQLite learns that a writer is done by asking again after pauses of up to 100 ms (its busy handler, 3.40).
Our own writers wait for their turn instead, and are woken at once."""


def open_engine(url: str) -> Engine:
    """Engine for `url`; raises RefusedToStartError on a URL that is neither SQLite nor PostgreSQL."""
    try:
        parsed = make_url(url)
    except ArgumentError:
        raise RefusedToStartError(
            "CHARTERLINE_DATABASE_URL is no database URL; write postgresql://user@host/name, or leave it out"
        ) from None
    if parsed.get_backend_name() == "sqlite":
        engine = create_engine(parsed)
        event.listen(engine, "connect", _on_sqlite_connect)
        event.listen(engine, "begin", _on_sqlite_begin)
        _turns[engine] = threading.Lock()
        return engine
    if parsed.get_backend_name() == "postgresql":
        return create_engine(parsed.set(drivername="postgresql+psycopg"), pool_pre_ping=True, pool_size=10)
    raise RefusedToStartError(
        f"CHARTERLINE_DATABASE_URL names {parsed.get_backend_name()!r}; use sqlite or postgresql"
    )


def _on_sqlite_connect(connection: sqlite3.Connection, _record: object) -> None:
    connection.isolation_level = None  # we begin transactions ourselves
    for pragma in _PRAGMAS:
        connection.execute(pragma)


def _on_sqlite_begin(connection: Connection) -> None:
    # IMMEDIATE: a writer that starts as a reader can fail half-way with "database is locked"
    read_only = connection.get_execution_options().get(_READ_ONLY, False)
    connection.exec_driver_sql("BEGIN" if read_only else "BEGIN IMMEDIATE")


@contextmanager
def writing(engine: Engine) -> Iterator[Session]:
    """One transaction that may write; commits at the end, rolls back on any error.

    Raises OperationalError if another holds the database for longer than five seconds.
    """
    with _turn(engine), Session(engine) as session, session.begin():
        yield session


@contextmanager
def _turn(engine: Engine) -> Iterator[None]:
    turn = _turns.get(engine)
    if turn is None:
        yield
        return
    if not turn.acquire(timeout=_BUSY_S):
        raise OperationalError("BEGIN IMMEDIATE", {}, sqlite3.OperationalError("database is locked"))
    try:
        yield
    finally:
        turn.release()


@contextmanager
def reading(engine: Engine) -> Iterator[Session]:
    """One short transaction that only reads; holds no writer back."""
    with (
        engine.connect().execution_options(**{_READ_ONLY: True}) as connection,
        Session(connection) as session,
    ):
        yield session


def insert_rows(session: Session, rows: Sequence[Base]) -> None:
    """Insert at once rows of one table that the session need not keep, without its unit of work."""
    if rows:
        statement, names = _inserting(cast(Table, rows[0].__table__))
        values = [{name: getattr(row, name) for name in names} for row in rows]
        session.connection().execute(statement, values)


@cache
def _inserting(table: Table) -> tuple[Insert, tuple[str, ...]]:
    return insert(table).inline(), tuple(c.name for c in table.columns if c.identity is None)
