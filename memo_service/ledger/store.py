"""All SQL of the ledger but that of parties and rulebooks' meaning.

Owns how rows are written without doubling and read back. Decides nothing.
"""

import zlib
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime
from functools import cache, lru_cache
from typing import Any, cast

from sqlalchemy import CursorResult, Executable, Table, func, select, text
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from memo_service.db.base import Base
from memo_service.db.models import CallRow, Rulebook, StoredEvent, VerdictRow
from memo_service.ledger.rulebook import RuleBook
from memo_service.ledger.verdicts import Result, Verdict
from office.events import CallClass, CallEvent, decode

Rows = Sequence[Mapping[str, Any]]
_LINK_KINDS = ("link_lost", "link_restored")
_NOTHING = ("no_transfer", "internal", "outbound", "emergency", "test", "callback", "not_greeted")
_CHUNK = 500  # SQLite takes at most 32,766 parameters a statement


def insert_new(session: Session, model: type[Base], rows: Rows, key: str) -> int:
    """Insert the rows whose `key` is not there yet; returns how many those were."""
    statement = _inserting(_dialect(session), cast(Table, model.__table__), key)
    return cast(CursorResult[Any], session.execute(statement, list(rows))).rowcount


def replace(session: Session, model: type[Base], rows: Rows) -> None:
    """Insert rows, or write them over those with the same primary key."""
    if rows:
        session.execute(_replacing(_dialect(session), cast(Table, model.__table__)), list(rows))


def _dialect(session: Session) -> str:
    return session.get_bind().dialect.name


def _insert(dialect: str, table: Table) -> Any:
    # the two dialects' inserts share these methods, but no common type
    return (postgresql if dialect == "postgresql" else sqlite).insert(table)


@cache
def _inserting(dialect: str, table: Table, key: str) -> Executable:
    statement: Executable = _insert(dialect, table).on_conflict_do_nothing(index_elements=[key])
    return statement


@cache
def _replacing(dialect: str, table: Table) -> Executable:
    keys = [column.name for column in table.primary_key]
    insert = _insert(dialect, table)
    values = {c.name: insert.excluded[c.name] for c in table.columns if c.name not in keys}
    statement: Executable = insert.on_conflict_do_update(index_elements=keys, set_=values)
    return statement


def lock_calls(session: Session, call_ids: Iterable[str]) -> None:
    """Hold other processes off these calls until the commit, so that the last one to write sees all events.

    SQLite needs none: its one writer holds the whole database.
    """
    if _dialect(session) != "postgresql":
        return
    # in one order everywhere: two processes cannot wait for each other
    for key in sorted({zlib.crc32(call_id.encode()) for call_id in call_ids}):
        session.execute(text("SELECT pg_advisory_xact_lock(1, :key)"), {"key": key - 2**31})


@lru_cache(maxsize=4096)
def _decoded(payload: str) -> CallEvent:
    """A call that is up is read again with each of its events; events are frozen and may be shared."""
    return decode(payload)


def events_by_call(session: Session, call_ids: Iterable[str]) -> dict[str, list[CallEvent]]:
    """The stored events of calls, in order of arrival."""
    found: dict[str, list[CallEvent]] = {}
    for chunk in _chunks(call_ids):
        rows = session.execute(
            select(StoredEvent.call_id, StoredEvent.payload)
            .where(StoredEvent.call_id.in_(chunk))
            .order_by(StoredEvent.seq)
        )
        for row in rows:
            found.setdefault(row.call_id, []).append(_decoded(row.payload))
    return found


def parties_by_event(session: Session, call_ids: Iterable[str]) -> dict[str, str]:
    """Party id by event id, of those events of these calls that told a number."""
    found: dict[str, str] = {}
    for chunk in _chunks(call_ids):
        rows = session.execute(
            select(StoredEvent.event_id, StoredEvent.party_id).where(
                StoredEvent.call_id.in_(chunk), StoredEvent.party_id.is_not(None)
            )
        )
        found.update({row.event_id: row.party_id for row in rows})
    return found


def rulebook_by_call(session: Session, call_ids: Iterable[str]) -> dict[str, str]:
    """Rulebook id of each call that was judged before."""
    found: dict[str, str] = {}
    for chunk in _chunks(call_ids):
        rows = session.execute(
            select(VerdictRow.call_id, VerdictRow.rulebook).where(VerdictRow.call_id.in_(chunk))
        )
        found.update({row.call_id: row.rulebook for row in rows})
    return found


def verdicts_by_call(session: Session, call_ids: Iterable[str]) -> dict[str, dict[str, Verdict]]:
    """Stored verdicts by call and promise."""
    found: dict[str, dict[str, Verdict]] = {}
    for chunk in _chunks(call_ids):
        for row in session.scalars(select(VerdictRow).where(VerdictRow.call_id.in_(chunk))):
            found.setdefault(row.call_id, {})[row.promise] = _verdict(row)
    return found


def _verdict(row: VerdictRow) -> Verdict:
    return Verdict(
        promise=row.promise,
        result=Result(row.result),
        reason=row.reason,
        department=row.department,
        officer=row.officer,
        measures=row.measures,
    )


def keep_rulebook(session: Session, book: RuleBook, at: datetime) -> None:
    """Remember a rulebook that is now in force."""
    row = {"id": book.id, "version": book.charter.version, "files": dict(book.files), "first_used_at": at}
    insert_new(session, Rulebook, [row], "id")


def rulebook_files(session: Session, book_id: str) -> Mapping[str, str]:
    """The files of a rulebook once in force."""
    files: Mapping[str, str] = session.execute(
        select(Rulebook.files).where(Rulebook.id == book_id)
    ).scalar_one()
    return files


def open_calls(session: Session, since: datetime) -> list[str]:
    """Calls that began after `since` and whose end has not come."""
    query = select(CallRow.call_id).where(CallRow.ended_at.is_(None), CallRow.started_at >= since)
    return list(session.scalars(query))


def party_on_line(session: Session, party_id: str, since: datetime) -> bool:
    """Whether this citizen has a call with us that began after `since` and is not over."""
    query = select(CallRow.call_id).where(
        CallRow.party_id == party_id,
        CallRow.call_class == CallClass.CITIZEN.value,
        CallRow.ended_at.is_(None),
        CallRow.started_at >= since,
    )
    return session.execute(query.limit(1)).first() is not None


def judged_calls(session: Session) -> list[str]:
    """Every call with verdicts, in order of id."""
    query = select(VerdictRow.call_id).distinct().order_by(VerdictRow.call_id)
    return list(session.scalars(query))


def judged_without(session: Session, promise: str) -> list[str]:
    """Calls judged before `promise` was known to us, in order of id."""
    judged = select(VerdictRow.call_id).where(VerdictRow.promise == "T1")
    known = select(VerdictRow.call_id).where(VerdictRow.promise == promise)
    return sorted(session.scalars(judged.except_(known)))


def counts(session: Session, day: date) -> list[tuple[str | None, str, str, int]]:
    """(department, promise, result, calls) of a day."""
    columns = (VerdictRow.department, VerdictRow.promise, VerdictRow.result)
    query = select(*columns, func.count()).where(VerdictRow.day == day).group_by(*columns)
    return [(row[0], row[1], row[2], row[3]) for row in session.execute(query)]


def measures(session: Session, promise: str, since: date, until: date) -> list[tuple[str | None, Any]]:
    """(department, measures) of a promise's verdicts of these days, both included."""
    query = select(VerdictRow.department, VerdictRow.measures).where(
        VerdictRow.day >= since, VerdictRow.day <= until, VerdictRow.promise == promise
    )
    # most calls have nothing to tell: they are left out before their JSON is read
    told = query.where(VerdictRow.reason.not_in(_NOTHING))
    return [(row[0], row[1]) for row in session.execute(told)]


def link_events(session: Session, limit: int) -> list[CallEvent]:
    """The newest events of the link itself, newest first."""
    query = (
        select(StoredEvent.payload)
        .where(StoredEvent.call_id == "", StoredEvent.kind.in_(_LINK_KINDS))
        .order_by(StoredEvent.seq.desc())
        .limit(limit)
    )
    return [decode(payload) for payload in session.scalars(query)]


def _chunks(ids: Iterable[str]) -> Iterable[list[str]]:
    ordered = sorted(set(ids))
    return (ordered[i : i + _CHUNK] for i in range(0, len(ordered), _CHUNK))
