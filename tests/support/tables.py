"""Databases that have all tables from the start: making them takes a third of a second, for each test anew.

The tables are made once, by the migrations themselves; in a database that has them these find nothing to do.
"""

import tempfile
from functools import cache
from pathlib import Path

from sqlalchemy.engine import make_url

from memo_service.db.migrate import migrate
from memo_service.db.session import open_engine


@cache
def empty() -> bytes:
    """An SQLite file with this version's tables and nothing in them."""
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "empty.sqlite3"
        engine = open_engine(f"sqlite:///{file}")
        migrate(engine)
        engine.dispose()
        return file.read_bytes()


def lay_tables(url: str) -> str:
    """`url`; if it is that of an SQLite file that is not there yet, there is one with all tables now."""
    parsed = make_url(url)
    if parsed.get_backend_name() == "sqlite":
        file = Path(parsed.database or "")
        if not file.exists():
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_bytes(empty())
    return url
