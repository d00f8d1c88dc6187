"""Memos a second, each committed before the next (`synchronous=FULL`), against raw SQLite's same writes.

The raw side is handed the very statements that our memos caused, with their values, on a database of its own
with the same pragmas: what is left between the two is our Python. Rounds take turns.
"""

import sqlite3
import statistics
import tempfile
import time
import uuid
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import Engine, event

from memo_service.access.actor import Actor
from memo_service.memos.service import TakenMemo
from rehearsal.bench.service_parts import ServiceParts, service_parts

Statements = list[tuple[str, Any]]
_WRITES = ("INSERT", "UPDATE", "DELETE")


def memos(*, count: int = 500, rounds: int = 5) -> dict[str, object]:
    """Memos a second of both (medians of the rounds), and their ratio."""
    ours, raw, one_row = [], [], []
    with tempfile.TemporaryDirectory(prefix="charterline-bench-") as folder:
        for number in range(rounds):
            with service_parts(Path(folder) / str(number)) as parts:
                with _writes(parts.engine) as written:
                    ours.append(count / _take(parts, count))
                shape = _shape(parts.engine)
            raw.append(count / _again(Path(folder) / f"raw-{number}", shape, written))
            one_row.append(count / _single(Path(folder) / f"one-{number}", count))
    mine, same, single = (statistics.median(sample) for sample in (ours, raw, one_row))
    return {
        "memos": count,
        "memos_per_s": round(mine),
        "raw_same_writes_per_s": round(same),
        "raw_one_row_per_s": round(single),
        "ratio_vs_same_writes": round(mine / same, 3),
        "ratio_vs_one_row": round(mine / single, 3),
    }


def _take(parts: ServiceParts, count: int) -> float:
    context = parts.context
    officers = list(context.office.directory.officers.values())
    actor = Actor.of(context.office.directory, officers[0].id)
    if actor is None:
        raise RuntimeError("the example office has no officer")
    taken = [_memo(context.memos.acts.classify, officers[n % len(officers)].id, n) for n in range(count)]
    began = time.perf_counter()
    for memo in taken:
        context.memos.acts.take(actor, memo)
    return time.perf_counter() - began


def _memo(classify: Callable[[str], Any], officer: str, number: int) -> TakenMemo:
    return TakenMemo(
        key=uuid.uuid4().hex,
        channel="call",
        officer=officer,
        department=None,
        number=classify(f"0100000{number:04d}"),
        reply_wanted=True,
        asked_at=None,
        texts={"name": "홍길동", "matter": "가로등이 사흘째 꺼져 있습니다. 언제 고치는지 알려 주십시오."},
    )


@contextmanager
def _writes(engine: Engine) -> Iterator[list[Statements]]:
    """The writing statements of each committed transaction, as they go to SQLite."""
    done: list[Statements] = []
    now: Statements = []

    def executed(_c: object, _cursor: object, sql: str, given: Any, _context: object, many: bool) -> None:
        if sql.lstrip().upper().startswith(_WRITES):
            now.extend((sql, one) for one in (given if many else [given]))

    def committed(_connection: object) -> None:
        if now:
            done.append(now.copy())
            now.clear()

    event.listen(engine, "after_cursor_execute", executed)
    event.listen(engine, "commit", committed)
    try:
        yield done
    finally:
        event.remove(engine, "after_cursor_execute", executed)
        event.remove(engine, "commit", committed)


def _shape(engine: Engine) -> list[str]:
    """The tables and indexes of our database, as SQL."""
    with engine.connect() as connection:
        found = connection.exec_driver_sql("SELECT sql FROM sqlite_master WHERE sql != '' ORDER BY type DESC")
        return [row[0] for row in found]


def _again(folder: Path, shape: Sequence[str], transactions: Sequence[Statements]) -> float:
    connection = _raw(folder)
    for sql in shape:
        connection.execute(sql)
    began = time.perf_counter()
    for statements in transactions:
        connection.execute("BEGIN IMMEDIATE")
        for sql, values in statements:
            connection.execute(sql, values)
        connection.execute("COMMIT")
    taken = time.perf_counter() - began
    connection.close()
    return taken


def _single(folder: Path, count: int) -> float:
    """One row of a memo's size a transaction."""
    connection = _raw(folder)
    connection.execute("CREATE TABLE memos (id TEXT PRIMARY KEY, due INTEGER, body BLOB)")
    body = bytes(500)
    began = time.perf_counter()
    for number in range(count):
        connection.execute("BEGIN IMMEDIATE")
        connection.execute("INSERT INTO memos VALUES (?, ?, ?)", (uuid.uuid4().hex, number, body))
        connection.execute("COMMIT")
    taken = time.perf_counter() - began
    connection.close()
    return taken


def _raw(folder: Path) -> sqlite3.Connection:
    folder.mkdir()
    connection = sqlite3.connect(folder / "raw.sqlite3", isolation_level=None)
    for pragma in ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=OFF"):
        connection.execute(f"PRAGMA {pragma}")
    return connection
