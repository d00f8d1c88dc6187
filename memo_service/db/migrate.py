"""Brings the database to this version's tables at start, one process at a time."""

from pathlib import Path

from alembic import command
from alembic.config import Config
from sqlalchemy import Engine, text

_HERE = Path(__file__).parent
_LOCK = 0x43484152  # "CHAR": an advisory lock of our own


def migrate(engine: Engine, revision: str = "head") -> None:
    """Bring the tables to `revision`, alone: under SQLite's writer lock or PostgreSQL's advisory lock."""
    config = Config()
    config.set_main_option("script_location", str(_HERE / "migrations"))
    with engine.begin() as connection:
        if connection.dialect.name == "postgresql":
            connection.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": _LOCK})
        config.attributes["connection"] = connection
        if revision == "base":
            command.downgrade(config, revision)
        else:
            command.upgrade(config, revision)
