"""Opens what lies on disk: office folder, keys, database. Refuses with cause and remedy where it cannot.

Owns the rule that one process alone works on a SQLite ledger.
"""

import fcntl
import os
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import Engine, func, select
from sqlalchemy.exc import DBAPIError

from memo_service.callbacks.judging import CallbackJudge
from memo_service.db.migrate import migrate
from memo_service.db.models import Party
from memo_service.db.session import open_engine, reading
from memo_service.errors import RefusedToStartError
from memo_service.ledger.parties import Parties
from memo_service.ledger.reader import Reader
from memo_service.ledger.rulebook import load_rulebook
from memo_service.ledger.service import Ledger
from memo_service.memos.judging import MemoJudge
from memo_service.protect import Keyring, open_keyring
from memo_service.settings import Settings
from memo_service.visitors.judging import VisitorJudge
from office.folder import Office, load_office
from office.problems import OfficeRefusedError


@dataclass(frozen=True, slots=True)
class Parts:
    """What a process of this service works on."""

    office: Office
    engine: Engine
    ledger: Ledger
    reader: Reader
    keys: Keyring


def open_parts(settings: Settings) -> Parts:
    """Everything opened and migrated; raises RefusedToStartError."""
    office = _office(settings.office)
    engine = open_engine(settings.database)
    try:
        settings.memo_dir.mkdir(parents=True, exist_ok=True)
        migrate(engine)
        _refuse_lost_keys(engine, settings.memo_dir / "keys.json")
    except DBAPIError as error:
        where = engine.url.render_as_string(hide_password=True)
        raise RefusedToStartError(
            f"the database {where} cannot be used: {str(error.orig).strip()}. Check that it runs"
        ) from error
    except OSError as error:
        raise RefusedToStartError(
            f"{settings.memo_dir} cannot be written: {error.strerror}; set another CHARTERLINE_STATE"
        ) from error
    keys = open_keyring(settings.memo_dir / "keys.json")
    parties = Parties(keys, office.directory.trunk.area)
    judges = (MemoJudge(), CallbackJudge(), VisitorJudge())
    ledger = Ledger(engine, parties, load_rulebook(settings.office), judges=judges)
    return Parts(office, engine, ledger, Reader(engine, parties), keys)


def _office(folder: Path) -> Office:
    try:
        return load_office(folder)
    except OfficeRefusedError as error:
        faults = "; ".join(str(problem) for problem in error.problems)
        raise RefusedToStartError(f"the office in {folder} is refused: {faults}") from None


def _refuse_lost_keys(engine: Engine, keys: Path) -> None:
    """New keys beside old numbers would make every number unreadable for ever."""
    if keys.exists():
        return
    with reading(engine) as session:
        if session.execute(select(func.count()).select_from(Party)).scalar_one():
            raise RefusedToStartError(
                f"{keys} is missing but the ledger holds numbers; put it back from the backup"
            )


def hold_alone(settings: Settings) -> int | None:
    """Lock a SQLite ledger for this process until it ends; raises RefusedToStartError if another holds it."""
    if not settings.database.startswith("sqlite"):
        return None
    path = settings.memo_dir / "one-process.lock"
    try:
        settings.memo_dir.mkdir(parents=True, exist_ok=True)
        lock = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    except OSError as error:
        raise RefusedToStartError(
            f"{path} cannot be written: {error.strerror}; make it writable or set CHARTERLINE_STATE"
        ) from error
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        os.close(lock)
        raise RefusedToStartError(
            f"another memo_service works on {settings.memo_dir} already, and SQLite allows one; "
            "stop it, use another CHARTERLINE_STATE, or set CHARTERLINE_DATABASE_URL to PostgreSQL"
        ) from None
    return lock
