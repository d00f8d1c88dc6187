"""Memos a second through the service's own path, each acknowledged after its commit, against raw SQLite.

Both sides run with WAL and `synchronous=FULL`. The raw side is handed the very statements that our memos
caused, with their values, on a database of its own: what is left between the two is our Python. Memos come
one after the other, and from many requesters at once as they do to the web server; then the service commits
those that wait together, and raw SQLite is measured with a commit for each memo and with the same groups.
"""

import asyncio
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
from memo_service.memos.taking import TakenMemo
from rehearsal.bench.service_parts import ServiceParts, service_parts

Statements = list[tuple[str, Any, bool]]
"""SQL, values, and whether these are those of many rows."""
_WRITES = ("INSERT", "UPDATE", "DELETE")


async def memos(*, count: int = 1000, requesters: int = 50, rounds: int = 5) -> dict[str, object]:
    """Memos a second of each way (medians of the rounds, which take turns), and ratios."""
    samples: dict[str, list[float]] = {}
    sizes: list[float] = []
    with tempfile.TemporaryDirectory(prefix="charterline-bench-") as folder:
        for number in range(rounds):
            together = await _ours(Path(folder) / f"together-{number}", count, requesters)
            alone = await _ours(Path(folder) / f"alone-{number}", count, 1)
            seconds = {
                "together": together[0],
                "one_by_one": alone[0],
                "raw_commit_each": _again(Path(folder) / f"each-{number}", *alone[1:]),
                "raw_same_groups": _again(Path(folder) / f"groups-{number}", *together[1:]),
                "raw_one_row": _single(Path(folder) / f"row-{number}", count),
            }
            sizes.append(count / len(together[2]))
            for name, taken in seconds.items():
                samples.setdefault(name, []).append(count / taken)
    speed = {name: statistics.median(found) for name, found in samples.items()}
    return {
        "memos": count,
        "requesters": requesters,
        "memos_a_commit": round(statistics.median(sizes), 1),
        **{f"{name}_per_s": round(found) for name, found in speed.items()},
        "ratio_together_vs_raw_commit_each": round(speed["together"] / speed["raw_commit_each"], 3),
        "ratio_together_vs_raw_same_groups": round(speed["together"] / speed["raw_same_groups"], 3),
        "ratio_one_by_one_vs_raw_commit_each": round(speed["one_by_one"] / speed["raw_commit_each"], 3),
        "ratio_one_by_one_vs_raw_one_row": round(speed["one_by_one"] / speed["raw_one_row"], 3),
    }


async def _ours(folder: Path, count: int, requesters: int) -> tuple[float, list[str], list[Statements]]:
    """Seconds for all; the tables and indexes of the database; what was written in each commit."""
    with service_parts(folder) as parts:
        with _writes(parts.engine) as written:
            seconds = await _take(parts, count, requesters)
        return seconds, _shape(parts.engine), written


async def _take(parts: ServiceParts, count: int, requesters: int) -> float:
    """Each requester sends his next memo when the one before is acknowledged."""
    context = parts.context
    officers = list(context.office.directory.officers.values())
    actor = Actor.of(context.office.directory, officers[0].id)
    if actor is None:
        raise RuntimeError("the example office has no officer")
    wanted = iter(
        [_memo(context.memos.acts.classify, officers[n % len(officers)].id, n) for n in range(count)]
    )

    async def request() -> None:
        for memo in wanted:
            await context.memos.taking.take(actor.officer, memo)

    began = time.perf_counter()
    await asyncio.gather(*(request() for _ in range(requesters)))
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
            now.append((sql, given, many))

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
        for sql, values, many in statements:
            (connection.executemany if many else connection.execute)(sql, values)
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
